import { refused } from '../support/fake-secure-change.js';
import { fakeEnvironment, HOUR, MINUTE, WINDOW } from '../support/fake-environment.js';
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

describe('a failed activity', () => {
  it('parks with kind, code, evidence and what to type, and goes on after a retry', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    env.secureChange.faults.push({ call: 'redesign', before: DENIED });
    ticket.complete('r.meier');
    await env.parked('http.unauthorized');

    expect(env.view().needsAttention).toMatchObject({
      phase: 'design',
      reason: expect.stringContaining('the credential is not accepted') as string,
      evidence: 'securechange: call: http.unauthorized (auth, status 401)',
      waysOut: [
        { command: 'retry', hint: 'sco ticket retry 4711 --reason "…"' },
        { command: 'skip', hint: 'sco ticket skip 4711 --reason "…"' },
        { command: 'abort', hint: 'sco ticket abort 4711 --reason "…"' },
      ],
    });
    expect(env.run().engine.published.at(-1)?.attributes.needsAttention).toBe(true);

    expect(await env.operate({ kind: 'retry' })).toMatchObject({ accepted: true });
    await env.time.until('the Designer ran', () => ticket.current?.name === 'Approval');
    expect(env.view().needsAttention).toBeNull();
  });

  it('is tried again at the next event when the ticket could not be read, and for each event once', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    await env.time.pass(MINUTE);
    const reportAgain = (): void => env.secureChange.onEvent(ticket, 'ADVANCE', null);
    const before = env.called('readTicket').length;
    env.secureChange.faults.push({ call: 'readTicket', times: 2, before: DENIED });
    reportAgain();
    await env.parked('http.unauthorized');
    await env.time.pass(HOUR);
    expect(env.called('readTicket')).toHaveLength(before + 1);

    reportAgain();
    await env.time.pass(HOUR);
    expect(env.called('readTicket')).toHaveLength(before + 2);
    expect(env.view().needsAttention?.code).toBe('http.unauthorized');

    ticket.complete('r.meier');
    await env.time.until('the Designer ran', () => ticket.current?.name === 'Approval');
    expect(env.view().needsAttention).toBeNull();
  });

  it('is retried without a command when another attempt may succeed', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    env.secureChange.faults.push({ call: 'readTicket', times: 5, before: refused({ kind: 'transient' }) });
    env.secureChange.faults.push({ call: 'completeTask', after: lostAnswer });
    await env.reach(ticket, 'Approval');

    expect(
      env
        .state()
        .timeline.map(({ what }) => what)
        .filter((what) => what.startsWith('parked')),
    ).toEqual([]);
    expect(env.effects('complete')).toEqual(['complete Design and Risk']);
  });

  it('lets an operator skip a phase', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    ticket.designerStatus = 'designer success';
    env.secureChange.faults.push({ call: 'readVerifier', before: DENIED });
    await env.reach(ticket, 'Verification');
    await env.parked('http.unauthorized');
    await env.operate({ kind: 'skip' });
    await env.ended();

    expect(env.state().timeline.map(({ what }) => what)).toContain('phase verify skipped');
  });

  it('never offers to skip a safety phase', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ risks: [{ order: 'AR1', status: 'notRun', severity: null }] });
    ticket.complete('r.meier');
    await env.parked('risk.missing');

    expect(await env.operate({ kind: 'skip' })).toMatchObject({ accepted: false, code: 'wrongState' });
    expect(ticket.current?.name).toBe('Design and Risk');
  });

  it('waits on a timer and names the holder while another user holds the task, and parks only after many tries', async () => {
    const env = fakeEnvironment();
    const locked = refused({
      kind: 'locked',
      code: 'securechange.locked',
      message: 'locked',
      holder: 'n.weber',
    });
    const ticket = env.ticket();
    env.secureChange.faults.push({ call: 'redesign', times: 3, before: locked });
    ticket.complete('r.meier');
    await env.time.until('it waits', () => env.temporal.runs[0]?.run.state.waiting?.for === 'handler');
    expect(env.view().waiting?.what).toBe('n.weber releases the lock: locked');
    await env.reach(ticket, 'Approval');

    const other = fakeEnvironment();
    other.secureChange.faults.push({ call: 'redesign', times: 1_000, before: locked });
    other.ticket().complete('r.meier');
    await other.parked('securechange.locked');
  });
});

