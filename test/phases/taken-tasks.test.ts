import type { PhaseRule, ProcessDefinition } from '../../src/domain/process.js';
import { fakeEnvironment, HOUR, MINUTE, type FakeEnvironment } from '../support/fake-environment.js';
import { refused, SERVICE_LOGIN } from '../support/fake-secure-change.js';
import type { FakeTicket } from '../support/fake-ticket.js';
import { firewallChange, manager } from '../support/firewall-change.js';
import { WorkerDied } from '../support/worker-death.js';

const DESIGN: readonly PhaseRule[] = [
  { phase: 'design', by: 'orchestrator' },
  { phase: 'riskCheck', by: 'orchestrator' },
];
const ADVANCE: PhaseRule = { phase: 'advance', by: 'orchestrator' };

function reassigning(steps: Readonly<Record<string, readonly PhaseRule[]>>): ProcessDefinition {
  const definition = firewallChange({ taskAccess: 'reassign' });
  const changed = Object.fromEntries(Object.entries(steps).map(([name, phases]) => [name, { phases }]));
  return { ...definition, steps: { ...definition.steps, ...changed } };
}

/** Everywhere a person holds each task as soon as the step is entered. */
function ticketsOfPeople(
  steps: Readonly<Record<string, readonly PhaseRule[]>>,
  holders: readonly (string | null)[] = ['n.weber'],
): FakeEnvironment {
  const env = fakeEnvironment();
  env.processes.set('Firewall change', reassigning(steps));
  env.secureChange.onChange = ({ current }) =>
    current?.tasks.forEach((task, at) => (task.assignee = holders[at % holders.length] ?? null));
  return env;
}

function inDesign(env: FakeEnvironment, part: Parameters<FakeEnvironment['ticket']>[0] = {}): FakeTicket {
  const ticket = env.ticket(part);
  ticket.complete('r.meier');
  return ticket;
}

const holderOf = (ticket: FakeTicket): string | null | undefined => ticket.current?.tasks[0]?.assignee;
const timelineOf = (env: FakeEnvironment): string =>
  env
    .state()
    .timeline.map(({ what }) => what)
    .join('\n');
const isIdle = (env: FakeEnvironment, ticketId = '4711'): boolean =>
  env.temporal.runs.length > 0 && env.state(ticketId).waiting?.what.includes('nothing more to do') === true;
const returned = async (env: FakeEnvironment, ticketId = '4711'): Promise<void> =>
  await env.time.until(
    'no task is taken',
    () => isIdle(env, ticketId) && (env.state(ticketId).takenTasks ?? []).length === 0,
  );

