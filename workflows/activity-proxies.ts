import { proxyActivities } from '@temporalio/workflow';

import type { ActivityName, AnyActivity } from '../activities/effects.js';
import { ACTIVITY_NAMES } from '../activities/effects.js';
import { cleanSummary } from '../src/domain/clean-text.js';
import { toWords } from '../src/domain/words.js';
import type { Activities } from '../activities/index.js';
import { optionsOf } from './activity-options.js';

/** The summary of each call, shown in the Web UI beside its event. An activity without a summary does not compile. */
const SUMMARIES: { readonly [Name in ActivityName]: (...input: Parameters<Activities[Name]>) => string } = {
  readTicket: ({ reports }) =>
    reports.length === 0 ? 'read the ticket' : `read the ticket, check ${reports.length} signatures`,
  awaitStepFree: () => 'wait until SecureChange has finished its work on the step',
  readDesign: () => "read the Designer's results",
  readGroupUses: () => 'read who uses the groups',
  redesign: () => 'run the Designer',
  takeTask: ({ from }) =>
    from === null ? 'look who holds the task' : `take task ${from.task} from ${from.login}`,
  giveTaskBack: ({ from }) => `give task ${from.task} back to ${from.login}`,
  enrol: ({ items }) => items.map((item) => `${toWords(item.kind)} of ${item.targetName}`).join(', '),
  leaveLanes: ({ because }) => `leave the lanes: ${toWords(because)}`,
  planWindows: ({ workflow }) => `plan the windows of ${workflow}`,
  send: ({ call, targetName }) => `${call === 'commit' ? 'Commit' : 'Update'} ${targetName}`,
  judgeMembers: ({ members }) => `judge the gates of ${members.length} tickets`,
  follow: ({ call, targetName }) =>
    `outcome of the ${call === 'commit' ? 'Commit' : 'Update'} of ${targetName}`,
  checkPush: ({ n }) => `check whether push ${n} still runs`,
  inspectWindow: ({ members }) => `read ${members.length} tickets before their window opens`,
  alertOwner: ({ lines }) => lines[0] ?? 'before a window',
  openBackOut: ({ devices }) => `open a ticket that takes ${devices.length} devices back`,
  awaitItsmChange: () => 'wait until the ITSM change lets a push go ahead',
  awaitLaterApproval: ({ approval }) => `wait for the approval of ${approval.server} after the emergency`,
  checkCommit: ({ targetName }) => `check whether the Commit of ${targetName} was reverted`,
  checkSlotHolder: ({ n }) => `check whether push ${n} still holds the update slot`,
  deliverResults: ({ results }) =>
    results.length === 1 ? 'signal 1 result' : `signal ${results.length} results`,
  readPush: ({ said, targetName, n, laneKey }) =>
    `read what push ${n} of lane ${laneKey} ${said.kind === 'saved' ? 'saved' : 'did'} on ${targetName}`,
  reportPushEnd: () => 'report the results to the lane',
  recordSave: ({ key, outcome }) => `${key}: ${toWords(outcome)}`,
  requestUpdateSlot: () => 'request the update slot',
  releaseUpdateSlot: () => 'release the update slot',
  recoverLane: () => 'read the state of earlier runs',
  verify: () => "read the verifier's result",
  advance: () => 'complete the step',
  endAutomaticPush: ({ outcome }) => `the automatic push ended: ${toWords(outcome)}`,
  renderMessages: ({ points }) => points.map((point) => point.name).join(', '),
  callPoint: ({ message }) => `${message.call?.method ?? message.action} (${message.point})`,
  sendMessage: ({ message }) => `${message.action} (${message.point})`,
  runScript: ({ script, event }) => `${script} on ${event}`,
  answerQuestion: ({ question }) => `${question.script}: ${toWords(question.kind)}`,
  checkActor: ({ command, actor }) => `${toWords(command.kind)} by ${actor.login}`,
  checkSignatures: ({ signed }) => `check ${signed.length} signatures`,
  describeConfiguration: () => "report the worker's configuration",
  readAlerts: () => 'look for what waits for a person',
  sendAlerts: ({ route, alerts }) => `${alerts.length} alerts by route ${route}`,
  exportEvidence: () => 'add runs to the evidence log',
  sweepTickets: () => 'compare the tickets with SecureChange',
  rejectTicket: () => 'reject the ticket',
  redoStep: ({ toStep }) => `send the ticket back to ${toStep}`,
  changeTicket: ({ change, point }) =>
    `${change.kind === 'action' ? change.action : toWords(change.kind)} (${point})`,
  pollItsm: ({ poll }) => `wait for the answer on ${poll.server}`,
  openTicket: ({ asked }) => `open the ticket of ${asked.externalId}`,
  commentPushes: () => 'comment in the SecureChange ticket',
  watchStep: ({ what }) => `watch ${what}`,
  watchWindows: ({ target }) => `watch SecureTrack's change windows for ${target.name}`,
  awaitStart: () => 'stopped: wait for sco start',
  findEarlierRuns: () => 'read what earlier runs of the ticket did',
  findEarlierSwitch: () => 'look for an earlier run of the stop switch',
};

function proxyOf(name: ActivityName): AnyActivity {
  const proxy = proxyActivities<Record<ActivityName, AnyActivity>>(optionsOf(name))[name];
  const summaryOf = SUMMARIES[name] as (...input: readonly unknown[]) => string;
  return (...input) => proxy.executeWithOptions({ summary: cleanSummary(summaryOf(...input)) }, input);
}

/**
 * None is local: where one ends while other events arrive, SDK 1.24 now and then writes a history that cannot be replayed
 * (`activity-proxies.decision.md`).
 */
export const activities = Object.fromEntries(
  ACTIVITY_NAMES.map((name) => [name, proxyOf(name)]),
) as unknown as Activities;
