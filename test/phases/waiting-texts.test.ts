import { instantText } from '../../src/domain/instant-text.js';
import { refused } from '../support/fake-secure-change.js';
import { fakeWorld, HOUR, MINUTE, WINDOW, type FakeWorld } from '../support/fake-world.js';
import { directFirewall, manager } from '../support/firewall-change.js';

const LOST = refused({ kind: 'ambiguous', code: 'http.connection_lost', message: 'the connection was lost' });

async function passUntil(world: FakeWorld, instantMs: number): Promise<void> {
  await world.time.pass(instantMs - world.time.nowMs);
}

it('while everything is stopped no device is shown as running', async () => {
  const world = fakeWorld();
  const ticket = world.ticket({ devices: [manager('FW1'), directFirewall('EDGE')] });
  await world.reach(ticket, 'Implementation');
  await world.time.until('saved', () => world.state().targets[0]?.update === 'done');
  world.temporal.control = { stopped: true, by: 'olga', reason: 'an incident', sinceMs: 0 };
  await passUntil(world, WINDOW.opensAtMs + HOUR);

  expect(world.view().waiting).toMatchObject({
    for: 'start',
    what: 'an operator runs sco start: stopped by olga: an incident',
  });
  expect(world.view().targets.map(({ name, update, commit }) => [name, update, commit])).toEqual([
    ['FW1', 'done', 'todo'],
    ['EDGE', 'todo', 'notNeeded'],
  ]);
});

it('a device that is enrolled while its window is open waits for its push', async () => {
  const world = fakeWorld();
  const lane = { laneKey: 'boss', laneName: 'boss' };
  const first = world.ticket({ id: '1', devices: [directFirewall('EDGE1', lane)] });
  world.secureChange.faults.push({ call: 'update', target: 'm-EDGE1', ends: 'vanishes', after: LOST });
  await world.reach(first, 'Implementation');
  await world.parked('push.unknown', '1');
  const second = world.ticket({ id: '2', devices: [directFirewall('EDGE2', lane)] });
  await world.reach(second, 'Implementation');
  await world.time.pass(MINUTE);

  expect(world.view('2').targets[0]?.waiting).toContain(` to ${instantText(WINDOW.closesAtMs)}`);
});

it('what a ticket waits for is told in one form: who does what', async () => {
  const world = fakeWorld();
  const ticket = world.ticket({ devices: [manager('FW1'), directFirewall('EDGE')] });
  await world.reach(ticket, 'Approval');
  await world.operate({ kind: 'hold' });
  ticket.approve('a.schmidt');
  await world.time.pass(HOUR);
  await world.operate({ kind: 'resume' });
  await world.ended();

  const waits = world
    .run()
    .engine.published.flatMap(({ details }) => /^\*\*Waits\*\* until (.*)$/m.exec(details)?.[1] ?? [])
    .map((what) => what.replace(/ at \S+ \S+ \+00:00$/, '').replace(/push \d+/, 'push N'));
  expect([...new Set(waits)]).toEqual([
    'the Designer computes the change',
    'the ticket leaves the step',
    'somebody answers "Approve Access Request": AR1 has medium risk',
    'somebody resumes the ticket, held by olga: because of the test',
    'the change window of calendar nightly opens',
    'push N changes FW1',
    'push N changes EDGE',
    'the verifier says whether the change is implemented',
    'the ITSM accepts 1 message(s)',
  ]);
});
