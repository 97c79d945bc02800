import { signResult } from '../../packages/client/src/sign.js';
import { laneWorkflowId, pushWorkflowId, UPDATE_SLOT_WORKFLOW_ID } from '../../src/domain/ids.js';
import type { KeptResult } from '../../src/domain/lane.js';
import type { MemberResult } from '../../src/domain/push.js';
import { laneReplan, updateSlotRequested } from '../../workflows/messages.js';
import { fakeEnvironment, HOUR, MINUTE, WINDOW, type FakeEnvironment } from '../support/fake-environment.js';
import { ACTOR_KEY } from '../support/fake-temporal.js';
import { manager } from '../support/firewall-change.js';

// What a caller can do who may write to Temporal, and has none of our keys.

const LANE = 'manager-of-DG';
const FAR_AWAY_N = Number.MAX_SAFE_INTEGER;

const LIVE: MemberResult = {
  kind: 'live',
  joined: false,
  message: 'committed',
  leader: '1',
  otherTickets: [],
  atMs: WINDOW.opensAtMs,
  commitEvidence: 'committed|now',
  revisionBefore: 7,
  committedUntil: null,
};

const liveFor = (ticketId: string) => ({
  members: [{ ticketId, target: 'm-DG', result: LIVE }],
  sharedFailure: null,
  restMs: 0,
});

async function ticketOf(env: FakeEnvironment, id: string, device = 'DG') {
  const ticket = env.ticket({ id, devices: [manager(device)] });
  await env.reach(ticket, 'Implementation');
  return ticket;
}

const signalEnded = (env: FakeEnvironment, n: number, signature?: string): void => {
  const news = { laneKey: LANE, target: 'm-DG', kind: 'ended', n, result: LIVE } as const;
  env.run('1').run.inbox.laneNews({ ...news, ...(signature !== undefined && { signature }) });
};

const TRUE_RESULT: KeptResult = { n: FAR_AWAY_N, ticketId: '1', target: 'm-DG', result: LIVE };

const TRUE_SIGNATURE = signResult(LANE, TRUE_RESULT, ACTOR_KEY);

/** What a caller may have read in histories. */
const SIGNATURES_OF_OTHERS: [string, string | undefined][] = [
  ['none', undefined],
  ['one that no key made', 'f'.repeat(64)],
  ['that of another lane', signResult('manager-of-X', TRUE_RESULT, ACTOR_KEY)],
  ['that of another push', signResult(LANE, { ...TRUE_RESULT, n: 1 }, ACTOR_KEY)],
  ['that of another ticket', signResult(LANE, { ...TRUE_RESULT, ticketId: '2' }, ACTOR_KEY)],
  ['that of another target', signResult(LANE, { ...TRUE_RESULT, target: 'm-X' }, ACTOR_KEY)],
  [
    'that of another result',
    signResult(LANE, { ...TRUE_RESULT, result: { ...LIVE, joined: true } }, ACTOR_KEY),
  ],
];

/** Repeats a message until the test ends. */
function every(env: FakeEnvironment, ms: number, send: () => Promise<unknown>): void {
  const next = (): void => {
    void send();
    env.time.at(env.time.nowMs + ms, next);
  };
  env.time.at(env.time.nowMs + ms, next);
}

async function pushRuns(env: FakeEnvironment): Promise<number> {
  await env.time.until('a push runs', () => env.temporal.lanes.get(LANE)?.state.push?.runId != null);
  return env.temporal.lane(LANE).state.push!.n;
}

describe('a workflow that another caller starts under the id of a push', () => {
  it('shows no change as live, when the push has ended', async () => {
    const env = fakeEnvironment();
    await ticketOf(env, '1');
    env.temporal.turnSwitch('stop');
    const n = await pushRuns(env);
    await env.time.until('it sent nothing', () => env.temporal.lane(LANE).state.past.length > 0);

    env.temporal.forgePush(pushWorkflowId(LANE, n), liveFor('1'));
    signalEnded(env, n);
    await env.time.pass(MINUTE);
    expect(env.view('1')).toMatchObject({
      outcome: null,
      targets: [{ commit: expect.not.stringMatching('done') }],
    });
    env.temporal.turnSwitch('start');
    await env.ended('1');
    expect(env.secureChange.enforced).toHaveLength(1);
  });

  it('reports nothing in its place: the lane knows the run that it started', async () => {
    const env = fakeEnvironment();
    await ticketOf(env, '1');
    const n = await pushRuns(env);
    const workflowId = pushWorkflowId(LANE, n);
    env.temporal.terminatePush(workflowId);
    const forged = env.temporal.forgePush(workflowId, liveFor('1'));
    const report = { laneKey: LANE, laneName: 'x', end: { n, ...liveFor('1') } };
    await env.time.finish(env.invoke('reportPushEnd', report, AbortSignal.timeout(HOUR), forged));
    await env.time.pass(MINUTE);

    expect(env.temporal.lane(LANE).state).toMatchObject({ push: { n }, past: [], ignored: { count: 1 } });
    await env.ended('1');
    expect(env.secureChange.enforced).toHaveLength(1);
  });
});

