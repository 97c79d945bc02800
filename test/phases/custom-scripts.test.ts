import { digestOfXml, signReport } from '../../packages/client/src/sign.js';
import type { TicketEvent } from '../../src/domain/event.js';
import { fakeEnvironment, HOUR, MINUTE } from '../support/fake-environment.js';
import type { FakeEnvironment } from '../support/fake-environment.js';
import { firewallChange } from '../support/firewall-change.js';
import { refused } from '../support/fake-secure-change.js';
import { ACTOR_KEY } from '../support/fake-temporal.js';
import { WorkerDied } from '../support/worker-death.js';

function scriptEvent(env: FakeEnvironment, name: string, event = 'ADVANCE'): TicketEvent {
  const ticketInfoXml = '<ticket_info/>';
  const reported: TicketEvent = {
    key: `${event}-${name}-${env.calls.length}`,
    name: event,
    ticketId: '4711',
    source: 'mediator',
    receivedAtMs: env.time.nowMs,
    info: null,
    script: { name, args: ['-v'], ticketInfoXml, ticketInfoSha256: digestOfXml(ticketInfoXml) },
  };
  return signReport(reported, ACTOR_KEY);
}

it('runs the script that a mediator named, once, and keeps its output in the history', async () => {
  const env = fakeEnvironment();
  env.scripts.set('notify', {});
  await env.reach(env.ticket(), 'Approval');
  env.temporal.report(scriptEvent(env, 'notify'));
  await env.time.pass(MINUTE);

  expect(env.effects('script')).toEqual(['script notify']);
  expect(env.called('runScript').map(({ input }) => input)).toMatchObject([
    {
      script: 'notify',
      event: 'ADVANCE',
      workflow: 'Firewall change',
      args: ['-v'],
      ticketInfoXml: '<ticket_info/>',
    },
  ]);
  expect(env.state().timeline.map(({ what }) => what)).toContain(
    'script notify on ADVANCE: exited, exit code 0, 0 ms, output: done',
  );
});

it('runs none whose arguments were refused, says so, and follows the event all the same', async () => {
  const env = fakeEnvironment();
  env.scripts.set('notify', {});
  await env.reach(env.ticket(), 'Approval');
  const { script: _script, ...event } = scriptEvent(env, 'notify');
  const reads = env.called('readTicket').length;
  const scriptRefused = { name: 'notify', reason: 'more than 32 arguments' };
  env.temporal.report(signReport({ ...event, scriptRefused }, ACTOR_KEY));
  await env.time.pass(MINUTE);
  expect(env.effects('script')).toEqual([]);
  expect(env.called('readTicket').length).toBeGreaterThan(reads);
  expect(env.state().timeline.map(({ what }) => what)).toContain(
    'script notify on ADVANCE was not run: more than 32 arguments',
  );
});

it('runs none for a ticket that is only observed, and says so', async () => {
  const env = fakeEnvironment();
  env.processes.set('Firewall change', firewallChange({ mode: 'observe' }));
  env.scripts.set('notify', {});
  env.ticket();
  await env.time.pass(MINUTE);
  env.temporal.report(scriptEvent(env, 'notify'));
  await env.time.pass(MINUTE);
  expect(env.effects('script')).toEqual([]);
  expect(env.state().timeline.map(({ what }) => what)).toContain(
    'custom script notify on ADVANCE was not run: the ticket is not driven',
  );
});

it('runs none for a ticket that SecureChange does not have, and says so to the mediator that waits', async () => {
  const env = fakeEnvironment();
  env.scripts.set('notify', {});
  const { script, ...plain } = scriptEvent(env, 'notify');
  const event = signReport({ ...plain, script: { ...script!, reply: 'result' } }, ACTOR_KEY);
  env.temporal.report(event);
  await env.time.pass(MINUTE);
  const { outcome, run } = env.temporal.runs.at(-1)!;
  expect(outcome).toBe('notFound');
  const { key: eventKey, receivedAtMs } = event;
  expect(run.scriptReplies.replyTo({ eventKey, receivedAtMs, script: 'notify' })).toEqual({
    kind: 'notRun',
    why: 'SecureChange has no such ticket',
  });
});

