import type { Activities } from './index.js';

/**
 * What an activity does to SecureChange, ITSM and the machine it runs on. Messages between our own workflows are no
 * effect. Retries, task queue, cancellation, what a hold stops and what is refused after a restore follow from it.
 */
export type Effect =
  /** Changes nothing: may run at any time, again, and twice at once. */
  | 'read'
  /** Looks before it acts, so that it may be repeated. */
  | 'write'
  /** May make a device enforce something: one attempt, behind the gate. */
  | 'send'
  /** Foreign code: one attempt. */
  | 'script';

export type ActivityName = keyof Activities;

/** One row for each activity; without its row an activity does not compile. */
export const EFFECTS = {
  readTicket: 'read',
  awaitStepFree: 'read',
  readDesign: 'read',
  redesign: 'write',
  enrol: 'read',
  leaveLanes: 'read',
  planWindows: 'read',
  send: 'send',
  judgeMembers: 'read',
  follow: 'read',
  lookAtPush: 'read',
  readPush: 'read',
  reportPushEnd: 'read',
  recordSave: 'read',
  requestUpdateSlot: 'read',
  releaseUpdateSlot: 'read',
  recoverLane: 'read',
  verify: 'read',
  advance: 'write',
  renderMessages: 'read',
  sendMessage: 'write',
  runScript: 'script',
  checkActor: 'read',
  checkSignatures: 'read',
  describeConfiguration: 'read',
  sweepTickets: 'read',
  rejectTicket: 'write',
  watchStep: 'read',
  awaitStart: 'read',
} as const satisfies Record<ActivityName, Effect>;

export const ACTIVITY_NAMES = Object.keys(EFFECTS) as readonly ActivityName[];

export type AnyActivity = (...input: unknown[]) => Promise<unknown>;

/** The activities again, those with one of the effects as `change` returns them. */
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

/** The part of the activities that one worker carries out. */
export function activitiesWith(activities: Activities, effects: readonly Effect[]): Partial<Activities> {
  return Object.fromEntries(
    ACTIVITY_NAMES.filter((name) => effects.includes(EFFECTS[name])).map((name) => [name, activities[name]]),
  );
}
