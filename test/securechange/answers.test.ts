import { factsOf, plainStep, wireHistory, wireTicket } from './ticket-builder.js';
import { readJsonFixture, type Recorded } from './fixture.js';

const OPEN = '2025-11-22T10:00:00.000+01:00';

/** The forms in which recorded answers say the same. */
describe('a ticket as servers answer it', () => {
  const built = (change: (ticket: Recorded) => void = () => {}) => {
    const step = { id: 7104, name: 'Implementation', tasks: plainStep(7104, 'x').tasks ?? [] };
    const wire = wireTicket([{ id: 7101, name: 'Open Request' }, step], 7104) as Recorded;
    change(wire.ticket);
    return factsOf(wire);
  };
  const usual = built();

  it.each<[string, (ticket: Recorded) => void]>([
    ['numbers as text', (ticket) => ((ticket.id = '1201'), (ticket.current_step.id = '7104'))],
    [
      'one task as an object',
      (ticket) => (ticket.steps.step[1].tasks.task = ticket.steps.step[1].tasks.task[0]),
    ],
    ['lists without their wrapper', (ticket) => (ticket.steps = ticket.steps.step)],
    ['no tasks as ""', (ticket) => (ticket.steps.step[0].tasks = '')],
    ['no tasks as {}', (ticket) => (ticket.steps.step[0].tasks = {})],
    ['no tasks as [null]', (ticket) => (ticket.steps.step[0].tasks = { task: [null] })],
    ['no tasks at all', (ticket) => delete ticket.steps.step[0].tasks],
    ['no fields as {}', (ticket) => (ticket.steps.step[1].tasks.task[0].fields = {})],
    ['no fields at all', (ticket) => delete ticket.steps.step[1].tasks.task[0].fields],
    ['no comments at all', (ticket) => delete ticket.comments],
    ['truth as text', (ticket) => (ticket.steps.step[0].skipped = 'false')],
    ['a comment that cannot be read', (ticket) => (ticket.comments = { comment: [{ content: null }, 5] })],
    ['unknown members', (ticket) => (ticket.future = { list: [{}] })],
    ['an unnamed priority and no SLA', (ticket) => (ticket.sla_status = '')],
    ['the date with another form of its zone', (ticket) => (ticket.create_date = '2025-11-22T10:00:00+0100')],
    ['the date in UTC', (ticket) => (ticket.create_date = '2025-11-22 09:00:00.000Z')],
  ])('is read the same with %s', (_what, change) => {
    expect(built(change)).toEqual(usual);
  });

  it('that is closed has no current step, whether it says {}, "" or nothing', () => {
    for (const current_step of [{}, '', null, undefined]) {
      const wire = wireTicket([plainStep(1, 'Open', 'DONE')], null, { current_step });
      expect(factsOf(wire)).toMatchObject({ status: 'closed', step: null });
    }
  });

  it('as most recordings are: without create_date, closed with an empty current step', () => {
    const recorded = readJsonFixture('securechange', 'ticket.closed.without-create-date.json');
    expect(factsOf(recorded)).toMatchObject({
      id: '4711',
      workflow: 'W',
      requester: 'r.one',
      status: 'closed',
      createdAtMs: null,
      step: null,
      previousStepName: 'Open',
      autoClosed: false,
    });
  });

  it('with names that are numbers is read: a step may be called 1', () => {
    const wire = wireTicket([{ ...plainStep(5, 'x'), name: 1 as never }], 5, { subject: 2 });
    expect(factsOf(wire)).toMatchObject({ subject: '2', step: { name: '1' } });
  });

  it.each<[string, (ticket: Recorded) => void, RegExp]>([
    ['its id', (ticket) => delete ticket.id, /id/],
    ['its status', (ticket) => delete ticket.status, /status/],
    ['its workflow', (ticket) => (ticket.workflow = ''), /workflow/],
    ['the id of a task', (ticket) => (ticket.steps.step[1].tasks.task[0].id = {}), /task at place 1: id/],
    [
      'whether a step was skipped',
      (ticket) => (ticket.steps.step[0].skipped = 'perhaps'),
      /step 7101: skipped/,
    ],
    ['a field', (ticket) => (ticket.steps.step[1].tasks.task[0].fields = { field: 'x' }), /field at place 1/],
  ])('without %s is no ticket we may decide from, and says what is missing', (_what, change, why) => {
    expect(() => built(change)).toThrow(why);
  });

  describe('and when it was created', () => {
    const created = (create_date: unknown, history: unknown) =>
      factsOf(wireTicket([plainStep(1, 'S')], 1, { create_date }), history).createdAtMs;
    const lines = wireHistory([
      ['S', 'Move to the next step'],
      ['S', 'Create request'],
    ]) as Recorded;
    const list = lines.ticket_history_activities.ticket_history_activity;
    list[0].date = '2026-01-05T10:00:00.000+01:00';

    it('is its own date, else that of the oldest line of its history', () => {
      expect(created('2024-05-01T00:00:00.000+0000', lines)).toBe(Date.parse('2024-05-01T00:00:00Z'));
      for (const none of [undefined, null, '', {}, 'yesterday', '2025-11-22', '2025-11-22T10:00:00'])
        expect(created(none, lines)).toBe(Date.parse(OPEN));
    });

    it('is not known where the oldest line may be one that cannot be read', () => {
      expect(created('', wireHistory([]))).toBeNull();
      for (const odd of [{ ...list[1], date: '' }, { ...list[1], description: {} }, 'text']) {
        const history = { ticket_history_activities: { ticket_history_activity: [list[0], odd] } };
        expect(created('', history)).toBeNull();
      }
    });
  });
});

describe('a line of the history that cannot be read', () => {
  const approval = { id: 7103, name: 'Approval', tasks: [] };
  const field = {
    '@xsi.type': 'approve_reject',
    id: 1,
    name: 'Approve Access Request',
    approved: true,
  };
  const task = { id: 7303, assignee: 'a.kaya', status: 'DONE', fields: { field } };
  const wire = wireTicket([{ ...approval, tasks: [task] }, plainStep(7104, 'Implementation')], 7104);
  const line = (description: unknown, step_name = 'Approval') => ({
    date: OPEN,
    performed_by: 'System',
    description,
    step_name,
  });
  const facts = (...activity: unknown[]) =>
    factsOf(wire, { ticket_history_activities: { ticket_history_activity: activity } });

  it('may say that the ticket was sent back: what was approved before it is void', () => {
    const read = facts({ description: {} }, line("Complete request's task"));
    expect(read).toMatchObject({ epoch: 2, odd: ['history line at place 1: description'] });
    expect(read.approvals[0]?.inEpoch).toBe(false);
    expect(read.shownEvents).toEqual([{ event: 'ADVANCE', step: 'Approval', nth: 1 }]);
    const after = facts(line("Complete request's task"), { description: {} });
    expect(after.shownEvents).toEqual([{ event: 'ADVANCE', step: 'Approval', nth: after.epoch }]);
  });

  it('does not void what was approved after it', () => {
    const read = facts(line("Complete request's task"), { description: {} });
    expect(read.approvals[0]?.inEpoch).toBe(true);
  });

  it('is not reported where every line can be read', () => {
    expect(facts(line("Complete request's task"))).not.toHaveProperty('odd');
  });
});
