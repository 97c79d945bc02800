import { activityInfo } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';

import { CallFailure } from '../src/domain/failure.js';
import {
  ALERTS_WORKFLOW_ID,
  CONTROL_WORKFLOW_ID,
  itsmTicketWorkflowId,
  laneWorkflowId,
  pushWorkflowId,
  ticketWorkflowId,
  UPDATE_SLOT_WORKFLOW_ID,
} from '../src/domain/ids.js';
import { WORKFLOW_TYPES } from '../workflows/messages.js';
import type { ActivityDeps } from './contract.js';
import { changeActivities, type ActivityName } from './effects.js';
import { translateFailures } from './failures.js';
import type { Activities } from './index.js';
import { runsOurCode } from './runs-our-code.js';

/** A question of SecureChange asks for one activity only, and that one checks the gateway's signature and its time itself. */
export type Caller = Exclude<keyof typeof WORKFLOW_TYPES, 'script'>;

/** Which workflow asks for an activity. `every`: it checks a signature of its input, whoever asks. */
export const CALLERS = {
  readTicket: ['ticket'],
  awaitStepFree: ['ticket'],
  readDesign: ['ticket'],
  readGroupUses: ['ticket'],
  redesign: ['ticket', 'push'],
  takeTask: ['ticket'],
  giveTaskBack: ['ticket'],
  enrol: ['ticket'],
  leaveLanes: ['ticket'],
  planWindows: ['ticket'],
  send: ['push'],
  judgeMembers: ['push'],
  follow: ['push'],
  checkPush: ['lane'],
  checkCommit: ['lane'],
  inspectWindow: ['lane'],
  alertOwner: ['lane', 'ticket'],
  awaitLaterApproval: ['ticket'],
  awaitItsmChange: ['ticket'],
  openBackOut: ['ticket'],
  deliverResults: ['lane'],
  readPush: ['ticket'],
  checkSlotHolder: ['updateSlot'],
  reportPushEnd: ['push'],
  recordSave: ['push'],
  requestUpdateSlot: ['push'],
  releaseUpdateSlot: ['push'],
  recoverLane: ['lane'],
  verify: ['ticket'],
  advance: ['ticket'],
  renderMessages: ['ticket'],
  sendMessage: ['ticket'],
  callPoint: ['ticket'],
  runScript: ['ticket'],
  checkActor: 'every',
  checkSignatures: 'every',
  describeConfiguration: ['sweep'],
  sweepTickets: ['sweep'],
  readAlerts: ['alerts'],
  sendAlerts: ['alerts'],
  exportEvidence: ['auditExport'],
  rejectTicket: ['ticket'],
  redoStep: ['ticket'],
  changeTicket: ['ticket'],
  commentPushes: ['ticket'],
  watchStep: ['ticket'],
  watchWindows: ['ticket'],
  awaitStart: ['ticket'],
  findEarlierRuns: ['ticket'],
  findEarlierSwitch: ['control'],
  answerQuestion: 'every',
  openTicket: ['itsmTicket'],
  pollItsm: ['ticket'],
  endAutomaticPush: ['ticket'],
} as const satisfies Record<ActivityName, readonly Caller[] | 'every'>;

interface Asker {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
}

const RUNS_KEPT = 5_000;

/**
 * Activities that refuse a workflow that is not ours. Every caller of Temporal can start one, and schedule activities on our
 * queues from it.
 */
export function forOurWorkflows(activities: Activities, temporal: ActivityDeps['temporal']): Activities {
  const ours = new Set<string>();

  async function isOurs({ workflowId, runId }: Asker): Promise<boolean> {
    if (ours.has(runId)) return true;
    try {
      if (!runsOurCode(await temporal.workflow.getHandle(workflowId, runId).describe())) return false;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
    if (ours.size >= RUNS_KEPT) ours.clear();
    ours.add(runId);
    return true;
  }

  return translateFailures(
    changeActivities(activities, ['read', 'write', 'call', 'send', 'script'], (activity, name) => {
      const callers: readonly Caller[] | 'every' = CALLERS[name];
      if (callers === 'every') return activity;
      return async (...input) => {
        const asker = askerNow();
        const caller = callers.find((each) => WORKFLOW_TYPES[each] === asker.type);
        const expected = caller === undefined ? null : idFor(caller, input[0]);
        if (caller === undefined || (expected !== null && expected !== asker.workflowId))
          throw refusal(name, asker);
        if (!(await isOurs(asker))) throw refusal(name, asker);
        return await activity(...input);
      };
    }),
  );
}

function askerNow(): Asker {
  const { workflowExecution, workflowType } = activityInfo();
  return {
    workflowId: workflowExecution?.workflowId ?? '-',
    runId: workflowExecution?.runId ?? '-',
    type: workflowType ?? '-',
  };
}

/** The id of the one workflow that may ask this; null where the input does not say whom it is about. */
function idFor(caller: Caller, input: unknown): string | null {
  const { ticketId, laneKey, n, asked } = (input ?? {}) as {
    ticketId?: string;
    laneKey?: string;
    n?: number;
    asked?: { externalId?: string };
  };
  switch (caller) {
    case 'ticket':
      return ticketId === undefined ? null : ticketWorkflowId(ticketId);
    case 'lane':
      return laneKey === undefined ? null : laneWorkflowId(laneKey);
    case 'push':
      return laneKey === undefined || n === undefined ? null : pushWorkflowId(laneKey, n);
    case 'updateSlot':
      return UPDATE_SLOT_WORKFLOW_ID;
    case 'control':
      return CONTROL_WORKFLOW_ID;
    case 'itsmTicket':
      return asked?.externalId === undefined ? null : itsmTicketWorkflowId(asked.externalId);
    case 'alerts':
      return ALERTS_WORKFLOW_ID;
    case 'sweep':
    case 'auditExport':
      return null;
  }
}

function refusal(operation: string, { workflowId, type }: Asker): CallFailure {
  return new CallFailure({
    kind: 'bug',
    system: 'orchestrator',
    operation,
    code: 'orchestrator.foreign_caller',
    message: `workflow ${workflowId} of type ${type} is not ours to ask for this; look at it and terminate it: temporal workflow show -w '${workflowId}'`,
  });
}
