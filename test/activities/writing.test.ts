import { createActivities } from '../../activities/index.js';
import type { RunScriptInput } from '../../activities/run-script.js';
import { digestOfXml } from '../../packages/client/src/sign.js';
import type { PointCondition } from '../../src/domain/process.js';
import type { ScriptResult } from '../../src/scripts/scripts.js';
import { stepInstanceOf } from '../../src/domain/ticket.js';
import { refused, SERVICE_LOGIN } from '../support/fake-secure-change.js';
import type { FakeTicket, FakeTicketInput } from '../support/fake-ticket.js';
import { fakeEnvironment, MINUTE } from '../support/fake-environment.js';
import type { FakeEnvironment } from '../support/fake-environment.js';
import { runActivity } from './activity-environment.js';

function inDesignStep(part: Partial<FakeTicketInput> = {}): { env: FakeEnvironment; ticket: FakeTicket } {
  const env = fakeEnvironment();
  const ticket = env.ticket(part);
  ticket.complete('r.meier');
  return { env, ticket };
}

function ref(ticket: FakeTicket) {
  const stepInstance = stepInstanceOf(ticket.facts(null))!;
  return {
    ticketId: ticket.id,
    stepInstance,
    requestField: 'Required Access',
    taskAccess: 'accept' as const,
  };
}

describe('advance', () => {
  const advance = async (env: FakeEnvironment, ticket: FakeTicket, change: object = {}) => {
    const activities = createActivities(env.deps());
    const input = {
      ...ref(ticket),
      values: [],
      epoch: 1,
      adopted: false,
      approvals: [],
      pushes: [],
      ...change,
    };
    return await env.time.finish(runActivity(activities.advance, input));
  };

  it('completes every open task of the step, and is done when the ticket left it', async () => {
    const { env, ticket } = inDesignStep({ tasksPerStep: 3 });
    expect(await advance(env, ticket)).toMatchObject({ left: true });
    expect(env.effects('complete').length).toBe(3);
    expect(ticket.current?.name).toBe('Approval');
  });

  it('looks first: a ticket that left the step already is left alone', async () => {
    const { env, ticket } = inDesignStep();
    const input = ref(ticket);
    ticket.complete('n.weber');
    expect(await advance(env, ticket, input)).toMatchObject({ left: true });
    expect(env.effects()).toEqual([]);
  });

  it('completes a task once when the answer got lost', async () => {
    const { env, ticket } = inDesignStep();
    env.secureChange.faults.push({ call: 'completeTask', after: refused({ kind: 'ambiguous' }) });
    const input = ref(ticket);
    await expect(advance(env, ticket)).rejects.toMatchObject({ type: 'ambiguous', nonRetryable: false });
    expect(await advance(env, ticket, input)).toMatchObject({ left: true });
    expect(env.effects('complete')).toEqual(['complete Design and Risk']);
  });

  it('waits while SecureChange works on the step, and for others to finish their tasks', async () => {
    const { env, ticket } = inDesignStep();
    ticket.current!.tasks[0]!.pending = true;
    env.time.at(env.time.nowMs + MINUTE, () => (ticket.current!.tasks[0]!.pending = false));
    expect(await advance(env, ticket)).toMatchObject({ left: true });
  });

  it('does not complete a task of an expired ticket', async () => {
    const { env, ticket } = inDesignStep();
    ticket.expired = true;
    await expect(advance(env, ticket)).rejects.toMatchObject({ type: 'rejected', nonRetryable: true });
    expect(env.effects()).toEqual([]);
  });

  it.each(['waitForHandler', 'accept', 'reassign'] as const)(
    'names the handler of a task that is not ours to take: %s',
    async (taskAccess) => {
      const { env, ticket } = inDesignStep();
      ticket.assign(ticket.current!.tasks[0]!.id, 'n.weber');
      await expect(advance(env, ticket, { taskAccess })).rejects.toMatchObject({
        type: 'locked',
        details: [{ code: 'securechange.task_not_ours', holder: 'n.weber' }],
      });
      expect(env.effects()).toEqual([]);
    },
  );

  describe('in a step with several tasks', () => {
    const held = (...assignees: (string | null)[]) => {
      const { env, ticket } = inDesignStep({ tasksPerStep: assignees.length });
      assignees.forEach((assignee, at) => (ticket.current!.tasks[at]!.assignee = assignee));
      return { env, ticket, done: () => ticket.current!.tasks.map((task) => task.done) };
    };
    const name = 'task of Design and Risk';

    it('completes our tasks, and names those of other people without a change', async () => {
      const { env, ticket, done } = held('n.weber', SERVICE_LOGIN, 'b.jung');
      expect(await advance(env, ticket)).toEqual({
        left: false,
        others: [
          { task: name, holder: 'n.weber' },
          { task: name, holder: 'b.jung' },
        ],
      });
      expect(done()).toEqual([false, true, false]);
      expect(env.effects('accept', 'reassign')).toEqual([]);
    });

    it('does not touch them once ours is done, and ends when they are done', async () => {
      const { env, ticket } = held('n.weber', SERVICE_LOGIN);
      const input = ref(ticket);
      await advance(env, ticket);
      expect(await advance(env, ticket)).toMatchObject({ left: false, others: [{ holder: 'n.weber' }] });
      ticket.completeTask(ticket.current!.tasks[0]!.id, 'n.weber');
      expect(await advance(env, ticket, input)).toEqual({ left: true, others: [] });
      expect(env.effects('complete')).toEqual(['complete Design and Risk']);
    });

    it('does not touch a free task while another user holds the task with the request', async () => {
      const { env, ticket } = held('n.weber', null);
      await expect(advance(env, ticket)).rejects.toMatchObject({ type: 'locked' });
      expect(env.effects()).toEqual([]);
    });

    it('leaves a free task to its group where SecureChange does not let us take it', async () => {
      const { env, ticket, done } = held(SERVICE_LOGIN, null);
      env.secureChange.faults.push({ call: 'acceptTask', before: refused({ kind: 'auth' }) });
      expect(await advance(env, ticket)).toEqual({ left: false, others: [{ task: name, holder: null }] });
      expect(done()).toEqual([true, false]);
    });

    it('leaves free tasks to their handlers where the process waits for them', async () => {
      const { env, ticket, done } = held(SERVICE_LOGIN, null);
      expect(await advance(env, ticket, { taskAccess: 'waitForHandler' })).toEqual({
        left: false,
        others: [{ task: name, holder: null }],
      });
      expect(done()).toEqual([true, false]);
    });
  });
});

