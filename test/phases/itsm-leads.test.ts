import { mayCommand, type CommandResult, type TicketCommand } from '../../src/domain/commands.js';
import type { ProcessDefinition } from '../../src/domain/process.js';
import type { FakeTicket } from '../support/fake-ticket.js';
import { fakeEnvironment, HOUR, MINUTE, type FakeEnvironment } from '../support/fake-environment.js';
import { marked } from '../../src/domain/marked-text.js';
import { marksOf } from '../../src/integrations/marker.js';
import { WorkerDied } from '../support/worker-death.js';
import { firewallChange, POINTS } from '../support/firewall-change.js';

const STEPS = ['Open Request', 'Design and Risk', 'Change Approval', 'Implementation', 'Verification'];
const ASK = {
  ...POINTS[1]!,
  name: 'ask',
  when: { kind: 'event', event: 'ITSM_APPROVAL', step: null },
} as const;

/** The design is approved in the ITSM. */
function process(part: Partial<ProcessDefinition> = {}): ProcessDefinition {
  const { steps, approvals } = firewallChange();
  return firewallChange({
    approvals: [{ ...approvals[0]!, name: 'cab', step: 'Change Approval', field: null, roles: ['cab'] }],
    steps: {
      'Open Request': steps['Open Request']!,
      'Design and Risk': steps['Design and Risk']!,
      'Change Approval': {
        phases: [
          { phase: 'approval', by: 'person' },
          { phase: 'advance', by: 'orchestrator' },
        ],
      },
      Implementation: steps['Implementation']!,
      Verification: steps['Verification']!,
    },
    integrationPoints: [{ ...POINTS[0]!, when: { kind: 'inbound', step: 'Change Approval' } }, ASK],
    ...part,
  });
}

function environment(part: Partial<ProcessDefinition> = {}): FakeEnvironment {
  const env = fakeEnvironment();
  env.approvers = { cab: ['c.lang', 'r.meier'] };
  env.processes.set('Firewall change', process(part));
  return env;
}

async function asked(env: FakeEnvironment): Promise<FakeTicket> {
  const ticket = env.ticket({ steps: STEPS, approvalSteps: {} });
  ticket.complete('r.meier');
  await env.time.until('the ITSM is asked', () => isAsked(env));
  return ticket;
}

function isAsked(env: FakeEnvironment): boolean {
  return env.temporal.runs.length > 0 && (env.state().itsmQuestions ?? []).length > 0;
}

/** As a caller with the role of an ITSM. */
async function command(env: FakeEnvironment, command: TicketCommand): Promise<CommandResult> {
  return await env.temporal.operate('4711', command, { actor: { login: 'snow', roles: ['itsm'] } });
}

const question = (env: FakeEnvironment): string => env.state().itsmQuestions?.[0]?.question ?? 'none';

function approve(env: FakeEnvironment, part: object = {}): Extract<TicketCommand, { kind: 'itsmApprove' }> {
  return {
    kind: 'itsmApprove',
    approval: null,
    approver: 'c.lang',
    question: question(env),
    decidedAtMs: null,
    automatic: false,
    ...part,
  };
}

