import type { Actor } from '../../src/domain/commands.js';
import { refused } from '../support/fake-secure-change.js';
import { fakeWorld, HOUR, MINUTE, START_MS, WINDOW } from '../support/fake-world.js';
import { directFirewall, firewallChange, manager } from '../support/firewall-change.js';

const VERA: Actor = { login: 'vera', roles: ['viewer'] };

describe('hold and resume', () => {
  it('starts nothing new while the ticket is held, and goes on where it was', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    await world.reach(ticket, 'Approval');
    expect(await world.operate({ kind: 'hold' })).toMatchObject({ accepted: true });
    ticket.approve('a.schmidt');
    await world.time.pass(2 * HOUR);

    expect(world.state().stepName).toBe('Implementation');
    expect(world.effects('update', 'accept')).toEqual(['accept Design and Risk']);
    expect(world.view().waiting).toMatchObject({
      for: 'operator',
      what: expect.stringContaining('held by olga'),
    });

    expect(await world.operate({ kind: 'resume' })).toMatchObject({ accepted: true });
    await world.ended();
    expect(world.run().outcome).toBe('closed');
  });

  it('lets nothing go out at the opening of the window while the ticket is held, and pushes in the next one', async () => {
    const world = fakeWorld();
    const ticket = world.ticket({ devices: [manager('FW1'), directFirewall('EDGE')] });
    await world.reach(ticket, 'Implementation');
    await world.time.pass(HOUR);
    await world.operate({ kind: 'hold' });
    await world.time.pass(WINDOW.closesAtMs - world.time.nowMs + HOUR);
    expect(world.effects('commit')).toEqual([]);
    expect(world.temporal.lane('manager-of-FW1').state.push).toBeNull();

    await world.operate({ kind: 'resume' });
    await world.ended();
    expect(world.effects('commit', 'update')).toEqual(['update FW1', 'commit FW1', 'update EDGE']);
  });

  it('says from the beginning that it waits for somebody to resume, and afterwards for the window again', async () => {
    const world = fakeWorld();
    const ticket = world.ticket({ devices: [manager('FW1')] });
    await world.reach(ticket, 'Implementation');
    await world.time.pass(HOUR);
    const before = world.view().waiting;
    expect(before).toMatchObject({ for: 'window', untilMs: WINDOW.opensAtMs });
    await world.operate({ kind: 'hold' });

    const held = { for: 'operator', what: expect.stringContaining('held by olga') as string, untilMs: null };
    expect(world.view().waiting).toMatchObject({ ...held, sinceMs: world.time.nowMs });
    expect(world.run().engine.published.at(-1)?.details).toContain(
      '**Waits** until somebody resumes the ticket',
    );
    await world.time.pass(WINDOW.closesAtMs - world.time.nowMs - HOUR);
    expect(world.view().waiting).toMatchObject(held);

    await world.operate({ kind: 'resume' });
    expect(world.view().waiting?.for).not.toBe('operator');
    await world.ended();
  });

  it('still follows a held ticket: a cancelled one ends, and gives up its places', async () => {
    const world = fakeWorld();
    const ticket = world.ticket({ devices: [manager('FW1')] });
    await world.reach(ticket, 'Implementation');
    await world.time.pass(HOUR);
    await world.operate({ kind: 'hold' });
    ticket.end('cancelled');
    await world.time.pass(MINUTE);

    expect(world.view()).toMatchObject({ status: 'cancelled', outcome: 'cancelled' });
    expect(world.temporal.lane('manager-of-FW1').state).toMatchObject({
      queue: [],
      ledger: [{ left: { because: expect.any(String) as string } }],
    });
    await world.operate({ kind: 'resume' });
    await world.ended();
    expect(world.effects('itsm')).toContain('itsm update ticket-cancelled');
  });

  it('gives its turn back at once when it comes while the ticket is held', async () => {
    const world = fakeWorld();
    const lane = { laneKey: 'boss', laneName: 'boss' };
    const first = world.ticket({ id: '1', devices: [manager('FW1', lane)] });
    await world.reach(first, 'Implementation');
    const second = world.ticket({ id: '2', devices: [manager('FW2', lane)] });
    await world.reach(second, 'Implementation');
    await world.time.pass(HOUR);
    await world.operate({ kind: 'hold' }, '1');
    await world.ended('2');

    expect(world.secureChange.effects.find(({ kind }) => kind === 'commit')?.atMs).toBeLessThan(
      WINDOW.opensAtMs + 5_000,
    );
  });

  it('tries nothing again that was refused before, while the ticket is held', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    const before = refused({ kind: 'locked', code: 'securechange.locked', holder: 'n.weber' });
    world.secureChange.faults.push({ call: 'redesign', times: 2, before });
    ticket.complete('r.meier');
    await world.time.until('it waits', () => world.temporal.runs[0]?.run.state.waiting?.for === 'handler');
    await world.operate({ kind: 'hold' });
    const tried = world.called('redesign').length;
    await world.time.pass(HOUR);
    expect(world.called('redesign').length).toBe(tried);
    await world.operate({ kind: 'resume' });
    await world.time.until('approval asked for', () => ticket.current?.name === 'Approval');
  });

  it('says who holds it to whoever wants to hold it again, and refuses to resume what is not held', async () => {
    const world = fakeWorld();
    await world.reach(world.ticket(), 'Approval');
    await world.operate({ kind: 'hold' });
    expect(await world.operate({ kind: 'hold' })).toMatchObject({
      code: 'wrongState',
      message: 'already held by olga',
    });
    await world.operate({ kind: 'resume' });
    expect(await world.operate({ kind: 'resume' })).toMatchObject({ accepted: false, code: 'wrongState' });
  });
});

