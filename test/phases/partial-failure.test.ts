import { laneViewOf } from '../../src/domain/lane-view.js';
import type { PartialFailure } from '../../src/domain/partial-failure.js';
import type { DeviceDesign } from '../../src/domain/provisioning.js';
import { fakeEnvironment, HOUR, MINUTE, WINDOW, type FakeEnvironment } from '../support/fake-environment.js';
import { refused } from '../support/fake-secure-change.js';
import { firewallChange, manager } from '../support/firewall-change.js';

const LANE = 'PANO';
const group = (name: string, part: Partial<DeviceDesign> = {}): DeviceDesign =>
  manager(name, { laneKey: LANE, laneName: LANE, ...part });
const groups = (count: number): DeviceDesign[] =>
  Array.from({ length: count }, (_, index) => group(`DG-${index + 1}`));

interface Policies {
  readonly manager?: PartialFailure;
  readonly process?: PartialFailure;
}

function environment({ manager: ofManager, process: ofProcess }: Policies): FakeEnvironment {
  const env = fakeEnvironment();
  if (ofManager !== undefined) env.managers.set(LANE, { partialFailure: ofManager });
  const part = ofProcess === undefined ? {} : { partialFailure: ofProcess };
  env.processes.set('Firewall change', firewallChange({ saveUpdates: 'inWindow', ...part }));
  return env;
}

async function open(env: FakeEnvironment, devices: readonly DeviceDesign[], id = '4711'): Promise<void> {
  await env.reach(env.ticket({ id, devices: [...devices] }), 'Implementation');
}

const live = (env: FakeEnvironment, id = '4711'): string[] =>
  env.secureChange.enforced.filter(({ ticketId }) => ticketId === id).map(({ target }) => target);
const codes = (env: FakeEnvironment, id = '4711'): string[] =>
  env
    .view(id)
    .parkings.map(({ code }) => code)
    .sort();
const failing = (env: FakeEnvironment, target: string): void => {
  env.secureChange.faults.push({ call: 'commit', target: `m-${target}`, ends: 'failed' });
};
const waitingOf = (env: FakeEnvironment, name: string): string | null =>
  env.view().targets.find((target) => target.name === name)?.waiting ?? null;

