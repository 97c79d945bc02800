/** Automatic steps that are stuck, and how much each workflow is used. */
import type { StuckStep, SurveyPart, WorkflowFigures } from '../../domain/survey.js';
import { durationText } from '../../domain/duration-text.js';
import type { Gathered } from './gather.js';
import { historyOf, type PlacedPush } from './pushes.js';

/** A task on which SecureChange has worked for longer is stuck: its own tools end within minutes. */
const STUCK_AFTER_MS = 60 * 60_000;

export function stuckSteps({ tickets }: Gathered, nowMs: number): SurveyPart<StuckStep> {
  const rows = tickets.flatMap(({ ticket }): StuckStep[] => {
    const {
      id: ticketId,
      subject,
      workflow,
      status,
      stepName: step,
      lines,
      pending,
      automationFailure,
    } = ticket;
    if (status !== 'inProgress' || step === null) return [];
    const newest = lines.find((line) => line.step === step && line.atMs !== null);
    const row = (why: string, sinceMs: number | null, says: string | null): StuckStep[] => [
      { ticketId, subject, workflow, step, why, sinceMs, evidence: [historyOf(ticket, says)] },
    ];
    if (automationFailure !== null) {
      const failed = lines.find(
        (line) => line.step === step && /^automatic step: .*failed/is.test(line.text),
      );
      const { tool, reason } = automationFailure;
      const what = tool === 'unknown' ? 'the automatic step' : `the automatic step (${tool})`;
      return row(`${what} failed: ${reason}`, failed?.atMs ?? null, failed?.text ?? null);
    }
    if (pending.length === 0) return [];
    const sinceMs = newest?.atMs ?? null;
    // Without a date nothing says how long; it is shown rather than hidden.
    if (sinceMs !== null && nowMs - sinceMs < STUCK_AFTER_MS) return [];
    const since = sinceMs === null ? 'since when is not visible' : `for ${durationText(nowMs - sinceMs)}`;
    return row(
      `SecureChange works on the task (${pending[0] ?? ''}) ${since}`,
      sinceMs,
      newest?.text ?? null,
    );
  });
  return { rows, notVisible: [] };
}

export function figuresOf(
  { rows: { open, ended }, tickets }: Gathered,
  pushes: readonly PlacedPush[],
  modeOf: (workflow: string) => string | null,
): SurveyPart<WorkflowFigures> {
  const names = [...new Set([...open, ...ended].map(({ workflow }) => workflow))].sort();
  const rows = names.map((workflow): WorkflowFigures => {
    const of = pushes.filter((push) => push.workflow === workflow);
    const accounts: Record<string, number> = {};
    for (const { by } of of) if (by !== null) accounts[by] = (accounts[by] ?? 0) + 1;
    const count = (how: PlacedPush['how']): number => of.filter((push) => push.how === how).length;
    return {
      workflow,
      open: open.filter((row) => row.workflow === workflow).length,
      ended: ended.filter((row) => row.workflow === workflow).length,
      readTickets: tickets.filter(({ ticket }) => ticket.workflow === workflow).length,
      pushes: { automaticStep: count('automaticStep'), account: count('account'), unknown: count('unknown') },
      accounts,
      mode: modeOf(workflow),
      evidence: [
        { call: 'GET …/tickets?status=', says: 'rows of the lists' },
        { call: 'GET …/tickets/ID/history', says: 'who began each push' },
      ],
    };
  });
  return { rows, notVisible: [] };
}
