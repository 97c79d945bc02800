import { isBehind } from '../src/domain/lane-places.js';
import { laneKeyOf } from '../src/domain/ids.js';
import { LANE_PLANS, laneReplan, WORKFLOW_TYPES } from '../workflows/messages.js';
import type { ActivityDeps } from './contract.js';
import { openLane } from './lane-link.js';

const HORIZON_DAYS = 60;

type Deps = Pick<ActivityDeps, 'calendars' | 'temporal' | 'clock' | 'settings'>;

/** Operators edit calendars while tickets wait: a lane with windows of another version gets the new intervals. */
export async function replanLanes({ calendars, temporal, clock }: Omit<Deps, 'settings'>): Promise<void> {
  const plans = calendars.names().map((name) => {
    const { calendar, ruleVersion, intervals } = calendars.plan(name, clock.now(), HORIZON_DAYS);
    return { calendar, ruleVersion, intervals };
  });
  const query = `WorkflowType = '${WORKFLOW_TYPES.lane}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId, memo } of temporal.workflow.list({ query })) {
    const waitsBy = textsOf(memo?.[LANE_PLANS]);
    const news = plans.filter((plan) => isBehind(waitsBy, plan));
    if (news.length > 0) await temporal.workflow.getHandle(workflowId).signal(laneReplan, news);
  }
}

/** Starts terminated lanes again, because their tickets wait without a timer. The new lane reads its earlier runs. */
export async function startLostLanes(deps: Deps): Promise<readonly string[]> {
  const { temporal } = deps;
  const query = `WorkflowType = '${WORKFLOW_TYPES.lane}' AND ExecutionStatus IN ('Terminated', 'Failed', 'TimedOut', 'Canceled')`;
  const ended = new Set<string>();
  for await (const { workflowId } of temporal.workflow.list({ query })) ended.add(workflowId);
  const started: string[] = [];
  for (const workflowId of ended) {
    const { status } = await temporal.workflow.getHandle(workflowId).describe();
    const key = laneKeyOf(workflowId);
    if (status.name === 'RUNNING' || key === undefined) continue;
    await openLane(deps, key, key).start();
    started.push(key);
  }
  return started;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
