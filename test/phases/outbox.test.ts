import { refused } from '../support/fake-secure-change.js';
import { fakeWorld, HOUR, MINUTE } from '../support/fake-world.js';
import { firewallChange, POINTS } from '../support/firewall-change.js';

const NOT_ACCEPTED = refused({
  system: 'itsm/servicenow',
  code: 'itsm.refused',
  message: 'refused with status 400',
});

const sent = (world: ReturnType<typeof fakeWorld>): string[] =>
  world.messages.map(({ action, point }) => `${action} ${point}`);

describe('messages to the ITSM', () => {
  it('go out in the order they fired, and no phase waits for them', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    world.secureChange.faults.push({ call: 'send', times: 40, before: refused({ kind: 'transient' }) });
    await world.reach(ticket, 'Implementation');
    await world.time.until('saved', () => world.state().targets[0]?.update === 'done');
    expect(sent(world)).toEqual([]);
    expect(world.view().outbox.map(({ point, state }) => `${point} ${state}`)).toEqual([
      'create-change sending',
      'implementation-started waiting',
    ]);

    await world.ended();
    expect(sent(world)).toEqual([
      'create create-change',
      'update implementation-started',
      'close close-change',
    ]);
    expect(world.view().itsm?.number).toBe('CHG0030001');
  });

  it('are sent once, also when the answer got lost', async () => {
    const world = fakeWorld();
    world.secureChange.faults.push({ call: 'send', times: 3, after: refused({ kind: 'ambiguous' }) });
    await world.reach(world.ticket(), 'Implementation');
    await world.ended();
    expect(sent(world)).toEqual([
      'create create-change',
      'update implementation-started',
      'close close-change',
    ]);
  });

  it('that are not accepted block the others visibly, until somebody repaired it and retries', async () => {
    const world = fakeWorld();
    world.secureChange.faults.push({ call: 'send', target: 'create-change', before: NOT_ACCEPTED });
    const ticket = world.ticket();
    await world.reach(ticket, 'Implementation');
    await world.time.pass(HOUR);
    expect(sent(world)).toEqual([]);
    expect(world.view().outbox[0]).toMatchObject({
      state: 'blocked',
      message: expect.stringContaining('refused with status 400') as string,
    });
    expect(world.run().engine.published.at(-1)?.needsAttention).toBe(true);

    expect(await world.operate({ kind: 'retry' })).toMatchObject({ accepted: true });
    await world.ended();
    expect(sent(world)).toEqual([
      'create create-change',
      'update implementation-started',
      'close close-change',
    ]);
  });

  it('can be dropped by name; the rest goes on', async () => {
    const world = fakeWorld();
    world.secureChange.faults.push({ call: 'send', target: 'implementation-started', before: NOT_ACCEPTED });
    await world.reach(world.ticket(), 'Implementation');
    await world.time.pass(HOUR);
    expect(await world.operate({ kind: 'dropMessage', point: 'nothing' })).toMatchObject({
      code: 'wrongState',
    });
    expect(await world.operate({ kind: 'dropMessage', point: 'implementation-started' })).toMatchObject({
      accepted: true,
    });
    await world.ended();
    expect(sent(world)).toEqual(['create create-change', 'close close-change']);
  });

  it('keep the run open until the last one is accepted', async () => {
    const world = fakeWorld();
    world.secureChange.faults.push({ call: 'send', target: 'close-change', before: NOT_ACCEPTED });
    const ticket = world.ticket();
    await world.reach(ticket, 'Implementation');
    await world.time.until('closed', () => ticket.status === 'closed');
    await world.time.pass(HOUR);
    expect(world.run().outcome).toBeNull();
    expect(world.view()).toMatchObject({ outcome: 'closed', waiting: { for: 'itsm' } });
    await world.operate({ kind: 'dropMessage', point: 'close-change' });
    await world.ended();
  });

  it('wait while the ticket is held', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    ticket.complete('r.meier');
    await world.time.until('started', () => world.temporal.runs.length > 0);
    await world.operate({ kind: 'hold' });
    await world.time.pass(HOUR);
    await world.operate({ kind: 'resume' });
    await world.time.until('approval asked for', () => ticket.current?.name === 'Approval');
    await world.time.pass(MINUTE);
    await world.operate({ kind: 'hold' });
    ticket.end('cancelled');
    await world.time.pass(HOUR);
    expect(sent(world)).toEqual(['create create-change']);
    await world.operate({ kind: 'resume' });
    await world.ended();
    expect(sent(world)).toEqual(['create create-change', 'update ticket-cancelled']);
  });

  it('are not sent about a change that was never created', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    ticket.complete('r.meier');
    await world.time.until(
      'in step 2',
      () => world.temporal.runs[0]?.run.state.stepName === 'Design and Risk',
    );
    ticket.end('cancelled');
    await world.ended();

    expect(sent(world)).toEqual([]);
    expect(world.state().timeline.map(({ what }) => what)).toContain(
      'not sent: ticket-cancelled; there is no change on servicenow',
    );
  });

  it('hold their step back where the point is blocking', async () => {
    const world = fakeWorld();
    const points = POINTS.map((point) => ({ ...point, blocking: point.name === 'implementation-started' }));
    const { steps } = firewallChange();
    const phases = [
      { phase: 'itsmSync', by: 'orchestrator' } as const,
      ...(steps['Implementation']?.phases ?? []),
    ];
    world.processes.set(
      'Firewall change',
      firewallChange({ integrationPoints: points, steps: { ...steps, Implementation: { phases } } }),
    );
    world.secureChange.faults.push({ call: 'send', target: 'implementation-started', before: NOT_ACCEPTED });
    await world.reach(world.ticket(), 'Implementation');
    await world.time.pass(HOUR);
    expect(world.view().waiting).toMatchObject({ for: 'itsm' });
    expect(world.effects('update')).toEqual([]);

    await world.operate({ kind: 'retry' });
    await world.ended();
    expect(world.effects('update')).toEqual(['update FW1']);
  });

  it('that can not be rendered park; skipping leaves out that message and nothing else', async () => {
    const world = fakeWorld();
    const text = 'placeholder #nothing# is not resolved; nothing was sent';
    world.unrenderable.set(
      'implementation-started',
      refused({ code: 'itsm.placeholder_unresolved', message: text }),
    );
    await world.reach(world.ticket(), 'Implementation');
    await world.parked('itsm.placeholder_unresolved');
    expect(world.view().needsAttention?.reason).toContain(text);

    await world.operate({ kind: 'skip' });
    await world.ended();
    expect(sent(world)).toEqual(['create create-change', 'close close-change']);
  });

  it('of steps that came and went unseen are sent all the same', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    ticket.complete('r.meier');
    await world.time.until('asked for approval', () => ticket.current?.name === 'Approval');
    ticket.approve('a.schmidt');
    await world.ended();
    expect(sent(world)).toEqual([
      'create create-change',
      'update implementation-started',
      'close close-change',
    ]);
  });
});
