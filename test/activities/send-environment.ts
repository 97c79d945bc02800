import { createFollowActivities, type FollowResult } from '../../activities/follow.js';
import { createSendActivities } from '../../activities/send.js';
import type { SendInput, SendResult } from '../../activities/send-result.js';
import { startPush } from '../../src/domain/running-push.js';
import { pushWorkflowId } from '../../src/domain/ids.js';
import type { RunningPush } from '../../src/domain/lane.js';
import { enrol } from '../../src/domain/lane-places.js';
import { evidenceKey } from '../../src/domain/provisioning.js';
import { memberKey, type Claim, type PushKind } from '../../src/domain/push.js';
import { stepInstanceOf } from '../../src/domain/ticket.js';
import { enrolment } from '../support/enrolment.js';
import { SERVICE_LOGIN } from '../support/fake-secure-change.js';
import type { RecordedLane } from '../support/fake-temporal.js';
import type { FakeTicket } from '../support/fake-ticket.js';
import { DAY, fakeEnvironment, WINDOW, type FakeEnvironment } from '../support/fake-environment.js';
import { directFirewall, manager } from '../support/firewall-change.js';
import { activityEnvironment, RUN_ID } from './activity-environment.js';

export interface SendEnvironment {
  readonly env: FakeEnvironment;
  readonly ticket: FakeTicket;
  readonly lane: RecordedLane;
  readonly input: SendInput;
  /** The running push, as the lane has it. */
  push(): RunningPush;
  /** Changes what was assessed and approved for the ticket. */
  claim(part: Partial<Claim>): void;
  send(change?: Partial<SendInput>): Promise<SendResult>;
  /** Sends, and follows what may have been sent to its end. */
  sendAndFollow(change?: Partial<SendInput>): Promise<SendResult | FollowResult>;
  /** One attempt that dies on its way. */
  dyingSend(): Promise<void>;
}

/** An approved ticket in its implementation step. */
export function approvedTicket(env: FakeEnvironment, id: string, kind: PushKind, device = 'FW1'): FakeTicket {
  const ticket = env.ticket({
    id,
    devices: [kind === 'enforcingUpdate' ? directFirewall(device) : manager(device)],
  });
  ticket.complete('r.meier');
  ticket.designerStatus = 'designer success';
  ticket.complete(SERVICE_LOGIN);
  ticket.approve('a.schmidt');
  if (kind === 'commit') {
    ticket.devices[0]!.update = 'updated';
    ticket.designerStatus = 'implementation success';
  }
  return ticket;
}

export function claimOf(ticket: FakeTicket): Claim {
  const facts = ticket.facts('Required Access');
  const { requestDigest, riskDigest } = facts.step!.request!;
  const { designDigest } = ticket.design();
  const device = ticket.devices[0]!;
  return {
    stepInstance: stepInstanceOf(facts)!,
    stepName: 'Implementation',
    requestField: 'Required Access',
    taskAccess: 'accept',
    adopted: false,
    instructionDigest: device.instructionDigest,
    requestDigest,
    riskDigest,
    designDigest,
    approvals: [{ name: 'approval', epoch: 1, by: ['a.schmidt'], requestDigest, riskDigest, designDigest }],
    commitBaseline: evidenceKey(device.commit),
  };
}

/** A push that was just started for approved tickets, their window open: all that is left is to send. */
export function readyToSend(
  kind: PushKind = 'commit',
  tickets: readonly string[] = ['4711'],
): SendEnvironment {
  const env = fakeEnvironment();
  env.time.nowMs = WINDOW.opensAtMs;
  env.calendars.set('nightly', [WINDOW]);
  const target = 'm-FW1';
  const lane = env.temporal.openLane('manager-of-FW1', 'manager of FW1');
  const made = tickets.map((id) => {
    const ticket = approvedTicket(env, id, kind);
    const saved = kind === 'commit';
    const place = { ticketId: id, target, targetName: 'FW1', path: ['manager-of-FW1', target] };
    const window = { calendar: 'nightly', ruleVersion: 'r1', intervals: [WINDOW], minimumRemainingMs: 0 };
    const placeKind = kind === 'enforcingUpdate' ? 'enforcingUpdate' : 'commit';
    enrol(
      lane.state,
      enrolment({ ...place, kind: placeKind, saved, hasSaved: saved, window, claim: claimOf(ticket) }),
      env.time.nowMs,
    );
    return ticket;
  });
  const members = [...lane.state.queue];
  const planned = { kind, target, targetName: 'FW1', path: ['manager-of-FW1', target], members };
  const { n } = startPush(lane.state, planned, env.time.nowMs);
  lane.state.push = { ...lane.state.push!, runId: RUN_ID };
  env.temporal.pretendPush(pushWorkflowId('manager-of-FW1', n), RUN_ID);

  const input: SendInput = {
    laneKey: 'manager-of-FW1',
    laneName: 'manager of FW1',
    n,
    kind,
    call: kind === 'commit' ? 'commit' : 'update',
    effectKey: 'the-effect',
    target,
    targetName: 'FW1',
    members: members.map(memberKey),
  };
  const { send } = createSendActivities(env.deps());
  const { follow } = createFollowActivities(env.deps());
  const sendOnce: SendEnvironment['send'] = async (change = {}) =>
    await env.time.finish(activityEnvironment().run(send, { ...input, ...change }));
  return {
    env,
    ticket: made[0]!,
    lane,
    input,
    push: () => lane.state.push!,
    claim: (part) => {
      const { push } = lane.state;
      const [first, ...rest] = push!.members;
      lane.state.push = { ...push!, members: [{ ...first!, claim: { ...first!.claim, ...part } }, ...rest] };
    },
    send: sendOnce,
    sendAndFollow: async (change = {}) => {
      const sent = await sendOnce(change);
      if (sent.kind !== 'sent' && sent.kind !== 'begunBefore') return sent;
      const { call, targetName } = { ...input, ...change };
      const accepted = sent.kind === 'sent' && sent.accepted;
      const { baseline } = sent;
      const requestField = 'Required Access';
      return await env.time.finish(
        activityEnvironment().run(follow, {
          laneKey: input.laneKey,
          laneName: input.laneName,
          kind,
          call,
          target,
          targetName,
          requestField,
          baseline,
          accepted,
        }),
      );
    },
    dyingSend: async () => {
      const dying = env.invoke('send', input, AbortSignal.timeout(DAY), RUN_ID);
      await expect(env.time.finish(dying)).rejects.toMatchObject({ facts: { code: 'temporal.timeout' } });
    },
  };
}
