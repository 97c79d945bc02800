import type { StepFacts, TaskFacts, TicketFacts } from '../../src/domain/ticket.js';
import { isFinal, isPending, seenStateOf, stepInstanceOf } from '../../src/domain/ticket.js';
import { judgeTransition, type Known } from '../../src/domain/transition.js';

function task(id: string, status: TaskFacts['status'] = 'ASSIGNED'): TaskFacts {
  return { id, name: 'task', status, assignee: null, assigneeId: null, pendingReason: null };
}

function step(name: string, part: Partial<StepFacts> = {}): StepFacts {
  return { id: `s-${name}`, name, tasks: [task('t1')], request: null, fieldNames: [], ...part };
}

function facts(part: Partial<TicketFacts> = {}): TicketFacts {
  return {
    id: '4711',
    subject: 'Access',
    requester: 'r.meier',
    workflow: 'Firewall change',
    status: 'inProgress',
    priority: 'Normal',
    createdAtMs: 0,
    expired: false,
    step: step('Design'),
    previousStepName: 'Open',
    path: ['Open', 'Design'],
    epoch: 1,
    shownEvents: [],
    approvals: [],
    autoClosed: false,
    automationFailure: null,
    latestComment: null,
    provisionedBy: null,
    ...part,
  };
}

const UNREAD: Known = {
  status: 'unread',
  epoch: 1,
  stepInstance: null,
  stepName: null,
  automationFailed: false,
};
function known(before: TicketFacts): Known {
  return {
    status: before.status,
    epoch: before.epoch,
    stepInstance: stepInstanceOf(before),
    stepName: before.step?.name ?? null,
    automationFailed: before.automationFailure !== null,
  };
}

describe('a step instance', () => {
  it('is step, tasks and epoch, whatever the order of the tasks', () => {
    const one = facts({ step: step('Design', { tasks: [task('t2'), task('t1')] }) });
    const other = facts({ step: step('Design', { tasks: [task('t1'), task('t2')] }) });
    expect(stepInstanceOf(one)).toBe(stepInstanceOf(other));
    expect(stepInstanceOf(one)).not.toBe(stepInstanceOf({ ...one, epoch: 2 }));
  });

  it('is none of a ticket that is not in progress', () => {
    expect(stepInstanceOf(facts({ status: 'resolved' }))).toBeNull();
    expect(stepInstanceOf(facts({ step: null }))).toBeNull();
  });

  it('and what the sweep compares stay short, however many tasks there are', () => {
    const many = step('x'.repeat(300), {
      id: 'i'.repeat(300),
      tasks: Array.from({ length: 90 }, (_, n) => task(`task-${n}`)),
    });
    expect(stepInstanceOf(facts({ step: many }))).toContain('+85');
    expect(seenStateOf(facts({ step: many })).length).toBeLessThanOrEqual(255);
  });
});

it('what the sweep compares differs for status, step and epoch', () => {
  const states = [
    facts(),
    facts({ step: step('Approval') }),
    facts({ epoch: 2 }),
    facts({ status: 'resolved' }),
    facts({ status: 'closed', step: null }),
  ].map(seenStateOf);
  expect(new Set(states).size).toBe(states.length);
});

it('a ticket is final when it is closed, rejected or cancelled, and not when it is resolved', () => {
  const final = (['inProgress', 'resolved', 'closed', 'rejected', 'cancelled'] as const).filter(isFinal);
  expect(final).toEqual(['closed', 'rejected', 'cancelled']);
});

it('SecureChange works on the step while any of its tasks is PENDING', () => {
  expect(isPending(facts({ step: step('Design', { tasks: [task('t1'), task('t2', 'PENDING')] }) }))).toBe(
    true,
  );
  expect(isPending(facts())).toBe(false);
  expect(isPending(facts({ step: null }))).toBe(false);
});

describe('a transition', () => {
  it('is none when nothing changed', () => {
    expect(judgeTransition(known(facts()), facts())).toEqual({
      changed: false,
      left: null,
      passed: [],
      entered: null,
      newEpoch: false,
      events: [],
    });
  });

  it('is a CREATE when the first reading shows the first step, and none when it shows a later one', () => {
    const fresh = facts({ previousStepName: null, path: ['Design'] });
    expect(judgeTransition(UNREAD, fresh)).toMatchObject({ changed: true, events: ['CREATE'], passed: [] });
    expect(judgeTransition(UNREAD, facts())).toMatchObject({
      events: [],
      passed: ['Open'],
      entered: 'Design',
    });
  });

  it('is an ADVANCE to another step, and names the steps that were entered and left unseen', () => {
    const now = facts({
      step: step('Implementation'),
      path: ['Open', 'Design', 'Approval', 'Implementation'],
    });
    expect(judgeTransition(known(facts()), now)).toEqual({
      changed: true,
      left: 'Design',
      passed: ['Approval'],
      entered: 'Implementation',
      newEpoch: false,
      events: ['ADVANCE'],
    });
  });

  it('is a REDO when the epoch grew, also into the same step, and nothing was passed then', () => {
    const before = facts({
      step: step('Implementation'),
      path: ['Open', 'Design', 'Approval', 'Implementation'],
    });
    expect(judgeTransition(known(before), facts({ epoch: 2 }))).toMatchObject({
      changed: true,
      newEpoch: true,
      events: ['REDO'],
      passed: [],
    });
    expect(judgeTransition(known(before), { ...before, epoch: 2 })).toMatchObject({
      changed: true,
      events: ['REDO'],
    });
  });

  it.each<[TicketFacts['status'], string]>([
    ['resolved', 'RESOLVE'],
    ['closed', 'CLOSE'],
    ['rejected', 'REJECT'],
    ['cancelled', 'CANCEL'],
  ])('to %s is a %s', (status, event) => {
    const now = facts({ status, step: null });
    expect(judgeTransition(known(facts()), now)).toMatchObject({
      changed: true,
      entered: null,
      left: 'Design',
      events: [event],
    });
  });

  it('to closed without a last handler is an AUTOCLOSE', () => {
    expect(
      judgeTransition(known(facts()), facts({ status: 'closed', step: null, autoClosed: true })).events,
    ).toEqual(['AUTOCLOSE']);
  });

  it('from resolved back to work is a REOPEN', () => {
    const resolved = facts({ status: 'resolved', step: null });
    expect(judgeTransition(known(resolved), facts({ epoch: 2 })).events).toEqual(['REOPEN']);
  });

  it('reports a failed automatic step once, without leaving the step', () => {
    const failed = facts({ automationFailure: { tool: 'design', reason: 'x' } });
    expect(judgeTransition(known(facts()), failed)).toMatchObject({
      changed: false,
      events: ['AUTOMATION_FAILED'],
    });
    expect(judgeTransition(known(failed), failed).events).toEqual([]);
  });
});
