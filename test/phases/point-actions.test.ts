import type { IntegrationPoint } from '../../src/domain/process.js';
import { refused } from '../support/fake-secure-change.js';
import { fakeEnvironment, HOUR, MINUTE, type FakeEnvironment } from '../support/fake-environment.js';
import { firewallChange } from '../support/firewall-change.js';

const RISK_CALL: IntegrationPoint = {
  name: 'report',
  enabled: true,
  when: { kind: 'inbound', step: 'Approval' },
  server: 'risk-system',
  action: 'call',
  call: { method: 'POST', paths: ['/api/risk'], accept: [200], repeatable: true },
  blocking: false,
  body: {},
};
const ONLY_ACTIONS: IntegrationPoint = {
  ...RISK_CALL,
  server: 'securechange',
  action: 'none',
};

/** A process whose only point is this one; no phase runs in step Approval. */
function withPoint(point: Partial<IntegrationPoint>, base = RISK_CALL): FakeEnvironment {
  const env = fakeEnvironment();
  const definition = firewallChange();
  const { call, ...plain } = base;
  env.processes.set('Firewall change', {
    ...definition,
    steps: { ...definition.steps, Approval: { phases: [] } },
    integrationPoints: [
      { ...plain, ...(base.action === 'call' && call !== undefined && { call }), ...point },
    ],
  });
  env.secureChange.fieldTypes.set('ITSM number', 'text_field');
  return env;
}

const changes = (env: FakeEnvironment): string[] => env.effects('fields', 'complete', 'cancel', 'itsm');

describe('checklist point 8: actions of an integration point', () => {
  it('advance completes the step after the message was accepted, and fills no field', async () => {
    const env = withPoint({ after: ['advance'] });
    const ticket = env.ticket();
    await env.reach(ticket, 'Approval');
    await env.time.until('left', () => ticket.current?.name === 'Implementation');
    expect(changes(env).slice(1)).toEqual(['itsm POST /api/risk', 'complete Approval']);
  });

  it('advance waits for the phases of its step', async () => {
    const env = withPoint({ after: ['advance'] });
    env.processes.set('Firewall change', {
      ...env.processes.get('Firewall change')!,
      steps: firewallChange().steps,
    });
    const ticket = env.ticket();
    await env.reach(ticket, 'Approval');
    await env.time.pass(HOUR);
    expect(ticket.current?.name).toBe('Approval');
    expect(env.view().delivered).toMatchObject([
      { action: 'call' },
      { message: 'asked to complete the step' },
    ]);
  });

  it('advance is for the step it was queued in: a ticket that left it meanwhile stays where it is', async () => {
    const env = withPoint({ after: ['advance'] });
    const ticket = env.ticket();
    env.secureChange.faults.push({ call: 'send', times: 30, before: refused({ kind: 'transient' }) });
    await env.reach(ticket, 'Approval');
    ticket.redo('Open Request');
    await env.time.pass(2 * HOUR);
    expect(ticket.current?.name).toBe('Open Request');
    expect(env.view().delivered.at(-1)).toMatchObject({
      state: 'dropped',
      message: 'not done: the ticket has left the step',
    });
  });

  it('advance_with_defaults fills what is empty, because it is asked for by name', async () => {
    const env = withPoint({ after: ['advance_with_defaults'] }, ONLY_ACTIONS);
    env.secureChange.fieldTypes.set('Approve Access Request', 'approve_reject');
    await env.reach(env.ticket(), 'Approval');
    await env.time.until('written', () => env.effects('fields').length === 2);
    expect(env.effects('fields')).toEqual([
      'fields ITSM number: Set by integration script',
      'fields Approve Access Request: Approved',
    ]);
  });

  it('advance_if_fully_implemented leaves a ticket with open devices alone', async () => {
    const env = withPoint({ after: ['advance_if_fully_implemented'] }, ONLY_ACTIONS);
    const ticket = env.ticket();
    await env.reach(ticket, 'Approval');
    await env.time.pass(HOUR);
    expect(ticket.current?.name).toBe('Approval');
    expect(env.view().delivered.at(-1)?.message).toBe('not done: not implemented on FW1');

    const other = withPoint({ after: ['advance_if_fully_implemented'] }, ONLY_ACTIONS);
    const done = other.ticket();
    for (const device of done.devices) device.design = 'fullyImplemented';
    await other.reach(done, 'Approval');
    await other.time.until('left', () => done.current?.name === 'Implementation');
  });

  it.each([
    ['approve_reject', 'medium', 'Rejected'],
    ['approve_reject_on_high', 'medium', 'Approved'],
    ['approve_reject_on_high', 'critical', 'Rejected'],
    ['approve_reject_on_critical', 'high', 'Approved'],
    ['approve_reject_on_critical', 'critical', 'Rejected'],
  ] as const)('%s at %s risk: %s', async (action, severity, answer) => {
    const env = withPoint({ after: [action] }, ONLY_ACTIONS);
    const definition = env.processes.get('Firewall change')!;
    env.processes.set('Firewall change', { ...definition, risk: { ...definition.risk, blockFrom: 'never' } });
    env.secureChange.fieldTypes.set('Approve Access Request', 'approve_reject');
    await env.reach(env.ticket({ risks: [{ order: 'AR1', status: 'hasRisk', severity }] }), 'Approval');
    await env.time.until('answered', () => env.effects('fields').length === 1);
    expect(env.effects('fields')).toEqual([`fields Approve Access Request: ${answer}`]);
    expect(env.effects('complete')).toEqual(['complete Design and Risk']);
  });

  it('approve_reject replaces no answer of a person', async () => {
    const env = withPoint({ after: ['approve_reject'] });
    env.secureChange.fieldTypes.set('Approve Access Request', 'approve_reject');
    const ticket = env.ticket();
    env.secureChange.faults.push({ call: 'send', times: 3, before: refused({ kind: 'transient' }) });
    await env.time.pass(0);
    ticket.complete(ticket.requester);
    await env.time.until('in Approval', () => ticket.current?.name === 'Approval');
    const task = ticket.current!.tasks[0]!;
    env.secureChange.written.set(`${task.id}/Approve Access Request`, 'Approved');
    await env.time.pass(HOUR);
    expect(env.effects('fields')).toEqual([]);
    expect(env.view().delivered.at(-1)?.message).toBe(
      'not done: the Approve/Reject field is answered already',
    );
  });

  it('cancel_ticket cancels once, also when the answer got lost', async () => {
    const env = withPoint({ after: ['cancel_ticket'] });
    env.secureChange.faults.push({ call: 'cancelTicket', after: refused({ kind: 'ambiguous' }) });
    await env.reach(env.ticket(), 'Approval');
    await env.ended();
    expect(env.effects('cancel')).toHaveLength(1);
    expect(env.run().outcome).toBe('cancelled');
  });

  it('changes nothing in a ticket that is only observed, and says so', async () => {
    const env = withPoint({ after: ['advance', 'cancel_ticket'], runs: 'always' });
    const definition = env.processes.get('Firewall change')!;
    env.processes.set('Firewall change', { ...definition, mode: 'observe' });
    const ticket = env.ticket();
    ticket.complete('a');
    ticket.complete('b');
    await env.time.pass(HOUR);
    expect(changes(env)).toEqual(['itsm POST /api/risk']);
    expect(
      env
        .state()
        .timeline.map(({ what }) => what)
        .join('\n'),
    ).toContain('not done: report; the ticket is only observed');
  });

  it('waits for the handler whose task it is, and takes nothing away', async () => {
    const env = withPoint({ after: ['advance_with_defaults'] }, ONLY_ACTIONS);
    const ticket = env.ticket();
    env.secureChange.onChange = (changed) => {
      if (changed.current?.name === 'Approval')
        for (const task of changed.current.tasks) task.assignee = 'n.weber';
    };
    await env.reach(ticket, 'Approval');
    await env.time.pass(5 * MINUTE);
    expect(env.effects('fields')).toEqual([]);
    for (const task of ticket.current!.tasks) task.assignee = null;
    await env.time.until('written', () => env.effects('fields').length === 1);
  });
});

