import type { HistoryFact } from '../domain/history-fact.js';
import { durationText } from './duration-text.js';
import { field, onOneLine, textField, toWords } from './plain-words.js';
import type { Told } from './tell-activity.js';

/** Search attributes whose change is a change of state for a person; names as in `workflows/search-attributes.ts`. */
const STATES: readonly (readonly [name: string, label: string])[] = [
  ['ScoStep', 'step'],
  ['ScoPhase', 'phase'],
  ['ScoNeedsAttention', 'needs attention'],
];

/** A wait that was over sooner and has no summary says nothing. */
const SHORT_WAIT_MS = 5_000;

/** Tells every fact but activities; keeps what it needs of the facts before. */
export function createTeller(facts: readonly HistoryFact[]): (fact: HistoryFact) => Told[] {
  const answers = new Map<string, HistoryFact>();
  for (const fact of facts) {
    if (fact.refersTo !== undefined) answers.set(`${fact.runId}/${fact.refersTo}`, fact);
  }
  const answerTo = (fact: HistoryFact): HistoryFact | undefined =>
    answers.get(`${fact.runId}/${fact.eventId}`);
  const state = new Map<string, string>();
  let previous: HistoryFact | undefined;

  return (fact) => {
    const before = previous;
    previous = fact;
    switch (fact.kind) {
      case 'started':
        return before?.kind === 'continuedAsNew' ? [] : [tellStart(fact, before)];
      case 'continuedAsNew':
        return [row(fact, 'state', 'goes on in a new run', null, textOf(fact.result))];
      case 'signal':
        return [tellSignal(fact)];
      case 'update':
        return [tellCommand(fact, answerTo(fact))];
      case 'timerStarted':
        return tellWait(fact, answerTo(fact));
      case 'externalSignal':
        return fact.name === ''
          ? [row(fact, 'work', `${textOf(fact.result) ?? 'receiver'} not reached`, null, fact.failure)]
          : [row(fact, 'work', `${toWords(fact.name)} → ${textOf(fact.result) ?? '?'}`, null, fact.failure)];
      case 'searchAttributes':
        return tellState(fact, state);
      case 'completed':
        return [row(fact, 'end', 'ended', null, outcomeText(fact.result))];
      case 'failed':
        return [row(fact, 'end', 'workflow failed', null, fact.failure)];
      case 'terminated':
        return [row(fact, 'end', 'terminated by hand', fact.identity, fact.failure)];
      case 'other':
        return tellOther(fact);
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
  kind: Told['kind'],
  what: string,
  who: string | null,
  detail: string | null,
): Told {
  const { atMs } = fact;
  return { atMs, endMs: atMs, kind, what, who, detail: detail === null ? null : onOneLine(detail) };
}

function tellStart(fact: HistoryFact, before: HistoryFact | undefined): Told {
  const again = before !== undefined && before.name !== 'historyGone';
  return row(fact, 'state', again ? 'taken up again' : 'taken up', fact.identity, fact.summary);
}

function tellSignal(fact: HistoryFact): Told {
  const input = firstOf(fact.input);
  switch (fact.name) {
    case 'ticketReported': {
      const info = field(input, 'info');
      const stage = textField(field(info, 'stage'), 'name');
      const comment = textField(info, 'comment');
      const detail = [stage === null ? null : `step ${stage}`, comment]
        .filter((part) => part !== null)
        .join('; ');
      const source = textField(input, 'source') ?? fact.identity;
      return row(
        fact,
        'event',
        `event ${textField(input, 'name') ?? '?'}`,
        source,
        detail === '' ? null : detail,
      );
    }
    case 'laneGranted':
      return row(
        fact,
        'event',
        `turn granted by lane ${textField(input, 'laneKey') ?? '?'}`,
        null,
        targetText(input),
      );
    case 'laneRefused':
      return row(
        fact,
        'event',
        `turn refused by lane ${textField(input, 'laneKey') ?? '?'}`,
        null,
        textField(input, 'message'),
      );
    default:
      return row(fact, 'event', toWords(fact.name), fact.identity, null);
  }
}

function targetText(input: unknown): string | null {
  const token = field(input, 'token');
  const parts = [
    textField(input, 'target') === null ? null : `target ${textField(input, 'target') ?? ''}`,
    typeof token === 'number' ? `token ${token}` : null,
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(', ');
}

/** The person the gateway vouches for; whoever reached Temporal directly is shown as unverified. */
function tellCommand(fact: HistoryFact, answer: HistoryFact | undefined): Told {
  const signed = firstOf(fact.input);
  const command = textField(field(signed, 'command'), 'kind');
  const login = textField(field(signed, 'actor'), 'login');
  const vouched = textField(signed, 'signature') !== null && login !== null;
  const who = vouched ? login : `unverified:${fact.identity ?? '?'}`;
  const reason = textField(signed, 'reason');
  const parts = [reason === null ? null : `"${reason}"`, answerText(answer)].filter((part) => part !== null);
  return {
    ...row(fact, 'command', command === null ? toWords(fact.name) : `command ${toWords(command)}`, who, null),
    detail: parts.length === 0 ? null : parts.join(' → '),
  };
}

function answerText(answer: HistoryFact | undefined): string | null {
  if (answer === undefined) return null;
  if (answer.failure !== null) return onOneLine(answer.failure);
  const accepted = field(answer.result, 'accepted');
  const message = textField(answer.result, 'message');
  if (typeof accepted !== 'boolean') return message;
  return `${accepted ? 'done' : 'refused'}${message === null ? '' : `: ${message}`}`;
}

function tellWait(fact: HistoryFact, answer: HistoryFact | undefined): Told[] {
  const plannedMs = Number(field(fact.input, 'durationMs') ?? 0);
  const waitedMs = answer ? answer.atMs - fact.atMs : null;
  if (fact.summary === null && (waitedMs ?? plannedMs) < SHORT_WAIT_MS) return [];
  const end =
    waitedMs === null
      ? `at most ${durationText(plannedMs)}`
      : `${answer?.kind === 'timerCanceled' ? 'woken after' : 'for'} ${durationText(waitedMs)}`;
  return [row(fact, 'wait', fact.summary === null ? 'waits' : onOneLine(fact.summary), null, end)];
}

function tellState(fact: HistoryFact, state: Map<string, string>): Told[] {
  return STATES.flatMap(([name, label]) => {
    const value = field(fact.input, name);
    if (value === undefined) return [];
    const scalar: unknown = Array.isArray(value) ? value[0] : value;
    const text =
      scalar === null || scalar === undefined
        ? ''
        : onOneLine(typeof scalar === 'string' ? scalar : JSON.stringify(scalar));
    const before = state.get(name) ?? '';
    state.set(name, text);
    if (text === before) return [];
    if (text === 'true') return [row(fact, 'state', label, null, null)];
    if (text === 'false')
      return before === 'true' ? [row(fact, 'state', `no longer ${label}`, null, null)] : [];
    // `-` is what an emptied keyword reads.
    return text === '' || text === '-'
      ? []
      : [row(fact, 'state', `${label} ${name === 'ScoPhase' ? toWords(text) : text}`, null, null)];
  });
}

function tellOther(fact: HistoryFact): Told[] {
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
  return typeof value === 'string' && value !== '' ? onOneLine(value) : null;
}
