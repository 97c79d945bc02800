import { fakeEnvironment, MINUTE, type FakeEnvironment } from '../support/fake-environment.js';
import { manager } from '../support/firewall-change.js';

// A push ends while its ticket asks the lane to let it go: the lane signals the result once.

const LANE = 'manager-of-DG';

async function commitIsBegun(env: FakeEnvironment): Promise<void> {
  const ticket = env.ticket({ id: '1', devices: [manager('DG')] });
  await env.reach(ticket, 'Implementation');
  await env.time.until(
    'its Commit is begun',
    () => env.temporal.lanes.get(LANE)?.state.push?.begun.some(({ call }) => call === 'commit') === true,
  );
}

const pushHasEnded = (env: FakeEnvironment): boolean => env.temporal.lane(LANE).state.push === null;

/** One of its activities is slow; the ticket is held so that push and leaving meet. */
async function heldWhile(env: FakeEnvironment, late: 'leaveLanes' | 'deliverResults'): Promise<void> {
  env.worker.latencyMs = (name) => (name === late ? 10 * MINUTE : 5);
  if (late === 'deliverResults') await env.time.until('it has ended', () => pushHasEnded(env));
  await env.operate({ kind: 'hold' }, '1');
  await env.time.until('it asks to leave', () => env.called('leaveLanes').length > 0);
  await env.time.pass(20 * MINUTE);
  env.worker.latencyMs = () => 5;
  expect(env.temporal.lane(LANE).state).toMatchObject({ push: null, undelivered: [] });
}

describe.each([
  ['comes before the lane answers that the ticket has no place', 'leaveLanes'],
  ['comes after the lane has answered', 'deliverResults'],
] as const)('a result that %s', (_, late) => {
  it('counts: what is live is not pushed again', async () => {
    const env = fakeEnvironment();
    await commitIsBegun(env);
    const enrolled = env.called('enrol').length;
    await heldWhile(env, late);
    expect(env.view('1').targets[0]).toMatchObject({ commit: 'done' });

    await env.operate({ kind: 'resume' }, '1');
    await env.ended('1');
    expect(env.secureChange.enforced).toHaveLength(1);
    expect(env.called('enrol')).toHaveLength(enrolled);
  });

  it('counts: what failed is not pushed again before a person has answered', async () => {
    const env = fakeEnvironment();
    env.secureChange.faults.push({ call: 'commit', ends: 'failed' });
    await commitIsBegun(env);
    await heldWhile(env, late);
    await env.operate({ kind: 'resume' }, '1');
    await env.parked('push.failed', '1');
    expect(env.effects('commit')).toHaveLength(1);
  });
});

describe('a ticket that is held and resumed', () => {
  it('takes its place again, also where it continued as new while it asked the lane to let it go', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ id: '1', devices: [manager('DG')] });
    await env.reach(ticket, 'Implementation');
    await env.time.until('it waits for its window', () => env.view('1').waiting?.for === 'window');
    env.worker.latencyMs = (name) => (name === 'leaveLanes' ? 10 * MINUTE : 5);
    await env.operate({ kind: 'hold' }, '1');
    await env.time.until('it asks to leave', () => env.called('leaveLanes').length > 0);
    await env.operate({ kind: 'resume' }, '1');
    env.run('1').run.engine.wantNewRun();
    await env.time.pass(20 * MINUTE);
    env.worker.latencyMs = () => 5;

    expect(env.state('1').continueAsNewCount).toBe(1);
    expect(env.temporal.lane(LANE).state.queue).toMatchObject([{ ticketId: '1' }]);
    await env.ended('1');
    expect(env.effects('commit')).toEqual(['commit DG']);
  });
});
