import { createActivities } from '../../activities/index.js';
import type { TakeTaskInput } from '../../activities/taken-tasks.js';
import { stepInstanceOf } from '../../src/domain/ticket.js';
import { fakeEnvironment, MINUTE } from '../support/fake-environment.js';
import { refused, SERVICE_LOGIN } from '../support/fake-secure-change.js';
import { runActivity } from './activity-environment.js';

/** A ticket in its second step, with its tasks held by these. */
function heldBy(...assignees: (string | null)[]) {
  const env = fakeEnvironment();
  env.deliver = () => [];
  const ticket = env.ticket({ tasksPerStep: assignees.length });
  ticket.complete('r.meier');
  const tasks = ticket.current!.tasks;
  assignees.forEach((assignee, at) => (tasks[at]!.assignee = assignee));
  const [first] = tasks;
  const stepId = ticket.current!.id;
  const { takeTask, giveTaskBack } = createActivities(env.deps());
  const from = (login: string) => ({
    stepId,
    taskId: first!.id,
    task: 'task of Design and Risk',
    login,
    id: `id-${login}`,
  });
  const input = {
    ticketId: ticket.id,
    stepInstance: stepInstanceOf(ticket.facts(null))!,
    requestField: 'Required Access',
    from: null,
    again: false,
  };
  return {
    env,
    ticket,
    first: first!,
    from,
    take: async (part: Partial<TakeTaskInput> = {}) =>
      await env.time.finish(runActivity(takeTask, { ...input, ...part })),
    giveBack: async (login = 'n.weber') =>
      await env.time.finish(runActivity(giveTaskBack, { ticketId: ticket.id, from: from(login) })),
    holders: () => tasks.map(({ assignee }) => assignee),
  };
}

describe('taking the task of a person', () => {
  it('first says who holds it, without a change', async () => {
    const { env, take, from } = heldBy('n.weber');
    expect(await take()).toEqual({ kind: 'held', by: from('n.weber') });
    expect(env.effects()).toEqual([]);
  });

  it('takes it from the recorded holder', async () => {
    const { env, take, from, holders } = heldBy('n.weber');
    expect(await take({ from: from('n.weber') })).toEqual({ kind: 'taken' });
    expect(holders()).toEqual([SERVICE_LOGIN]);
    expect(env.effects()).toEqual(['reassign sco']);
  });

  it('takes it from no other: a person reassigned it since', async () => {
    const { env, take, from } = heldBy('b.jung');
    expect(await take({ from: from('n.weber') })).toEqual({ kind: 'held', by: from('b.jung') });
    expect(env.effects()).toEqual([]);
  });

  it('knows after a lost answer that it was taken by us, and takes it once', async () => {
    const { env, take, from } = heldBy('n.weber');
    env.secureChange.faults.push({ call: 'reassignTask', after: refused({ kind: 'ambiguous' }) });
    await expect(take({ from: from('n.weber') })).rejects.toMatchObject({ type: 'ambiguous' });
    expect(await take({ from: from('n.weber'), again: true })).toEqual({ kind: 'ours', byUs: true });
    expect(env.effects()).toEqual(['reassign sco']);
  });

  it('does not count as taken what a person assigned to us before we asked', async () => {
    const { take, from } = heldBy(SERVICE_LOGIN);
    expect(await take()).toEqual({ kind: 'ours', byUs: false });
    expect(await take({ from: from('n.weber') })).toEqual({ kind: 'ours', byUs: false });
  });

  it('takes nothing of a group, of a step that was left, or beside a task that is ours', async () => {
    const free = heldBy(null);
    expect(await free.take()).toEqual({ kind: 'free' });
    const left = heldBy('n.weber');
    left.ticket.complete('n.weber');
    expect(await left.take({ from: left.from('n.weber') })).toEqual({ kind: 'free' });
    const beside = heldBy('n.weber', SERVICE_LOGIN);
    expect(await beside.take()).toEqual({ kind: 'ours', byUs: false });
    expect(await beside.take({ from: beside.from('n.weber'), again: true })).toMatchObject({ byUs: false });
  });

  it('waits while SecureChange works on the task', async () => {
    const { env, first, take, from } = heldBy('n.weber');
    first.pending = true;
    env.time.at(env.time.nowMs + MINUTE, () => (first.pending = false));
    const startedAtMs = env.time.nowMs;
    expect(await take({ from: from('n.weber') })).toEqual({ kind: 'taken' });
    expect(env.time.nowMs - startedAtMs).toBeGreaterThanOrEqual(MINUTE);
  });

  it('is not done because SecureChange said so: the ticket has to show it', async () => {
    const { env, take, from } = heldBy('n.weber');
    env.secureChange.reassignTask = async () => {};
    await expect(take({ from: from('n.weber') })).rejects.toMatchObject({
      type: 'ambiguous',
      nonRetryable: false,
      details: [{ code: 'securechange.not_reassigned' }],
    });
  });

  it('takes no task whose holder could not get it back', async () => {
    const { env, ticket, take } = heldBy('n.weber');
    const facts = ticket.facts.bind(ticket);
    ticket.facts = (field) => {
      const read = facts(field);
      const tasks = read.step!.tasks.map((task) => ({ ...task, assigneeId: null }));
      return { ...read, step: { ...read.step!, tasks } };
    };
    await expect(take()).rejects.toMatchObject({ type: 'locked', details: [{ holder: 'n.weber' }] });
    env.secureChange.users.add('n.weber');
    expect(await take()).toMatchObject({ kind: 'held', by: { login: 'n.weber', id: 'id-n.weber' } });
    expect(env.effects()).toEqual([]);
  });
});