describe('taskAccess: reassign', () => {
  it('takes the task of a person, who is recorded before, works, and gives it back', async () => {
    const env = ticketsOfPeople({ 'Design and Risk': DESIGN });
    const ticket = inDesign(env);
    await env.time.until('asked', () => env.called('takeTask').length === 2);
    expect(env.state().takenTasks).toMatchObject([{ from: { login: 'n.weber', id: 'id-n.weber' } }]);
    expect(env.effects()).toEqual([]);
    await returned(env);
    expect(env.effects()).toEqual(['reassign sco', 'redesign -', 'reassign n.weber']);
    expect(holderOf(ticket)).toBe('n.weber');
    expect(timelineOf(env)).toContain('took task task of Design and Risk from n.weber');
    expect(timelineOf(env)).toContain('gave task task of Design and Risk back to n.weber');
    ticket.complete('n.weber');
    await env.time.until('goes on', () => env.view().step === 'Approval');
  });

  it('takes it once for all phases of the step, through the wait for the window, and completes it', async () => {
    const env = ticketsOfPeople({});
    const ticket = inDesign(env);
    await env.time.until('approval', () => ticket.current?.name === 'Approval');
    await env.time.pass(MINUTE);
    ticket.approve('a.schmidt');
    await env.time.until('implementation', () => ticket.current?.name === 'Implementation');
    env.secureChange.effects.length = 0;
    await env.time.until('verification', () => ticket.current?.name === 'Verification');
    expect(env.effects('reassign', 'update', 'commit', 'complete')).toEqual([
      'reassign sco',
      'update FW1',
      'commit FW1',
      'complete Implementation',
    ]);
    await env.ended();
    expect(env.run().outcome).toBe('closed');
  });

  it.each(['take', 'give back'])('does each once when the worker dies behind the call: %s', async (which) => {
    const env = ticketsOfPeople({ 'Design and Risk': DESIGN });
    const ticket = env.ticket();
    const dies = (): unknown =>
      env.secureChange.faults.push({ call: 'reassignTask', after: new WorkerDied() });
    if (which === 'take') dies();
    ticket.complete('r.meier');
    if (which === 'give back') {
      await env.time.until('designs', () => env.effects('redesign').length === 1);
      dies();
    }
    await returned(env);
    expect(env.effects('reassign')).toEqual(['reassign sco', 'reassign n.weber']);
    expect(holderOf(ticket)).toBe('n.weber');
  });

  it.each([
    ['never went out', 'before'],
    ['was lost', 'after'],
  ])('gives it back after the write between them failed for good: it %s', async (_, when) => {
    const env = ticketsOfPeople({ 'Design and Risk': DESIGN });
    const ticket = env.ticket();
    env.secureChange.faults.push({ call: 'redesign', [when]: refused() });
    ticket.complete('r.meier');
    await env.parked('securechange.web_application');
    expect(holderOf(ticket)).toBe(SERVICE_LOGIN);
    await env.operate({ kind: 'retry' });
    await returned(env);
    expect(env.effects('reassign')).toEqual(['reassign sco', 'reassign n.weber']);
  });

  it('gives it back when an operator skips the phase, and when the ticket is aborted', async () => {
    for (const command of [{ kind: 'skip' }, { kind: 'abort' }] as const) {
      const env = ticketsOfPeople({ 'Design and Risk': DESIGN.slice(0, 1) });
      const ticket = env.ticket();
      env.secureChange.faults.push({ call: 'redesign', before: refused(), times: 5 });
      ticket.complete('r.meier');
      await env.parked('securechange.web_application');
      await env.operate(command);
      await env.time.until('given back', () => holderOf(ticket) === 'n.weber');
      await env.time.pass(HOUR);
      expect(env.effects()).toEqual(['reassign sco', 'reassign n.weber']);
    }
  });

  it('is given back before a person works in the step, and taken again after', async () => {
    const env = ticketsOfPeople({
      'Design and Risk': [
        { phase: 'design', by: 'orchestrator' },
        { phase: 'update', by: 'person' },
        ADVANCE,
      ],
    });
    const ticket = inDesign(env);
    await env.time.until(
      'a person updates',
      () => env.temporal.runs.length > 0 && env.view().phase === 'update',
    );
    await env.time.until('given back', () => holderOf(ticket) === 'n.weber');
    expect(env.effects()).toEqual(['reassign sco', 'redesign -', 'reassign n.weber']);
    Object.assign(ticket.devices[0]!, { update: 'updated' });
    ticket.designerStatus = 'implementation success';
    await env.time.until('it is completed', () => ticket.current?.name === 'Approval');
    expect(env.effects().slice(3)).toEqual(['reassign sco', 'complete Design and Risk']);
  });

  describe('and a person who reassigns it meanwhile', () => {
    it.each(['b.jung', 'n.weber'])('keeps it where it is, %s, and it is not taken again', async (login) => {
      const env = ticketsOfPeople({ 'Design and Risk': [...DESIGN, ADVANCE] });
      const ticket = env.ticket();
      env.secureChange.faults.push({ call: 'redesign', before: refused() });
      ticket.complete('r.meier');
      await env.parked('securechange.web_application');
      ticket.assign(ticket.current!.tasks[0]!.id, login);
      await env.operate({ kind: 'retry' });
      await env.time.until('it waits for the person', () => env.view().waiting?.for === 'handler');
      expect(env.view().waiting?.what).toContain(login);
      await env.time.pass(HOUR);
      expect(env.effects()).toEqual(['reassign sco']);
      expect(holderOf(ticket)).toBe(login);

      ticket.assign(ticket.current!.tasks[0]!.id, SERVICE_LOGIN);
      await env.operate({ kind: 'retry' });
      await env.time.until('it is completed', () => ticket.current?.name === 'Approval');
      expect(env.effects()).toEqual(['reassign sco', 'redesign -', 'complete Design and Risk']);
    });

    it('between two phases keeps it: the next phase does not take it again', async () => {
      const env = ticketsOfPeople({ 'Design and Risk': [...DESIGN, ADVANCE] });
      const ticket = env.ticket();
      ticket.risks = [{ order: 'AR1', status: 'hasRisk', severity: 'critical' }];
      ticket.complete('r.meier');
      await env.parked('risk.blocked');
      ticket.assign(ticket.current!.tasks[0]!.id, 'b.jung');
      ticket.risks = [{ order: 'AR1', status: 'noRisk', severity: null }];
      await env.operate({ kind: 'retry' });
      await env.time.until('it waits for the person', () => env.view().waiting?.for === 'handler');
      expect(timelineOf(env)).toContain('b.jung has it now, and keeps it');
      await env.time.pass(HOUR);
      expect(env.effects('reassign')).toEqual(['reassign sco']);
      ticket.completeTask(ticket.current!.tasks[0]!.id, 'b.jung');
      await env.time.until('goes on', () => env.view().step === 'Approval');
      expect(env.state().keptTasks).toBeUndefined();
    });

    it('is not overruled when it would be given back', async () => {
      const env = ticketsOfPeople({ 'Design and Risk': DESIGN });
      const ticket = inDesign(env);
      await env.time.until('designs', () => env.effects('redesign').length === 1);
      ticket.assign(ticket.current!.tasks[0]!.id, 'b.jung');
      await returned(env);
      expect(env.effects('reassign')).toEqual(['reassign sco']);
      expect(holderOf(ticket)).toBe('b.jung');
      expect(timelineOf(env)).toContain('not given back to n.weber: a person gave it to b.jung');
    });

    it('before it was taken is followed: the new holder gets it back', async () => {
      const env = ticketsOfPeople({ 'Design and Risk': DESIGN });
      const ticket = env.ticket();
      env.secureChange.faults.push({
        call: 'reassignTask',
        before: refused({ kind: 'transient', code: 'http.connect' }),
      });
      ticket.complete('r.meier');
      await env.time.until('asked', () => env.secureChange.faults.length === 0);
      ticket.assign(ticket.current!.tasks[0]!.id, 'b.jung');
      await returned(env);
      expect(env.effects('reassign')).toEqual(['reassign sco', 'reassign b.jung']);
    });
  });

  it('asks a person when SecureChange refuses it back, and gives it back after that', async () => {
    const env = ticketsOfPeople({ 'Design and Risk': DESIGN });
    const ticket = inDesign(env);
    await env.time.until('designs', () => env.effects('redesign').length === 1);
    env.secureChange.faults.push({
      call: 'reassignTask',
      before: refused({ message: 'n.weber is disabled' }),
    });
    await env.parked('securechange.web_application');
    expect(env.view().needsAttention?.reason).toContain('n.weber is disabled');
    await env.operate({ kind: 'retry' });
    await returned(env);
    expect(env.effects('reassign')).toEqual(['reassign sco', 'reassign n.weber']);
    expect(holderOf(ticket)).toBe('n.weber');
  });

  it('asks for nothing more once the step was left meanwhile', async () => {
    const env = ticketsOfPeople({ 'Design and Risk': DESIGN });
    const ticket = inDesign(env);
    await env.time.until('designs', () => env.effects('redesign').length === 1);
    env.secureChange.faults.push({ call: 'reassignTask', before: refused(), times: 9 });
    await env.parked('securechange.web_application');
    ticket.complete('n.weber');
    await env.time.until('goes on', () => env.view().step === 'Approval');
    await env.time.until('it is over', () => (env.state().takenTasks ?? []).length === 0);
    expect(env.view().parkings).toEqual([]);
    expect(env.effects('reassign')).toEqual(['reassign sco']);
  });

  it('never takes the task of an approver, also where we would work in the step of the approval', async () => {
    const approvalPhase: PhaseRule = { phase: 'approval', by: 'person' };
    const env = ticketsOfPeople({ Approval: [...DESIGN, approvalPhase] }, ['a.schmidt']);
    const ticket = inDesign(env);
    await env.time.until('its design is outdated in the step of the approval', () => {
      if (ticket.current?.name !== 'Approval') return false;
      ticket.devices[0]!.newRevisionArrived = true;
      return env.view().waiting?.for === 'handler';
    });
    expect(env.view().waiting?.what).toContain('a.schmidt');
    env.secureChange.effects.length = 0;
    await env.time.pass(MINUTE);
    expect(env.effects('reassign', 'redesign')).toEqual([]);
    expect(holderOf(ticket)).toBe('a.schmidt');
  });

  it('in a parallel step takes the task with the request only, and leaves the others to their people', async () => {
    const env = ticketsOfPeople({ 'Design and Risk': [...DESIGN, ADVANCE] }, ['n.weber', 'b.jung', 'c.lang']);
    const ticket = inDesign(env, { tasksPerStep: 3 });
    await env.time.until(
      'it waits for them',
      () => env.temporal.runs[0]?.run.state.waiting?.for === 'handler',
    );
    await env.time.pass(HOUR);
    expect(env.effects()).toEqual(['reassign sco', 'redesign -', 'complete Design and Risk']);
    expect(ticket.current!.tasks.map(({ assignee }) => assignee)).toEqual([
      SERVICE_LOGIN,
      'b.jung',
      'c.lang',
    ]);
  });

  it('does it once for an event that comes three times, and for each ticket by itself', async () => {
    const env = ticketsOfPeople({ 'Design and Risk': DESIGN });
    env.deliver = () => [1, 1, 3_000];
    for (const id of ['1', '2']) inDesign(env, { id, devices: [manager(`FW${id}`)] });
    await returned(env, '1');
    await returned(env, '2');
    await env.time.pass(MINUTE);
    for (const id of ['1', '2']) {
      const own = env.secureChange.effects.filter(({ ticketId }) => ticketId === id);
      expect(own.map(({ kind, target }) => `${kind} ${target}`)).toEqual([
        'reassign sco',
        'redesign -',
        'reassign n.weber',
      ]);
    }
  });

  it('takes nothing of a ticket that is not driven', async () => {
    const env = ticketsOfPeople({ 'Design and Risk': DESIGN });
    env.processes.set('Firewall change', { ...reassigning({ 'Design and Risk': DESIGN }), mode: 'propose' });
    inDesign(env);
    await env.time.pass(HOUR);
    expect(env.called('takeTask')).toEqual([]);
  });

  it('is no more than accept for a task of a group', async () => {
    const env = ticketsOfPeople({ 'Design and Risk': DESIGN }, [null]);
    inDesign(env);
    await returned(env);
    expect(env.effects()).toEqual(['accept Design and Risk', 'redesign -']);
  });
});
