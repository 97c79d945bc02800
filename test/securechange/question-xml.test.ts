import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';

import { FAILURE_ANSWERS, mayAnswer, QUESTION_KINDS } from '../../src/domain/script-question.js';
import { answerOnFailure, answerToTest, unusable } from '../../src/securechange/question-xml.js';
import { readXml } from '../../src/securechange/safe-xml.js';

const fixture = (name: string): string => readFileSync(join(__dirname, '../fixtures/script', name), 'utf8');
const REQUESTS = fixture('field_info.two-requests.xml');
const ok = (output: string): { output: string; error: null } => ({ output, error: null });

const risk = (...results: readonly string[]): string =>
  `<external_risk_analysis_result><external_risk_analysis_result_for_fields>${results.join('')}` +
  '</external_risk_analysis_result_for_fields></external_risk_analysis_result>';
const result = (uuid: string, status = 'NO_RISK', severity = ''): string =>
  `<external_risk_analysis_result_for_field><field_uuid>${uuid}</field_uuid><status>${status}</status>` +
  `<severity>${severity}</severity></external_risk_analysis_result_for_field>`;

describe('an answer that SecureChange can use', () => {
  it.each([
    ['condition', '', fixture('scripted-condition.false.xml')],
    ['assignment', '', fixture('dynamic-assignment.xml')],
    ['riskAnalysis', REQUESTS, risk(result('request-b', 'HAS_RISK', 'HIGH'), result('request-a'))],
    ['preAssignment', '', ''],
    ['validation', '', 'anything'],
  ] as const)('%s', (kind, input, output) => {
    expect(unusable(kind, input, ok(output))).toBeNull();
  });

  it('of a validation is also an exit code', () => {
    const answer = { output: '', error: { output: 'no owner', returnCode: 1 } };
    expect(unusable('validation', '', answer)).toBeNull();
    expect(unusable('preAssignment', '', answer)).toBeNull();
  });
});

describe('checklist point 15: an answer that it cannot use is named', () => {
  it.each([
    ['condition', '', '', /the XML is empty/],
    [
      'condition',
      '',
      '<response><condition_result>maybe</condition_result></response>',
      /one condition_result/,
    ],
    ['condition', '', '<html><body>canary</body></html>', /not a response/],
    ['condition', '', '<!DOCTYPE a><response/>', /DOCTYPE/],
    ['assignment', '', '<task/>', /not a list of tasks/],
    ['riskAnalysis', REQUESTS, risk(result('request-a')), /1 of 2 access requests have no result/],
    ['riskAnalysis', REQUESTS, risk(), /2 of 2/],
    ['riskAnalysis', REQUESTS, risk(result('request-a'), result('request-b', '')), /no status/],
    [
      'riskAnalysis',
      REQUESTS,
      risk(result('request-a'), result('request-b'), result('request-a')),
      /more than one/,
    ],
    [
      'riskAnalysis',
      REQUESTS,
      risk(result('request-a'), result('request-b', 'HAS_RISK', 'canary')),
      /no severity/,
    ],
    ['riskAnalysis', '<field_info/>', risk(), /no access request/],
  ] as const)('%s %#', (kind, input, output, why) => {
    const said = unusable(kind, input, ok(output));
    expect(said).toMatch(why);
    expect(said).not.toMatch(/canary/);
  });

  it('whatever a script prints that ends with an error', () => {
    const answer = {
      output: risk(result('request-a'), result('request-b')),
      error: { output: '', returnCode: 3 },
    };
    expect(unusable('riskAnalysis', REQUESTS, answer)).toMatch(/exit code 3/);
  });
});

describe('when a script did not answer', () => {
  it('each request counts as a critical risk, and the answer is one that SecureChange can use', () => {
    const answer = answerOnFailure('risk', REQUESTS, 'script <scan>: no answer within 5000 ms');
    expect(unusable('riskAnalysis', REQUESTS, answer)).toBeNull();
    const results = readXml(answer.output).children[0]!.children;
    const texts = results.map(({ children }) =>
      Object.fromEntries(children.map(({ name, text }) => [name, text])),
    );
    expect(texts).toEqual(
      ['request-a', 'request-b'].map((field_uuid) => ({
        field_uuid,
        status: 'HAS_RISK',
        severity: 'CRITICAL',
        score: '10',
        comment: 'Not analysed, so it counts as a risk: script <scan>: no answer within 5000 ms',
        detailed_report_url: '',
      })),
    );
  });

  it('risk analysis never says "no risk", whatever came and whatever is configured', () => {
    const configured = FAILURE_ANSWERS.filter((answer) => mayAnswer('riskAnalysis', answer));
    const input = fc.oneof(
      fc.string(),
      fc.constant(REQUESTS),
      fc
        .array(fc.string(), { maxLength: 3 })
        .map(
          (uuids) =>
            `<field_info><field>${uuids
              .map((uuid) => `<access_request><uuid>${uuid}</uuid></access_request>`)
              .join('')}</field></field_info>`,
        ),
    );
    fc.assert(
      fc.property(input, fc.constantFrom(...configured), (asked, onFailure) => {
        const { output, error } = answerOnFailure(onFailure, asked, 'away');
        if (error !== null) expect([output, error.returnCode]).toEqual(['', 1]);
        else expect(unusable('riskAnalysis', asked, { output, error })).toBeNull();
        const statuses = [...output.matchAll(/<status>([^<]*)/g)].map(([, status]) => status);
        expect(statuses.every((status) => status === 'HAS_RISK')).toBe(true);
      }),
    );
  });

  it('without a request that it could name, it is an error', () => {
    expect(answerOnFailure('risk', 'no XML', 'away')).toEqual({
      output: '',
      error: { output: 'away\n', returnCode: 1 },
    });
  });

  it.each([
    ['condition', 'true', ok('<response><condition_result>true</condition_result></response>\n')],
    ['condition', 'false', ok('<response><condition_result>false</condition_result></response>\n')],
    ['assignment', 'default', ok('<tasks></tasks>\n')],
    ['validation', 'accept', ok('')],
    ['validation', 'reject', { output: '', error: { output: 'away\n', returnCode: 1 } }],
    ['preAssignment', 'fail', { output: '', error: { output: 'away\n', returnCode: 1 } }],
  ] as const)('%s is answered %s', (kind, onFailure, answer) => {
    expect(mayAnswer(kind, onFailure)).toBe(true);
    expect(answerOnFailure(onFailure, '', 'away')).toEqual(answer);
    if (answer.error === null) expect(unusable(kind, '', answer)).toBeNull();
  });
});

it.each(QUESTION_KINDS)('a test of %s ends well and decides nothing', (kind) => {
  const { output, error } = answerToTest(kind);
  expect(error).toBeNull();
  expect(output).not.toMatch(/true|RISK/);
});
