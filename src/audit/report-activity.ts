import { cleanLine } from '../domain/clean-text.js';
import { durationText } from '../domain/duration-text.js';
import type { HistoryFact } from '../domain/history-fact.js';
import { instantText } from '../domain/instant-text.js';
import { toWords } from '../domain/words.js';
import type { Names } from './names.js';
import { field, listOf, textField, TEXT_WIDTH } from './fields.js';

/** An activity in the words of the field; names as in `activities/index.ts`. */
export interface Report {
  readonly what: string;
  /** How it ended, when it succeeded; null when there is nothing to say. */
  readonly result: string | null;
  /** It gets a row only when it failed, was repeated or took long; the rows after it show what it found. */
  readonly quiet: boolean;
  /** A second one with the same outcome changes nothing. */
  readonly changesNothingAgain: boolean;
}

/** `completed` is undefined while it runs, and when it failed. */
export function reportActivity(
  scheduled: HistoryFact,
  completed: HistoryFact | undefined,
  names: Names,
): Report {
  const result = completed?.result;
  const input: unknown = Array.isArray(scheduled.input) ? scheduled.input[0] : undefined;
  const summary =
    scheduled.summary === null ? toWords(scheduled.name) : cleanLine(scheduled.summary, TEXT_WIDTH);
  const plain = { what: summary, result: resultText(result), quiet: false, changesNothingAgain: false };
  switch (scheduled.name) {
    case 'readTicket':
      return { ...plain, what: 'read the ticket', ...quietUnless(field(result, 'found') !== false) };
    case 'readDesign':
      return { ...plain, what: "read the Designer's results", result: null, quiet: true };
    case 'planWindows':
    case 'renderMessages':
      return { ...plain, result: null, quiet: true };
    case 'checkActor':
      return { ...plain, result: null, quiet: true };
    case 'redesign':
      return { ...plain, result: designText(result) };
    case 'enrol':
      return { ...plain, ...enrolReport(input, completed), changesNothingAgain: true };
    case 'leaveLanes':
      return leaveReport(plain, input, completed, names);
    case 'sendMessage': {
      const number = textField(result, 'number');
      return { ...plain, what: number === null ? `ITSM: ${summary}` : `ITSM ${number}: ${summary}` };
    }
    case 'readPush': {
      const kind = textField(field(input, 'said'), 'kind');
      const target = textField(input, 'targetName') ?? names.target(textField(input, 'target'));
      const what = kind === 'saved' ? `Update of ${target}` : `push of ${target}`;
      return { ...plain, what, result: pushText(field(result, 'result')) };
    }
    case 'send':
      return { ...plain, result: sendText(result) };
    case 'follow':
      return { ...plain, result: result === null ? 'no evidence' : pushText(result) };
    case 'checkPush':
    case 'checkSlotHolder':
    case 'reportPushEnd':
    case 'recordSave':
    case 'requestUpdateSlot':
    case 'releaseUpdateSlot':
      return { ...plain, result: null, quiet: true };
    case 'runScript':
      return { ...plain, what: `custom script ${summary}`, result: scriptText(result) };
    default:
      return plain;
  }
}

function quietUnless(found: boolean): { quiet: boolean; result: string | null } {
  return found ? { quiet: true, result: null } : { quiet: false, result: 'SecureChange does not know it' };
}

const SHOWN_OUTPUT = 300;

/** Result, duration, arguments, file and output of a custom script; all of its kept output is in the export. */
function scriptText(result: unknown): string | null {
  if (result === undefined) return null;
  if (field(result, 'ran') === false) return `not run: ${textField(result, 'why') ?? '?'}`;
  const [code, startedAtMs, endedAtMs] = ['exitCode', 'startedAtMs', 'endedAtMs'].map((name) =>
    field(result, name),
  );
  const args = listOf(field(result, 'shownArgs')).map((arg) => cleanLine(String(arg), 80));
  const took =
    typeof startedAtMs === 'number' && typeof endedAtMs === 'number'
      ? ` after ${durationText(endedAtMs - startedAtMs)}`
      : '';
  const labelled = (label: string, name: string, width: number): string[] => {
    const text = textField(result, name);
    return text === null ? [] : [`${label} ${cleanLine(text, width)}`];
  };
  const [outcome] = typeof code === 'number' ? [`exit code ${code}`] : [resultText(result) ?? '?'];
  return [
    `${outcome}${took}`,
    ...(args.length === 0 ? [] : [`arguments ${args.join(' ')}`]),
    ...labelled('file', 'sha256', 12),
    ...labelled('owner', 'owner', 80),
    ...labelled('output:', 'stdout', SHOWN_OUTPUT),
    ...labelled('errors:', 'stderr', SHOWN_OUTPUT),
    ...labelled('output hash', 'stdoutSha256', 12),
  ].join('; ');
}