describe('redesign', () => {
  const redesign = async (env: FakeEnvironment, ticket: FakeTicket, again = false) => {
    const activities = createActivities(env.deps());
    return await env.time.finish(runActivity(activities.redesign, { ...ref(ticket), again }));
  };

  it('starts the Designer, waits for its end and gives its results', async () => {
    const { env, ticket } = inDesignStep();
    expect(await redesign(env, ticket)).toMatchObject({ designerStatus: 'designer success' });
    expect(env.effects()).toEqual(['accept Design and Risk', 'redesign -']);
  });

  it('joins a Designer that runs, and leaves a fresh result alone', async () => {
    const { env, ticket } = inDesignStep();
    ticket.designerStatus = 'designer running';
    env.time.at(env.time.nowMs + MINUTE, () => (ticket.designerStatus = 'designer success'));
    expect(await redesign(env, ticket)).toMatchObject({ designerStatus: 'designer success' });
    expect(await redesign(env, ticket)).toMatchObject({ designerStatus: 'designer success' });
    expect(env.effects()).toEqual([]);
  });

  it('designs again when an operator requests it, whatever result is there', async () => {
    const { env, ticket } = inDesignStep();
    ticket.designerStatus = 'designer cannot compute';
    expect(await redesign(env, ticket)).toMatchObject({ designerStatus: 'designer cannot compute' });
    expect(await redesign(env, ticket, true)).toMatchObject({ designerStatus: 'designer success' });
    expect(env.effects('redesign')).toEqual(['redesign -']);
  });

  it('designs again when a device has a newer revision', async () => {
    const { env, ticket } = inDesignStep();
    ticket.designerStatus = 'designer success';
    ticket.devices[0]!.newRevisionArrived = true;
    await redesign(env, ticket);
    expect(env.effects('redesign')).toEqual(['redesign -']);
  });

  it('is started once when the answer got lost', async () => {
    const { env, ticket } = inDesignStep();
    env.secureChange.faults.push({ call: 'redesign', after: refused({ kind: 'ambiguous' }) });
    await expect(redesign(env, ticket)).rejects.toMatchObject({ type: 'ambiguous' });
    await redesign(env, ticket);
    expect(env.effects('redesign')).toEqual(['redesign -']);
  });

  it('names the fields of the step when the request field is not among them', async () => {
    const { env, ticket } = inDesignStep({ requestField: 'Another field' });
    await expect(redesign(env, ticket)).rejects.toMatchObject({
      type: 'rejected',
      message: expect.stringContaining('it has: Another field') as string,
    });
  });
});

