import { fakeEnvironment, WINDOW } from '../support/fake-environment.js';
import { manager } from '../support/firewall-change.js';

const MANAGERS = ['A', 'B', 'C', 'D'];

it('20 tickets on 4 managers that wait for one window need 4 Commits: all close, none asks, each names its push', async () => {
  const env = fakeEnvironment();
  const ids = Array.from({ length: 20 }, (_, index) => String(index + 1));
  const onOf = (id: string): string => MANAGERS[Number(id) % MANAGERS.length]!;
  for (const id of ids) await env.reach(env.ticket({ id, devices: [manager(onOf(id))] }), 'Implementation');
  await env.time.until('all are saved', () => env.secureChange.saved.length === ids.length);
  for (const id of ids) await env.ended(id);

  const { enforced, saved } = env.secureChange;
  expect(env.effects('commit').sort()).toEqual(MANAGERS.map((name) => `commit ${name}`));
  expect(saved).toEqual([]);
  expect(enforced.map(({ ticketId, target }) => [ticketId, target]).sort()).toEqual(
    ids.map((id) => [id, onOf(id)]).sort(),
  );
  for (const { atMs } of enforced) {
    expect(atMs).toBeGreaterThanOrEqual(WINDOW.opensAtMs);
    expect(atMs).toBeLessThan(WINDOW.closesAtMs);
  }
  for (const id of ids) {
    const view = env.view(id);
    expect(view.timeline.filter(({ what }) => what.startsWith('parked'))).toEqual([]);
    expect(view).toMatchObject({
      outcome: 'closed',
      savedNotPushed: [],
      targets: [{ update: 'done', commit: 'done' }],
    });
    const leader = enforced.find(({ ticketId }) => ticketId === id)!.by;
    const n = view.targets[0]!.push!;
    expect(view.targets[0]?.message).toContain(
      leader === id ? `push ${n}, with tickets` : `push ${n}, Commit of ticket ${leader}`,
    );
  }
  for (const name of MANAGERS) {
    const { ledger, past } = env.temporal.lane(`manager-of-${name}`).state;
    expect(ledger).toEqual([]);
    expect(past.filter(({ kind }) => kind === 'commit')).toHaveLength(1);
  }
});