function designText(result: unknown): string | null {
  const devices: unknown = field(result, 'devices');
  const count = devices === undefined ? null : devicesText(listOf(devices).length);
  const parts = [textField(result, 'designerStatus'), count, textField(result, 'cannotComputeReason')];
  const texts = parts.filter((part) => part !== null);
  return texts.length === 0 ? null : texts.join(', ');
}

function devicesText(count: number): string {
  return count === 1 ? '1 device' : `${count} devices`;
}

const PUSHES: Readonly<Record<string, string>> = {
  commit: 'Commit',
  enforcingUpdate: 'Update',
};

function enrolReport(
  input: unknown,
  completed: HistoryFact | undefined,
): { what: string; result: string | null } {
  const pushes = listOf(field(input, 'items')).map((item) => {
    const kind = textField(item, 'kind') ?? '';
    const what = textField(item, 'wants') === 'saved' ? 'Update (saves only)' : (PUSHES[kind] ?? kind);
    return `${what} ${textField(item, 'targetName') ?? '?'}`;
  });
  const shown = pushes.length > 6 ? [...pushes.slice(0, 5), `${pushes.length - 5} more`] : pushes;
  const windows = listOf(field(completed?.result, 'outlooks')).map((outlook) =>
    windowText(outlook, completed?.atMs ?? 0),
  );
  const result = windows.length === 0 ? null : windows.join('; ');
  return { what: `enrols for ${shown.join(', ')}`, result };
}

function windowText(outlook: unknown, plannedAtMs: number): string {
  const next = field(outlook, 'next');
  const [opensAtMs, closesAtMs] = [field(next, 'opensAtMs'), field(next, 'closesAtMs')];
  const name = textField(outlook, 'calendar') ?? '?';
  const calendar = `window ${name}`;
  if (typeof opensAtMs !== 'number' || typeof closesAtMs !== 'number')
    return `${calendar}: no opening (${textField(outlook, 'noneReason') ?? 'reason unknown'})`;
  const overriddenBy = textField(outlook, 'overriddenBy');
  if (overriddenBy !== null)
    return `outside calendar ${name}, under the override of ${overriddenBy}, until ${instantText(closesAtMs)}`;
  if (opensAtMs > plannedAtMs) return `${calendar} opens ${instantText(opensAtMs)}`;
  if (field(outlook, 'openEnded') === true) return `${calendar} is open`;
  return `${calendar} is open until ${instantText(closesAtMs)}`;
}

function leaveReport(
  plain: Report,
  input: unknown,
  completed: HistoryFact | undefined,
  names: Names,
): Report {
  const target = textField(input, 'target');
  const because = textField(input, 'because');
  const place = target === null ? 'its lanes' : `the lane of ${names.target(target)}`;
  const what = `leaves ${place}${because === null ? '' : `: ${toWords(because)}`}`;
  const rides = listOf(field(completed?.result, 'rides')).map((ride) =>
    names.target(textField(ride, 'target')),
  );
  const result = rides.length === 0 ? null : `a push that has begun still carries ${rides.join(', ')}`;
  return { ...plain, what, result, quiet: because === 'ended' && rides.length === 0 };
}

export function pushText(result: unknown): string | null {
  const failure = field(result, 'failure');
  const message = textField(failure, 'message');
  const text = message === null ? resultText(result) : `refused: ${message}`;
  return field(result, 'joined') === true ? `${text ?? 'done'} (found, not sent again)` : text;
}

function sendText(result: unknown): string | null {
  switch (textField(result, 'kind')) {
    case 'sent':
      return field(result, 'accepted') === true ? 'sent' : 'sent, without an answer';
    case 'begunBefore':
      return 'recorded by an earlier attempt; not sent again';
    case 'alreadyThere':
      return `${textField(field(result, 'evidence'), 'message') ?? 'done'} (found, not sent again)`;
    case 'gatesClosed':
      return `not sent: ${listOf(field(result, 'closed'))
        .slice(0, 5)
        .map((closed) => `${textField(closed, 'key') ?? '?'}: ${textField(closed, 'message') ?? '?'}`)
        .join('; ')}`;
    case 'notSent':
      return `not sent: ${textField(result, 'message') ?? '?'}`;
    default:
      return pushText(result);
  }
}

/** Results are discriminated unions: their kind and, where there is one, the sentence for a person. */
function resultText(result: unknown): string | null {
  const kind = textField(result, 'kind') ?? textField(result, 'outcome') ?? textField(result, 'state');
  const message = textField(result, 'message') ?? textField(result, 'reason');
  if (typeof result === 'string') return result.length <= 80 ? toWords(cleanLine(result, TEXT_WIDTH)) : null;
  if (kind === null) return message;
  return message === null ? toWords(kind) : `${toWords(kind)}: ${message}`;
}
