import { createActivities } from '../../activities/index.js';
import type { ReadTicketInput } from '../../activities/read-ticket.js';
import { signReport } from '../../packages/client/src/sign.js';
import type { TicketEvent } from '../../src/domain/event.js';
import { canonicalReport } from '../../src/domain/report.js';
import { stepInstanceOf } from '../../src/domain/ticket.js';
import { refused, SERVICE_LOGIN } from '../support/fake-secure-change.js';
import { fakeEnvironment, HOUR, MINUTE, START_MS } from '../support/fake-environment.js';
import type { FakeEnvironment } from '../support/fake-environment.js';
import { firewallChange } from '../support/firewall-change.js';
import { ACTOR_KEY } from '../support/fake-temporal.js';
import { activityEnvironment } from './activity-environment.js';

async function read(env: FakeEnvironment, part: Partial<ReadTicketInput> = {}) {
  const { readTicket } = createActivities(env.deps());
  const input = { ticketId: '4711', knownStep: null, adopted: false, reports: [], ...part };
  return await env.time.finish(activityEnvironment().run(readTicket, input));
}

/** A report that the ticket leaves the step, signed with this key. */
function left(leftStep: string, key = ACTOR_KEY): Pick<ReadTicketInput, 'reports'> {
  const event: TicketEvent = {
    key: leftStep,
    ticketId: '4711',
    name: 'ADVANCE',
    source: 'mediator',
    receivedAtMs: START_MS,
    info: null,
  };
  const { signature = '' } = signReport(event, key);
  return { reports: [{ text: canonicalReport(event), signature, leftStep }] };
}

describe('checklist point 4: readTicket', () => {
  it('gives facts, mode and definition in one answer, and the definition only with another step', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    const reading = await read(env);
    expect(reading).toMatchObject({ found: true, mode: 'drive', definition: { name: 'firewall-change' } });
    const knownStep = stepInstanceOf(ticket.facts('Required Access'));
    expect(await read(env, { knownStep })).not.toHaveProperty('definition');
    ticket.complete('r.meier');
    expect(await read(env, { knownStep })).toHaveProperty('definition');
  });

  it('says so when there is no such ticket, and fails with everything else', async () => {
    const env = fakeEnvironment();
    expect(await read(env)).toEqual({ signed: [], found: false });
    env.ticket();
    env.secureChange.faults.push({ call: 'readTicket', before: refused({ kind: 'auth' }) });
    await expect(read(env)).rejects.toMatchObject({ type: 'auth', nonRetryable: true });
  });

  it('waits after an ADVANCE until SecureChange shows the step that was entered', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    env.time.at(env.time.nowMs + 3_000, () => ticket.complete('r.meier'));
    expect(await read(env, left('Open Request'))).toMatchObject({
      facts: { step: { name: 'Design and Risk' } },
    });
    expect(env.time.nowMs - START_MS).toBeGreaterThanOrEqual(3_000);
  });

  it('does not wait long for a stale event, and not at all when the ticket is elsewhere', async () => {
    const env = fakeEnvironment();
    env.ticket();
    expect(await read(env, left('Open Request'))).toMatchObject({
      facts: { step: { name: 'Open Request' } },
    });
    expect(env.time.nowMs - START_MS).toBeLessThan(2 * env.settings.advanceLagMs);
    const before = env.time.nowMs;
    await read(env, left('Verification'));
    expect(env.time.nowMs).toBe(before);
  });

  it('says of each report whether it is signed, and takes no step of one that is not', async () => {
    const env = fakeEnvironment();
    env.ticket();
    const before = env.time.nowMs;
    const forged = left('Open Request', 'a key of others');
    expect(await read(env, forged)).toMatchObject({ found: true, signed: [false] });
    expect(env.time.nowMs).toBe(before);
    const reports = [...left('Verification').reports, ...forged.reports, ...left('Open Request').reports];
    expect(await read(env, { reports })).toMatchObject({ signed: [true, false, true] });
    expect(env.time.nowMs - before).toBeGreaterThan(0);
  });

  it.each([
    ['without a definition', 'no process definition', (env: FakeEnvironment) => env.processes.clear(), false],
    [
      'after a restore',
      'SCO_RESTORED',
      (env: FakeEnvironment) => (env.settings = { ...env.settings, restored: true }),
      true,
    ],
    [
      'older than the definition',
      'driveSince',
      (env: FakeEnvironment) =>
        env.processes.set('Firewall change', firewallChange({ driveSinceMs: START_MS + 1 })),
      false,
    ],
  ] as const)('only observes a ticket %s, and says why', async (_, why, change, adopted) => {
    const env = fakeEnvironment();
    env.ticket();
    change(env);
    expect(await read(env, { adopted })).toMatchObject({
      mode: 'observe',
      modeReason: expect.stringContaining(why) as string,
    });
  });

  it('only observes a ticket with an unknown creation date, until it is adopted', async () => {
    const env = fakeEnvironment();
    env.ticket({ createdAtMs: null });
    expect(await read(env)).toMatchObject({
      mode: 'observe',
      modeReason: expect.stringContaining('its creation date is unknown') as string,
    });
    expect(await read(env, { adopted: true })).toMatchObject({ mode: 'drive', modeReason: null });
  });

  it('drives an older ticket that an operator adopted', async () => {
    const env = fakeEnvironment();
    env.ticket();
    env.processes.set('Firewall change', firewallChange({ driveSinceMs: START_MS + 1 }));
    expect(await read(env, { adopted: true })).toMatchObject({ mode: 'drive', modeReason: null });
  });
});

