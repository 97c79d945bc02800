import type { FailingWorkflows } from '../../client/failing-workflows.js';
import { formatRelative } from '../../domain/duration-text.js';
import { ok, problem, type DoctorRow } from './row.js';

const AREA = 'Temporal';
const SHOWN = 10;

/** One row a workflow whose code fails: a lane, a ticket or the stop switch that stands still while lists look normal. */
export function checkFailingWorkflows(
  { failing, examined, more }: FailingWorkflows,
  nowMs: number,
): readonly DoctorRow[] {
  if (failing.length === 0) {
    const looked = `${examined} open, none fails${more ? ' (the newest; there are more)' : ''}`;
    return [ok(AREA, 'workflows', looked)];
  }
  const rows = failing.slice(0, SHOWN).map(({ workflowId, attempt, sinceMs, reason }) => {
    const since = sinceMs === null ? '' : `, since ${formatRelative(sinceMs, nowMs)}`;
    return problem(
      AREA,
      `workflow ${workflowId}`,
      `its workflow task fails (attempt ${attempt}${since}): ${reason ?? 'the history shows no reason'}`,
      `it stands still until a worker can run it: look at the worker's log, deploy a repaired release; its history: temporal workflow show -w '${workflowId}'`,
    );
  });
  if (failing.length <= SHOWN) return rows;
  return [
    ...rows,
    problem(AREA, 'workflows', `${failing.length - SHOWN} more whose workflow task fails`, 'see above'),
  ];
}