describe('a verifier that says not implemented', () => {
  it('parks; a retry reads it again', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    ticket.verifier = 'notImplemented';
    await env.reach(ticket, 'Verification');
    await env.parked('verify.not_implemented');

    ticket.verifier = 'implemented';
    await env.operate({ kind: 'retry' });
    await env.ended();
    expect(env.state().timeline.map(({ what }) => what)).toContain('verified: implemented');
  });

  it('notes a result that cannot be obtained as unverified, never as implemented', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    ticket.verifier = 'unverified';
    await env.reach(ticket, 'Verification');
    await env.ended();

    const notes = env.state().timeline.map(({ what }) => what);
    expect(notes).toContain('unverified: the verifier gave no result');
    expect(notes).not.toContain('verified: implemented');
  });
});

describe('a push with an unknown outcome', () => {
  const vanishing = { call: 'commit', target: 'm-FW1', ends: 'vanishes', after: lostAnswer } as const;

  it('asks a person and sends nothing again; after "it was sent" the device is done', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ devices: [manager('FW1')] });
    env.secureChange.faults.push({ ...vanishing });
    await env.reach(ticket, 'Implementation');
    await env.parked('push.unknown');
    await env.time.pass(2 * HOUR);
    expect(env.effects('commit')).toEqual(['commit FW1']);
    expect(env.view().targets[0]?.commit).toBe('unknown');

    expect(await env.temporal.decide('wasSent')).toMatchObject({ accepted: true });
    await env.ended();

    expect(env.effects('commit')).toEqual(['commit FW1']);
    expect(env.state().targets[0]).toMatchObject({
      commit: 'done',
      message: expect.stringContaining('says olga'),
    });
    expect(env.temporal.lane('manager-of-FW1').state.ledger).toEqual([]);
  });

  it('is sent again after "it was not sent", by another push', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ devices: [manager('FW1')] });
    env.secureChange.faults.push({ ...vanishing });
    await env.reach(ticket, 'Implementation');
    await env.parked('push.unknown');
    await env.temporal.decide('wasNotSent');
    await env.ended();

    expect(env.effects('commit')).toEqual(['commit FW1', 'commit FW1']);
    const commits = [...env.temporal.pushes.values()].filter(({ run }) => run.start.kind === 'commit');
    expect(commits).toHaveLength(2);
  });

  it('starts no other push of its lane until the answer', async () => {
    const env = fakeEnvironment();
    const lane = { laneKey: 'boss', laneName: 'boss' };
    const first = env.ticket({ id: '1', devices: [manager('FW1', lane)] });
    env.secureChange.faults.push({ ...vanishing });
    await env.reach(first, 'Implementation');
    await env.parked('push.unknown', '1');
    const second = env.ticket({ id: '2', devices: [manager('FW2', lane)] });
    await env.reach(second, 'Implementation');
    await env.time.pass(HOUR);
    expect(env.effects('commit')).toEqual(['commit FW1']);

    await env.temporal.decide('wasSent');
    await env.ended('2');
    expect(env.effects('commit')).toEqual(['commit FW1', 'commit FW2']);
  });

  it('keeps the ticket in its step until it is answered, whatever happens in SecureChange', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ devices: [manager('FW1')] });
    env.secureChange.faults.push({ ...vanishing });
    await env.reach(ticket, 'Implementation');
    await env.parked('push.unknown');
    ticket.redo('Design and Risk');
    await env.time.pass(HOUR);

    expect(env.state().epoch).toBe(1);
    expect(env.view().needsAttention?.code).toBe('push.unknown');
    await env.temporal.decide('wasNotSent');
    await env.time.until('the redo is seen', () => env.state().epoch === 2);
    expect(env.view().needsAttention).toBeNull();
    expect(env.temporal.lane('manager-of-FW1').state).toMatchObject({ push: null, queue: [] });
  });

  it('is asked about, not repeated, when the worker died after the call', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ devices: [manager('FW1')] });
    env.secureChange.faults.push({ call: 'commit', after: new WorkerDied() });
    await env.reach(ticket, 'Implementation');
    await env.ended();

    expect(env.effects('commit')).toEqual(['commit FW1']);
    expect(env.called('follow')).toHaveLength(2);
  });
});

describe('a Commit that reached some devices and not others', () => {
  it('waits for an operator, who can accept it', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ devices: [manager('FW1')] });
    env.secureChange.faults.push({ call: 'commit', ends: 'partial' });
    await env.reach(ticket, 'Implementation');
    await env.parked('push.partial');
    await env.operate({ kind: 'decidePartial', target: 'FW1', answer: 'accept' });
    await env.ended();

    expect(env.effects('commit')).toEqual(['commit FW1']);
    expect(env.state().targets[0]?.message).toContain('accepted by olga');
  });

  it('is sent again when a person says so', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ devices: [manager('FW1')] });
    env.secureChange.faults.push({ call: 'commit', ends: 'partial' });
    await env.reach(ticket, 'Implementation');
    await env.parked('push.partial');
    await env.operate({ kind: 'decidePartial', target: 'FW1', answer: 'repeat' });
    await env.ended();

    expect(env.effects('commit')).toEqual(['commit FW1', 'commit FW1']);
    expect(ticket.devices[0]?.commit.state).toBe('committed');
  });
});

