import type { HistoryFact } from '../domain/history-fact.js';
import type { Names } from './names.js';
import { field, listOf, textField } from './fields.js';
import { reportActivity } from './report-activity.js';
import type { RawRow } from './raw-row.js';

/** From here on the row says how long it took. */
const SLOW_MS = 1_000;
/** A reading that took longer gets a row: SecureChange was slow or did not answer. */
const QUIET_MS = 10_000;

/** One row for each activity, at the time it was scheduled: what, how it ended, how many attempts, how long. */
export function createActivityRows(
  facts: readonly HistoryFact[],
  names: Names,
): (scheduled: HistoryFact) => RawRow[] {
  const answers = new Map<string, HistoryFact[]>();
  for (const fact of facts) {
    if (!fact.kind.startsWith('activity') || fact.refersTo === undefined) continue;
    const key = `${fact.runId}/${fact.refersTo}`;
    answers.set(key, [...(answers.get(key) ?? []), fact]);
  }
  const approvalRows = createApprovalRows();
  return (scheduled) => {
    const own = answers.get(`${scheduled.runId}/${scheduled.eventId}`) ?? [];
    const end = own.find(({ kind }) => kind === 'activityCompleted' || kind === 'activityFailed');
    const attempts = Math.max(1, ...own.map(({ attempt }) => attempt ?? 1));
    const lastFailure = own.find(({ kind }) => kind === 'activityStarted')?.failure ?? null;
    const tookMs = end ? end.atMs - scheduled.atMs : 0;
    const succeeded = end?.failure === null;
    const report = reportActivity(scheduled, succeeded ? end : undefined, names);
    const found = scheduled.name === 'readTicket' && succeeded ? approvalRows(end) : [];
    if (report.quiet && succeeded && attempts === 1 && tookMs < QUIET_MS) return found;
    const parts = [
      end === undefined ? 'under way' : (end.failure ?? report.result),
      attempts > 1 ? `${attempts} attempts${lastFailure === null ? '' : `, before: ${lastFailure}`}` : null,
    ].filter((part) => part !== null);
    const row: RawRow = {
      atMs: scheduled.atMs,
      endMs: end?.atMs ?? scheduled.atMs,
      kind: 'work',
      what: report.what,
      who: null,
      detail: parts.length === 0 ? null : parts.join('; '),
      span: tookMs >= SLOW_MS ? { words: 'took', ms: tookMs } : null,
      again: report.changesNothingAgain ? 'once' : 'count',
    };
    return [row, ...found];
  };
}

/** Answers of approvers as SecureChange shows them, each with a row when a reading shows it first. */
function createApprovalRows(): (read: HistoryFact) => RawRow[] {
  const known = new Set<string>();
  return ({ atMs, result }) => {
    const facts = field(result, 'facts');
    return listOf(field(facts, 'approvals')).flatMap((approval): RawRow[] => {
      const answer = field(approval, 'approved');
      const isVoid = field(approval, 'skipped') === true || field(approval, 'redone') === true;
      // An answer of before a redo had its row when it was given.
      if (typeof answer !== 'boolean' || isVoid || field(approval, 'inEpoch') === false) return [];
      const [step, reason] = [textField(approval, 'stepName'), textField(approval, 'reason')];
      const who = textField(approval, 'by');
      const epoch = field(facts, 'epoch');
      const key = JSON.stringify([textField(approval, 'taskId'), epoch, answer, who]);
      if (known.has(key)) return [];
      known.add(key);
      const what = `${answer ? 'approved' : 'rejected'}${step === null ? '' : ` in step ${step}`}`;
      return [
        { atMs, endMs: atMs, kind: 'event', what, who, detail: reason === null ? null : `"${reason}"` },
      ];
    });
  };
}