it('runs one for an observed ticket that is registered to run always, and changes nothing else', async () => {
  const env = fakeEnvironment();
  env.processes.set('Firewall change', firewallChange({ mode: 'observe' }));
  env.scripts.set('notify', { runs: 'always' });
  env.ticket();
  await env.time.pass(MINUTE);
  const { script, ...event } = scriptEvent(env, 'notify');
  env.temporal.report(signReport({ ...event, script: { ...script!, runs: 'always' } }, ACTOR_KEY));
  await env.time.pass(MINUTE);
  expect(env.effects()).toEqual(['script notify']);
});

it('runs one again by itself where its entry says so, and asks a person when that is used up', async () => {
  const env = fakeEnvironment();
  env.scripts.set('notify', { retry: { attempts: 2, waitMs: MINUTE } });
  env.scripts.set('second', {});
  env.scriptResults.set('notify', [{ exitCode: 1, stderr: 'queue is full' }, {}]);
  await env.reach(env.ticket(), 'Approval');
  env.temporal.report(scriptEvent(env, 'notify'));
  env.temporal.report(scriptEvent(env, 'second'));
  await env.time.pass(MINUTE / 2);
  // The next one keeps its place behind it.
  expect(env.effects('script')).toEqual(['script notify']);
  await env.time.pass(MINUTE);
  expect(env.effects('script')).toEqual(['script notify', 'script notify', 'script second']);
  expect(env.state().parkings).toEqual([]);

  env.scriptResults.set('notify', [{ exitCode: 1 }, { exitCode: 1 }, {}]);
  env.temporal.report(scriptEvent(env, 'notify', 'NOTE'));
  await env.parked('script.failed');
  await env.operate({ kind: 'retry' });
  await env.time.pass(MINUTE);
  expect(env.state().parkings).toEqual([]);
  expect(env.state().scripts).toEqual([]);
});

it('waits while as many runs of a script as may be are under way, longer each time', async () => {
  const env = fakeEnvironment();
  env.scripts.set('notify', {});
  const busy = { outcome: 'busy', exitCode: null } as const;
  env.scriptResults.set('notify', [busy, busy, {}]);
  await env.reach(env.ticket(), 'Approval');
  env.temporal.report(scriptEvent(env, 'notify'));
  await env.time.pass(14_000);
  expect(env.called('runScript').length).toBe(2);
  await env.time.pass(2_000);
  expect(env.called('runScript').length).toBe(3);
  expect(env.state().parkings).toEqual([]);
});