describe('a push that failed', () => {
  it.each(['failed', 'skipped'] as const)(
    'parks when the Commit %s, and a retry sends it again',
    async (ends) => {
      const env = fakeEnvironment();
      const ticket = env.ticket({ devices: [manager('FW1')] });
      env.secureChange.faults.push({ call: 'commit', ends });
      await env.reach(ticket, 'Implementation');
      await env.parked('push.failed');
      expect(env.view().targets[0]?.commit).toBe('failed');
      await env.operate({ kind: 'retry' });
      await env.ended();

      expect(env.effects('commit')).toEqual(['commit FW1', 'commit FW1']);
    },
  );

  it('can be completed by hand, with evidence', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ devices: [directFirewall('EDGE')] });
    env.secureChange.faults.push({ call: 'update', ends: 'failed' });
    await env.reach(ticket, 'Implementation');
    await env.parked('push.failed');
    await env.operate({ kind: 'completeManual', target: 'EDGE', evidence: 'seen in the running config' });
    await env.ended();

    expect(env.effects('update')).toEqual(['update EDGE']);
    expect(env.state().targets[0]?.message).toContain('seen in the running config');
  });

  it('can be completed by hand on a manager: what was saved then hinders no other ticket', async () => {
    const env = fakeEnvironment();
    env.secureChange.faults.push({ call: 'commit', ends: 'failed' });
    await env.reach(env.ticket({ devices: [manager('FW1')] }), 'Implementation');
    await env.parked('push.failed');
    await env.reach(env.ticket({ id: '2', devices: [manager('FW1')] }), 'Implementation');
    await env.parked('lane.hindered', '2');
    await env.operate({ kind: 'completeManual', target: 'FW1', evidence: 'committed on the console' });
    await env.ended();
    await env.ended('2');
    expect(env.effects('commit')).toEqual(['commit FW1', 'commit FW1']);
  });

  it('is refused by SecureChange: parks, reports to the lane that nothing was sent, and continues after a retry', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ devices: [manager('FW1')] });
    const text = { code: 'securechange.commit_not_supported', message: 'Commit is not supported' } as const;
    env.secureChange.faults.push({ call: 'commit', before: refused(text) });
    await env.reach(ticket, 'Implementation');
    await env.parked('securechange.commit_not_supported');
    expect(env.temporal.lane('manager-of-FW1').state.push).toBeNull();
    await env.operate({ kind: 'retry' });
    await env.ended();
    expect(env.effects('commit')).toEqual(['commit FW1']);
  });

  it.each(['update', 'commit'] as const)(
    'is refused because our user may not push the device: the %s is asked for once, says what to give, and holds up no other',
    async (call) => {
      const env = fakeEnvironment();
      const devices = [manager('FW1'), manager('FW2')];
      const message = 'the user is not permitted to do this; it says: device access is denied';
      env.secureChange.faults.push({
        call,
        target: 'm-FW1',
        before: refused({ kind: 'auth', code: 'http.forbidden', status: 403, message }),
      });
      await env.reach(env.ticket({ devices }), 'Implementation');
      await env.parked('http.forbidden');
      expect(env.state().parkings).toMatchObject([
        {
          target: 'm-FW1',
          reason: expect.stringContaining('device access is denied') as string,
          advice:
            'securechange refuses our user: give it the right, or the access to the device, in securechange; no other way is tried',
        },
      ]);
      await env.time.until('the other is live', () => env.effects('commit').includes('commit FW2'));
      await env.time.pass(HOUR);
      expect(env.effects(call)).not.toContain(`${call} FW1`);
      expect(env.effects('reassign')).toEqual([]);

      await env.operate({ kind: 'retry' });
      await env.ended();
      expect(env.effects(call).filter((effect) => effect.endsWith('FW1'))).toHaveLength(1);
    },
  );

  it.each(['busy', 'transient', 'locked'] as const)(
    'waits and tries again by itself when SecureChange is %s',
    async (kind) => {
      const env = fakeEnvironment();
      const ticket = env.ticket({ devices: [manager('FW1')] });
      env.secureChange.faults.push({
        call: 'commit',
        times: 3,
        before: refused({ kind, code: 'securechange.max_concurrent' }),
      });
      await env.reach(ticket, 'Implementation');
      await env.ended();

      expect(env.effects('commit')).toEqual(['commit FW1']);
      expect(env.secureChange.landed.at(-1)).toMatchObject({ kind: 'commit', target: 'FW1' });
    },
  );

  it('shows a lock that lasts, and goes on by itself when it is released', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ devices: [manager('FW1')] });
    const locked = {
      kind: 'locked',
      code: 'securechange.locked',
      holder: 'n.weber',
      message: 'held by n.weber',
    } as const;
    env.secureChange.faults.push({ call: 'commit', times: 15, before: refused(locked) });
    await env.reach(ticket, 'Implementation');
    await env.time.until('it is shown', () => env.view().waiting?.for === 'handler');
    expect(env.view().waiting?.what).toContain('held by n.weber');
    await env.ended();
    expect(env.effects('commit')).toEqual(['commit FW1']);
  });

  it('parks when the ticket cannot be read before the call, instead of starting push after push', async () => {
    const env = fakeEnvironment();
    env.managers.set('manager-of-FW1', { alertBeforeMs: [] });
    const ticket = env.ticket({ devices: [manager('FW1')] });
    await env.reach(ticket, 'Implementation');
    await env.time.until('saved', () => env.state().targets[0]?.update === 'done');
    // Hours before the window the lane reads it too, for its owner.
    env.time.at(WINDOW.opensAtMs - MINUTE, () =>
      env.secureChange.faults.push({ call: 'readDesign', times: 1, before: DENIED }),
    );
    await env.parked('gate.unreadable');
    await env.time.pass(HOUR);
    expect(env.called('send').length).toBe(2);

    await env.operate({ kind: 'retry' });
    await env.ended();
    expect(env.effects('commit')).toEqual(['commit FW1']);
  });
});