describe('rejectTicket', () => {
  it('rejects once, and leaves a ticket alone that ended already', async () => {
    const { env, ticket } = inDesignStep();
    const { rejectTicket } = createActivities(env.deps());
    const input = { ticketId: ticket.id, comment: 'too broad' };
    await runActivity(rejectTicket, input);
    await runActivity(rejectTicket, input);
    expect(ticket.status).toBe('rejected');
    expect(env.effects()).toEqual(['rejectTicket -']);
  });

  it('is not done because SecureChange said so: the ticket has to show it', async () => {
    const { env, ticket } = inDesignStep();
    const { rejectTicket } = createActivities(env.deps());
    env.secureChange.rejectTicket = async () => {};
    const input = { ticketId: ticket.id, comment: 'too broad' };
    await expect(env.time.finish(runActivity(rejectTicket, input))).rejects.toMatchObject({
      type: 'ambiguous',
      nonRetryable: false,
    });
  });
});

describe('redoStep', () => {
  const redo = async (env: FakeEnvironment, ticket: FakeTicket, part: object = {}) => {
    const { redoStep } = createActivities(env.deps());
    const input = { ...ref(ticket), toStep: 'Open Request', comment: 'too broad', ...part };
    await env.time.finish(runActivity(redoStep, input));
  };

  it('sends the ticket back once, also when the answer got lost', async () => {
    const { env, ticket } = inDesignStep();
    const input = ref(ticket);
    await redo(env, ticket, input);
    await redo(env, ticket, input);
    expect(ticket.current?.name).toBe('Open Request');
    expect(env.effects('redo')).toEqual(['redo Open Request']);
  });

  it('takes no task from a person, and is not done before the ticket shows it', async () => {
    const env = fakeEnvironment();
    env.deliver = () => [];
    const ticket = env.ticket();
    ticket.complete('r.meier');
    ticket.assign(ticket.current!.tasks[0]!.id, 'n.weber');
    await expect(redo(env, ticket)).rejects.toMatchObject({ type: 'locked' });
    ticket.assign(ticket.current!.tasks[0]!.id, SERVICE_LOGIN);
    env.secureChange.redo = async () => {};
    await expect(redo(env, ticket)).rejects.toMatchObject({ type: 'ambiguous' });
  });
});

