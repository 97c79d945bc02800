import { refused } from '../support/fake-secure-change.js';
import { fakeEnvironment, HOUR, MINUTE } from '../support/fake-environment.js';
import { firewallChange, POINTS } from '../support/firewall-change.js';

const NOT_ACCEPTED = refused({
  system: 'itsm/servicenow',
  code: 'itsm.refused',
  message: 'refused with status 400',
});

const sent = (env: ReturnType<typeof fakeEnvironment>): string[] =>
  env.messages.map(({ action, point }) => `${action} ${point}`);

describe('messages to the ITSM', () => {
  it('go out in the order they fired, and no phase waits for them', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    env.secureChange.faults.push({ call: 'send', times: 40, before: refused({ kind: 'transient' }) });
    await env.reach(ticket, 'Implementation');
    await env.time.until('saved', () => env.state().targets[0]?.update === 'done');
    expect(sent(env)).toEqual([]);
    expect(env.view().outbox.map(({ point, state }) => `${point} ${state}`)).toEqual([
      'create-change sent',
      'implementation-started queued',
    ]);

    await env.ended();
    expect(sent(env)).toEqual([
      'create create-change',
      'update implementation-started',
      'close close-change',
    ]);
    expect(env.view().itsm?.number).toBe('CHG0030001');
  });

  it('are sent once, also when the answer got lost', async () => {
    const env = fakeEnvironment();
    env.secureChange.faults.push({ call: 'send', times: 3, after: refused({ kind: 'ambiguous' }) });
    await env.reach(env.ticket(), 'Implementation');
    await env.ended();
    expect(sent(env)).toEqual([
      'create create-change',
      'update implementation-started',
      'close close-change',
    ]);
  });

  it('that are not accepted block the later ones visibly, until an operator retries', async () => {
    const env = fakeEnvironment();
    env.secureChange.faults.push({ call: 'send', target: 'create-change', before: NOT_ACCEPTED });
    const ticket = env.ticket();
    await env.reach(ticket, 'Implementation');
    await env.time.pass(HOUR);
    expect(sent(env)).toEqual([]);
    expect(env.view().outbox[0]).toMatchObject({
      state: 'held',
      message: expect.stringContaining('refused with status 400') as string,
    });
    expect(env.run().engine.published.at(-1)?.attributes.needsAttention).toBe(true);

    expect(await env.operate({ kind: 'retry' })).toMatchObject({ accepted: true });
    await env.ended();
    expect(sent(env)).toEqual([
      'create create-change',
      'update implementation-started',
      'close close-change',
    ]);
  });

  it('are held by a dead refresh token, and go out in their order after the login', async () => {
    const env = fakeEnvironment();
    const dead = refused({
      kind: 'auth',
      system: 'itsm/servicenow',
      code: 'itsm.token_refused',
      message: 'the token endpoint refuses us; get a new refresh token and give it with sco server login',
    });
    env.secureChange.faults.push({ call: 'send', target: 'create-change', before: dead });
    await env.reach(env.ticket(), 'Implementation');
    await env.time.pass(HOUR);
    const [held] = env.view().outbox;
    expect(held).toMatchObject({
      state: 'held',
      message: expect.stringContaining('sco server login') as string,
    });
    expect(sent(env)).toEqual([]);
    // What `sco server login --release` sends.
    expect(await env.operate({ kind: 'retryMessage', message: held!.number })).toMatchObject({
      accepted: true,
    });
    await env.ended();
    expect(sent(env)).toEqual([
      'create create-change',
      'update implementation-started',
      'close close-change',
    ]);
  });

  it('can be dropped by number; the rest goes on', async () => {
    const env = fakeEnvironment();
    env.secureChange.faults.push({ call: 'send', target: 'implementation-started', before: NOT_ACCEPTED });
    await env.reach(env.ticket(), 'Implementation');
    await env.time.pass(HOUR);
    const [held] = env.view().outbox;
    expect(held).toMatchObject({ point: 'implementation-started', state: 'held' });
    expect(await env.operate({ kind: 'dropMessage', message: 99 })).toMatchObject({
      code: 'wrongState',
      message: `there is no message 99; waiting: ${held!.number}`,
    });
    expect(await env.operate({ kind: 'dropMessage', message: held!.number })).toMatchObject({
      accepted: true,
    });
    expect(await env.operate({ kind: 'dropMessage', message: held!.number })).toMatchObject({
      code: 'wrongState',
      message: `message ${held!.number} is dropped already`,
    });
    await env.ended();
    expect(env.view().delivered.map(({ point, state }) => `${point} ${state}`)).toEqual([
      'create-change acknowledged',
      'implementation-started dropped',
      'close-change acknowledged',
    ]);
    expect(sent(env)).toEqual(['create create-change', 'close close-change']);
  });

  it('keep the run open until the last one is accepted', async () => {
    const env = fakeEnvironment();
    env.secureChange.faults.push({ call: 'send', target: 'close-change', before: NOT_ACCEPTED });
    const ticket = env.ticket();
    await env.reach(ticket, 'Implementation');
    await env.time.until('closed', () => ticket.status === 'closed');
    await env.time.pass(HOUR);
    expect(env.run().outcome).toBeNull();
    expect(env.view()).toMatchObject({ outcome: 'closed', waiting: { for: 'itsm' } });
    await env.operate({ kind: 'dropMessage', message: env.view().outbox[0]!.number });
    await env.ended();
  });

  it('that wait for their next attempt are sent again at once by retry, and each arrives once', async () => {
    const env = fakeEnvironment();
    env.secureChange.faults.push({ call: 'send', times: 12, after: refused({ kind: 'ambiguous' }) });
    await env.reach(env.ticket(), 'Approval');
    await env.time.pass(2 * MINUTE);
    const [under] = env.view().outbox;
    expect(under).toMatchObject({ point: 'create-change', state: 'sent' });
    env.secureChange.faults.length = 0;
    expect(await env.operate({ kind: 'retryMessage', message: under!.number })).toMatchObject({
      accepted: true,
    });
    await env.time.pass(1_000);
    expect(env.view().outbox).toEqual([]);
    expect(env.view().delivered).toMatchObject([{ state: 'acknowledged', message: 'CHG0030001' }]);
    expect(sent(env)).toEqual(['create create-change']);
  });

  it('whose attempt was cancelled are sent again, and not held', async () => {
    const env = fakeEnvironment();
    const cancelled = refused({ kind: 'rejected', code: 'http.cancelled', message: 'cancelled' });
    env.secureChange.faults.push({ call: 'send', target: 'create-change', after: cancelled });
    await env.reach(env.ticket(), 'Approval');
    await env.time.pass(MINUTE);
    expect(env.view().outbox).toEqual([]);
    expect(sent(env)).toEqual(['create create-change']);
  });

  it('can be dropped while they are under way; what was tried says so, and the next one goes on', async () => {
    const env = fakeEnvironment();
    env.secureChange.faults.push({
      call: 'send',
      target: 'implementation-started',
      times: 1_000,
      before: refused({ kind: 'transient' }),
    });
    await env.reach(env.ticket(), 'Implementation');
    await env.time.pass(2 * MINUTE);
    const [first] = env.view().outbox;
    expect(first).toMatchObject({ point: 'implementation-started', state: 'sent' });
    expect(await env.operate({ kind: 'retryMessage', message: first!.number + 1 })).toMatchObject({
      code: 'wrongState',
    });
    await env.operate({ kind: 'dropMessage', message: first!.number });
    await env.ended();
    expect(sent(env)).toEqual(['create create-change', 'close close-change']);
    expect(env.view().delivered[1]).toMatchObject({
      state: 'dropped',
      message: expect.stringMatching(/^by .*: .*; it was tried: look whether it arrived$/) as string,
    });
  });

  it('of a held ticket are held; those behind the first one are queued', async () => {
    const env = fakeEnvironment();
    env.secureChange.faults.push({ call: 'send', target: 'create-change', before: NOT_ACCEPTED });
    await env.reach(env.ticket(), 'Implementation');
    await env.time.until('two wait', () => env.view().outbox.length === 2);
    expect(env.view().outbox.map(({ state }) => state)).toEqual(['held', 'queued']);
    await env.operate({ kind: 'hold' });
    await env.operate({ kind: 'retryMessage', message: env.view().outbox[0]!.number });
    expect(env.view().outbox).toMatchObject([
      { state: 'held', message: expect.stringContaining('holds the ticket') as string },
      { state: 'held' },
    ]);
    expect(await env.operate({ kind: 'retryMessage', message: env.view().outbox[0]!.number })).toMatchObject({
      code: 'wrongState',
    });
    await env.operate({ kind: 'resume' });
    await env.ended();
    expect(sent(env)).toHaveLength(3);
  });

  it('wait while the ticket is held', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    ticket.complete('r.meier');
    await env.time.until('started', () => env.temporal.runs.length > 0);
    await env.operate({ kind: 'hold' });
    await env.time.pass(HOUR);
    await env.operate({ kind: 'resume' });
    await env.time.until('approval asked for', () => ticket.current?.name === 'Approval');
    await env.time.pass(MINUTE);
    await env.operate({ kind: 'hold' });
    ticket.end('cancelled');
    await env.time.pass(HOUR);
    expect(sent(env)).toEqual(['create create-change']);
    await env.operate({ kind: 'resume' });
    await env.ended();
    expect(sent(env)).toEqual(['create create-change', 'update ticket-cancelled']);
  });

  it('are not sent about a change that was never created', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    ticket.complete('r.meier');
    await env.time.until('in step 2', () => env.temporal.runs[0]?.run.state.stepName === 'Design and Risk');
    ticket.end('cancelled');
    await env.ended();

    expect(sent(env)).toEqual([]);
    expect(env.state().timeline.map(({ what }) => what)).toContain(
      'not sent: ticket-cancelled; there is no change on servicenow',
    );
  });

  it('hold their step back where the point is blocking', async () => {
    const env = fakeEnvironment();
    const points = POINTS.map((point) => ({ ...point, blocking: point.name === 'implementation-started' }));
    const { steps } = firewallChange();
    const phases = [
      { phase: 'itsmSync', by: 'orchestrator' } as const,
      ...(steps['Implementation']?.phases ?? []),
    ];
    env.processes.set(
      'Firewall change',
      firewallChange({ integrationPoints: points, steps: { ...steps, Implementation: { phases } } }),
    );
    env.secureChange.faults.push({ call: 'send', target: 'implementation-started', before: NOT_ACCEPTED });
    await env.reach(env.ticket(), 'Implementation');
    await env.time.pass(HOUR);
    expect(env.view().waiting).toMatchObject({ for: 'itsm' });
    expect(env.effects('update')).toEqual([]);

    await env.operate({ kind: 'retry' });
    await env.ended();
    expect(env.effects('update')).toEqual(['update FW1']);
  });

  it('that cannot be rendered park; skipping leaves out only that message', async () => {
    const env = fakeEnvironment();
    const text = 'placeholder #nothing# is not resolved; nothing was sent';
    env.unrenderable.set(
      'implementation-started',
      refused({ code: 'itsm.placeholder_unresolved', message: text }),
    );
    await env.reach(env.ticket(), 'Implementation');
    await env.parked('itsm.placeholder_unresolved');
    expect(env.view().needsAttention?.reason).toContain(text);

    await env.operate({ kind: 'skip' });
    await env.ended();
    expect(sent(env)).toEqual(['create create-change', 'close close-change']);
  });

  it('of steps that were entered and left unseen are sent as well', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    ticket.complete('r.meier');
    await env.time.until('asked for approval', () => ticket.current?.name === 'Approval');
    ticket.approve('a.schmidt');
    await env.ended();
    expect(sent(env)).toEqual([
      'create create-change',
      'update implementation-started',
      'close close-change',
    ]);
  });
});

