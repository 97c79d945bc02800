import type { Actor } from '../../src/domain/commands.js';
import { refused } from '../support/fake-secure-change.js';
import { fakeEnvironment, HOUR, MINUTE, START_MS, WINDOW } from '../support/fake-environment.js';
import { directFirewall, firewallChange, manager } from '../support/firewall-change.js';

const VERA: Actor = { login: 'vera', roles: ['viewer'] };

describe('hold and resume', () => {
  it('starts nothing while the ticket is held, and continues afterwards', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    await env.reach(ticket, 'Approval');
    expect(await env.operate({ kind: 'hold' })).toMatchObject({ accepted: true });
    ticket.approve('a.schmidt');
    await env.time.pass(2 * HOUR);

    expect(env.state().stepName).toBe('Implementation');
    expect(env.effects('update', 'accept')).toEqual(['accept Design and Risk']);
    expect(env.view().waiting).toMatchObject({
      for: 'operator',
      what: expect.stringContaining('which olga holds'),
    });

    expect(await env.operate({ kind: 'resume' })).toMatchObject({ accepted: true });
    await env.ended();
    expect(env.run().outcome).toBe('closed');
  });

  it('sends nothing when the window opens while the ticket is held, and pushes in the next window', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ devices: [manager('FW1'), directFirewall('EDGE')] });
    await env.reach(ticket, 'Implementation');
    await env.time.pass(HOUR);
    await env.operate({ kind: 'hold' });
    await env.time.pass(WINDOW.closesAtMs - env.time.nowMs + HOUR);
    expect(env.effects('commit')).toEqual([]);
    expect(env.temporal.lane('manager-of-FW1').state.push).toBeNull();

    await env.operate({ kind: 'resume' });
    await env.ended();
    expect(env.effects('commit', 'update')).toEqual(['update FW1', 'commit FW1', 'update EDGE']);
  });

  it('says at once that it waits for an operator to resume it, and afterwards for the window again', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ devices: [manager('FW1')] });
    await env.reach(ticket, 'Implementation');
    await env.time.pass(HOUR);
    const before = env.view().waiting;
    expect(before).toMatchObject({ for: 'window', untilMs: WINDOW.opensAtMs });
    await env.operate({ kind: 'hold' });

    const held = {
      for: 'operator',
      what: expect.stringContaining('which olga holds') as string,
      untilMs: null,
    };
    expect(env.view().waiting).toMatchObject({ ...held, sinceMs: env.time.nowMs });
    expect(env.run().engine.published.at(-1)?.details).toContain(
      '**Waits** until an operator resumes the ticket',
    );
    await env.time.pass(WINDOW.closesAtMs - env.time.nowMs - HOUR);
    expect(env.view().waiting).toMatchObject(held);

    await env.operate({ kind: 'resume' });
    expect(env.view().waiting?.for).not.toBe('operator');
    await env.ended();
  });

  it('still follows a held ticket: a cancelled one ends, and gives up its places', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ devices: [manager('FW1')] });
    await env.reach(ticket, 'Implementation');
    await env.time.pass(HOUR);
    await env.operate({ kind: 'hold' });
    ticket.end('cancelled');
    await env.time.pass(MINUTE);

    expect(env.view()).toMatchObject({ status: 'cancelled', outcome: 'cancelled' });
    expect(env.temporal.lane('manager-of-FW1').state).toMatchObject({
      queue: [],
      ledger: [{ left: { because: expect.any(String) as string } }],
    });
    await env.operate({ kind: 'resume' });
    await env.ended();
    expect(env.effects('itsm')).toContain('itsm update ticket-cancelled');
  });

  it('leaves the push at once when it starts while the ticket is held', async () => {
    const env = fakeEnvironment();
    const lane = { laneKey: 'boss', laneName: 'boss' };
    const first = env.ticket({ id: '1', devices: [manager('FW1', lane)] });
    await env.reach(first, 'Implementation');
    const second = env.ticket({ id: '2', devices: [manager('FW2', lane)] });
    await env.reach(second, 'Implementation');
    await env.time.pass(HOUR);
    await env.operate({ kind: 'hold' }, '1');
    await env.ended('2');

    expect(env.secureChange.effects.find(({ kind }) => kind === 'commit')?.atMs).toBeLessThan(
      WINDOW.opensAtMs + 5_000,
    );
  });

  it('repeats no refused call while the ticket is held', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    const before = refused({ kind: 'locked', code: 'securechange.locked', holder: 'n.weber' });
    env.secureChange.faults.push({ call: 'redesign', times: 2, before });
    ticket.complete('r.meier');
    await env.time.until('it waits', () => env.temporal.runs[0]?.run.state.waiting?.for === 'handler');
    await env.operate({ kind: 'hold' });
    const tried = env.called('redesign').length;
    await env.time.pass(HOUR);
    expect(env.called('redesign').length).toBe(tried);
    await env.operate({ kind: 'resume' });
    await env.time.until('approval asked for', () => ticket.current?.name === 'Approval');
  });

  it('names the holder when it is held again, and refuses to resume a ticket that is not held', async () => {
    const env = fakeEnvironment();
    await env.reach(env.ticket(), 'Approval');
    await env.operate({ kind: 'hold' });
    expect(await env.operate({ kind: 'hold' })).toMatchObject({
      code: 'wrongState',
      message: 'already held by olga',
    });
    await env.operate({ kind: 'resume' });
    expect(await env.operate({ kind: 'resume' })).toMatchObject({ accepted: false, code: 'wrongState' });
  });
});