describe('commentPushes', () => {
  const comment = {
    lines: ['FW-1 (manager PANO): push 7, Commit of ticket 12'],
    key: '4711/1/Design/commit/comment',
  };

  it('comments once, however often it is repeated', async () => {
    const { env, ticket } = inDesignStep();
    const { commentPushes } = createActivities(env.deps());
    const lost = refused({ kind: 'transient', code: 'http.connect' });
    env.secureChange.faults.push({ call: 'addComment', after: lost });
    await expect(runActivity(commentPushes, { ...ref(ticket), ...comment })).rejects.toMatchObject({
      nonRetryable: false,
    });
    expect(await runActivity(commentPushes, { ...ref(ticket), ...comment })).toEqual({ refused: null });
    expect(env.secureChange.comments.map(({ text }) => text)).toEqual([
      'FW-1 (manager PANO): push 7, Commit of ticket 12\nsecurechange-orchestrator 4711/1/Design/commit/comment',
    ]);
  });

  it.each([
    ['another user wrote it', { by: 'm.mallory', text: `x\nsecurechange-orchestrator ${comment.key}` }],
    ['it only names the key', { text: `what is ${comment.key}?` }],
  ])('comments although a comment looks like it: %s', async (_what, other) => {
    const { env, ticket } = inDesignStep();
    const { commentPushes } = createActivities(env.deps());
    env.secureChange.comments.push({ ticketId: ticket.id, ...other });
    await runActivity(commentPushes, { ...ref(ticket), ...comment });
    expect(env.secureChange.comments).toHaveLength(2);
  });

  it('returns a refusal as a result: no decision needs the comment', async () => {
    const { env, ticket } = inDesignStep();
    const { commentPushes } = createActivities(env.deps());
    env.secureChange.faults.push({
      call: 'addComment',
      before: refused({ message: 'comments are switched off' }),
    });
    expect(await runActivity(commentPushes, { ...ref(ticket), ...comment })).toMatchObject({
      refused: expect.stringContaining('comments are switched off') as string,
    });
  });
});

describe('runScript', () => {
  const run = async (env: FakeEnvironment, event = 'ADVANCE', more: Partial<RunScriptInput> = {}) => {
    const { runScript } = createActivities(env.deps());
    const input = {
      script: 'notify',
      key: 'ticket/4711 ADVANCE',
      endedRun: null,
      event,
      workflow: 'Firewall change',
      stepName: null,
      driven: true,
      failedTries: 0,
      busyTries: 0,
      args: [],
      ticketInfoXml: '<a/>',
      ticketInfoSha256: digestOfXml('<a/>'),
    };
    return await runActivity(runScript, { ...input, ...more });
  };

  it('runs a registered script, and only for what it is registered for', async () => {
    const env = fakeEnvironment();
    env.scripts.set('notify', { events: ['ADVANCE'], workflows: ['Firewall change'] });
    expect(await run(env)).toMatchObject({ ran: true, exitCode: 0 });
    expect(await run(env, 'CLOSE')).toMatchObject({ ran: false });
    env.scripts.set('notify', { workflows: ['Another'] });
    expect(await run(env)).toEqual({
      ran: false,
      why: 'it is not registered for workflow "Firewall change"',
    });
    expect(env.effects('script')).toEqual(['script notify']);
  });

  it('runs for an observed ticket only what says that it always runs, whatever the event says', async () => {
    const env = fakeEnvironment();
    env.scripts.set('notify', {});
    const observed = { driven: false };
    expect(await run(env, 'ADVANCE', observed)).toEqual({ ran: false, why: 'the ticket is not driven' });
    env.scripts.set('notify', { runs: 'always' });
    expect(await run(env, 'ADVANCE', observed)).toMatchObject({ ran: true });
  });

  it('records the hash of the file, its owner and the arguments, the secret ones as stars', async () => {
    const env = fakeEnvironment();
    const plain = { pattern: null, optional: false, many: false };
    env.scripts.set('notify', {
      sha256: 'a'.repeat(64),
      owner: 'network team',
      arguments: [
        { ...plain, name: 'queue', masked: false },
        { ...plain, name: 'code', masked: true },
      ],
    });
    expect(await run(env, 'ADVANCE', { args: ['north', 'canary'] })).toMatchObject({
      sha256: 'a'.repeat(64),
      owner: 'network team',
      shownArgs: ['north', '***'],
    });
  });

  it('is repeated by itself only where its entry says so, and asks once that is used up', async () => {
    const env = fakeEnvironment();
    const failing = { exitCode: 1 };
    const again = async (failedTries: number, result: Partial<ScriptResult>): Promise<number | null> => {
      env.scriptResults.set('notify', [result]);
      const ran = await run(env, 'ADVANCE', { failedTries });
      return ran.ran ? (ran.againInMs ?? null) : null;
    };
    env.scripts.set('notify', {});
    expect(await again(0, failing)).toBeNull();
    env.scripts.set('notify', { retry: { attempts: 3, waitMs: 7_000 } });
    expect(await again(1, failing)).toBe(7_000);
    expect(await again(1, { outcome: 'timedOut', exitCode: null })).toBe(7_000);
    expect(await again(2, failing)).toBeNull();
    expect(await again(0, {})).toBeNull();
    // Neither is cured by another run.
    expect(await again(0, { outcome: 'refused', exitCode: null })).toBeNull();
    expect(await again(0, { outcome: 'earlierMayRun', exitCode: null })).toBeNull();
  });

  it('refuses one that is no longer registered', async () => {
    await expect(run(fakeEnvironment())).rejects.toMatchObject({
      type: 'rejected',
      details: [{ code: 'script.unknown' }],
    });
  });
});

