import type { DeviceDesign } from '../../src/domain/provisioning.js';
import { fakeEnvironment, HOUR, WINDOW, type FakeEnvironment } from '../support/fake-environment.js';
import { IDA, OLGA } from '../support/fake-temporal.js';
import { firewallChange, manager } from '../support/firewall-change.js';

/** Two domains of SecureTrack, each with a manager PANO and below it a device group EDGE. */
const inDomain = (domain: string, id: string): DeviceDesign =>
  manager('EDGE', {
    managementId: id,
    domain,
    laneKey: `pano-${domain}`,
    laneName: 'PANO',
    path: [`pano-${domain}`, id],
    instructionDigest: `instructions for ${id}`,
  });
const both = (): DeviceDesign[] => [inDomain('DE', '12'), inDomain('FR', '40')];

function environment(part: Parameters<typeof firewallChange>[0] = {}): FakeEnvironment {
  const env = fakeEnvironment();
  env.processes.set('Firewall change', firewallChange({ saveUpdates: 'inWindow', ...part }));
  return env;
}

const { window } = firewallChange();
/** Management ids whose Commit was made. */
const committed = (env: FakeEnvironment, ticketId = '1'): string[] =>
  env.secureChange.tickets
    .get(ticketId)!
    .devices.filter(({ commit }) => commit.state === 'committed')
    .map(({ managementId }) => managementId);

async function waiting(env: FakeEnvironment): Promise<void> {
  await env.reach(env.ticket({ id: '1', devices: both() }), 'Implementation');
  await env.time.until(
    'both wait',
    () => env.state('1').places.filter(({ enrolled }) => enrolled).length === 2,
  );
}

describe('two device groups of one name, below managers of one name in two domains', () => {
  it('are pushed in two lanes, each by its own Commit', async () => {
    const env = environment();
    await env.reach(env.ticket({ id: '1', devices: both() }), 'Implementation');
    await env.ended('1');
    expect([...env.temporal.lanes.keys()].sort()).toEqual(['pano-DE', 'pano-FR']);
    const commits = env.called('send').map(({ input }) => input as { call: string; target: string });
    const sent = commits.filter(({ call }) => call === 'commit').map(({ target }) => target);
    expect(sent.sort()).toEqual(['12', '40']);
  });

  it('may be a right of people.yaml for one domain alone', async () => {
    const env = environment();
    env.approvers = { security: ['anna'] };
    env.pushRights = [{ name: 'FR', for: { devices: ['EDGE'], domains: ['FR'] }, roles: ['security'] }];
    await env.reach(env.ticket({ id: '1', devices: both() }), 'Implementation');
    await env.parked('gate.not_entitled', '1');
    await env.time.pass(HOUR);
    expect(env.state('1').parkings.map(({ target }) => target)).toEqual(['40']);
    expect(committed(env)).toEqual(['12']);
  });

  it('go by calendars of their own, named by id', async () => {
    const env = environment({ window: { ...window, perTarget: { '40': 'never' } } });
    env.calendars.set('never', []);
    await env.reach(env.ticket({ id: '1', devices: both() }), 'Implementation');
    await env.time.until('one is live', () => committed(env).length > 0);
    await env.time.pass(HOUR);
    expect(committed(env)).toEqual(['12']);
  });

  it('are not overridden by their name: only an id names one of them', async () => {
    const env = environment({ window: { ...window, overrideRoles: ['operator'] } });
    await waiting(env);
    const ask = async (device: string, key: string) =>
      await env.temporal.operate(
        '1',
        { kind: 'override', devices: [device], hours: 2 },
        { actor: OLGA, key, reason: 'the pay desk is down' },
      );
    expect(await ask('EDGE', 'by-name')).toMatchObject({
      accepted: false,
      message: expect.stringContaining(
        'the ticket has 2 devices EDGE: give the management id (12 in domain DE, 40 in domain FR)',
      ) as string,
    });
    await ask('40', 'by-id');
    await env.temporal.operate('1', { kind: 'confirm', override: 'by-id' }, { actor: IDA });
    await env.time.until('it is live', () => committed(env).length > 0);
    await env.time.pass(HOUR);
    expect(env.time.nowMs).toBeLessThan(WINDOW.opensAtMs);
    expect(committed(env)).toEqual(['40']);
  });

  it('are answered for one by one: an answer by name is refused, and names the ids', async () => {
    const env = environment();
    env.secureChange.faults.push({ call: 'commit', ends: 'partial', times: 2 });
    await env.reach(env.ticket({ id: '1', devices: both() }), 'Implementation');
    await env.time.until('both wait for a person', () => env.state('1').parkings.length === 2);
    const byName = await env.operate({ kind: 'decidePartial', target: 'EDGE', answer: 'accept' }, '1');
    expect(byName).toMatchObject({ accepted: false, code: 'wrongState' });
    expect(byName.message).toContain('12 in domain DE, 40 in domain FR');
    expect(env.state('1').parkings).toHaveLength(2);

    await env.operate({ kind: 'decidePartial', target: '12', answer: 'accept' }, '1');
    await env.time.until('one is answered', () => env.state('1').parkings.length === 1);
    expect(env.state('1').parkings[0]?.target).toBe('40');
  });

  it('are taken back one by one', async () => {
    const env = environment();
    await env.reach(env.ticket({ id: '1', devices: both() }), 'Implementation');
    await env.ended('1');
    const byName = await env.temporal.backOut('1', ['EDGE'], { key: 'by-name' });
    expect(byName.message).toContain('give the management id (12 in domain DE, 40 in domain FR)');
    const byId = await env.temporal.backOut('1', ['40'], { key: 'by-id' });
    expect(byId).toMatchObject({ accepted: true });
    expect(env.state('1').backOuts?.at(-1)?.devices).toEqual([{ id: '40', name: 'EDGE' }]);
  });
});