describe('a mediator that waits for the result', () => {
  const awaited = (env: FakeEnvironment, event = scriptEvent(env, 'notify')): TicketEvent =>
    signReport({ ...event, script: { ...event.script!, reply: 'result' } }, ACTOR_KEY);
  const replyTo = (env: FakeEnvironment, { key, receivedAtMs, script }: TicketEvent): unknown =>
    env.run().run.scriptReplies.replyTo({ eventKey: key, receivedAtMs, script: script!.name });

  it('gets output and exit code once the script ended, and nothing before the event was read', async () => {
    const env = fakeEnvironment();
    env.scripts.set('notify', {});
    env.scriptResults.set('notify', [{ exitCode: 3, stdout: 'looked\n', stderr: 'no route\n' }]);
    await env.reach(env.ticket(), 'Approval');
    const event = awaited(env);
    expect(replyTo(env, event)).toEqual({ kind: 'unknown' });
    env.temporal.report(event);
    await env.time.pass(MINUTE);
    const answer = { output: 'looked\n', error: { output: 'no route\n', returnCode: 3 } };
    expect(replyTo(env, event)).toEqual({ kind: 'ended', answer });

    // SecureChange runs it again after a failure: the same answer, no second run.
    const again = awaited(env, { ...event, receivedAtMs: env.time.nowMs });
    env.temporal.report(again);
    await env.time.pass(MINUTE);
    expect(replyTo(env, again)).toEqual({ kind: 'ended', answer });
    expect(env.effects('script')).toEqual(['script notify']);
  });

  it('of an event that really happens a second time gets the result of the second run', async () => {
    const env = fakeEnvironment();
    env.scripts.set('notify', {});
    env.scriptResults.set('notify', [{ stdout: 'first' }, { stdout: 'second' }]);
    const ticket = env.ticket();
    const outputs: unknown[] = [];
    for (const _time of [1, 2]) {
      await env.reach(ticket, 'Approval');
      ticket.redo('Design and Risk');
      const event = { ...scriptEvent(env, 'notify', 'REDO'), key: 'one key', info: left('Approval') };
      const redo = awaited(env, { ...event, receivedAtMs: env.time.nowMs });
      env.temporal.report(redo);
      await env.time.pass(MINUTE);
      outputs.push(replyTo(env, redo));
    }
    expect(outputs).toMatchObject([{ answer: { output: 'first' } }, { answer: { output: 'second' } }]);
  });

  it('hears why it is not run', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', firewallChange({ mode: 'observe' }));
    env.scripts.set('notify', {});
    env.ticket();
    const event = awaited(env);
    env.temporal.report(event);
    await env.time.pass(MINUTE);
    expect(replyTo(env, event)).toEqual({ kind: 'notRun', why: 'the ticket is not driven' });
  });

  it('gets the result of the last try, not of one that is repeated', async () => {
    const env = fakeEnvironment();
    env.scripts.set('notify', { retry: { attempts: 2, waitMs: MINUTE } });
    env.scriptResults.set('notify', [{ exitCode: 1 }, { stdout: 'second' }]);
    await env.reach(env.ticket(), 'Approval');
    const event = awaited(env);
    env.temporal.report(event);
    await env.time.pass(MINUTE / 2);
    expect(replyTo(env, event)).toEqual({ kind: 'running' });
    await env.time.pass(MINUTE);
    expect(replyTo(env, event)).toMatchObject({ answer: { output: 'second', error: null } });
  });

  it('whose script died with its worker gets an error, never a success', async () => {
    const env = fakeEnvironment();
    env.scripts.set('notify', {});
    env.secureChange.faults.push({ call: 'runScript', after: new WorkerDied() });
    await env.reach(env.ticket(), 'Approval');
    const event = awaited(env);
    env.temporal.report(event);
    await env.parked('script.failed');
    expect(replyTo(env, event)).toMatchObject({ answer: { output: '', error: { returnCode: 126 } } });
  });

  it('keeps the results of the last deliveries only', async () => {
    const env = fakeEnvironment();
    env.scripts.set('notify', {});
    await env.reach(env.ticket(), 'Approval');
    const events = Array.from({ length: 12 }, (_, n) =>
      awaited(env, { ...scriptEvent(env, 'notify', `NOTE ${n}`), key: `note ${n}` }),
    );
    for (const event of events) {
      env.temporal.report(event);
      await env.time.pass(MINUTE);
    }
    expect(replyTo(env, events[0]!)).toEqual({ kind: 'unknown' });
    expect(replyTo(env, events.at(-1)!)).toMatchObject({ kind: 'ended' });
  });
});

it('runs scripts in the order of their events', async () => {
  const env = fakeEnvironment();
  env.scripts.set('first', {});
  env.scripts.set('second', {});
  await env.reach(env.ticket(), 'Approval');
  env.temporal.report(scriptEvent(env, 'first'));
  env.temporal.report(scriptEvent(env, 'second'));
  await env.time.pass(MINUTE);
  expect(env.effects('script')).toEqual(['script first', 'script second']);
});