describe('checklist point 10: an approval in the ITSM', () => {
  it('is asked for with a message, and lets the change go live', async () => {
    const env = environment();
    const ticket = await asked(env);
    await env.time.until('sent', () => env.messages.some(({ point }) => point === 'ask'));
    expect(env.view().waiting).toMatchObject({ for: 'approval' });
    expect(env.view().waiting?.what).toContain(`the ITSM answers approval cab`);
    await env.time.pass(30 * HOUR);
    expect(env.effects('update', 'commit')).toEqual([]);
    const result = await command(env, approve(env));
    expect(result).toMatchObject({ accepted: true, code: 'done' });
    expect(result.message).toContain('approval cab is recorded for epoch 1');
    await env.time.until('the step is completed', () => ticket.current?.name === 'Implementation');
    await env.ended();
    expect(env.effects('commit')).toEqual(['commit FW1']);
    expect(env.view().approval).toEqual({ by: ['c.lang'], epoch: 1 });
  });

  it.each<[string, object, string]>([
    ['of a rule', { automatic: true }, 'a person must approve'],
    ['of a person without the role', { approver: 'b.jung' }, 'without the role cab'],
    ['of the requester', { approver: 'r.meier' }, 'the requester approved their own request'],
    ['of a service account', { approver: 'sco' }, 'only a service account approved'],
    ['to another question', { question: '1.old.old.old' }, 'it answers the question 1.old.old.old'],
    ['that names nothing', { question: null }, 'names neither the question nor when'],
    ['from before the question', { question: null, decidedAtMs: 5 }, 'before the ticket asked'],
    ['under another name', { approval: 'security' }, 'names no approval security'],
  ])('%s does not count, and the answer says why', async (_what, part, why) => {
    const env = environment();
    const ticket = await asked(env);
    const result = await command(env, approve(env, part));
    expect(result).toMatchObject({ accepted: false, code: 'wrongState' });
    expect(result.message).toContain(why);
    await env.time.pass(30 * HOUR);
    expect(ticket.current?.name).toBe('Change Approval');
    expect(env.effects('update', 'commit')).toEqual([]);
  });

  it('counts without the question when it was decided after the ticket asked', async () => {
    const env = environment();
    await asked(env);
    const result = await command(env, approve(env, { question: null, decidedAtMs: env.time.nowMs }));
    expect(result.accepted).toBe(true);
    await env.ended();
  });

  it('is asked for again when the request has changed, and the old answer counts no more', async () => {
    const env = environment();
    const ticket = await asked(env);
    const old = approve(env);
    ticket.request = 'request-2';
    ticket.redo('Design and Risk');
    await env.time.until('asked again', () => isAsked(env) && question(env) !== old.question);
    expect((await command(env, old)).message).toContain('does not count');
    await env.time.pass(30 * HOUR);
    expect(env.effects('update', 'commit')).toEqual([]);
    expect((await command(env, approve(env))).accepted).toBe(true);
    await env.ended();
    expect(env.effects('commit')).toEqual(['commit FW1']);
  });

  it('that was given is void when the request changes later: nothing goes live before the new answer', async () => {
    const env = environment();
    const ticket = await asked(env);
    await command(env, approve(env));
    await env.time.until('in Implementation', () => ticket.current?.name === 'Implementation');
    await env.time.pass(MINUTE);
    const old = question(env);
    ticket.request = 'request-2';
    ticket.redo('Design and Risk');
    await env.time.until(
      'asked again',
      () => isAsked(env) && question(env) !== old && env.state().epoch === 2,
    );
    expect(env.view().approvals[0]).toMatchObject({ state: 'missing' });
    await env.time.pass(30 * HOUR);
    expect(env.effects('commit')).toEqual([]);
    await command(env, approve(env));
    await env.ended();
    expect(env.effects('commit')).toEqual(['commit FW1']);
  });

  it('that is a no parks the ticket; a retry asks the ITSM again', async () => {
    const env = environment();
    await asked(env);
    const no = { ...approve(env), kind: 'itsmReject' } as const;
    expect((await command(env, no)).message).toContain('rejected by c.lang');
    await env.parked('approval.rejected');
    expect(env.view().needsAttention?.reason).toContain('rejected in the ITSM by c.lang');
    const before = env.messages.filter(({ point }) => point === 'ask').length;
    await env.operate({ kind: 'retry' });
    await env.time.until(
      'asked again',
      () => env.messages.filter(({ point }) => point === 'ask').length > before,
    );
    expect((await command(env, approve(env))).accepted).toBe(true);
    await env.ended();
  });

  it('that is a no rejects the ticket where the process says so', async () => {
    const [policy] = process().approvals;
    const env = environment({ approvals: [{ ...policy!, onReject: 'rejectTicket' }] });
    await asked(env);
    await command(env, { ...approve(env), kind: 'itsmReject' });
    await env.ended();
    expect(env.view().outcome).toBe('rejected');
  });

  it('that is a no sends the ticket back where the process says so, and is asked for again', async () => {
    const [policy] = process().approvals;
    const redoTo = 'Design and Risk';
    const env = environment({ approvals: [{ ...policy!, onReject: 'redo', redoTo }] });
    const ticket = await asked(env);
    await command(env, { ...approve(env), kind: 'itsmReject' });
    await env.time.until('sent back', () => env.effects('redo').length > 0);
    await env.time.until('asked again', () => env.state().epoch === 2 && env.state().phase === 'approval');
    expect((await command(env, approve(env))).accepted).toBe(true);
    await env.ended();
    expect(env.effects('redo')).toEqual([`redo ${redoTo}`]);
    expect(ticket.status).toBe('closed');
  });

  it('is refused for a ticket that is only observed, and where nothing is asked', async () => {
    const env = environment({ mode: 'observe' });
    const ticket = env.ticket({ steps: STEPS, approvalSteps: {} });
    ticket.complete('r.meier');
    await env.time.pass(MINUTE);
    expect((await command(env, approve(env))).message).toContain('only observed');
    const other = environment();
    other.ticket({ steps: STEPS, approvalSteps: {} }).complete('r.meier');
    await other.time.until('read', () => other.temporal.runs.length > 0 && other.state().status !== 'unread');
    const early = await command(other, approve(other));
    expect(early.message).toContain('does not ask for it now');
  });
});