describe('a Commit of a ticket with several device groups that fails', () => {
  it.each<[string, Policies, number]>([
    ['the others go on, as they do unless it is written', {}, 2],
    ['the others go on with continue', { manager: 'continue', process: 'continue' }, 2],
    ['the others are held back with stop of the manager', { manager: 'stop' }, 0],
    ['the others are held back with stop of the process', { process: 'stop' }, 0],
    ['the stricter one of both counts', { manager: 'continue', process: 'stop' }, 0],
  ])('%s', async (_, policies, pushed) => {
    const env = environment(policies);
    failing(env, 'DG-1');
    await open(env, groups(3));
    await env.parked('push.failed');
    await env.time.pass(HOUR);
    expect(live(env)).toHaveLength(pushed);
    expect(codes(env)).toEqual(pushed > 0 ? ['push.failed'] : ['push.failed', 'push.holds_back']);
  });

  it('says at each target that is held back which failure holds it, and at one place what to type', async () => {
    const env = environment({ manager: 'stop' });
    failing(env, 'DG-1');
    await open(env, groups(3));
    await env.parked('push.holds_back');
    expect(waitingOf(env, 'DG-2')).toBe('held back until DG-1 is live, whose push failed');
    const parked = env.view().parkings.find(({ code }) => code === 'push.holds_back');
    expect(parked).toMatchObject({
      reason: expect.stringMatching(
        /^DG-2, DG-3: held back on PANO, because the push of DG-1 failed/,
      ) as string,
      advice: expect.stringContaining('sco ticket retry 4711') as string,
      waysOut: [
        { command: 'skip', hint: 'sco ticket skip 4711 --reason "…"' },
        { command: 'abort', hint: expect.any(String) as string },
      ],
    });
    const queue = laneViewOf(env.temporal.lane(LANE).state, env.time.nowMs).queue;
    expect(queue.map(({ target, hinderedBy }) => [target, hinderedBy])).toEqual([
      ['DG-2', ['held back until DG-1 is live, whose push failed']],
      ['DG-3', ['held back until DG-1 is live, whose push failed']],
    ]);
  });

  it('is repeated alone on retry; the others follow once it is live', async () => {
    const env = environment({ manager: 'stop' });
    failing(env, 'DG-1');
    await open(env, groups(3));
    await env.parked('push.holds_back');
    await env.operate({ kind: 'retry' });
    await env.time.until('it is pushed', () => env.state().places.some(({ n }) => n !== null));
    expect(codes(env)).toEqual([]);
    await env.ended();
    expect(env.effects('commit')).toEqual(['commit DG-1', 'commit DG-1', 'commit DG-2', 'commit DG-3']);
  });

  it('holds back nothing any more once a person has recorded that it was done by hand', async () => {
    const env = environment({ manager: 'stop' });
    failing(env, 'DG-1');
    await open(env, groups(2));
    await env.parked('push.holds_back');
    await env.operate({ kind: 'completeManual', target: 'DG-1', evidence: 'CHG1' });
    await env.ended();
    expect(live(env)).toEqual(['DG-2']);
  });

  it('is gone on without on skip, and still asks what becomes of it', async () => {
    const env = environment({ manager: 'stop' });
    failing(env, 'DG-1');
    await open(env, groups(3));
    await env.parked('push.holds_back');
    await env.operate({ kind: 'skip' });
    await env.time.until('the others are live', () => live(env).length === 2);
    expect(codes(env)).toEqual(['push.failed']);
    await env.operate({ kind: 'retry' });
    await env.ended();
    expect(live(env)).toEqual(['DG-2', 'DG-3', 'DG-1']);
  });

  it('holds back again after hold and resume', async () => {
    const env = environment({ manager: 'stop' });
    failing(env, 'DG-1');
    await open(env, groups(3));
    await env.parked('push.holds_back');
    await env.operate({ kind: 'hold' });
    await env.time.until('it left', () => env.state().places.length === 0);
    await env.operate({ kind: 'resume' });
    await env.time.until('it is back', () => env.state().places.length === 2);
    await env.time.pass(10 * MINUTE);
    expect(live(env)).toEqual([]);
    await env.parked('push.holds_back');
  });

  it('holds back what enrols while it fails, before its ticket knows of it', async () => {
    const env = environment({ manager: 'stop' });
    failing(env, 'DG-1');
    await open(env, groups(2));
    await env.time.pass(WINDOW.opensAtMs - env.time.nowMs - MINUTE);
    await env.operate({ kind: 'hold' });
    await env.time.until('it left', () => env.state().places.length === 0);
    const { enrol } = env.activities;
    const isFailed = (): boolean =>
      env.temporal.lane(LANE).state.past.some(({ targetName }) => targetName === 'DG-1');
    env.activities.enrol = async (input) => {
      while (input.items.some(({ targetName }) => targetName === 'DG-2') && !isFailed())
        await env.time.sleep(100);
      return await enrol(input);
    };
    await env.operate({ kind: 'resume' });
    await env.parked('push.holds_back');
    await env.time.pass(HOUR);
    expect(live(env)).toEqual([]);
    expect(waitingOf(env, 'DG-2')).toBe('held back until DG-1 is live, whose push failed');

    await env.operate({ kind: 'retry' });
    await env.ended();
    expect(live(env)).toEqual(['DG-1', 'DG-2']);
  });

  it('holds back what enrols while firewalls take it back, before its ticket knows of it', async () => {
    const env = environment({ manager: 'stop' });
    const { window } = firewallChange();
    env.processes.set(
      'Firewall change',
      firewallChange({ saveUpdates: 'inWindow', window: { ...window, perTarget: { 'm-DG-2': 'late' } } }),
    );
    const late = { opensAtMs: WINDOW.opensAtMs + HOUR, closesAtMs: WINDOW.closesAtMs };
    env.calendars.set('late', [late]);
    await open(env, groups(2));
    await env.time.until('the first is live', () => env.view().targets[0]?.commit === 'done');
    await env.operate({ kind: 'hold' });
    await env.time.until('it left', () => env.state().places.length === 0);
    env.secureChange.revert('4711', 'DG-1');
    const { enrol } = env.activities;
    const isReverted = (): boolean =>
      env.temporal.lane(LANE).state.past.some(({ result }) => result.startsWith('reverted'));
    env.activities.enrol = async (input) => {
      while (!isReverted()) await env.time.sleep(10);
      return await enrol(input);
    };
    await env.operate({ kind: 'resume' });
    await env.time.until('it went back', isReverted);
    await env.parked('push.reverted');
    await env.time.pass(late.opensAtMs + HOUR - env.time.nowMs);
    expect(live(env)).toEqual([]);

    await env.operate({ kind: 'retry' });
    await env.ended();
    expect(live(env)).toEqual(['DG-1', 'DG-2']);
  });

  it('holds back no other ticket, and no other manager', async () => {
    const env = environment({ manager: 'stop' });
    failing(env, 'DG-1');
    await open(env, [...groups(2), manager('ADOM')]);
    await open(env, [group('DG-2')], '2');
    await env.ended('2');
    expect(live(env)).toEqual(['ADOM']);
    expect(live(env, '2')).toEqual(['DG-2']);
  });

  it('holds back the others of each of its tickets when it was made for several', async () => {
    const env = environment({ manager: 'stop' });
    failing(env, 'DG-1');
    for (const id of ['1', '2']) await open(env, groups(2), id);
    for (const id of ['1', '2']) await env.parked('lane.push_failed', id);
    await env.time.pass(HOUR);
    expect(live(env, '1')).toEqual([]);
    env.temporal.lane(LANE).operate({ kind: 'retryPush' }, 'anna');
    for (const id of ['1', '2']) await env.ended(id);
    expect(live(env, '1')).toEqual(['DG-1', 'DG-2']);
    expect(env.effects('commit')).toHaveLength(3);
  });

  it('lets one of its tickets go on without it when an operator skips it there', async () => {
    const env = environment({ manager: 'stop' });
    failing(env, 'DG-1');
    for (const id of ['1', '2']) await open(env, groups(2), id);
    for (const id of ['1', '2']) await env.parked('push.holds_back', id);
    await env.operate({ kind: 'skip' }, '1');
    await env.time.until('it is live', () => live(env, '1').length === 1);
    await env.time.pass(HOUR);
    expect([live(env, '1'), live(env, '2')]).toEqual([['DG-2'], []]);
  });

  it.each([2, 1])(
    'holds back nothing of a ticket that was sent back and changes it no more (%s left)',
    async (left) => {
      const env = environment({ manager: 'stop' });
      failing(env, 'DG-1');
      for (const id of ['1', '2']) await open(env, groups(1 + left), id);
      for (const id of ['1', '2']) await env.parked('push.holds_back', id);
      const ticket = env.secureChange.tickets.get('1')!;
      ticket.devices.shift();
      ticket.redo('Approval');
      await env.time.until('it is back', () => ticket.current?.name === 'Approval');
      await env.reach(ticket, 'Implementation');
      const enrolled = env.called('enrol').length;
      await env.time.pass(HOUR);
      expect(env.called('enrol').length - enrolled).toBeLessThan(10);
      expect(live(env, '1')).toHaveLength(left);
      expect(live(env, '2')).toEqual([]);
    },
  );
});

