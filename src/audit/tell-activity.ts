import type { HistoryFact } from '../domain/history-fact.js';
import { durationText } from './duration-text.js';
import { textField, toWords } from './plain-words.js';

/** A row before idle spans and repeats are folded. */
export interface Told {
  readonly atMs: number;
  readonly endMs: number;
  readonly kind: 'event' | 'command' | 'work' | 'wait' | 'state' | 'end';
  readonly what: string;
  readonly who: string | null;
  readonly detail: string | null;
}

/** What takes longer is worth telling. */
const SLOW_MS = 1_000;

/** Tells each activity once, where it was scheduled: what, how it ended, how many attempts, how long. */
export function describeActivities(facts: readonly HistoryFact[]): (scheduled: HistoryFact) => Told[] {
  const answers = new Map<string, HistoryFact[]>();
  for (const fact of facts) {
    if (!fact.kind.startsWith('activity') || fact.refersTo === undefined) continue;
    const key = `${fact.runId}/${fact.refersTo}`;
    answers.set(key, [...(answers.get(key) ?? []), fact]);
  }
  return (scheduled) => {
    const own = answers.get(`${scheduled.runId}/${scheduled.eventId}`) ?? [];
    const end = own.find(({ kind }) => kind === 'activityCompleted' || kind === 'activityFailed');
    const attempts = Math.max(1, ...own.map(({ attempt }) => attempt ?? 1));
    const lastFailure = own.find(({ kind }) => kind === 'activityStarted')?.failure ?? null;
    const tookMs = end ? end.atMs - scheduled.atMs : 0;
    const parts = [
      end === undefined ? 'under way' : (end.failure ?? resultText(end.result)),
      attempts > 1 ? `${attempts} attempts${lastFailure === null ? '' : `, before: ${lastFailure}`}` : null,
      tookMs >= SLOW_MS ? `took ${durationText(tookMs)}` : null,
    ].filter((part) => part !== null);
    return [
      {
        atMs: scheduled.atMs,
        endMs: end?.atMs ?? scheduled.atMs,
        kind: 'work',
        what: scheduled.summary ?? toWords(scheduled.name),
        who: null,
        detail: parts.length === 0 ? null : parts.join('; '),
      },
    ];
  };
}

/** Results are discriminated unions: their kind and, where there is one, the sentence for a person. */
function resultText(result: unknown): string | null {
  const kind = textField(result, 'kind') ?? textField(result, 'outcome');
  const message = textField(result, 'message') ?? textField(result, 'reason');
  if (typeof result === 'string') return result.length <= 80 ? toWords(result) : null;
  if (kind === null) return message;
  return message === null ? toWords(kind) : `${toWords(kind)}: ${message}`;
}