describe('an event', () => {
  it('that is delivered again does not run its script again, also in a later epoch', async () => {
    const env = fakeEnvironment();
    env.scripts.set('notify', {});
    const ticket = env.ticket();
    await env.reach(ticket, 'Approval');
    const advanced = signReport({ ...scriptEvent(env, 'notify'), info: left('Design and Risk') }, ACTOR_KEY);
    for (let time = 0; time < 3; time += 1) env.temporal.report(advanced);
    await env.time.pass(MINUTE);
    env.temporal.report(advanced);
    await env.time.pass(MINUTE);
    expect(env.effects('script')).toEqual(['script notify']);
    expect(env.state().timeline.map(({ what }) => what)).toContain(
      'custom script notify on ADVANCE was not run again: the history of the ticket shows no further event of its kind',
    );

    ticket.redo('Design and Risk');
    env.temporal.report(advanced);
    await env.time.pass(MINUTE);
    expect(env.effects('script')).toEqual(['script notify']);
  });

  it('that really happens a second time runs it again, although both look alike', async () => {
    const env = fakeEnvironment();
    env.scripts.set('notify', {});
    const ticket = env.ticket();
    await env.reach(ticket, 'Approval');
    const redo = signReport(
      { ...scriptEvent(env, 'notify', 'REDO'), key: 'one key', info: left('Approval') },
      ACTOR_KEY,
    );
    for (const runs of [1, 2]) {
      await env.reach(ticket, 'Approval');
      ticket.redo('Design and Risk');
      env.temporal.report(redo);
      env.temporal.report(redo);
      await env.time.pass(MINUTE);
      expect(env.effects('script')).toHaveLength(runs);
    }
  });

  it('runs the scripts of two mediators, and the same script with other arguments', async () => {
    const env = fakeEnvironment();
    env.scripts.set('notify', {});
    env.scripts.set('second', {});
    await env.reach(env.ticket(), 'Approval');
    const first = scriptEvent(env, 'notify');
    env.temporal.report(first);
    for (const other of [{ name: 'second' }, { args: ['other'] }])
      env.temporal.report(signReport({ ...first, script: { ...first.script!, ...other } }, ACTOR_KEY));
    await env.time.pass(MINUTE);
    expect(env.effects('script')).toEqual(['script notify', 'script second', 'script notify']);
  });

  it('that is recorded and sent again, when its run has run so many other scripts that it forgot it, runs nothing', async () => {
    const env = fakeEnvironment();
    env.scripts.set('notify', {});
    const ticket = env.ticket();
    await env.reach(ticket, 'Approval');
    const recorded = scriptEvent(env, 'notify');
    env.temporal.report(recorded);
    await env.time.pass(MINUTE);
    for (let at = 0; at < 210; at += 1) {
      const { script, ...event } = scriptEvent(env, 'notify');
      env.temporal.report(
        signReport({ ...event, key: `other-${at}`, script: { ...script!, args: [`${at}`] } }, ACTOR_KEY),
      );
      if (at % 20 === 0) await env.time.pass(MINUTE);
    }
    await env.time.pass(MINUTE);
    const ran = env.effects('script').length;
    expect(ran).toBe(211);
    env.temporal.report(recorded);
    await env.time.pass(MINUTE);
    expect(env.effects('script')).toHaveLength(ran);
    // What comes now for the first time is run.
    env.temporal.report(scriptEvent(env, 'notify', 'REDO'));
    await env.time.pass(MINUTE);
    expect(env.effects('script')).toHaveLength(ran + 1);
  });

  it('is remembered when the run continues as new', async () => {
    const env = fakeEnvironment();
    env.scripts.set('notify', {});
    await env.reach(env.ticket(), 'Approval');
    const event = scriptEvent(env, 'notify');
    env.temporal.report(event);
    await env.time.pass(MINUTE);
    expect(JSON.parse(JSON.stringify(env.state()))).toMatchObject({
      scriptRuns: [expect.stringContaining(event.key)],
      scripts: [],
    });
  });
});