describe('abort and adopt', () => {
  it('stops driving, gives up the places in all lanes, and only observes until the ticket ends', async () => {
    const world = fakeWorld();
    const ticket = world.ticket({ devices: [manager('FW1')] });
    await world.reach(ticket, 'Implementation');
    await world.time.pass(HOUR);
    expect(await world.operate({ kind: 'abort' })).toMatchObject({ accepted: true });
    await world.time.pass(MINUTE);

    expect(world.view()).toMatchObject({
      mode: 'observe',
      modeReason: 'aborted by olga: because of the test',
    });
    expect(world.temporal.lane('manager-of-FW1').state.queue).toEqual([]);
    await world.time.pass(WINDOW.closesAtMs - world.time.nowMs);
    expect(world.effects('commit')).toEqual([]);

    ticket.end('closed');
    await world.ended();
    expect(world.run().outcome).toBe('closed');
    expect(world.temporal.lane('manager-of-FW1').state.ledger).toMatchObject([
      { left: { because: expect.any(String) as string } },
    ]);
    expect(world.effects('itsm')).not.toContain('itsm close close-change');
  });

  it('drives again when somebody adopts it', async () => {
    const world = fakeWorld();
    const ticket = world.ticket({ devices: [manager('FW1')] });
    await world.reach(ticket, 'Implementation');
    await world.time.pass(HOUR);
    await world.operate({ kind: 'abort' });
    await world.time.pass(MINUTE);
    await world.operate({ kind: 'adopt' });
    await world.ended();

    expect(world.effects('update', 'commit')).toEqual(['update FW1', 'commit FW1']);
  });

  it('drives a ticket older than the definition only after somebody adopted it by name', async () => {
    const world = fakeWorld();
    world.processes.set('Firewall change', firewallChange({ driveSinceMs: START_MS }));
    const ticket = world.ticket({ createdAtMs: START_MS - HOUR });
    ticket.complete('r.meier');
    await world.time.pass(HOUR);
    expect(world.view()).toMatchObject({
      mode: 'observe',
      modeReason: 'created before driveSince; adopt it by name to drive it',
    });
    expect(world.effects()).toEqual([]);

    expect(await world.operate({ kind: 'adopt' })).toMatchObject({ accepted: true });
    await world.reach(ticket, 'Implementation');
    await world.ended();
    expect(world.effects('commit')).toEqual(['commit FW1']);
    expect(await world.operate({ kind: 'adopt' })).toMatchObject({ code: 'wrongState' });
  });

  it('has nothing to abort where it is only observed', async () => {
    const world = fakeWorld();
    world.processes.set('Firewall change', firewallChange({ mode: 'observe' }));
    await world.reach(world.ticket(), 'Open Request');
    await world.time.pass(MINUTE);
    expect(await world.operate({ kind: 'abort' })).toMatchObject({ accepted: false, code: 'wrongState' });
  });
});

describe('who may command', () => {
  it('refuses a person without the role, and records the refusal', async () => {
    const world = fakeWorld();
    await world.reach(world.ticket(), 'Approval');
    const result = await world.temporal.operate('4711', { kind: 'hold' }, { actor: VERA });

    expect(result).toEqual({
      accepted: false,
      code: 'notAllowed',
      message: 'hold needs the role operator; vera has viewer',
    });
    expect(world.view().held).toBeNull();
    expect(world.view().commands).toMatchObject([{ by: 'vera', kind: 'hold', result: { accepted: false } }]);
  });

  it('lets what went past the gateway hold, and nothing else', async () => {
    const world = fakeWorld();
    await world.reach(world.ticket(), 'Approval');
    const unsigned = { signature: null };
    expect(await world.temporal.operate('4711', { kind: 'abort' }, unsigned)).toMatchObject({
      code: 'unverified',
    });
    expect(await world.temporal.operate('4711', { kind: 'hold' }, unsigned)).toMatchObject({
      accepted: true,
    });
    expect(world.view().held?.by).toBe('unverified:olga');
    expect(await world.temporal.operate('4711', { kind: 'resume' }, unsigned)).toMatchObject({
      code: 'unverified',
    });
  });

  it('answers the same key with the same result, also after a roll, and does it only once', async () => {
    const world = fakeWorld();
    await world.reach(world.ticket(), 'Approval');
    const key = 'the-same-key';
    const first = await world.temporal.operate('4711', { kind: 'hold' }, { key });
    const again = { ...first, message: expect.stringContaining('nothing was done now; it is held by olga') };
    expect(await world.temporal.operate('4711', { kind: 'hold' }, { key })).toEqual(again);

    world.temporal.historyIsLong = ({ state }) => state.rolls === 0;
    await world.time.until('rolled', () => world.state().rolls === 1);
    expect(await world.temporal.operate('4711', { kind: 'hold' }, { key })).toEqual(again);
    expect(world.view().commands.length).toBe(1);
  });

  it('names the state a command met when it does not fit', async () => {
    const world = fakeWorld();
    await world.reach(world.ticket(), 'Approval');
    const result = await world.operate({ kind: 'decidePartial', target: 'FW1', answer: 'accept' });
    expect(result.message).toContain('the ticket does not wait for decidePartial; it waits for approval');
  });
});
