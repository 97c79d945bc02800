import { createPushActivities, type PushInput, type PushResult } from '../../activities/push.js';
import { enrol, takeGrant, type PushKind } from '../../src/domain/lane.js';
import { evidenceKey } from '../../src/domain/provisioning.js';
import { stepInstanceOf } from '../../src/domain/ticket.js';
import type { FakeLane } from '../support/fake-lane.js';
import { SERVICE_LOGIN } from '../support/fake-secure-change.js';
import type { FakeTicket } from '../support/fake-ticket.js';
import { DAY, fakeWorld, WINDOW, type FakeWorld } from '../support/fake-world.js';
import { directFirewall, manager } from '../support/firewall-change.js';
import { activityEnvironment } from './activity-environment.js';

export interface PushWorld {
  readonly world: FakeWorld;
  readonly ticket: FakeTicket;
  /** The lane that gave the turn. */
  readonly lane: FakeLane;
  readonly managerLane: FakeLane;
  readonly input: PushInput;
  /** One attempt to its end. */
  push(change?: Partial<PushInput>): Promise<PushResult>;
  /** One attempt that dies on its way. */
  dyingPush(change?: Partial<PushInput>): Promise<void>;
  /** Another turn for the same push. */
  newTurn(): number;
}

/** An approved ticket in its implementation step, its window open, the lane's turn in hand: all that is left is to push. */
export function readyToPush(kind: PushKind = 'commit'): PushWorld {
  const world = fakeWorld();
  world.time.nowMs = WINDOW.opensAtMs;
  world.calendars.set('nightly', [WINDOW]);
  const saves = kind !== 'enforcingUpdate';
  const ticket = world.ticket({ devices: [saves ? manager('FW1') : directFirewall('FW1')] });
  ticket.complete('r.meier');
  ticket.designerStatus = 'designer success';
  ticket.complete(SERVICE_LOGIN);
  ticket.approve('a.schmidt');
  if (kind === 'commit') {
    ticket.devices[0]!.update = 'updated';
    ticket.designerStatus = 'implementation success';
  }

  const managerLane = world.temporal.openLane('manager-of-FW1', 'manager of FW1');
  const lane = kind === 'savingUpdate' ? world.temporal.openLane('update', 'saving Updates') : managerLane;
  const newTurn = (): number => {
    const enrolment = {
      ticketId: ticket.id,
      epoch: 1,
      target: 'm-FW1',
      targetName: 'FW1',
      kind,
      priority: 3,
    };
    enrol(lane.state, { ...enrolment, window: null }, world.time.nowMs);
    return takeGrant(lane.state, lane.state.queue.at(-1)!, world.time.nowMs).token;
  };
  const facts = ticket.facts('Required Access');
  const { requestDigest, riskDigest } = facts.step!.request!;
  const { designDigest } = ticket.design();
  const device = ticket.devices[0]!;
  const input: PushInput = {
    ticketId: ticket.id,
    stepInstance: stepInstanceOf(facts)!,
    requestField: 'Required Access',
    kind,
    target: 'm-FW1',
    targetName: 'FW1',
    epoch: 1,
    effectKey: `4711/1/Implementation/${kind}/m-FW1`,
    laneKey: lane.state.key,
    token: newTurn(),
    managerLaneKey: managerLane.state.key,
    again: false,
    taskAccess: 'accept',
    adopted: false,
    instructionDigest: device.instructionDigest,
    commitBaseline: evidenceKey(device.commit),
    assessed: {
      requestDigest,
      riskDigest,
      designDigest,
      approval: { epoch: 1, by: ['a.schmidt'], requestDigest, riskDigest, designDigest },
    },
    calendar: kind === 'savingUpdate' ? null : 'nightly',
  };
  const { push } = createPushActivities(world.deps());
  return {
    world,
    ticket,
    lane,
    managerLane,
    input,
    newTurn,
    push: async (change = {}) =>
      await world.time.finish(activityEnvironment().run(push, { ...input, ...change })),
    dyingPush: async (change = {}) => {
      const dying = world.invoke('push', { ...input, ...change }, AbortSignal.timeout(DAY));
      await expect(world.time.finish(dying)).rejects.toMatchObject({ facts: { code: 'temporal.timeout' } });
    },
  };
}
