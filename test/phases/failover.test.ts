import { DAY, fakeEnvironment, HOUR, type FakeEnvironment } from '../support/fake-environment.js';
import { refused } from '../support/fake-secure-change.js';
import { firewallChange, manager } from '../support/firewall-change.js';

const LANE = 'manager-of-ADOM';

async function arrive(env: FakeEnvironment, ...ids: string[]): Promise<void> {
  for (const id of ids) await env.reach(env.ticket({ id, devices: [manager('ADOM')] }), 'Implementation');
}

const carried = (env: FakeEnvironment): string[] =>
  env.secureChange.enforced.map(({ ticketId }) => ticketId).sort();

describe('when SecureTrack shows an older revision than before', () => {
  it('nothing more is sent on that manager: its lane is paused, its tickets ask, until an operator has compared', async () => {
    const env = fakeEnvironment();
    await arrive(env, '1');
    await env.ended('1');
    env.secureChange.revisionShift = -7;
    await arrive(env, '2', '3');
    for (const id of ['2', '3']) await env.parked('lane.went_back', id);

    expect(env.view('2').needsAttention).toMatchObject({
      reason: expect.stringContaining('shows revision 95 of ADOM, and showed 101 before'),
      waysOut: [
        { command: 'resumeLane', hint: `sco lane resume ${LANE} --reason "…"` },
        { command: 'abort' },
      ],
    });
    await env.time.pass(3 * DAY);
    expect(carried(env)).toEqual(['1']);

    env.temporal.lane(LANE).operate({ kind: 'resume' }, 'anna');
    for (const id of ['2', '3']) await env.ended(id);
    expect(carried(env)).toEqual(['1', '2', '3']);
    expect(env.effects('commit')).toHaveLength(2);
  });

  it('other managers go on', async () => {
    const env = fakeEnvironment();
    await arrive(env, '1');
    await env.ended('1');
    env.secureChange.revisionShift = -7;
    await arrive(env, '2');
    await env.reach(env.ticket({ id: '9', devices: [manager('DG')] }), 'Implementation');
    await env.parked('lane.went_back', '2');
    await env.ended('9');
  });

  it('a revision that cannot be read stops nothing', async () => {
    const env = fakeEnvironment();
    await arrive(env, '1');
    await env.ended('1');
    env.secureChange.faults.push({
      call: 'readRevision',
      before: refused({ kind: 'transient', system: 'securetrack' }),
      times: 100,
    });
    await arrive(env, '2');
    await env.ended('2');
    expect(carried(env)).toEqual(['1', '2']);
    expect(env.temporal.lane(LANE).state.paused).toBeNull();
  });
});

describe('a task that stays PENDING', () => {
  it('after a Commit asks once it took as long as a push may take, with the task and the time', async () => {
    const env = fakeEnvironment();
    await arrive(env, '1', '2');
    await env.time.until('both are saved', () => env.secureChange.saved.length === 2);
    env.secureChange.holdPushes();
    for (const id of ['1', '2']) await env.parked('push.unknown', id);
    const asked = env.view('1').parkings.find(({ code }) => code === 'push.unknown');
    expect(asked?.reason).toMatch(/task \S+ of ticket 1 is PENDING for 2 h/);
    expect(env.effects('commit')).toHaveLength(1);
    await env.time.pass(DAY);
    expect(env.effects('commit')).toHaveLength(1);
  });

  it('before any work of ours parks the ticket with the task, and goes on by itself when it is free', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', firewallChange());
    const ticket = env.ticket({ id: '1', devices: [manager('ADOM')] });
    let stuck = true;
    env.secureChange.onChange = (changed) => {
      if (stuck && changed.current?.name === 'Design and Risk')
        for (const task of changed.current.tasks) task.pending = true;
    };
    ticket.complete(ticket.requester);
    await env.parked('securechange.task_pending', '1');
    expect(env.view('1').needsAttention?.reason).toContain('PENDING for 2 h: task ');
    await env.time.pass(HOUR);
    stuck = false;
    for (const task of ticket.current!.tasks) task.pending = false;
    await env.operate({ kind: 'retry' }, '1');
    await env.time.until('in Approval', () => ticket.current?.name === 'Approval');
  });

  it('of a ticket that is to lead asks when it could not be used for long', async () => {
    const env = fakeEnvironment();
    await arrive(env, '1');
    await env.time.until('its push has ended', () => env.view('1').savedNotPushed.length === 1);
    for (const task of env.secureChange.tickets.get('1')!.current!.tasks) task.pending = true;
    await env.parked('lane.locked', '1');
    expect(env.view('1').needsAttention?.reason).toContain('SecureChange works on task');
    expect(env.effects('commit')).toEqual([]);
    for (const task of env.secureChange.tickets.get('1')!.current!.tasks) task.pending = false;
    await env.ended('1');
  });
});
