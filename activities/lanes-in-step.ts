import type { Replan } from '../src/domain/lane-places.js';
import { intervalsOf, type WindowQuestion } from '../src/domain/window.js';
import { laneKeyOf, laneWorkflowId } from '../src/domain/ids.js';
import { LANE_BASES, WORKFLOW_TYPES } from '../workflows/messages.js';
import type { ActivityDeps } from './contract.js';
import { openLane } from './lane-link.js';
import { signalTicketsWithoutPlace } from './tickets-in-step.js';
import { overrideInUse } from './override-in-use.js';
import { planInUse } from './windows.js';

type Deps = Pick<ActivityDeps, 'calendars' | 'definitions' | 'managers' | 'temporal' | 'clock' | 'settings'>;

/** What was done for each lane, and what failed, as `lane: reason`. */
interface Done {
  readonly lanes: ReadonlySet<string>;
  readonly failed: readonly string[];
}

/**
 * Operators edit calendars, and which calendar a process or manager uses, while tickets wait: a running lane with windows of
 * another configuration gets the present ones, and tickets that wait without a place are signalled.
 */
export async function replanLanes(deps: Deps): Promise<Done> {
  const basis = deps.definitions.windowsBasis();
  const query = `WorkflowType = '${WORKFLOW_TYPES.lane}' AND ExecutionStatus = 'Running'`;
  const { lanes, failed } = await forEachLane(deps, query, async (key, memo) => {
    const bases = memo?.[LANE_BASES];
    // null: it cannot be decoded, so the lane itself is asked.
    if (bases !== null && textsOf(bases).every((known) => known === basis)) return;
    const lane = openLane(deps, key, key);
    const plans = (await lane.questionsToPlan(basis)).flatMap((question) => renewed(deps, question) ?? []);
    if (plans.length > 0) await lane.replan({ basis, plans });
  });
  return { lanes, failed: [...failed, ...(await signalTicketsWithoutPlace(deps))] };
}

/** null when no process definition is in use: the lane keeps what it has, and the gate is closed. */
function renewed(deps: Deps, question: WindowQuestion): Replan | null {
  const { workflow, target, planned } = question;
  const dates = deps.definitions.processFor(workflow)?.window.plannedDates ?? null;
  const { ticketId = '', grant } = question.overriddenBy ?? {};
  const override = overrideInUse(deps, grant, {
    workflow,
    ticketId,
    requester: null,
    target: target.id,
    targetName: target.name,
  });
  const plan = planInUse(deps, { workflow, target, planned: dates === null ? null : planned, override });
  if (plan === null) return null;
  const { calendar, zone, minimumRemainingMs, whenWindowCloses } = plan;
  // Planned dates that the process did not have when the ticket enrolled: it enrols again, which reads them.
  const { ruleVersion, intervals } =
    dates !== null && planned === null ? { ruleVersion: `${plan.ruleVersion}@unread`, intervals: [] } : plan;
  return {
    workflow,
    target: target.id,
    planned,
    ...(grant !== undefined && { override: grant.ask.key }),
    calendar,
    zone,
    ruleVersion,
    intervals: intervalsOf(intervals),
    minimumRemainingMs,
    finish: whenWindowCloses === 'finish',
  };
}

/**
 * Renews the windows of running lanes, and starts terminated lanes again, because their tickets wait without a timer. One
 * lane that fails holds up no other, and not the sweep: each is named in the answer.
 */
export async function keepLanesInStep(deps: Deps): Promise<readonly string[]> {
  const running = await replanLanes(deps);
  // Every lane that ever ended is in this list, so only one that does not run is looked at.
  const query = `WorkflowType = '${WORKFLOW_TYPES.lane}' AND ExecutionStatus IN ('Terminated', 'Failed', 'TimedOut', 'Canceled')`;
  const ended = await forEachLane(deps, query, async (key) => {
    if (!running.lanes.has(key)) await startIfLost(deps, key);
  });
  return [...running.failed, ...ended.failed];
}

type Memo = Readonly<Record<string, unknown>> | undefined;

async function forEachLane(
  { temporal }: Deps,
  query: string,
  act: (key: string, memo: Memo) => Promise<void>,
): Promise<Done> {
  const lanes = new Set<string>();
  const failed: string[] = [];
  for await (const { workflowId, memo } of temporal.workflow.list({ query })) {
    const key = laneKeyOf(workflowId);
    if (key === undefined || lanes.has(key)) continue;
    lanes.add(key);
    try {
      await act(key, memo);
    } catch (error) {
      failed.push(`${workflowId}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { lanes, failed };
}

/** The new lane reads its earlier runs. */
async function startIfLost(deps: Deps, key: string): Promise<void> {
  const { status } = await deps.temporal.workflow.getHandle(laneWorkflowId(key)).describe();
  if (status.name !== 'RUNNING') await openLane(deps, key, key).start();
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