describe('a script of an event that comes when the ticket has ended', () => {
  async function closed(): Promise<FakeEnvironment> {
    const env = fakeEnvironment();
    env.scripts.set('notify', {});
    const ticket = env.ticket();
    await env.reach(ticket, 'Approval');
    ticket.end('cancelled');
    await env.time.pass(MINUTE);
    expect(env.run().outcome).toBe('cancelled');
    return env;
  }

  it('is run, once, however often the event is delivered', async () => {
    const env = await closed();
    const event = scriptEvent(env, 'notify', 'CANCEL');
    for (let delivery = 0; delivery < 3; delivery += 1) {
      env.temporal.report(event);
      await env.time.pass(MINUTE);
      expect(env.effects('script')).toEqual(['script notify']);
    }
    expect(env.temporal.runs.map(({ outcome }) => outcome)).toEqual([
      'cancelled',
      'lateEvent',
      'lateEvent',
      'lateEvent',
    ]);
  });

  it('is not run when that run was ended by force, and says so', async () => {
    const env = await closed();
    env.temporal.endedByForce.add(env.run());
    env.temporal.report(scriptEvent(env, 'notify', 'CANCEL'));
    await env.time.pass(MINUTE);
    expect(env.effects('script')).toEqual([]);
    expect(env.temporal.runs.at(-1)?.run.state.timeline.at(-1)?.what).toBe(
      'custom script notify on CANCEL was not run: an earlier run of the ticket was ended by force, or there were too many, and one may have run it',
    );
  });

  it('is not run when the report is older than a signature that a run may still get, and that may be a recorded one', async () => {
    const env = await closed();
    const event = scriptEvent(env, 'notify', 'CANCEL');
    await env.time.pass(HOUR);
    env.temporal.report(event);
    await env.time.pass(MINUTE);
    expect(env.effects('script')).toEqual([]);
    const { timeline, lastEvents } = env.temporal.runs.at(-1)!.run.state;
    expect(timeline.at(-1)?.what).toContain('its signature is too old');
    expect(lastEvents).toMatchObject([{ name: 'CANCEL', source: 'unverified:mediator' }]);
  });

  it('is not run again when the run that ended had run it', async () => {
    const env = fakeEnvironment();
    env.scripts.set('notify', {});
    const ticket = env.ticket();
    await env.reach(ticket, 'Approval');
    ticket.end('cancelled');
    const event = scriptEvent(env, 'notify', 'CANCEL');
    env.temporal.report(event);
    await env.time.pass(MINUTE);
    expect(env.effects('script')).toEqual(['script notify']);
    env.temporal.report(event);
    await env.time.pass(MINUTE);
    expect(env.temporal.runs.at(-1)?.outcome).toBe('lateEvent');
    expect(env.effects('script')).toEqual(['script notify']);
  });
});

describe('more scripts than can wait', () => {
  it('are left out before the run is too large to continue as new; their events are reasons to read all the same', async () => {
    const env = fakeEnvironment();
    env.scripts.set('notify', {});
    const ticket = env.ticket();
    await env.reach(ticket, 'Approval');
    await env.operate({ kind: 'hold' });
    // JSON writes each of these characters as six.
    const ticketInfoXml = `<ticket_info>${'\u0001'.repeat(60_000)}</ticket_info>`;
    const { script, ...event } = scriptEvent(env, 'notify', 'NOTE');
    const flood = (n: number): TicketEvent =>
      signReport(
        {
          ...event,
          key: `flood ${n}`,
          script: {
            ...script!,
            args: Array(32).fill(`${n}`),
            ticketInfoXml,
            ticketInfoSha256: digestOfXml(ticketInfoXml),
          },
        },
        ACTOR_KEY,
      );
    for (let n = 0; n < 20; n += 1) env.temporal.report(flood(n));
    await env.time.pass(MINUTE);
    expect(JSON.stringify(env.state()).length).toBeLessThan(1_000_000);
    expect(env.state().ignored.last.at(-1)?.why).toContain('too many scripts are waiting');

    ticket.approve('a.schmidt');
    env.temporal.report(flood(20));
    await env.time.pass(MINUTE);
    expect(env.state().stepName).toBe('Implementation');
  });
});

describe('an earlier run that may still live', () => {
  it('is asked about; a person who says that it ended names exactly that run', async () => {
    const env = fakeEnvironment();
    env.scripts.set('notify', {});
    const mayRun = { outcome: 'earlierMayRun', exitCode: null, stderr: 'It may run on host b.' } as const;
    env.scriptResults.set('notify', [{ ...mayRun, earlierRun: 'run-7' }, mayRun]);
    await env.reach(env.ticket(), 'Approval');
    env.temporal.report(scriptEvent(env, 'notify'));
    await env.parked('script.may_run');
    expect(env.view().needsAttention?.reason).toMatch(/not started a second time: It may run on host b\./);

    await env.operate({ kind: 'retry' });
    await env.parked('script.may_run');
    expect(env.view().needsAttention?.reason).toMatch(/waits for its earlier run/);
    await env.operate({ kind: 'retry' });
    await env.time.pass(MINUTE);
    const inputs = env.called('runScript').map(({ input }) => input as { key: string; endedRun: string });
    expect(inputs.map(({ endedRun }) => endedRun)).toEqual([null, 'run-7', null]);
    expect(new Set(inputs.map(({ key }) => key)).size).toBe(1);
    expect(env.state().parkings).toEqual([]);
  });
});

