import type { FailingWorkflows, UndecodableWorkflow } from '../../client/deployment-facts.js';
import { formatRelative } from '../../domain/duration-text.js';
import { ok, problem, type DoctorRow } from './row.js';

const AREA = 'Temporal';
const SHOWN = 10;

/** One row a workflow whose code fails: a lane, a ticket or the stop switch that stands still while lists look normal. */
export function checkFailingWorkflows(
  { failing, undecodable, examined, more }: FailingWorkflows,
  nowMs: number,
): readonly DoctorRow[] {
  return [...failingRows({ failing, examined, more }, nowMs), ...undecodableRows(undecodable)];
}

function undecodableRows(undecodable: readonly UndecodableWorkflow[]): readonly DoctorRow[] {
  const rows = undecodable
    .slice(0, SHOWN)
    .map(({ workflowId, runId, what }) =>
      problem(
        AREA,
        `workflow ${workflowId}`,
        `cannot be decoded: ${what.join(', ')}; it was not started by this product, and lists show the rest`,
        `find out who started it, then: temporal workflow terminate -w '${workflowId}' -r ${runId}; the sweep starts ours again`,
      ),
    );
  if (undecodable.length <= SHOWN) return rows;
  const others = `${undecodable.length - SHOWN} more of which something cannot be decoded`;
  return [...rows, problem(AREA, 'workflows', others, 'see above')];
}

function failingRows(
  { failing, examined, more }: Omit<FailingWorkflows, 'undecodable'>,
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
