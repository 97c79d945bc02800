import { TASK_QUEUES } from '../src/domain/ids.js';
import type { Activities } from './index.js';

/**
 * The effect of an activity on SecureChange, the ITSM and its own machine; messages between our workflows do not count.
 * Retries, task queue, cancellation, what a hold stops and what a restore refuses follow from it.
 */
export type Effect =
  /** Changes nothing: it may run at any time, repeatedly and in parallel. */
  | 'read'
  /** Reads before it writes, so that it can be repeated. */
  | 'write'
  /** Asks another system without a look before: one attempt, and the workflow knows whether another one is safe. */
  | 'call'
  /** May make a change live: one attempt, after the gate. */
  | 'send'
  /** Runs code of the customer: one attempt. */
  | 'script'
  /** Runs code of the customer to answer SecureChange, which waits; no state of ours is behind it. One attempt. */
  | 'question';

export type ActivityName = keyof Activities;

/** One row for each activity; an activity without a row does not compile. */
export const EFFECTS = {
  readTicket: 'read',
  awaitStepFree: 'read',
  readDesign: 'read',
  readGroupUses: 'read',
  redesign: 'write',
  takeTask: 'write',
  giveTaskBack: 'write',
  enrol: 'read',
  leaveLanes: 'read',
  planWindows: 'read',
  send: 'send',
  judgeMembers: 'read',
  follow: 'read',
  checkPush: 'read',
  checkCommit: 'read',
  inspectWindow: 'read',
  alertOwner: 'write',
  awaitLaterApproval: 'read',
  awaitItsmChange: 'read',
  openBackOut: 'write',
  deliverResults: 'read',
  readPush: 'read',
  checkSlotHolder: 'read',
  reportPushEnd: 'read',
  recordSave: 'read',
  requestUpdateSlot: 'read',
  releaseUpdateSlot: 'read',
  recoverLane: 'read',
  verify: 'read',
  advance: 'write',
  endAutomaticPush: 'read',
  renderMessages: 'read',
  sendMessage: 'write',
  callPoint: 'call',
  runScript: 'script',
  answerQuestion: 'question',
  checkActor: 'read',
  checkSignatures: 'read',
  describeConfiguration: 'read',
  sweepTickets: 'read',
  readAlerts: 'read',
  sendAlerts: 'call',
  // It adds to a log of our own, also after a restore.
  exportEvidence: 'read',
  rejectTicket: 'write',
  redoStep: 'write',
  changeTicket: 'write',
  openTicket: 'write',
  pollItsm: 'read',
  commentPushes: 'write',
  watchStep: 'read',
  watchWindows: 'read',
  awaitStart: 'read',
  findEarlierRuns: 'read',
  findEarlierSwitch: 'read',
} as const satisfies Record<ActivityName, Effect>;

export const ACTIVITY_NAMES = Object.keys(EFFECTS) as readonly ActivityName[];

export type AnyActivity = (...input: unknown[]) => Promise<unknown>;

/** All activities, those with one of the effects replaced by what `change` returns. */
export function changeActivities(
  activities: Activities,
  effects: readonly Effect[],
  change: (activity: AnyActivity, name: ActivityName) => AnyActivity,
): Activities {
  const changed = ACTIVITY_NAMES.map((name) => {
    const activity = activities[name] as AnyActivity;
    return [name, effects.includes(EFFECTS[name]) ? change(activity, name) : activity];
  });
  return Object.fromEntries(changed) as Activities;
}

/** Workflows schedule an activity where a worker asks for it: both read this. */
export const QUEUE_OF: Readonly<Record<Effect, (typeof TASK_QUEUES)[keyof typeof TASK_QUEUES]>> = {
  read: TASK_QUEUES.main,
  write: TASK_QUEUES.main,
  call: TASK_QUEUES.main,
  send: TASK_QUEUES.push,
  script: TASK_QUEUES.script,
  question: TASK_QUEUES.question,
};

/** The activities of one task queue. */
export function activitiesOn(activities: Activities, queue: string): Partial<Activities> {
  return Object.fromEntries(
    ACTIVITY_NAMES.filter((name) => QUEUE_OF[EFFECTS[name]] === queue).map((name) => [
      name,
      activities[name],
    ]),
  );
}
