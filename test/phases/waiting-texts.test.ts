import { instantText } from '../../src/domain/instant-text.js';
import { refused } from '../support/fake-secure-change.js';
import { fakeEnvironment, HOUR, MINUTE, WINDOW, type FakeEnvironment } from '../support/fake-environment.js';
import { directFirewall, manager } from '../support/firewall-change.js';

const LOST = refused({ kind: 'ambiguous', code: 'http.connection_lost', message: 'the connection was lost' });

async function passUntil(env: FakeEnvironment, instantMs: number): Promise<void> {
  await env.time.pass(instantMs - env.time.nowMs);
}

it('while everything is stopped no device is shown as running', async () => {
  const env = fakeEnvironment();
  const ticket = env.ticket({ devices: [manager('FW1'), directFirewall('EDGE')] });
  await env.reach(ticket, 'Implementation');
  await env.time.until('saved', () => env.state().targets[0]?.update === 'done');
  env.temporal.turnSwitch('stop');
  await passUntil(env, WINDOW.opensAtMs + HOUR);

  expect(env.view().waiting).toMatchObject({
    for: 'start',
    what: 'an operator runs sco start: stopped by olga: an incident',
  });
  expect(env.view().targets.map(({ name, update, commit }) => [name, update, commit])).toEqual([
    ['FW1', 'done', 'todo'],
    ['EDGE', 'todo', 'notNeeded'],
  ]);
});

it('a device that is enrolled while its window is open waits for its push', async () => {
  const env = fakeEnvironment();
  const lane = { laneKey: 'boss', laneName: 'boss' };
  const first = env.ticket({ id: '1', devices: [directFirewall('EDGE1', lane)] });
  env.secureChange.faults.push({ call: 'update', target: 'm-EDGE1', ends: 'vanishes', after: LOST });
  await env.reach(first, 'Implementation');
  await env.parked('push.unknown', '1');
  const second = env.ticket({ id: '2', devices: [directFirewall('EDGE2', lane)] });
  await env.reach(second, 'Implementation');
  await env.time.pass(MINUTE);

  expect(env.view('2').targets[0]?.waiting).toContain(` to ${instantText(WINDOW.closesAtMs)}`);
  await env.time.pass(HOUR);
  expect(env.view('2').waiting?.what).toMatch(/^push \d+ of EDGE1 \(ticket 1\) runs longer than usual$/);
});

it('a push that has ended is not what a ticket waits for while another target waits on', async () => {
  const env = fakeEnvironment();
  await env.reach(env.ticket({ devices: [manager('FW1'), manager('FW2')] }), 'Implementation');
  await env.time.until('all is saved', () => env.secureChange.saved.length === 2);
  env.temporal.lane('manager-of-FW1').operate({ kind: 'pause' }, 'olga');
  await env.time.until('one is live', () => env.state().targets.some(({ commit }) => commit === 'done'));
  await env.time.pass(MINUTE);
  expect(env.view().waiting?.what).toBe('the lane starts the push');
});

it('what a ticket waits for has one form: who does what', async () => {
  const env = fakeEnvironment();
  const ticket = env.ticket({ devices: [manager('FW1'), directFirewall('EDGE')] });
  await env.reach(ticket, 'Approval');
  await env.operate({ kind: 'hold' });
  ticket.approve('a.schmidt');
  await env.time.pass(HOUR);
  await env.operate({ kind: 'resume' });
  await env.ended();

  const waits = env
    .run()
    .engine.published.flatMap(({ details }) => /^\*\*Waits\*\* until (.*)$/m.exec(details)?.[1] ?? [])
    .map((what) => what.replace(/ at \S+ \S+ \+00:00$/, '').replace(/push \d+/, 'push N'));
  expect([...new Set(waits)]).toEqual([
    'the Designer computes the change',
    'the ticket leaves the step',
    'an approver answers "Approve Access Request": AR1 has medium risk',
    'an operator resumes the ticket, which olga holds: because of the test',
    'the change window of calendar nightly opens',
    'push N changes FW1',
    'push N changes EDGE',
    'the verifier reports whether the change is implemented',
    'the ITSM accepts 1 message(s)',
  ]);
});
