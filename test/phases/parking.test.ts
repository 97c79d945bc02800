import { refused } from '../support/fake-secure-change.js';
import { fakeWorld, HOUR, MINUTE } from '../support/fake-world.js';
import { directFirewall, manager } from '../support/firewall-change.js';
import { WorkerDied } from '../support/worker-death.js';

const DENIED = refused({
  kind: 'auth',
  code: 'http.unauthorized',
  message: 'the credential is not accepted',
  status: 401,
});
const lostAnswer = refused({
  kind: 'ambiguous',
  code: 'http.connection_lost',
  message: 'the connection was lost',
});

describe('what an activity gave up on', () => {
  it('parks with kind, code, evidence and what to type, and goes on after a retry', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    world.secureChange.faults.push({ call: 'redesign', before: DENIED });
    ticket.complete('r.meier');
    await world.parked('http.unauthorized');

    expect(world.view().needsAttention).toMatchObject({
      phase: 'design',
      reason: expect.stringContaining('the credential is not accepted') as string,
      evidence: 'securechange: call: http.unauthorized (auth, status 401)',
      waysOut: [
        { command: 'retry', hint: 'sco ticket retry 4711 --reason "…"' },
        { command: 'skip', hint: 'sco ticket skip 4711 --reason "…"' },
        { command: 'abort', hint: 'sco ticket abort 4711 --reason "…"' },
      ],
    });
    expect(world.run().engine.published.at(-1)?.needsAttention).toBe(true);

    expect(await world.operate({ kind: 'retry' })).toMatchObject({ accepted: true });
    await world.time.until('the Designer ran', () => ticket.current?.name === 'Approval');
    expect(world.view().needsAttention).toBeNull();
  });

  it('is tried again at the next event when the ticket could not be read, and for each event once', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    await world.time.pass(MINUTE);
    const tellAgain = (): void => world.secureChange.onEvent(ticket, 'ADVANCE', null);
    const before = world.called('readTicket').length;
    world.secureChange.faults.push({ call: 'readTicket', times: 2, before: DENIED });
    tellAgain();
    await world.parked('http.unauthorized');
    await world.time.pass(HOUR);
    expect(world.called('readTicket')).toHaveLength(before + 1);

    tellAgain();
    await world.time.pass(HOUR);
    expect(world.called('readTicket')).toHaveLength(before + 2);
    expect(world.view().needsAttention?.code).toBe('http.unauthorized');

    ticket.complete('r.meier');
    await world.time.until('the Designer ran', () => ticket.current?.name === 'Approval');
    expect(world.view().needsAttention).toBeNull();
  });

  it('is retried by itself when another attempt may cure it', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    world.secureChange.faults.push({ call: 'readTicket', times: 5, before: refused({ kind: 'transient' }) });
    world.secureChange.faults.push({ call: 'completeTask', after: lostAnswer });
    await world.reach(ticket, 'Approval');

    expect(
      world
        .state()
        .timeline.map(({ what }) => what)
        .filter((what) => what.startsWith('parked')),
    ).toEqual([]);
    expect(world.effects('complete')).toEqual(['complete Design and Risk']);
  });

  it('lets a phase be passed by when a person skips it', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    ticket.designerStatus = 'designer success';
    world.secureChange.faults.push({ call: 'readVerifier', before: DENIED });
    await world.reach(ticket, 'Verification');
    await world.parked('http.unauthorized');
    await world.operate({ kind: 'skip' });
    await world.ended();

    expect(world.state().timeline.map(({ what }) => what)).toContain('phase verify skipped');
  });

  it('never offers to skip what keeps people safe', async () => {
    const world = fakeWorld();
    const ticket = world.ticket({ risks: [{ order: 'AR1', status: 'notRun', severity: null }] });
    ticket.complete('r.meier');
    await world.parked('risk.missing');

    expect(await world.operate({ kind: 'skip' })).toMatchObject({ accepted: false, code: 'wrongState' });
    expect(ticket.current?.name).toBe('Design and Risk');
  });

  it('rests on a timer and names the holder while somebody holds the task, and parks only after many tries', async () => {
    const world = fakeWorld();
    const locked = refused({
      kind: 'locked',
      code: 'securechange.locked',
      message: 'locked',
      holder: 'n.weber',
    });
    const ticket = world.ticket();
    world.secureChange.faults.push({ call: 'redesign', times: 3, before: locked });
    ticket.complete('r.meier');
    await world.time.until('it waits', () => world.temporal.runs[0]?.run.state.waiting?.for === 'handler');
    expect(world.view().waiting?.what).toBe('n.weber releases the lock: locked');
    await world.reach(ticket, 'Approval');

    const other = fakeWorld();
    other.secureChange.faults.push({ call: 'redesign', times: 1_000, before: locked });
    other.ticket().complete('r.meier');
    await other.parked('securechange.locked');
  });
});

