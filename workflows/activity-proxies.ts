import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';

import { TASK_QUEUES } from '../src/domain/ids.js';
import type { Activities } from '../activities/index.js';

/**
 * Profiles are whole objects: a partial one falls back to endless retries without anybody seeing it. A heartbeat of 12 s
 * tells a dead worker from a slow one well inside the promised minute.
 */
const reads = proxyActivities<Activities>({
  startToCloseTimeout: '2 minutes',
  scheduleToCloseTimeout: '12 hours',
  heartbeatTimeout: '12 seconds',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumInterval: '1 minute',
    maximumAttempts: 200,
  },
});

const watches = proxyActivities<Activities>({
  startToCloseTimeout: '30 days',
  scheduleToCloseTimeout: '60 days',
  heartbeatTimeout: '12 seconds',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumInterval: '1 minute',
    maximumAttempts: 10_000,
  },
});

/** Writes that look first: repeating them is harmless. */
const writes = proxyActivities<Activities>({
  startToCloseTimeout: '2 hours',
  scheduleToCloseTimeout: '12 hours',
  heartbeatTimeout: '12 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumInterval: '1 minute',
    maximumAttempts: 200,
  },
});

/** Update and Commit: one attempt, then the workflow asks what became of it. */
const pushes = proxyActivities<Activities>({
  taskQueue: TASK_QUEUES.push,
  startToCloseTimeout: '4 hours',
  scheduleToCloseTimeout: '8 hours',
  heartbeatTimeout: '12 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 1 },
});

const messages = proxyActivities<Activities>({
  startToCloseTimeout: '2 minutes',
  scheduleToCloseTimeout: '3 days',
  heartbeatTimeout: '12 seconds',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumInterval: '5 minutes',
    maximumAttempts: 2_000,
  },
});

/** Foreign code runs once; running it again is a person's decision. */
const scripts = proxyActivities<Activities>({
  taskQueue: TASK_QUEUES.script,
  startToCloseTimeout: '30 minutes',
  scheduleToCloseTimeout: '2 hours',
  heartbeatTimeout: '12 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 1 },
});

const sweeps = proxyActivities<Activities>({
  startToCloseTimeout: '30 minutes',
  scheduleToCloseTimeout: '1 hour',
  heartbeatTimeout: '12 seconds',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: {
    initialInterval: '2 seconds',
    backoffCoefficient: 2,
    maximumInterval: '1 minute',
    maximumAttempts: 5,
  },
});

/** Summaries show in the Web UI beside each event; over 400 bytes the server refuses them. */
function about(text: string): { summary: string } {
  return { summary: text.slice(0, 95) };
}

/** Typed as the whole contract, so an activity without a profile does not compile. Names what each call is about. */
export const activities: Activities = {
  readTicket: (i) =>
    reads.readTicket.executeWithOptions(
      about(i.leftStep === null ? 'look at the ticket' : `after ${i.leftStep}`),
      [i],
    ),
  awaitStepFree: (i) =>
    watches.awaitStepFree.executeWithOptions(about('SecureChange works on the step'), [i]),
  readDesign: (i) => reads.readDesign.executeWithOptions(about('Designer results'), [i]),
  redesign: (i) => writes.redesign.executeWithOptions(about('run the Designer'), [i]),
  enrol: (i) =>
    reads.enrol.executeWithOptions(
      about(i.items.map((item) => `${item.kind} ${item.targetName}`).join(', ')),
      [i],
    ),
  leaveLanes: (i) =>
    writes.leaveLanes.executeWithOptions(about(i.ended ? 'leave the lanes for good' : 'give up places'), [i]),
  planWindows: (i) => reads.planWindows.executeWithOptions(about(i.calendars.join(', ')), [i]),
  push: (i) =>
    pushes.push.executeWithOptions(
      about(
        `${i.kind === 'commit' ? 'Commit' : 'Update'} ${i.targetName}${i.again ? ' (what became of it?)' : ''}`,
      ),
      [i],
    ),
  closePush: (i) => writes.closePush.executeWithOptions(about(`${i.targetName}: ${i.result}`), [i]),
  verify: (i) => reads.verify.executeWithOptions(about('verifier'), [i]),
  advance: (i) => writes.advance.executeWithOptions(about('complete the step'), [i]),
  renderMessages: (i) =>
    reads.renderMessages.executeWithOptions(about(i.points.map((point) => point.name).join(', ')), [i]),
  sendMessage: (i) =>
    messages.sendMessage.executeWithOptions(about(`${i.message.action} (${i.message.point})`), [i]),
  runScript: (i) => scripts.runScript.executeWithOptions(about(`${i.script} on ${i.event}`), [i]),
  checkActor: (i) => reads.checkActor.executeWithOptions(about(`${i.command.kind} by ${i.actor.login}`), [i]),
  readHolder: (i) =>
    reads.readHolder.executeWithOptions(about(`does ticket ${i.ticketId} still hold the lane?`), [i]),
  sweepTickets: (i) => sweeps.sweepTickets.executeWithOptions(about('compare with SecureChange'), [i]),
  rejectTicket: (i) => writes.rejectTicket.executeWithOptions(about('reject the ticket'), [i]),
  watchStep: (i) => watches.watchStep.executeWithOptions(about(`watch ${i.what}`), [i]),
  awaitStart: () => watches.awaitStart.executeWithOptions(about('stopped: wait for sco start'), []),
};