describe('waves', () => {
  it('go live one by one: one target, a tenth of them, the rest, each after the one before was verified', async () => {
    const env = environment({ process: 'waves' });
    const ticket = env.ticket({ devices: groups(12) });
    ticket.verifier = 'unverified';
    await env.reach(ticket, 'Implementation');
    await env.parked('verify.wave');
    expect(live(env)).toEqual(['DG-1']);
    expect(waitingOf(env, 'DG-2')).toBe('held back until wave 1 (DG-1) is live and verified');

    ticket.verifier = 'implemented';
    await env.operate({ kind: 'retry' });
    await env.time.until('wave 2 is live', () => live(env).length === 3);
    await env.ended();
    expect(live(env)).toHaveLength(12);
    expect(new Set(live(env).slice(1, 3))).toEqual(new Set(['DG-2', 'DG-3']));
    const said = env.view().timeline.map(({ what }) => what);
    expect(said).toEqual(
      expect.arrayContaining(['wave 1 (DG-1): verified', 'wave 2 (DG-2, DG-3): verified']),
    );
  });

  it('stop at a wave that is not verified until an operator skips it, by name', async () => {
    const env = environment({ manager: 'waves' });
    const ticket = env.ticket({ devices: groups(3) });
    ticket.verifier = 'notImplemented';
    await env.reach(ticket, 'Implementation');
    await env.parked('verify.wave');
    await env.time.pass(HOUR);
    expect(live(env)).toEqual(['DG-1']);
    expect(env.view().needsAttention?.reason).toContain('not implemented on DG-1');
    await env.operate({ kind: 'skip' });
    await env.time.until('wave 2 is live', () => live(env).length === 2);
    await env.parked('verify.wave');
    expect(live(env)).toEqual(['DG-1', 'DG-2']);
  });

  it('do not trust a result of the verifier from before the push', async () => {
    const env = environment({ manager: 'waves' });
    env.secureChange.verified.set('m-DG-1', { revision: 0 });
    await open(env, groups(2));
    await env.parked('verify.wave');
    expect(env.view().needsAttention?.reason).toContain('older than the push');
    expect(live(env)).toEqual(['DG-1']);
  });

  it('never skip a Commit because the verifier cannot be read', async () => {
    const env = environment({ manager: 'waves' });
    env.secureChange.faults.push({ call: 'readVerifier', before: refused() });
    await open(env, groups(2));
    await env.parked('securechange.web_application');
    expect(env.view().needsAttention?.waysOut.map(({ command }) => command)).toEqual(['retry', 'abort']);
    await env.operate({ kind: 'retry' });
    await env.ended();
    expect(live(env)).toEqual(['DG-1', 'DG-2']);
  });

  it('stop when one fails; what is in the same wave is held back too', async () => {
    const env = environment({ manager: 'waves' });
    failing(env, 'DG-2');
    await open(env, groups(12));
    await env.parked('push.holds_back');
    await env.time.pass(HOUR);
    expect(live(env)).toEqual(['DG-1']);
    await env.operate({ kind: 'retry' });
    await env.ended();
    expect(live(env)).toHaveLength(12);
    expect(new Set(live(env).slice(1, 3))).toEqual(new Set(['DG-2', 'DG-3']));
  });

  it('hold back nothing that a manager with one target of the ticket has', async () => {
    const env = environment({ process: 'waves' });
    await open(env, [manager('A'), manager('B')]);
    await env.ended();
    expect(env.called('verify')).toHaveLength(1);
  });

  it('wait for no person where two tickets go through them beside each other', async () => {
    const env = environment({ process: 'waves' });
    for (const id of ['1', '2']) await open(env, groups(3), id);
    for (const id of ['1', '2']) await env.ended(id);
    // Each device group needs one Commit for both.
    expect(env.effects('commit')).toEqual(['commit DG-1', 'commit DG-2', 'commit DG-3']);
  });

  it('keep a change that was saved in an earlier step from going live with the Commit of another ticket', async () => {
    const env = environment({ process: 'waves' });
    env.processes.set(
      'Firewall change',
      firewallChange({ saveUpdates: { aheadMs: 24 * HOUR }, partialFailure: 'waves' }),
    );
    const ticket = env.ticket({ id: '1', devices: groups(2) });
    ticket.verifier = 'unverified';
    await env.reach(ticket, 'Implementation');
    await env.parked('verify.wave', '1');
    expect(env.secureChange.saved).toEqual([]);
    await open(env, [group('DG-2')], '2');
    await env.ended('2');
    expect([live(env, '1'), live(env, '2')]).toEqual([['DG-1'], ['DG-2']]);
  });
});