describe('a verifier that says not implemented', () => {
  it('parks; a retry asks again', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    ticket.verifier = 'notImplemented';
    await world.reach(ticket, 'Verification');
    await world.parked('verify.not_implemented');

    ticket.verifier = 'implemented';
    await world.operate({ kind: 'retry' });
    await world.ended();
    expect(world.state().timeline.map(({ what }) => what)).toContain('verified: implemented');
  });

  it('notes what can not be obtained as unverified, never as implemented', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    ticket.verifier = 'unverified';
    await world.reach(ticket, 'Verification');
    await world.ended();

    const notes = world.state().timeline.map(({ what }) => what);
    expect(notes).toContain('unverified: the verifier gave no result');
    expect(notes).not.toContain('verified: implemented');
  });
});

describe('a push of which nobody knows whether it was sent', () => {
  const vanishing = { call: 'commit', target: 'm-FW1', ends: 'vanishes', after: lostAnswer } as const;

  it('asks a person and sends nothing again; "it was sent" settles the device', async () => {
    const world = fakeWorld();
    const ticket = world.ticket({ devices: [manager('FW1')] });
    world.secureChange.faults.push({ ...vanishing });
    await world.reach(ticket, 'Implementation');
    await world.parked('push.unknown');
    await world.time.pass(2 * HOUR);
    expect(world.effects('commit')).toEqual(['commit FW1']);
    expect(world.view().targets[0]?.commit).toBe('unknown');

    expect(await world.temporal.decide('wasSent')).toMatchObject({ accepted: true });
    await world.ended();

    expect(world.effects('commit')).toEqual(['commit FW1']);
    expect(world.state().targets[0]).toMatchObject({
      commit: 'done',
      message: expect.stringContaining('says olga'),
    });
    expect(world.temporal.lane('manager-of-FW1').state.ledger).toEqual([]);
  });

  it('is sent once more after "it was not sent", by another push', async () => {
    const world = fakeWorld();
    const ticket = world.ticket({ devices: [manager('FW1')] });
    world.secureChange.faults.push({ ...vanishing });
    await world.reach(ticket, 'Implementation');
    await world.parked('push.unknown');
    await world.temporal.decide('wasNotSent');
    await world.ended();

    expect(world.effects('commit')).toEqual(['commit FW1', 'commit FW1']);
    const commits = [...world.temporal.pushes.values()].filter(({ run }) => run.start.kind === 'commit');
    expect(commits).toHaveLength(2);
  });

  it('keeps its lane closed to everybody else until the answer', async () => {
    const world = fakeWorld();
    const lane = { laneKey: 'boss', laneName: 'boss' };
    const first = world.ticket({ id: '1', devices: [manager('FW1', lane)] });
    world.secureChange.faults.push({ ...vanishing });
    await world.reach(first, 'Implementation');
    await world.parked('push.unknown', '1');
    const second = world.ticket({ id: '2', devices: [manager('FW2', lane)] });
    await world.reach(second, 'Implementation');
    await world.time.pass(HOUR);
    expect(world.effects('commit')).toEqual(['commit FW1']);

    await world.temporal.decide('wasSent');
    await world.ended('2');
    expect(world.effects('commit')).toEqual(['commit FW1', 'commit FW2']);
  });

  it('keeps the ticket in its step until it is answered, whatever happens in SecureChange', async () => {
    const world = fakeWorld();
    const ticket = world.ticket({ devices: [manager('FW1')] });
    world.secureChange.faults.push({ ...vanishing });
    await world.reach(ticket, 'Implementation');
    await world.parked('push.unknown');
    ticket.redo('Design and Risk');
    await world.time.pass(HOUR);

    expect(world.state().epoch).toBe(1);
    expect(world.view().needsAttention?.code).toBe('push.unknown');
    await world.temporal.decide('wasNotSent');
    await world.time.until('the redo is seen', () => world.state().epoch === 2);
    expect(world.view().needsAttention).toBeNull();
    expect(world.temporal.lane('manager-of-FW1').state).toMatchObject({ push: null, queue: [] });
  });

  it('is asked about, not repeated, when the worker died after the call', async () => {
    const world = fakeWorld();
    const ticket = world.ticket({ devices: [manager('FW1')] });
    world.secureChange.faults.push({ call: 'commit', after: new WorkerDied() });
    await world.reach(ticket, 'Implementation');
    await world.ended();

    expect(world.effects('commit')).toEqual(['commit FW1']);
    expect(world.called('follow')).toHaveLength(2);
  });
});

