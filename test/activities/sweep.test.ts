import { createSweepActivities, type SweepActivities } from '../../activities/sweep.js';
import { LANE_BASES, TICKET_BASIS } from '../../workflows/messages.js';
import { refused } from '../support/fake-secure-change.js';
import { fakeEnvironment, HOUR, MINUTE, shifted } from '../support/fake-environment.js';
import type { FakeEnvironment } from '../support/fake-environment.js';
import { firewallChange, manager } from '../support/firewall-change.js';
import { runActivity } from './activity-environment.js';

async function sweep(env: FakeEnvironment, activities: SweepActivities = createSweepActivities(env.deps())) {
  return await env.time.finish(runActivity(activities.sweepTickets, {}));
}

/** Tickets of which no event ever arrived. */
function withUnreported(count: number): FakeEnvironment {
  const env = fakeEnvironment();
  env.processes.set('Firewall change', firewallChange({ mode: 'observe' }));
  env.deliver = () => [];
  for (let number = 1; number <= count; number += 1) env.ticket({ id: `${number}` });
  return env;
}

describe('the sweep', () => {
  it('starts what is missing, over all pages of the list', async () => {
    const env = withUnreported(230);
    const result = await sweep(env);
    expect(result).toMatchObject({ openInSecureChange: 230, running: 0, signalled: [] });
    expect(result.started.length).toBe(50);
    expect(env.temporal.runs.length).toBe(230);
    expect(await sweep(env)).toMatchObject({ running: 230, started: [] });
  });

  it('signals only a ticket that differs', async () => {
    const env = withUnreported(3);
    await sweep(env);
    await env.time.pass(MINUTE);
    expect(await sweep(env)).toMatchObject({ started: [], signalled: [] });

    env.secureChange.tickets.get('2')!.complete('r.meier');
    expect(await sweep(env)).toMatchObject({ signalled: ['2'] });
    await env.time.pass(MINUTE);
    expect(env.state('2').stepName).toBe('Design and Risk');
    expect(await sweep(env)).toMatchObject({ signalled: [] });
  });

  it('wakes a run whose ticket is no longer open', async () => {
    const env = withUnreported(2);
    env.settings = { ...env.settings, sweepDeepReads: 0 };
    await sweep(env);
    await env.time.pass(MINUTE);
    env.secureChange.tickets.get('1')!.end('cancelled');
    expect(await sweep(env)).toMatchObject({ signalled: ['1'] });
    await env.ended('1');
    expect(env.run('1').outcome).toBe('cancelled');
  });

  it('asks a lane itself, and signals a ticket, whose basis in the memo cannot be decoded', async () => {
    const env = fakeEnvironment();
    await env.reach(env.ticket({ id: '1' }), 'Implementation');
    await env.time.until('its lane runs', () => env.temporal.lanes.size === 1);
    const [key] = [...env.temporal.lanes.keys()];
    const asked: string[] = [];
    env.temporal.beforeCall = (workflowId, message) => {
      if (message === 'laneQuestionsToPlan' || message === 'ticketReported')
        asked.push(`${message} ${workflowId}`);
      return null;
    };
    const deps = env.deps();
    await sweep(env, createSweepActivities(deps));
    expect(asked).toEqual([]);

    const { workflow } = deps.temporal;
    const list = async function* (options: { query: string }) {
      const memo = { [LANE_BASES]: null, [TICKET_BASIS]: null };
      for await (const row of workflow.list(options)) yield { ...row, memo };
    };
    const temporal = Object.create(deps.temporal, {
      workflow: { value: Object.create(workflow, { list: { value: list } }) as typeof workflow },
    }) as typeof deps.temporal;
    await sweep(env, createSweepActivities({ ...deps, temporal }));
    expect(asked.slice(0, 2)).toEqual([`laneQuestionsToPlan lane/${key}`, 'ticketReported ticket/1']);
  });

  it('goes on past rows of the list that cannot be read, and names them', async () => {
    const env = withUnreported(3);
    env.secureChange.oddRows = [
      { row: 'ticket 2', id: '2', why: 'workflow' },
      { row: 'ticket at place 9', id: null, why: 'id' },
    ];
    expect(await sweep(env)).toMatchObject({
      started: ['1', '3'],
      odd: ['ticket 2: workflow', 'ticket at place 9: id'],
      oddCount: 2,
      cut: false,
    });
  });

  it('does not take a running ticket for closed because its row cannot be read', async () => {
    const env = withUnreported(2);
    env.settings = { ...env.settings, sweepDeepReads: 0 };
    await sweep(env);
    await env.time.pass(MINUTE);
    env.secureChange.oddRows = [{ row: 'ticket 2', id: '2', why: 'status' }];
    expect(await sweep(env)).toMatchObject({ signalled: [] });
  });

  it('says that the list was cut, and takes no ticket for closed that it did not see', async () => {
    const env = withUnreported(2);
    env.settings = { ...env.settings, sweepDeepReads: 0 };
    await sweep(env);
    await env.time.pass(MINUTE);
    env.secureChange.cutList = true;
    env.secureChange.tickets.get('1')!.end('cancelled');
    expect(await sweep(env)).toMatchObject({ cut: true, signalled: [] });
  });

  it('goes on past a ticket that cannot be read in depth, and names it', async () => {
    const env = withUnreported(3);
    const activities = createSweepActivities(env.deps());
    await sweep(env, activities);
    await env.time.pass(MINUTE);
    env.secureChange.tickets.get('3')!.redo('Open Request');
    const odd = refused({ kind: 'bug', code: 'securechange.wrong_schema', message: 'odd, at ticket.status' });
    env.secureChange.faults.push({ call: 'readTicket', before: odd });
    expect(await sweep(env, activities)).toMatchObject({
      odd: ['ticket 1: odd, at ticket.status'],
      oddCount: 1,
      signalled: ['3'],
    });
  });

  it('lets a resolved ticket rest until it is closed or reopened', async () => {
    const env = withUnreported(1);
    await sweep(env);
    const ticket = env.secureChange.tickets.get('1')!;
    ticket.end('resolved');
    await sweep(env);
    await env.time.pass(MINUTE);
    expect(env.view('1').waiting).toMatchObject({ for: 'confirmation' });
    expect(await sweep(env)).toMatchObject({ signalled: [] });

    ticket.reopen('Verification');
    expect(await sweep(env)).toMatchObject({ signalled: ['1'] });
    await env.time.pass(MINUTE);
    expect(env.state('1')).toMatchObject({ stepName: 'Verification', epoch: 2 });
    ticket.end('resolved');
    await sweep(env);
    await env.time.pass(MINUTE);
    ticket.end('closed');
    await sweep(env);
    await env.ended('1');
    expect(env.run('1').outcome).toBe('closed');
  });

  it('lets a closed ticket rest while its messages wait for the ITSM', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    env.secureChange.faults.push({ call: 'send', times: Infinity, before: refused({ kind: 'transient' }) });
    await env.reach(ticket, 'Approval');
    env.deliver = () => [];
    ticket.end('closed');
    expect(await sweep(env)).toMatchObject({ signalled: ['4711'] });
    await env.time.pass(MINUTE);
    expect(env.view().waiting).toMatchObject({ for: 'itsm' });
    expect(await sweep(env)).toMatchObject({ started: [], signalled: [] });
  });

  it('reads running tickets in depth, in turn: a redo into the same step does not show in the list', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', firewallChange({ mode: 'observe' }));
    env.settings = { ...env.settings, sweepDeepReads: 2 };
    env.deliver = () => [];
    for (const id of ['1', '2', '3', '4', '5']) env.ticket({ id, redoIds: 'same' });
    const activities = createSweepActivities(env.deps());
    await sweep(env, activities);
    await env.time.pass(MINUTE);
    for (const id of ['1', '2', '3', '4', '5']) env.secureChange.tickets.get(id)!.redo('Open Request');

    const woken: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      woken.push(...(await sweep(env, activities)).signalled);
      await env.time.pass(MINUTE);
    }
    expect(woken.sort()).toEqual(['1', '2', '3', '4', '5']);
  });

  it('signals no ticket twice in two sweeps without a change', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    await env.reach(ticket, 'Implementation');
    await env.time.pass(HOUR);
    const before = env.called('readTicket').length;
    await sweep(env);
    await sweep(env);
    await env.time.runDue();
    expect(env.called('readTicket').length).toBe(before);
  });

  it('sends an edited calendar once to each lane with windows of another version', async () => {
    const env = fakeEnvironment();
    await env.reach(env.ticket(), 'Implementation');
    await env.time.pass(HOUR);
    const replans: string[] = [];
    env.temporal.beforeCall = (id, message) => {
      if (message === 'laneReplan') replans.push(id);
      return null;
    };
    await sweep(env, createSweepActivities(env.deps()));
    expect(replans).toEqual([]);

    env.ruleVersion = 'r2';
    await sweep(env, createSweepActivities(env.deps()));
    // Another worker's sweep, which knows nothing of the first one.
    await sweep(env, createSweepActivities(env.deps()));
    expect(replans).toEqual(['lane/manager-of-FW1']);
  });

  it('finds a lane with windows of a version that no sweep has read: edited, and edited back', async () => {
    const env = fakeEnvironment();
    const activities = createSweepActivities(env.deps());
    await sweep(env, activities);
    const window = env.calendars.get('nightly')!;
    env.ruleVersion = 'edited';
    env.calendars.set(
      'nightly',
      window.map((interval) => shifted(interval, 6 * HOUR)),
    );
    await env.reach(env.ticket(), 'Implementation');
    await env.time.pass(HOUR);
    env.ruleVersion = 'r1';
    env.calendars.set('nightly', window);

    await sweep(env, activities);
    await env.time.runDue();
    expect(env.view().waiting?.untilMs).toBe(window[0]?.opensAtMs);
  });

  it('names a lane that fails, and goes on with the other lanes and the tickets', async () => {
    const env = fakeEnvironment();
    await env.reach(env.ticket({ id: '1', devices: [manager('FW1')] }), 'Implementation');
    await env.reach(env.ticket({ id: '2', devices: [manager('FW2')] }), 'Implementation');
    await env.time.pass(HOUR);
    for (const key of ['manager-of-FW1', 'manager-of-FW2']) env.temporal.terminateLane(key);
    env.temporal.beforeCall = (id, message) =>
      id === 'lane/manager-of-FW1' && message === 'laneReplan' ? new Error('it is no lane of ours') : null;
    expect((await sweep(env)).odd).toEqual(['lane/manager-of-FW1: it is no lane of ours']);
    expect([...env.temporal.lanes.keys()]).toEqual(['manager-of-FW2']);
  });

  it('asks about no lane that runs, however often it was terminated', async () => {
    const env = fakeEnvironment();
    await env.reach(env.ticket(), 'Implementation');
    await env.time.pass(HOUR);
    env.temporal.terminateLane('manager-of-FW1');
    await sweep(env);
    const asked: string[] = [];
    env.temporal.beforeCall = (id, message) => {
      if (message === 'describe') asked.push(id);
      return null;
    };
    await sweep(env);
    expect(asked.filter((id) => id.startsWith('lane/'))).toEqual([]);
  });
});
