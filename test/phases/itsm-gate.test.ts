import type { CommandResult } from '../../src/domain/commands.js';
import { fakeEnvironment, HOUR, MINUTE, type FakeEnvironment } from '../support/fake-environment.js';
import { firewallChange, manager } from '../support/firewall-change.js';

const GATE = {
  server: 'servicenow',
  fields: { state: ['-1'], on_hold: ['false'] },
  everyMs: 30_000,
};
const READY = { state: '-1', on_hold: 'false' };

function environment(): FakeEnvironment {
  const env = fakeEnvironment();
  env.processes.set('Firewall change', firewallChange({ itsmGate: GATE }));
  return env;
}
const pushed = (env: FakeEnvironment): readonly string[] => [
  ...env.effects('update'),
  ...env.effects('commit'),
];

describe('a change in the ITSM that must be in a state', () => {
  it.each([
    ['is in another state', { state: '-2', on_hold: 'false' }, /state is "-2" \(a push needs -1\)/],
    ['is on hold', { state: '-1', on_hold: 'true' }, /on_hold is "true" \(a push needs false\)/],
    ['is not there', null, /the ticket has no change on servicenow/],
  ])(
    'and %s lets nothing be saved or made live, and needs no person; then it goes at once',
    async (_, seen, text) => {
      const env = environment();
      if (seen !== null) env.records.set('4711', seen);
      await env.reach(env.ticket({ id: '4711', devices: [manager('ADOM')] }), 'Implementation');
      await env.time.until('it waits for the ITSM', () => text.test(env.view().waiting?.what ?? ''));
      await env.time.pass(HOUR);
      expect(pushed(env)).toEqual([]);
      expect(env.view().needsAttention).toBeNull();
      env.records.set('4711', READY);
      await env.time.pass(2 * MINUTE);
      expect(pushed(env)).not.toEqual([]);
      await env.ended();
    },
  );

  describe('that the ITSM reports as changed', () => {
    const SLOW = { ...GATE, everyMs: 24 * HOUR };
    const slow = (): FakeEnvironment => {
      const env = fakeEnvironment();
      env.processes.set('Firewall change', firewallChange({ itsmGate: SLOW }));
      return env;
    };
    const report = async (env: FakeEnvironment): Promise<CommandResult> =>
      await env.temporal.operate(
        '4711',
        { kind: 'itsmChanged' },
        { actor: { login: 'snow', roles: ['itsm'] } },
      );
    const waits = async (env: FakeEnvironment): Promise<void> => {
      env.records.set('4711', { ...READY, on_hold: 'true' });
      await env.reach(env.ticket({ id: '4711', devices: [manager('ADOM')] }), 'Implementation');
      await env.time.until('it waits for the ITSM', () => env.view().waiting?.for === 'itsm');
      await env.time.pass(MINUTE);
    };

    it('is read at once, not at its next turn: what is off hold is pushed', async () => {
      const env = slow();
      await waits(env);
      env.records.set('4711', READY);
      await env.time.pass(HOUR);
      expect(pushed(env)).toEqual([]);
      expect(await report(env)).toMatchObject({
        accepted: true,
        message: expect.stringContaining('gate.itsmChange') as string,
      });
      await env.time.pass(2 * MINUTE);
      expect(pushed(env)).not.toEqual([]);
      await env.ended();
    });

    it('and is still on hold lets nothing be pushed, however often it is reported', async () => {
      const env = slow();
      await waits(env);
      for (let times = 0; times < 3; times += 1) {
        await report(env);
        await env.time.pass(MINUTE);
      }
      expect(env.view().waiting?.for).toBe('itsm');
      expect(pushed(env)).toEqual([]);
    });

    it('is no news for a process that reads nothing of it', async () => {
      const env = fakeEnvironment();
      await env.reach(env.ticket({ id: '4711' }), 'Implementation');
      expect(await report(env)).toMatchObject({
        accepted: false,
        code: 'wrongState',
        message: expect.stringContaining('reads nothing from the change') as string,
      });
    });
  });

  it('is read again before the Commit: on hold after the Update, nothing goes live', async () => {
    const env = environment();
    env.records.set('4711', READY);
    await env.reach(env.ticket({ id: '4711', devices: [manager('ADOM')] }), 'Implementation');
    await env.time.until('saved', () => env.effects('update').length === 1);
    env.records.set('4711', { ...READY, on_hold: 'true' });
    await env.time.pass(30 * HOUR);
    expect(env.effects('commit')).toEqual([]);
    env.records.set('4711', READY);
    await env.ended();
    expect(env.effects('commit')).toHaveLength(1);
  });

  it('keeps one ticket from being pushed, and not another on the same manager', async () => {
    const env = environment();
    env.processes.set('Firewall change', firewallChange({ itsmGate: GATE, saveUpdates: 'inWindow' }));
    env.records.set('1', { ...READY, on_hold: 'true' });
    env.records.set('2', READY);
    for (const id of ['1', '2'])
      await env.reach(env.ticket({ id, devices: [manager('ADOM')] }), 'Implementation');
    await env.time.until('2 is live', () => env.view('2').targets[0]?.commit === 'done');
    expect(env.view('1').waiting).toMatchObject({
      for: 'itsm',
      what: 'the ITSM lets it go ahead: the change on servicenow: on_hold is "true" (a push needs false)',
    });
    expect(env.secureChange.enforced.map(({ by }) => by)).toEqual(['2']);
    expect(env.view('1').parkings).toEqual([]);
  });
});