describe('checklist point 10: an ITSM that cannot call', () => {
  const POLL = {
    server: 'servicenow',
    field: 'approval',
    approved: ['approved'],
    rejected: ['rejected'],
    approverField: 'u_approver',
    questionField: 'u_question',
    everyMs: MINUTE,
  } as const;
  const polled = (part: object = {}): FakeEnvironment => {
    const [policy] = process().approvals;
    return environment({ approvals: [{ ...policy!, poll: { ...POLL, ...part } }] });
  };
  const shows = (env: FakeEnvironment, approval: string, part: object = {}): void => {
    env.records.set('4711', { approval, u_approver: 'c.lang', u_question: question(env), ...part });
  };

  it('is read until its change shows the answer of a person', async () => {
    const env = polled();
    await asked(env);
    shows(env, 'requested');
    await env.time.pass(30 * HOUR);
    expect(env.effects('update', 'commit')).toEqual([]);
    shows(env, 'approved');
    await env.ended();
    expect(env.effects('commit')).toEqual(['commit FW1']);
    expect(env.view().approval).toEqual({ by: ['c.lang'], epoch: 1 });
  });

  it('is read at once when the ITSM reports that its change is another', async () => {
    const env = polled({ everyMs: 24 * HOUR });
    await asked(env);
    await env.time.pass(MINUTE);
    shows(env, 'approved');
    await env.time.pass(HOUR);
    expect(env.view().approval).toBeNull();
    expect(await command(env, { kind: 'itsmChanged' })).toMatchObject({
      accepted: true,
      message: 'read again from the change: the answer to approval cab',
    });
    await env.time.pass(MINUTE);
    expect(env.view().approval).toEqual({ by: ['c.lang'], epoch: 1 });
  });

  it('shows an old answer after the ticket was sent back: it counts only with the new question', async () => {
    const env = polled();
    const ticket = await asked(env);
    const old = question(env);
    shows(env, 'approved', { u_question: 'another' });
    ticket.request = 'request-2';
    ticket.redo('Design and Risk');
    await env.time.until('asked again', () => isAsked(env) && question(env) !== old);
    shows(env, 'approved', { u_question: old });
    await env.time.pass(30 * HOUR);
    expect(env.effects('update', 'commit')).toEqual([]);
    shows(env, 'approved');
    await env.ended();
    expect(env.effects('commit')).toEqual(['commit FW1']);
  });

  it('whose answer is of the requester parks the ticket, which looks again on retry', async () => {
    const env = polled();
    await asked(env);
    shows(env, 'approved', { u_approver: 'r.meier' });
    await env.parked('approval.invalid');
    expect(env.view().needsAttention?.reason).toContain('the requester approved');
    shows(env, 'approved');
    await env.operate({ kind: 'retry' });
    await env.ended();
    expect(env.effects('commit')).toEqual(['commit FW1']);
  });

  it('and says no parks the ticket', async () => {
    const env = polled();
    await asked(env);
    shows(env, 'rejected');
    await env.parked('approval.rejected');
    expect(env.effects('update', 'commit')).toEqual([]);
  });
});

