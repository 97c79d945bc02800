import { cleanLine } from '../domain/clean-text.js';
import type { HistoryFact } from '../domain/history-fact.js';
import { toWords } from '../domain/words.js';
import type { Names } from './names.js';
import { field, textField, TEXT_WIDTH } from './fields.js';
import { signalRow } from './signal-row.js';
import { createStateRows } from './state-rows.js';
import type { RawRow } from './raw-row.js';

/** Rows of every fact that is not an activity; keeps what it needs of the facts before. */
export function createFactRows(facts: readonly HistoryFact[], names: Names): (fact: HistoryFact) => RawRow[] {
  const answers = new Map<string, HistoryFact>();
  for (const fact of facts) {
    if (fact.refersTo !== undefined) answers.set(`${fact.runId}/${fact.refersTo}`, fact);
  }
  const answerTo = (fact: HistoryFact): HistoryFact | undefined =>
    answers.get(`${fact.runId}/${fact.eventId}`);
  const vouchedFor = checksIn(facts);
  const stateRows = createStateRows();
  let previous: HistoryFact | undefined;

  return (fact) => {
    const before = previous;
    previous = fact;
    switch (fact.kind) {
      case 'started':
        return before?.kind === 'continuedAsNew' ? [] : [startRow(fact, before)];
      case 'continuedAsNew':
        return [row(fact, 'state', 'continued in a new run', null, textOf(fact.result))];
      case 'signal':
        return [signalRow(fact, names)];
      case 'update':
        return [commandRow(fact, answerTo(fact), { vouchedFor, names })];
      case 'timerStarted':
        return waitRows(fact, answerTo(fact));
      case 'externalSignal':
        return fact.name === ''
          ? [row(fact, 'work', `${textOf(fact.result) ?? 'receiver'} not reached`, null, fact.failure)]
          : [row(fact, 'work', `${toWords(fact.name)} → ${textOf(fact.result) ?? '?'}`, null, fact.failure)];
      case 'searchAttributes':
        return stateRows(fact);
      case 'completed':
        return [row(fact, 'end', 'ended', null, outcomeText(fact.result))];
      case 'failed':
        return [row(fact, 'end', 'workflow failed', null, fact.failure)];
      case 'terminated':
        return [row(fact, 'end', 'terminated by hand', fact.identity, fact.failure)];
      case 'other':
        return otherRows(fact);
      case 'updateResult':
      case 'activityScheduled':
      case 'activityStarted':
      case 'activityCompleted':
      case 'activityFailed':
      case 'timerFired':
      case 'timerCanceled':
        return [];
    }
  };
}

function row(
  fact: HistoryFact,
  kind: RawRow['kind'],
  what: string,
  who: string | null,
  detail: string | null,
): RawRow {
  const { atMs } = fact;
  return {
    atMs,
    endMs: atMs,
    kind,
    what,
    who,
    detail: detail === null ? null : cleanLine(detail, TEXT_WIDTH),
  };
}

function startRow(fact: HistoryFact, before: HistoryFact | undefined): RawRow {
  const again = before !== undefined && before.name !== 'historyGone';
  return row(
    fact,
    'state',
    again ? 'workflow started again' : 'workflow started',
    fact.identity,
    fact.summary,
  );
}

/** By the key of each command: did its signature hold when a worker looked at it? */
function checksIn(facts: readonly HistoryFact[]): ReadonlyMap<string, boolean> {
  const keys = new Map<string, string>();
  const checks = new Map<string, boolean>();
  for (const fact of facts) {
    if (fact.name !== 'checkActor') continue;
    const key = textField(firstOf(fact.input), 'key');
    if (fact.kind === 'activityScheduled' && key !== null) keys.set(`${fact.runId}/${fact.eventId}`, key);
    const checked = keys.get(`${fact.runId}/${fact.refersTo ?? 0}`);
    if (fact.kind === 'activityCompleted' && checked !== undefined)
      checks.set(checked, field(fact.result, 'verified') === true);
  }
  return checks;
}

/** The person the gateway vouches for; whoever reached Temporal directly is shown as unverified. */
function commandRow(
  fact: HistoryFact,
  answer: HistoryFact | undefined,
  { vouchedFor, names }: { vouchedFor: ReadonlyMap<string, boolean>; names: Names },
): RawRow {
  const signed = firstOf(fact.input);
  const command = field(signed, 'command');
  const kind = textField(command, 'kind');
  const login = textField(field(signed, 'actor'), 'login');
  const holds = vouchedFor.get(textField(signed, 'key') ?? '') ?? true;
  const vouched = textField(signed, 'signature') !== null && login !== null && holds;
  const who = vouched ? login : `unverified:${fact.identity ?? '?'}`;
  const what = kind === null ? toWords(fact.name) : `command ${toWords(kind)}${givenText(command, names)}`;
  const reason = textField(signed, 'reason');
  const parts = [reason === null ? null : `"${reason}"`, answerText(answer)].filter((part) => part !== null);
  return { ...row(fact, 'command', what, who, null), detail: parts.length === 0 ? null : parts.join(' → ') };
}

/** What a command says beside its name: `: was not sent, ADOM-RETAIL`. */
function givenText(command: unknown, names: Names): string {
  const [answer, target] = [textField(command, 'answer'), textField(command, 'target')];
  const ticketId = textField(command, 'ticketId');
  const parts = [
    answer === null ? null : toWords(answer),
    target === null ? null : names.target(target),
    ticketId === null ? null : `ticket ${ticketId}`,
    textField(command, 'point'),
    textField(command, 'evidence'),
  ].filter((part) => part !== null);
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`;
}

function answerText(answer: HistoryFact | undefined): string | null {
  if (answer === undefined) return null;
  if (answer.failure !== null) return cleanLine(answer.failure, TEXT_WIDTH);
  const accepted = field(answer.result, 'accepted');
  const message = textField(answer.result, 'message');
  if (typeof accepted !== 'boolean') return message;
  return `${accepted ? 'done' : 'refused'}${message === null ? '' : `: ${message}`}`;
}

/** A timer without a summary says how the workflow waits, not why: no row. */
function waitRows(fact: HistoryFact, answer: HistoryFact | undefined): RawRow[] {
  if (fact.summary === null) return [];
  const span =
    answer === undefined
      ? { words: 'at most', ms: Number(field(fact.input, 'durationMs') ?? 0) }
      : {
          words: answer.kind === 'timerCanceled' ? 'ended early after' : 'for',
          ms: answer.atMs - fact.atMs,
        };
  return [{ ...row(fact, 'wait', cleanLine(fact.summary, TEXT_WIDTH), null, null), span, again: 'count' }];
}

function otherRows(fact: HistoryFact): RawRow[] {
  if (fact.name === 'workflowTaskFailed')
    return [row(fact, 'state', 'workflow code failed', null, fact.failure)];
  if (fact.name === 'historyGone') return [row(fact, 'state', 'earlier history is gone', null, fact.summary)];
  return [];
}

function outcomeText(result: unknown): string | null {
  const outcome = textField(result, 'outcome') ?? textOf(result);
  return outcome === null ? null : toWords(outcome);
}

function firstOf(input: unknown): unknown {
  return Array.isArray(input) ? input[0] : undefined;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? cleanLine(value, TEXT_WIDTH) : null;
}
