import type { FailingWorkflows, UndecodableWorkflow } from '../../../packages/client/src/deployment-facts.js';
import { KEY_MISSING } from '../../domain/missing-key.js';
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

/** It is ours, and only this machine cannot read it: one row for all of them. */
function lacksKey({ what }: UndecodableWorkflow): boolean {
  return what.every((part) => part.includes(KEY_MISSING));
}

function undecodableRows(all: readonly UndecodableWorkflow[]): readonly DoctorRow[] {
  const undecodable = all.filter((one) => !lacksKey(one));
  return [...keyRows(all.filter(lacksKey)), ...foreignRows(undecodable)];
}

function keyRows([first, ...others]: readonly UndecodableWorkflow[]): readonly DoctorRow[] {
  if (first === undefined) return [];
  const which = `workflow ${first.workflowId}${others.length > 0 ? ` and ${others.length} more` : ''}`;
  return [
    problem(
      AREA,
      which,
      'what lists show of it is encrypted with a key that is not in SCO_PAYLOAD_KEYS here',
      'copy the file of SCO_PAYLOAD_KEYS_FILE from a worker to this machine; see docs/runbook.md, The payload keys',
    ),
  ];
}

function foreignRows(undecodable: readonly UndecodableWorkflow[]): readonly DoctorRow[] {
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