describe('giving a taken task back', () => {
  it('gives it to whom it belonged, once, also when the answer got lost', async () => {
    const { env, giveBack, holders } = heldBy(SERVICE_LOGIN);
    env.secureChange.faults.push({ call: 'reassignTask', after: refused({ kind: 'ambiguous' }) });
    await expect(giveBack()).rejects.toMatchObject({ type: 'ambiguous', nonRetryable: false });
    expect(await giveBack()).toEqual({ kind: 'givenBack' });
    expect(holders()).toEqual(['n.weber']);
    expect(env.effects()).toEqual(['reassign n.weber']);
  });

  it.each([
    ['another person', 'b.jung', 'b.jung'],
    ['its group', null, null],
  ])('leaves it with %s, to whom a person gave it meanwhile', async (_, assignee, holder) => {
    const { env, giveBack } = heldBy(assignee);
    expect(await giveBack()).toEqual({ kind: 'others', holder });
    expect(env.effects()).toEqual([]);
  });

  it('has nothing to give back once the task is done, the ticket has left the step or has ended', async () => {
    const done = heldBy(SERVICE_LOGIN, 'b.jung');
    done.ticket.completeTask(done.first.id, SERVICE_LOGIN);
    const left = heldBy(SERVICE_LOGIN);
    left.ticket.complete(SERVICE_LOGIN);
    const ended = heldBy(SERVICE_LOGIN);
    ended.ticket.end('cancelled');
    for (const { env, giveBack } of [done, left, ended]) {
      expect(await giveBack()).toEqual({ kind: 'over' });
      expect(env.effects()).toEqual([]);
    }
  });

  it('waits while SecureChange works on the task', async () => {
    const { env, first, giveBack, holders } = heldBy(SERVICE_LOGIN);
    first.pending = true;
    env.time.at(env.time.nowMs + MINUTE, () => (first.pending = false));
    expect(await giveBack()).toEqual({ kind: 'givenBack' });
    expect(holders()).toEqual(['n.weber']);
  });

  it('is not done because SecureChange said so: the ticket has to show it', async () => {
    const { env, giveBack } = heldBy(SERVICE_LOGIN);
    env.secureChange.reassignTask = async () => {};
    await expect(giveBack()).rejects.toMatchObject({ type: 'ambiguous', nonRetryable: false });
  });
});
