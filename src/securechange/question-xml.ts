/** What SecureChange expects of a script that it asks, and what it is answered when the script does not answer. */
import type { OnFailure, QuestionKind } from '../domain/script-question.js';
import type { ScriptAnswer } from '../domain/script-reply.js';
import { BadTicketInfo } from './bad-ticket-info.js';
import { readXml, type XmlElement } from './safe-xml.js';

/** The configured answer; `why` goes where SecureChange shows it. */
export function answerOnFailure(onFailure: OnFailure, input: string, why: string): ScriptAnswer {
  const refused = (): ScriptAnswer => ({ output: '', error: { output: `${why}\n`, returnCode: 1 } });
  switch (onFailure) {
    case 'true':
    case 'false':
      return { output: condition(onFailure), error: null };
    case 'default':
      return { output: '<tasks></tasks>\n', error: null };
    case 'accept':
      return { output: '', error: null };
    case 'risk': {
      const uuids = requestsIn(input);
      return uuids === null || uuids.length === 0 ? refused() : { output: riskOf(uuids, why), error: null };
    }
    case 'fail':
    case 'reject':
      return refused();
  }
}

/** The Test button, or the argument `test`: a well-formed answer that decides nothing. */
export function answerToTest(kind: QuestionKind): ScriptAnswer {
  switch (kind) {
    case 'condition':
      return { output: condition('false'), error: null };
    case 'assignment':
      return { output: '<tasks></tasks>\n', error: null };
    case 'preAssignment':
    case 'validation':
    case 'riskAnalysis':
      return { output: '', error: null };
  }
}

/** Why SecureChange could not use this answer; null when it can. Never repeats what the script wrote. */
export function unusable(kind: QuestionKind, input: string, { output, error }: ScriptAnswer): string | null {
  if (kind === 'preAssignment' || kind === 'validation') return null;
  if (error !== null) return `it ended with exit code ${error.returnCode}`;
  const root = rootOf(output);
  if (typeof root === 'string') return `its output is not an answer: ${root}`;
  switch (kind) {
    case 'condition': {
      const results = root.children.filter(({ name }) => name === 'condition_result');
      const said = results.length === 1 ? results[0]?.text : undefined;
      return root.name === 'response' && (said === 'true' || said === 'false')
        ? null
        : 'its output is not a response with one condition_result true or false';
    }
    case 'assignment':
      return root.name === 'tasks' ? null : 'its output is not a list of tasks';
    case 'riskAnalysis':
      return unusableRisk(input, root);
  }
}

const SEVERITIES: readonly string[] = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];

function unusableRisk(input: string, root: XmlElement): string | null {
  const asked = requestsIn(input);
  if (asked === null || asked.length === 0) return 'SecureChange sent no access request with a uuid';
  if (root.name !== 'external_risk_analysis_result') return 'its output is not external_risk_analysis_result';
  const results = childrenOf(childrenOf([root], 'external_risk_analysis_result_for_fields'), RESULT);
  const answered = results.map((result) => textOf(result, 'field_uuid'));
  const missing = asked.filter((uuid) => !answered.includes(uuid)).length;
  if (missing > 0) return `${missing} of ${asked.length} access requests have no result`;
  if (new Set(answered).size !== answered.length) return 'an access request has more than one result';
  if (results.some((result) => textOf(result, 'status') === '')) return 'a result has no status';
  const unknown = results.some((result) => {
    const severity = textOf(result, 'severity');
    return textOf(result, 'status') === 'HAS_RISK' && !SEVERITIES.includes(severity);
  });
  return unknown ? 'a risk has no severity that SecureChange knows' : null;
}

const RESULT = 'external_risk_analysis_result_for_field';

/** Uuids of the access requests that are asked about; null when the input is not a field_info. */
function requestsIn(input: string): readonly string[] | null {
  const root = rootOf(input);
  if (typeof root === 'string' || root.name !== 'field_info') return null;
  const uuids = childrenOf(childrenOf([root], 'field'), 'access_request').map((one) => textOf(one, 'uuid'));
  return uuids.includes('') ? null : uuids;
}

function riskOf(uuids: readonly string[], why: string): string {
  const results = uuids.map((uuid) =>
    element(RESULT, [
      element('field_uuid', [escaped(uuid)]),
      element('status', ['HAS_RISK']),
      element('score', ['10']),
      element('comment', [escaped(`Not analysed, so it counts as a risk: ${why}`)]),
      element('detailed_report_url', []),
      element('severity', ['CRITICAL']),
    ]),
  );
  const fields = element('external_risk_analysis_result_for_fields', results);
  return `${element('external_risk_analysis_result', [fields])}\n`;
}

function condition(result: 'true' | 'false'): string {
  return `<response><condition_result>${result}</condition_result></response>\n`;
}

function rootOf(text: string): XmlElement | string {
  try {
    return readXml(text);
  } catch (error) {
    if (error instanceof BadTicketInfo) return error.message;
    throw error;
  }
}

function childrenOf(parents: readonly XmlElement[], name: string): readonly XmlElement[] {
  return parents.flatMap(({ children }) => children.filter((child) => child.name === name));
}

function textOf({ children }: XmlElement, name: string): string {
  return children.find((child) => child.name === name)?.text ?? '';
}

function element(name: string, inside: readonly string[]): string {
  return `<${name}>${inside.join('')}</${name}>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