describe('an ITSM', () => {
  const ALL = { itsmMay: ['comment', 'plannedDates', 'cancel', 'advance'] } as const;

  it.each<TicketCommand>([
    { kind: 'itsmComment', text: 'CAB on Tuesday' },
    { kind: 'itsmCancel' },
    { kind: 'itsmAdvance', step: 'Change Approval' },
    { kind: 'itsmPlannedDates', start: '2026-12-01T20:00:00Z', end: '2026-12-01T22:00:00Z' },
  ])('may do only what the process allows ($kind)', async (asks) => {
    const env = environment();
    await asked(env);
    const result = await command(env, asks);
    expect(result).toMatchObject({ accepted: false, code: 'wrongState' });
    expect(result.message).toContain('itsmMay');
    expect(env.state().outbox.filter(({ point }) => point === 'itsm')).toEqual([]);
  });

  it('comments once, however often the activity is repeated', async () => {
    const env = environment(ALL);
    await asked(env);
    await command(env, approve(env));
    await env.time.until('the task is ours', () => env.effects('update').length > 0);
    env.secureChange.faults.push({ call: 'addComment', after: new WorkerDied() });
    const result = await command(env, { kind: 'itsmComment', text: 'CAB on Tuesday' });
    expect(result).toMatchObject({ accepted: true, queued: expect.any(Number) as number });
    await env.time.until('commented', () => env.view().delivered.some(({ point }) => point === 'itsm'));
    expect(env.secureChange.comments.map(({ text }) => text.split('\n')[0])).toEqual(['CAB on Tuesday']);
    expect(env.view().delivered.at(-1)).toMatchObject({ number: result.queued, state: 'acknowledged' });
  });

  it('is not given its own notes back: one that it reports as a comment goes no further', async () => {
    const env = environment(ALL);
    await asked(env);
    const [note] = marksOf('4711/1/Approval/itsmSync/create-change/1', ['a key']);
    const result = await command(env, { kind: 'itsmComment', text: marked('Approval is asked for', note) });
    expect(result).toMatchObject({ accepted: true, code: 'done' });
    expect(result.message).toContain('nothing was done');
    const quoting = `> ${marked('Approval is asked for', note)}\nWhy?`;
    expect(await command(env, { kind: 'itsmComment', text: quoting })).toMatchObject({
      queued: expect.any(Number) as number,
    });
    expect(env.state().outbox.filter(({ point }) => point === 'itsm')).toHaveLength(1);
  });

  it('takes no task of a person for a comment: a refusal ends it, and the answer to it says so', async () => {
    const env = environment(ALL);
    const ticket = await asked(env);
    await command(env, { kind: 'itsmComment', text: 'CAB on Tuesday' });
    await env.time.until('tried', () => env.view().delivered.some(({ point }) => point === 'itsm'));
    expect(env.view().delivered.at(-1)).toMatchObject({
      state: 'dropped',
      message: expect.stringContaining('SecureChange refused the comment') as string,
    });
    expect(ticket.current?.tasks[0]?.assignee).not.toBe('sco');
    expect(env.view().needsAttention).toBeNull();
  });

  it('cancels the ticket', async () => {
    const env = environment(ALL);
    await asked(env);
    await command(env, { kind: 'itsmCancel' });
    await env.ended();
    expect(env.view().outcome).toBe('cancelled');
    expect(env.effects('update', 'commit')).toEqual([]);
  });

  it('completes a step only by its name, and only when its phases are done', async () => {
    const env = environment(ALL);
    const ticket = await asked(env);
    expect((await command(env, { kind: 'itsmAdvance', step: 'Implementation' })).message).toContain(
      'in step Change Approval, not in Implementation',
    );
    await command(env, { kind: 'itsmAdvance', step: 'Change Approval' });
    await env.time.pass(HOUR);
    expect(ticket.current?.name).toBe('Change Approval');
  });

  it('gives the commands of operators no more than before, and operators not those of the ITSM', () => {
    expect(mayCommand({ login: 'snow', roles: ['itsm'] }, { kind: 'retry' })).toBe(false);
    expect(mayCommand({ login: 'olga', roles: ['operator', 'approver'] }, { kind: 'itsmCancel' })).toBe(
      false,
    );
  });
});