describe('checklist point 4: awaitStepFree', () => {
  it('returns when no task is PENDING any more, or the step is another one', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    ticket.current!.tasks[0]!.pending = true;
    const stepInstance = stepInstanceOf(ticket.facts(null))!;
    const { awaitStepFree } = createActivities(env.deps());
    const input = { ticketId: '4711', stepInstance, requestField: null };
    env.time.at(env.time.nowMs + HOUR, () => (ticket.current!.tasks[0]!.pending = false));
    await env.time.finish(activityEnvironment().run(awaitStepFree, input));
    expect(env.time.nowMs - START_MS).toBeGreaterThanOrEqual(HOUR);

    ticket.current!.tasks[0]!.pending = true;
    ticket.redo('Open Request');
    await env.time.finish(activityEnvironment().run(awaitStepFree, input));
  });

  it('sends heartbeats, and stops when it is cancelled', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    ticket.current!.tasks[0]!.pending = true;
    const environment = activityEnvironment();
    let heartbeats = 0;
    environment.on('heartbeat', () => (heartbeats += 1));
    env.time.at(env.time.nowMs + HOUR, () => environment.cancel());
    const { awaitStepFree } = createActivities(env.deps());
    const stepInstance = stepInstanceOf(ticket.facts(null))!;
    const waiting = environment.run(awaitStepFree, { ticketId: '4711', stepInstance, requestField: null });
    await expect(env.time.finish(waiting)).rejects.toThrow();
    expect(heartbeats).toBeGreaterThan(0);
  });
});

describe('watchStep', () => {
  const watch = async (env: FakeEnvironment, what: 'design' | 'update' | 'commit') => {
    const ticket = env.secureChange.tickets.get('4711')!;
    const { watchStep } = createActivities(env.deps());
    const stepInstance = stepInstanceOf(ticket.facts(null))!;
    const input = {
      ticketId: '4711',
      stepInstance,
      requestField: 'Required Access',
      what,
      targets: ['m-FW1'],
    };
    return await env.time.finish(activityEnvironment().run(watchStep, input));
  };

  it('sees a Designer run that ends, an Update and a Commit of every target', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    env.time.at(env.time.nowMs + MINUTE, () => (ticket.designerStatus = 'designer success'));
    expect(await watch(env, 'design')).toMatchObject({
      moved: false,
      failed: null,
      design: { designerStatus: 'designer success' },
    });
    env.time.at(env.time.nowMs + MINUTE, () => (ticket.devices[0]!.update = 'updated'));
    expect(await watch(env, 'update')).toMatchObject({ failed: null });
    ticket.provisionedBy = 'n.weber';
    env.time.at(env.time.nowMs + MINUTE, () => {
      ticket.devices[0]!.commit = { state: 'committed', reportStart: 'now', message: null };
    });
    expect(await watch(env, 'commit')).toMatchObject({ failed: null, by: 'n.weber' });
  });

  it('sees the ticket move on, and an automatic step that failed', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    env.time.at(env.time.nowMs + MINUTE, () => ticket.complete(SERVICE_LOGIN));
    expect(await watch(env, 'design')).toMatchObject({ moved: true });
    ticket.automationFailure = { tool: 'design', reason: 'no route' };
    expect(await watch(env, 'design')).toMatchObject({
      failed: 'automatic step (design) failed: no route',
    });
  });

  it('does not take a failure of before for one of an automatic step that runs again', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    ticket.automationFailure = { tool: 'design', reason: 'no route' };
    ticket.current!.tasks[0]!.pending = true;
    env.time.at(env.time.nowMs + MINUTE, () => {
      ticket.current!.tasks[0]!.pending = false;
      ticket.automationFailure = null;
      ticket.designerStatus = 'designer success';
    });
    expect(await watch(env, 'design')).toMatchObject({ failed: null });
  });
});

describe('awaitStart', () => {
  it('returns when the stop switch is off, and not before', async () => {
    const env = fakeEnvironment();
    env.temporal.turnSwitch('stop', 'x');
    env.time.at(env.time.nowMs + HOUR, () => env.temporal.turnSwitch('start'));
    const { awaitStart } = createActivities(env.deps());
    await env.time.finish(activityEnvironment().run(awaitStart));
    expect(env.time.nowMs - START_MS).toBeGreaterThanOrEqual(HOUR);
  });
});