describe('abort and adopt', () => {
  it('stops driving, gives up the places in all lanes, and only observes until the ticket ends', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ devices: [manager('FW1')] });
    await env.reach(ticket, 'Implementation');
    await env.time.pass(HOUR);
    expect(await env.operate({ kind: 'abort' })).toMatchObject({ accepted: true });
    await env.time.pass(MINUTE);

    expect(env.view()).toMatchObject({
      mode: 'observe',
      modeReason: 'aborted by olga: because of the test',
    });
    expect(env.temporal.lane('manager-of-FW1').state.queue).toEqual([]);
    await env.time.pass(WINDOW.closesAtMs - env.time.nowMs);
    expect(env.effects('commit')).toEqual([]);

    ticket.end('closed');
    await env.ended();
    expect(env.run().outcome).toBe('closed');
    expect(env.temporal.lane('manager-of-FW1').state.ledger).toMatchObject([
      { left: { because: expect.any(String) as string } },
    ]);
    expect(env.effects('itsm')).not.toContain('itsm close close-change');
  });

  it('drives again when an operator adopts it', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ devices: [manager('FW1')] });
    await env.reach(ticket, 'Implementation');
    await env.time.pass(HOUR);
    await env.operate({ kind: 'abort' });
    await env.time.pass(MINUTE);
    await env.operate({ kind: 'adopt' });
    await env.ended();

    expect(env.effects('update', 'commit')).toEqual(['update FW1', 'commit FW1']);
  });

  it('drives a ticket older than the definition only after an operator adopted it', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', firewallChange({ driveSinceMs: START_MS }));
    const ticket = env.ticket({ createdAtMs: START_MS - HOUR });
    ticket.complete('r.meier');
    await env.time.pass(HOUR);
    expect(env.view()).toMatchObject({
      mode: 'observe',
      modeReason: 'it was created before driveSince, so it is only observed until an operator adopts it',
    });
    expect(env.effects()).toEqual([]);

    expect(await env.operate({ kind: 'adopt' })).toMatchObject({ accepted: true });
    await env.reach(ticket, 'Implementation');
    await env.ended();
    expect(env.effects('commit')).toEqual(['commit FW1']);
    expect(await env.operate({ kind: 'adopt' })).toMatchObject({ code: 'wrongState' });
  });

  it('refuses to abort a ticket that is only observed', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', firewallChange({ mode: 'observe' }));
    await env.reach(env.ticket(), 'Open Request');
    await env.time.pass(MINUTE);
    expect(await env.operate({ kind: 'abort' })).toMatchObject({ accepted: false, code: 'wrongState' });
  });
});