describe('points that always send', () => {
  const always = POINTS.map((point) => ({ ...point, runs: 'always' as const }));
  const observed = (part: object = {}) =>
    firewallChange({ mode: 'observe', integrationPoints: always, ...part });

  it('send for a ticket that is only observed, each once, and change nothing in it', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', observed());
    const ticket = env.ticket();
    await env.time.pass(MINUTE);
    for (const person of ['r.meier', 'n.weber']) {
      ticket.complete(person);
      await env.time.pass(MINUTE);
    }
    ticket.approve('a.schmidt');
    await env.time.pass(MINUTE);
    ticket.end('closed');
    await env.ended();
    expect(sent(env)).toEqual([
      'create create-change',
      'update implementation-started',
      'close close-change',
    ]);
    expect(env.effects().every((effect) => effect.startsWith('itsm '))).toBe(true);
  });

  it('send nothing more when the ticket is driven in the middle of a step', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', observed());
    const ticket = env.ticket();
    await env.time.pass(MINUTE);
    for (const person of ['r.meier', 'n.weber']) {
      ticket.complete(person);
      await env.time.pass(MINUTE);
    }
    expect(sent(env)).toEqual(['create create-change']);
    env.processes.set('Firewall change', firewallChange({ integrationPoints: always }));
    ticket.approve('a.schmidt');
    await env.ended();
    expect(sent(env)).toEqual([
      'create create-change',
      'update implementation-started',
      'close close-change',
    ]);
  });

  it('send nothing for a ticket of before: the system before them did', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', observed({ driveSinceMs: env.time.nowMs + HOUR }));
    const ticket = env.ticket();
    await env.time.pass(MINUTE);
    ticket.end('cancelled');
    await env.ended();
    expect(sent(env)).toEqual([]);
  });

  it('and points that do not send only for driven tickets, as before', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', observed({ integrationPoints: POINTS }));
    const ticket = env.ticket();
    await env.time.pass(MINUTE);
    ticket.complete('r.meier');
    await env.time.pass(MINUTE);
    expect(sent(env)).toEqual([]);
    expect(env.called('awaitStepFree')).toEqual([]);
  });
});

it('a point whose condition does not hold sends nothing, and the ones that need its change say so', async () => {
  const env = fakeEnvironment();
  const [create, ...others] = POINTS;
  const conditions = { join: 'all', of: [{ kind: 'priority', is: ['Critical'], not: false }] } as const;
  env.processes.set(
    'Firewall change',
    firewallChange({ integrationPoints: [{ ...create!, conditions }, ...others] }),
  );
  await env.reach(env.ticket(), 'Implementation');
  await env.ended();
  expect(sent(env)).toEqual([]);
  const notes = env.state().timeline.map(({ what }) => what);
  expect(notes).toContain('not sent: create-change: its condition is false (priority is one of Critical)');
  expect(notes).toContain('not sent: close-change; there is no change on servicenow');
});