describe('a device that cannot be pushed automatically', () => {
  it.each([
    ['unknown', 'config/capabilities.yaml has no family for model x'],
    ['manual', 'config/capabilities.yaml: boxes, addAccess: page 7'],
  ] as const)('of ability %s waits for a person and their evidence', async (ability, why) => {
    const env = fakeEnvironment();
    const capability = {
      update: ability,
      commit: ability,
      enforcedBy: ability === 'unknown' ? 'unknown' : 'commit',
      reason: why,
      person: 'n.weber',
    } as const;
    const ticket = env.ticket({ devices: [manager('FW1', { capability })] });
    await env.reach(ticket, 'Implementation');
    await env.time.until('a person is asked', () => env.state().parkings.length > 0);
    expect(env.view().needsAttention?.reason).toBe(`FW1: Update by hand by n.weber: ${why}`);
    while (env.run().outcome === null) {
      await env.operate({ kind: 'completeManual', target: 'FW1', evidence: 'done on the console' });
      await env.time.pass(MINUTE);
    }

    expect(env.effects('update', 'commit')).toEqual([]);
    expect(env.state().targets[0]).toMatchObject({ update: 'done', manualEvidence: 'done on the console' });
  });
});

describe('a device for which the capability matrix refuses the request', () => {
  const refused = {
    update: 'refused',
    commit: 'refused',
    enforcedBy: 'commit',
    reason: 'config/capabilities.yaml: boxes, clonePolicy: page 7',
  } as const;

  it('parks the ticket at its design, and goes on when the file was corrected', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ devices: [manager('FW1', { capability: refused }), manager('FW2')] });
    await env.reach(ticket, 'Design and Risk');
    await env.parked('design.refused');
    expect(env.view().needsAttention?.reason).toBe(
      'the capability matrix refuses this request: FW1: config/capabilities.yaml: boxes, clonePolicy: page 7',
    );
    await env.operate({ kind: 'retry' });
    await env.parked('design.refused');
    expect(env.effects('update', 'commit')).toEqual([]);

    ticket.devices[0]!.capability = manager('FW1').capability;
    await env.operate({ kind: 'retry' });
    await env.reach(ticket, 'Implementation');
    await env.ended();
    expect(env.effects('commit').sort()).toEqual(['commit FW1', 'commit FW2']);
  });

  it('is not called when its row was edited after the ticket had its place', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ devices: [manager('FW1')] });
    await env.reach(ticket, 'Implementation');
    await env.time.until('its devices are planned', () => env.state().targets.length > 0);
    ticket.devices[0]!.capability = { ...refused, update: 'manual', commit: 'manual' };
    await env.parked('gate.not_automatic');
    expect(env.view().needsAttention?.reason).toContain('Update is manual by config/capabilities.yaml');
    expect(env.effects('update', 'commit')).toEqual([]);
  });
});