describe('who may command', () => {
  it('refuses a person without the role, and records the refusal', async () => {
    const env = fakeEnvironment();
    await env.reach(env.ticket(), 'Approval');
    const result = await env.temporal.operate('4711', { kind: 'hold' }, { actor: VERA });

    expect(result).toEqual({
      accepted: false,
      code: 'notAllowed',
      message: 'hold needs the role operator; vera has viewer',
    });
    expect(env.view().held).toBeNull();
    expect(env.view().commands).toMatchObject([{ by: 'vera', kind: 'hold', result: { accepted: false } }]);
  });

  it('accepts a hold that did not come through the gateway, and no other command', async () => {
    const env = fakeEnvironment();
    await env.reach(env.ticket(), 'Approval');
    const unsigned = { signature: null };
    expect(await env.temporal.operate('4711', { kind: 'abort' }, unsigned)).toMatchObject({
      code: 'unverified',
    });
    expect(await env.temporal.operate('4711', { kind: 'hold' }, unsigned)).toMatchObject({
      accepted: true,
    });
    expect(env.view().held?.by).toBe('unverified:olga');
    expect(await env.temporal.operate('4711', { kind: 'resume' }, unsigned)).toMatchObject({
      code: 'unverified',
    });
  });

  it('refuses what was signed before it remembers anything: it may be a recorded command', async () => {
    const env = fakeEnvironment();
    await env.reach(env.ticket(), 'Approval');
    env.state().commandMemory = { ...env.state().commandMemory, notBeforeMs: env.time.nowMs + 1 };
    expect(await env.operate({ kind: 'hold' })).toMatchObject({ accepted: false, code: 'tooOld' });
    expect(env.view().held).toBeNull();
    await env.time.pass(MINUTE);
    expect(await env.operate({ kind: 'hold' })).toMatchObject({ accepted: true });
  });

  it('repeats nothing to a terminal of what a caller without a signature calls itself', async () => {
    const env = fakeEnvironment();
    await env.reach(env.ticket(), 'Approval');
    const actor: Actor = { login: '\u001b[2J\u009b8m\u202eolga', roles: [] };
    await env.temporal.operate('4711', { kind: 'hold' }, { actor, signature: null });
    expect(env.view().held?.by).toBe('unverified:[2J 8molga');
    const { message } = await env.operate({ kind: 'hold' });
    expect(message).toBe('already held by unverified:[2J 8molga');
  });

  it('answers the same key with the same result, also after continue-as-new, and does it once', async () => {
    const env = fakeEnvironment();
    await env.reach(env.ticket(), 'Approval');
    const key = 'the-same-key';
    const first = await env.temporal.operate('4711', { kind: 'hold' }, { key });
    const again = {
      ...first,
      message: expect.stringContaining('nothing was done now; it is held by olga'),
    };
    expect(await env.temporal.operate('4711', { kind: 'hold' }, { key })).toEqual(again);

    env.temporal.historyIsLong = ({ state }) => state.continueAsNewCount === 0;
    await env.time.until('continuedAsNew', () => env.state().continueAsNewCount === 1);
    expect(await env.temporal.operate('4711', { kind: 'hold' }, { key })).toEqual(again);
    // The client compares it once the run has ended.
    const fingerprint = expect.stringMatching(/^[0-9a-f]{32}$/) as string;
    expect(env.view().commands).toEqual([expect.objectContaining({ fingerprint })]);
  });

  it('names the state of the ticket when a command does not fit', async () => {
    const env = fakeEnvironment();
    await env.reach(env.ticket(), 'Approval');
    const result = await env.operate({ kind: 'decidePartial', target: 'FW1', answer: 'accept' });
    expect(result.message).toContain('the ticket does not wait for decidePartial; it waits for approval');
  });
});