describe('checklist point 6: response mapping', () => {
  const mapped = { response: { result: { number: '#itsm number#' } } };

  it('writes what the answer says into the field of the ticket, once', async () => {
    const env = withPoint(mapped);
    env.answers.set('report', { result: { number: 'CHG7' } });
    env.secureChange.faults.push({ call: 'writeFields', after: refused({ kind: 'ambiguous' }) });
    await env.reach(env.ticket(), 'Approval');
    await env.time.until('written', () => env.view().delivered.length === 2);
    expect(env.effects('fields')).toEqual(['fields ITSM number: CHG7']);
    expect(env.view().delivered.at(-1)).toMatchObject({ action: 'ticket', server: 'securechange' });
  });

  it('writes number and id of a created change', async () => {
    const { call: _call, ...plain } = RISK_CALL;
    const env = withPoint({}, { ...plain, action: 'create', response: { number: '#ITSM number#' } });
    await env.reach(env.ticket(), 'Approval');
    await env.time.until('written', () => env.effects('fields').length === 1);
    expect(env.effects('fields')).toEqual(['fields ITSM number: CHG0030001']);
  });

  it('waits until SecureChange has finished its own work, and writes one of the parallel tasks', async () => {
    const env = withPoint({ ...mapped, when: { kind: 'outbound', step: 'Open Request' } });
    env.answers.set('report', { result: { number: 'CHG7' } });
    const ticket = env.ticket({ tasksPerStep: 3 });
    env.secureChange.onChange = (changed) => {
      for (const task of changed.current?.tasks ?? []) task.pending = true;
    };
    ticket.complete(ticket.requester);
    await env.time.pass(10 * MINUTE);
    expect(env.effects('fields')).toEqual([]);
    for (const task of ticket.current!.tasks) task.pending = false;
    await env.time.until('written', () => env.effects('fields').length > 0);
    expect(env.effects('fields')).toEqual(['fields ITSM number: CHG7']);
  });

  it.each([
    ['a field that the step lacks', { result: { number: 'CHG7' } }, 'has no field "elsewhere"'],
    ['an answer without the value', { result: {} }, 'the answer has no text for result.number'],
  ])('%s is a failed step: the message is held, and a person is asked', async (_what, answer, said) => {
    const env = withPoint({ response: { result: { number: '#elsewhere#' } }, blocking: true });
    env.answers.set('report', answer);
    await env.reach(env.ticket(), 'Approval');
    await env.time.pass(MINUTE);
    expect(env.view().outbox[0]).toMatchObject({
      state: 'held',
      message: expect.stringContaining(said) as string,
    });
    expect(env.view().needsAttention).toMatchObject({ code: 'outbox.blocked' });
  });

  it('drops what can no longer be written because the ticket has ended', async () => {
    const env = withPoint(mapped);
    env.answers.set('report', { result: { number: 'CHG7' } });
    const ticket = env.ticket();
    env.secureChange.faults.push({ call: 'send', times: 8, before: refused({ kind: 'transient' }) });
    await env.reach(ticket, 'Approval');
    ticket.end('cancelled');
    await env.ended();
    expect(env.view().delivered.at(-1)).toMatchObject({
      state: 'dropped',
      message: 'not done: the ticket is cancelled',
    });
  });
});