function left(name: string): TicketEvent['info'] {
  const stage = { id: `s-${name}`, name, task: null };
  return {
    id: '4711',
    subject: '',
    priority: null,
    createDate: null,
    updateDate: null,
    requester: null,
    stage,
    openRequestStage: null,
    comment: null,
  };
}

it('does not run one that is registered for other workflows', async () => {
  const env = fakeEnvironment();
  env.scripts.set('notify', { workflows: ['Another workflow'] });
  await env.reach(env.ticket(), 'Approval');
  env.temporal.report(scriptEvent(env, 'notify'));
  await env.time.pass(MINUTE);
  expect(env.effects('script')).toEqual([]);
  expect(env.state().scripts).toEqual([]);
});

it.each<[string, (env: FakeEnvironment) => void]>([
  ['exits with 3', (env) => env.scriptResults.set('notify', [{ exitCode: 3, stderr: 'no such user' }])],
  ['takes too long', (env) => env.scriptResults.set('notify', [{ outcome: 'timedOut', exitCode: null }])],
  [
    'dies with its worker',
    (env) => env.secureChange.faults.push({ call: 'runScript', after: new WorkerDied() }),
  ],
  [
    'is no longer registered as it was',
    (env) => env.secureChange.faults.push({ call: 'runScript', before: refused({ code: 'script.unknown' }) }),
  ],
])('asks a person when it %s: nothing runs foreign code twice by itself', async (_, spoil) => {
  const env = fakeEnvironment();
  env.scripts.set('notify', {});
  spoil(env);
  await env.reach(env.ticket(), 'Approval');
  env.temporal.report(scriptEvent(env, 'notify'));
  await env.parked('script.failed');
  await env.time.pass(HOUR);
  expect(env.called('runScript').length).toBe(1);

  await env.operate({ kind: 'retry' });
  await env.time.pass(MINUTE);
  expect(env.called('runScript').length).toBe(2);
  expect(env.state().parkings).toEqual([]);
});

it('can be skipped; the next one runs', async () => {
  const env = fakeEnvironment();
  env.scripts.set('notify', {});
  env.scripts.set('second', {});
  env.scriptResults.set('notify', [{ exitCode: 1 }]);
  await env.reach(env.ticket(), 'Approval');
  env.temporal.report(scriptEvent(env, 'notify'));
  env.temporal.report(scriptEvent(env, 'second'));
  await env.parked('script.failed');
  await env.operate({ kind: 'skip' });
  await env.time.pass(MINUTE);
  expect(env.effects('script')).toEqual(['script notify', 'script second']);
});

it('keeps the question open over the steps of the ticket, and hinders no phase', async () => {
  const env = fakeEnvironment();
  env.scripts.set('notify', {});
  env.scriptResults.set('notify', [{ exitCode: 1 }]);
  const ticket = env.ticket();
  await env.reach(ticket, 'Approval');
  env.temporal.report(scriptEvent(env, 'notify'));
  await env.parked('script.failed');
  ticket.approve('a.schmidt');
  await env.time.until('saved', () => env.state().targets[0]?.update === 'done');
  expect(env.view().needsAttention?.code).toBe('script.failed');
});

it('runs what came with the last event of a ticket before the run ends', async () => {
  const env = fakeEnvironment();
  env.scripts.set('notify', {});
  const ticket = env.ticket();
  await env.reach(ticket, 'Approval');
  env.deliver = () => [];
  ticket.end('cancelled');
  env.temporal.report(scriptEvent(env, 'notify', 'CANCEL'));
  await env.ended();
  expect(env.effects('script')).toEqual(['script notify']);
});