describe('a Commit that some devices took and others did not', () => {
  it('waits for a person; accepting settles it', async () => {
    const world = fakeWorld();
    const ticket = world.ticket({ devices: [manager('FW1')] });
    world.secureChange.faults.push({ call: 'commit', ends: 'partial' });
    await world.reach(ticket, 'Implementation');
    await world.parked('push.partial');
    await world.operate({ kind: 'decidePartial', target: 'FW1', answer: 'accept' });
    await world.ended();

    expect(world.effects('commit')).toEqual(['commit FW1']);
    expect(world.state().targets[0]?.message).toContain('accepted by olga');
  });

  it('is sent again when a person says so', async () => {
    const world = fakeWorld();
    const ticket = world.ticket({ devices: [manager('FW1')] });
    world.secureChange.faults.push({ call: 'commit', ends: 'partial' });
    await world.reach(ticket, 'Implementation');
    await world.parked('push.partial');
    await world.operate({ kind: 'decidePartial', target: 'FW1', answer: 'repeat' });
    await world.ended();

    expect(world.effects('commit')).toEqual(['commit FW1', 'commit FW1']);
    expect(ticket.devices[0]?.commit.state).toBe('committed');
  });
});

describe('a push that failed', () => {
  it.each(['failed', 'skipped'] as const)(
    'parks when the Commit %s, and a retry sends it anew',
    async (ends) => {
      const world = fakeWorld();
      const ticket = world.ticket({ devices: [manager('FW1')] });
      world.secureChange.faults.push({ call: 'commit', ends });
      await world.reach(ticket, 'Implementation');
      await world.parked('push.failed');
      expect(world.view().targets[0]?.commit).toBe('failed');
      await world.operate({ kind: 'retry' });
      await world.ended();

      expect(world.effects('commit')).toEqual(['commit FW1', 'commit FW1']);
    },
  );

  it('can be completed by hand, with evidence', async () => {
    const world = fakeWorld();
    const ticket = world.ticket({ devices: [directFirewall('EDGE')] });
    world.secureChange.faults.push({ call: 'update', ends: 'failed' });
    await world.reach(ticket, 'Implementation');
    await world.parked('push.failed');
    await world.operate({ kind: 'completeManual', target: 'EDGE', evidence: 'seen in the running config' });
    await world.ended();

    expect(world.effects('update')).toEqual(['update EDGE']);
    expect(world.state().targets[0]?.message).toContain('seen in the running config');
  });

  it('is refused by SecureChange: parks, tells the lane that nothing was sent, and goes on after a retry', async () => {
    const world = fakeWorld();
    const ticket = world.ticket({ devices: [manager('FW1')] });
    const text = { code: 'securechange.commit_not_supported', message: 'Commit is not supported' } as const;
    world.secureChange.faults.push({ call: 'commit', before: refused(text) });
    await world.reach(ticket, 'Implementation');
    await world.parked('securechange.commit_not_supported');
    expect(world.temporal.lane('manager-of-FW1').state.push).toBeNull();
    await world.operate({ kind: 'retry' });
    await world.ended();
    expect(world.effects('commit')).toEqual(['commit FW1']);
  });

  it.each(['busy', 'transient', 'locked'] as const)(
    'waits and tries again by itself when SecureChange is %s',
    async (kind) => {
      const world = fakeWorld();
      const ticket = world.ticket({ devices: [manager('FW1')] });
      world.secureChange.faults.push({
        call: 'commit',
        times: 3,
        before: refused({ kind, code: 'securechange.max_concurrent' }),
      });
      await world.reach(ticket, 'Implementation');
      await world.ended();

      expect(world.effects('commit')).toEqual(['commit FW1']);
      expect(world.secureChange.landed.at(-1)).toMatchObject({ kind: 'commit', target: 'FW1' });
    },
  );

  it('shows a lock that lasts, and goes on by itself when it is released', async () => {
    const world = fakeWorld();
    const ticket = world.ticket({ devices: [manager('FW1')] });
    const locked = {
      kind: 'locked',
      code: 'securechange.locked',
      holder: 'n.weber',
      message: 'held by n.weber',
    } as const;
    world.secureChange.faults.push({ call: 'commit', times: 15, before: refused(locked) });
    await world.reach(ticket, 'Implementation');
    await world.time.until('it is shown', () => world.view().waiting?.for === 'handler');
    expect(world.view().waiting?.what).toContain('held by n.weber');
    await world.ended();
    expect(world.effects('commit')).toEqual(['commit FW1']);
  });

  it('parks when the ticket can not be read before the call, instead of losing its turn again and again', async () => {
    const world = fakeWorld();
    const ticket = world.ticket({ devices: [manager('FW1')] });
    await world.reach(ticket, 'Implementation');
    await world.time.until('saved', () => world.state().targets[0]?.update === 'done');
    world.secureChange.faults.push({ call: 'readDesign', times: 1, before: DENIED });
    await world.parked('gate.unreadable');
    await world.time.pass(HOUR);
    expect(world.called('send').length).toBe(2);

    await world.operate({ kind: 'retry' });
    await world.ended();
    expect(world.effects('commit')).toEqual(['commit FW1']);
  });
});

describe('a device that can not be pushed automatically', () => {
  it.each([
    ['unknown', 'nobody has declared what may be done to it'],
    ['manual', 'it can not be pushed automatically'],
  ] as const)('of ability %s waits for a person and their evidence', async (ability, why) => {
    const world = fakeWorld();
    const capability = {
      update: ability,
      commit: ability,
      enforcedBy: ability === 'unknown' ? 'unknown' : 'commit',
    } as const;
    const ticket = world.ticket({ devices: [manager('FW1', { capability })] });
    await world.reach(ticket, 'Implementation');
    await world.time.until('a person is asked', () => world.state().parkings.length > 0);
    expect(world.view().needsAttention?.reason).toContain(why);
    while (world.run().outcome === null) {
      await world.operate({ kind: 'completeManual', target: 'FW1', evidence: 'done on the console' });
      await world.time.pass(MINUTE);
    }

    expect(world.effects('update', 'commit')).toEqual([]);
    expect(world.state().targets[0]).toMatchObject({ update: 'done', manualEvidence: 'done on the console' });
  });
});