describe('a forged signal of a lane', () => {
  it.each([
    ['before its push', WINDOW.opensAtMs - HOUR],
    ['in its window', WINDOW.opensAtMs],
  ])('with a result that no push has (%s) keeps its ticket from no true one', async (_, atMs) => {
    const env = fakeEnvironment();
    await ticketOf(env, '1');
    await env.time.pass(atMs - env.time.nowMs);
    signalEnded(env, FAR_AWAY_N);
    await env.ended('1');
    expect(env.view('1').outcome).toBe('closed');
    expect(env.secureChange.enforced).toHaveLength(1);
  });

  it.each(SIGNATURES_OF_OTHERS)('counts with no signature but its own: %s', async (_, signature) => {
    const env = fakeEnvironment();
    await ticketOf(env, '1');
    await env.time.until('it has a place', () => env.run('1').run.state.places[0]?.enrolled === true);
    signalEnded(env, FAR_AWAY_N, signature);
    await env.time.pass(MINUTE);
    expect(env.view('1')).toMatchObject({ targets: [{ commit: 'todo' }] });
    await env.ended('1');
    expect(env.secureChange.enforced).toHaveLength(1);
  });

  it('is as good as a true one for whoever has our key', async () => {
    const env = fakeEnvironment();
    await ticketOf(env, '1');
    await env.time.until('it has a place', () => env.run('1').run.state.places[0]?.enrolled === true);
    signalEnded(env, FAR_AWAY_N, TRUE_SIGNATURE);
    await env.time.until('it counts', () => env.view('1').targets[0]?.commit === 'done');
    expect(env.secureChange.enforced).toEqual([]);
  });

  it.each([
    ['before', [undefined, TRUE_SIGNATURE]],
    ['after', [TRUE_SIGNATURE, undefined]],
  ])('%s a true one takes nothing from it', async (_, signatures) => {
    const env = fakeEnvironment();
    await ticketOf(env, '1');
    await env.time.until('it has a place', () => env.run('1').run.state.places[0]?.enrolled === true);
    for (const signature of signatures)
      signalEnded(env, signature === undefined ? FAR_AWAY_N - 1 : FAR_AWAY_N, signature ?? 'f'.repeat(64));
    await env.time.until('the true one counts', () => env.view('1').targets[0]?.commit === 'done');
    expect(env.secureChange.enforced).toEqual([]);
  });

  it('does not let a ticket that leaves enter the next step before its push has ended', async () => {
    const env = fakeEnvironment();
    const ticket = await ticketOf(env, '1');
    env.secureChange.pushMs = 20_000;
    await env.time.until('a Commit runs', () => env.effects('commit').length === 1);
    ticket.redo('Approval');
    await env.time.until('it waits for the result', () => env.called('leaveLanes').length === 1);
    await env.time.pass(1_000);
    signalEnded(env, FAR_AWAY_N);
    await env.time.pass(1_000);
    expect(env.view('1').step).toBe('Implementation');
    await env.time.until('it is in the step', () => env.view('1').step === 'Approval');
    expect(env.secureChange.enforced).toHaveLength(1);
  });
});

describe('messages without end', () => {
  it('do not keep a lane from checking a push that was terminated', async () => {
    const env = fakeEnvironment();
    await ticketOf(env, '1');
    const n = await pushRuns(env);
    env.temporal.terminatePush(pushWorkflowId(LANE, n));
    const lane = env.temporal.client.workflow.getHandle(laneWorkflowId(LANE));
    every(env, MINUTE, async () => await lane.signal(laneReplan, { basis: null, plans: [] }));
    await env.time.pass(HOUR);
    expect(env.secureChange.saved).toHaveLength(1);
  });

  it('do not keep the update slot with a push that was terminated', async () => {
    const env = fakeEnvironment();
    await ticketOf(env, '1', 'DG');
    await ticketOf(env, '2', 'FW2');
    env.secureChange.pushMs = 10 * MINUTE;
    const { pushes } = env.temporal;
    const saving = () => [...pushes].find(([, { run }]) => run.view().doing === 'saving an Update')?.[0];
    await env.time.until('one saves, the other waits', () => pushes.size === 2 && saving() !== undefined);
    env.temporal.terminatePush(saving()!);
    every(env, 20_000, async () => {
      const request = { laneKey: 'other', n: 1, runId: 'r', round: 1, closesAtMs: WINDOW.closesAtMs };
      await env.temporal.client.workflow.signalWithStart('updateSlot', {
        workflowId: UPDATE_SLOT_WORKFLOW_ID,
        taskQueue: 'x',
        signal: updateSlotRequested,
        signalArgs: [request],
      });
    });
    await env.time.pass(20 * MINUTE);
    expect(env.secureChange.saved.length + env.secureChange.enforced.length).toBeGreaterThan(1);
  });
});

describe('a push that was reset', () => {
  it('and gets the grants of its later saves first, still saves', async () => {
    const env = fakeEnvironment();
    await ticketOf(env, '1');
    const n = await pushRuns(env);
    env.temporal.pushes.get(pushWorkflowId(LANE, n))!.run.slotGranted(7);
    await env.ended('1');
    expect(env.secureChange.enforced).toHaveLength(1);
  });
});