describe('messages', () => {
  const INPUT = {
    requestField: 'Required Access',
    event: 'INBOUND',
    stepName: 'Approval',
    targets: [],
    itsm: null,
    windowText: null,
    outcome: null,
  };

  it('are rendered with keys that differ for two renderings and contain nothing of a run', async () => {
    const { env, ticket } = inDesignStep();
    const { renderMessages } = createActivities(env.deps());
    const [point] = env.processes.get('Firewall change')!.integrationPoints;
    const base = { ...INPUT, ticketId: ticket.id, epoch: 2, points: [point!] };
    const keys = [];
    for (const rendering of [1, 2]) {
      const [message] = await runActivity(renderMessages, { ...base, rendering });
      keys.push('key' in message! ? message.key : message);
    }
    expect(keys).toEqual([
      '4711/2/Approval/itsmSync/create-change%2F1',
      '4711/2/Approval/itsmSync/create-change%2F2',
    ]);
    expect(env.effects()).toEqual([]);
  });

  it('are not rendered where a condition of their point does not hold, and say which', async () => {
    const { env, ticket } = inDesignStep();
    const { renderMessages } = createActivities(env.deps());
    const [point] = env.processes.get('Firewall change')!.integrationPoints;
    const render = async (of: PointCondition): Promise<readonly unknown[]> => {
      const points = [{ ...point!, conditions: { join: 'all', of: [of] } as const }];
      return await runActivity(renderMessages, {
        ...INPUT,
        ticketId: ticket.id,
        epoch: 1,
        rendering: 1,
        points,
      });
    };
    expect(await render({ kind: 'step', is: ['approval'], not: false })).toMatchObject([
      { point: 'create-change', key: expect.any(String) as string },
    ]);
    expect(await render({ kind: 'step', is: ['Approval'], not: true })).toEqual([
      { point: 'create-change', notDue: 'step is not one of Approval' },
    ]);
  });

  it('read fields and comments of the ticket only where a template speaks of them', async () => {
    const { env, ticket } = inDesignStep();
    const readContent = jest.spyOn(env.secureChange, 'readContent');
    const { renderMessages } = createActivities(env.deps());
    const [point] = env.processes.get('Firewall change')!.integrationPoints;
    const input = { ...INPUT, ticketId: ticket.id, epoch: 1, rendering: 1 };
    await runActivity(renderMessages, { ...input, points: [{ ...point!, body: { a: '#ticket_id#' } }] });
    expect(readContent).not.toHaveBeenCalled();
    await runActivity(renderMessages, { ...input, points: [{ ...point!, body: { a: '#Cost centre#' } }] });
    expect(readContent).toHaveBeenCalledTimes(1);
  });
});

it('a task is written to only as our user', async () => {
  const { env, ticket } = inDesignStep();
  const { advance } = createActivities(env.deps());
  await env.time.finish(
    runActivity(advance, { ...ref(ticket), values: [], epoch: 1, adopted: false, approvals: [], pushes: [] }),
  );
  expect(ticket.passed.at(-1)!.tasks[0]!.assignee).toBe(SERVICE_LOGIN);
});
