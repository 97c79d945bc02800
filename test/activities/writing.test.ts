import { createActivities } from '../../activities/index.js';
import { digestOfXml } from '../../src/client/sign.js';
import { stepInstanceOf } from '../../src/domain/ticket.js';
import { refused, SERVICE_LOGIN } from '../support/fake-secure-change.js';
import type { FakeTicket, FakeTicketInput } from '../support/fake-ticket.js';
import { fakeWorld, MINUTE } from '../support/fake-world.js';
import type { FakeWorld } from '../support/fake-world.js';
import { runActivity } from './activity-environment.js';

function inDesignStep(part: Partial<FakeTicketInput> = {}): { world: FakeWorld; ticket: FakeTicket } {
  const world = fakeWorld();
  const ticket = world.ticket(part);
  ticket.complete('r.meier');
  return { world, ticket };
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
  const advance = async (world: FakeWorld, ticket: FakeTicket, change: object = {}) => {
    const activities = createActivities(world.deps());
    const input = { ...ref(ticket), values: [], ...change };
    return await world.time.finish(runActivity(activities.advance, input));
  };

  it('completes every open task of the step, and is done when the ticket left it', async () => {
    const { world, ticket } = inDesignStep({ tasksPerStep: 3 });
    expect(await advance(world, ticket)).toMatchObject({ left: true });
    expect(world.effects('complete').length).toBe(3);
    expect(ticket.current?.name).toBe('Approval');
  });

  it('looks first: a ticket that left the step already is left alone', async () => {
    const { world, ticket } = inDesignStep();
    const input = ref(ticket);
    ticket.complete('n.weber');
    expect(await advance(world, ticket, input)).toMatchObject({ left: true });
    expect(world.effects()).toEqual([]);
  });

  it('completes a task once when the answer got lost', async () => {
    const { world, ticket } = inDesignStep();
    world.secureChange.faults.push({ call: 'completeTask', after: refused({ kind: 'ambiguous' }) });
    const input = ref(ticket);
    await expect(advance(world, ticket)).rejects.toMatchObject({ type: 'ambiguous', nonRetryable: false });
    expect(await advance(world, ticket, input)).toMatchObject({ left: true });
    expect(world.effects('complete')).toEqual(['complete Design and Risk']);
  });

  it('waits while SecureChange works on the step, and for others to finish their tasks', async () => {
    const { world, ticket } = inDesignStep();
    ticket.current!.tasks[0]!.pending = true;
    world.time.at(world.time.nowMs + MINUTE, () => (ticket.current!.tasks[0]!.pending = false));
    expect(await advance(world, ticket)).toMatchObject({ left: true });
  });

  it('does not complete a task of an expired ticket', async () => {
    const { world, ticket } = inDesignStep();
    ticket.expired = true;
    await expect(advance(world, ticket)).rejects.toMatchObject({ type: 'rejected', nonRetryable: true });
    expect(world.effects()).toEqual([]);
  });

  it.each(['waitForHandler', 'accept'] as const)(
    'names the handler of a task that is not ours to take: %s',
    async (taskAccess) => {
      const { world, ticket } = inDesignStep();
      ticket.assign(ticket.current!.tasks[0]!.id, 'n.weber');
      await expect(advance(world, ticket, { taskAccess })).rejects.toMatchObject({
        type: 'locked',
        details: [{ code: 'securechange.task_not_ours', holder: 'n.weber' }],
      });
      expect(world.effects()).toEqual([]);
    },
  );

  describe('in a step with several tasks', () => {
    const held = (...assignees: (string | null)[]) => {
      const { world, ticket } = inDesignStep({ tasksPerStep: assignees.length });
      assignees.forEach((assignee, at) => (ticket.current!.tasks[at]!.assignee = assignee));
      return { world, ticket, done: () => ticket.current!.tasks.map((task) => task.done) };
    };
    const name = 'task of Design and Risk';

    it('completes ours and leaves those of other people alone, who are named', async () => {
      const { world, ticket, done } = held('n.weber', SERVICE_LOGIN, 'b.jung');
      expect(await advance(world, ticket)).toEqual({
        left: false,
        others: [
          { task: name, holder: 'n.weber' },
          { task: name, holder: 'b.jung' },
        ],
      });
      expect(done()).toEqual([false, true, false]);
      expect(world.effects('accept', 'reassign')).toEqual([]);
    });

    it('touches them no more once ours is done, and is through when they are', async () => {
      const { world, ticket } = held('n.weber', SERVICE_LOGIN);
      const input = ref(ticket);
      await advance(world, ticket);
      expect(await advance(world, ticket)).toMatchObject({ left: false, others: [{ holder: 'n.weber' }] });
      ticket.completeTask(ticket.current!.tasks[0]!.id, 'n.weber');
      expect(await advance(world, ticket, input)).toEqual({ left: true, others: [] });
      expect(world.effects('complete')).toEqual(['complete Design and Risk']);
    });

    it('does not touch a free task while the one that carries the request is held by somebody', async () => {
      const { world, ticket } = held('n.weber', null);
      await expect(advance(world, ticket)).rejects.toMatchObject({ type: 'locked' });
      expect(world.effects()).toEqual([]);
    });

    it('leaves a free task to its group where SecureChange does not let us take it', async () => {
      const { world, ticket, done } = held(SERVICE_LOGIN, null);
      world.secureChange.faults.push({ call: 'acceptTask', before: refused({ kind: 'auth' }) });
      expect(await advance(world, ticket)).toEqual({ left: false, others: [{ task: name, holder: null }] });
      expect(done()).toEqual([true, false]);
    });

    it('leaves free tasks to their handlers where the process waits for them', async () => {
      const { world, ticket, done } = held(SERVICE_LOGIN, null);
      expect(await advance(world, ticket, { taskAccess: 'waitForHandler' })).toEqual({
        left: false,
        others: [{ task: name, holder: null }],
      });
      expect(done()).toEqual([true, false]);
    });
  });
});

describe('redesign', () => {
  const redesign = async (world: FakeWorld, ticket: FakeTicket, again = false) => {
    const activities = createActivities(world.deps());
    return await world.time.finish(runActivity(activities.redesign, { ...ref(ticket), again }));
  };

  it('starts the Designer, waits for its end and gives its results', async () => {
    const { world, ticket } = inDesignStep();
    expect(await redesign(world, ticket)).toMatchObject({ designerStatus: 'designer success' });
    expect(world.effects()).toEqual(['accept Design and Risk', 'redesign -']);
  });

  it('joins a Designer that runs, and leaves a fresh result alone', async () => {
    const { world, ticket } = inDesignStep();
    ticket.designerStatus = 'designer running';
    world.time.at(world.time.nowMs + MINUTE, () => (ticket.designerStatus = 'designer success'));
    expect(await redesign(world, ticket)).toMatchObject({ designerStatus: 'designer success' });
    expect(await redesign(world, ticket)).toMatchObject({ designerStatus: 'designer success' });
    expect(world.effects()).toEqual([]);
  });

  it('designs anew when a person asks for it, whatever result is there', async () => {
    const { world, ticket } = inDesignStep();
    ticket.designerStatus = 'designer cannot compute';
    expect(await redesign(world, ticket)).toMatchObject({ designerStatus: 'designer cannot compute' });
    expect(await redesign(world, ticket, true)).toMatchObject({ designerStatus: 'designer success' });
    expect(world.effects('redesign')).toEqual(['redesign -']);
  });

  it('designs anew when a device has a newer revision', async () => {
    const { world, ticket } = inDesignStep();
    ticket.designerStatus = 'designer success';
    ticket.devices[0]!.newRevisionArrived = true;
    await redesign(world, ticket);
    expect(world.effects('redesign')).toEqual(['redesign -']);
  });

  it('is started once when the answer got lost', async () => {
    const { world, ticket } = inDesignStep();
    world.secureChange.faults.push({ call: 'redesign', after: refused({ kind: 'ambiguous' }) });
    await expect(redesign(world, ticket)).rejects.toMatchObject({ type: 'ambiguous' });
    await redesign(world, ticket);
    expect(world.effects('redesign')).toEqual(['redesign -']);
  });

  it('names the fields of the step when the request field is not among them', async () => {
    const { world, ticket } = inDesignStep({ requestField: 'Another field' });
    await expect(redesign(world, ticket)).rejects.toMatchObject({
      type: 'rejected',
      message: expect.stringContaining('it has: Another field') as string,
    });
  });
});

describe('rejectTicket', () => {
  it('rejects once, and leaves a ticket alone that ended already', async () => {
    const { world, ticket } = inDesignStep();
    const { rejectTicket } = createActivities(world.deps());
    const input = { ticketId: ticket.id, comment: 'too broad' };
    await runActivity(rejectTicket, input);
    await runActivity(rejectTicket, input);
    expect(ticket.status).toBe('rejected');
    expect(world.effects()).toEqual(['rejectTicket -']);
  });

  it('is not done because SecureChange said so: the ticket has to show it', async () => {
    const { world, ticket } = inDesignStep();
    const { rejectTicket } = createActivities(world.deps());
    world.secureChange.rejectTicket = async () => {};
    const input = { ticketId: ticket.id, comment: 'too broad' };
    await expect(world.time.finish(runActivity(rejectTicket, input))).rejects.toMatchObject({
      type: 'ambiguous',
      nonRetryable: false,
    });
  });
});

describe('runScript', () => {
  const run = async (world: FakeWorld, event = 'ADVANCE') => {
    const { runScript } = createActivities(world.deps());
    const input = {
      script: 'notify',
      key: 'ticket/4711 ADVANCE',
      endedRun: null,
      event,
      workflow: 'Firewall change',
      stepName: null,
      args: [],
      ticketInfoXml: '<a/>',
      ticketInfoSha256: digestOfXml('<a/>'),
    };
    return await runActivity(runScript, input);
  };

  it('runs a registered script, and only for what it is registered for', async () => {
    const world = fakeWorld();
    world.scripts.set('notify', { events: ['ADVANCE'], workflows: ['Firewall change'] });
    expect(await run(world)).toMatchObject({ ran: true, exitCode: 0 });
    expect(await run(world, 'CLOSE')).toMatchObject({ ran: false });
    world.scripts.set('notify', { workflows: ['Another'] });
    expect(await run(world)).toEqual({
      ran: false,
      why: 'registered for other workflows than "Firewall change"',
    });
    expect(world.effects('script')).toEqual(['script notify']);
  });

  it('refuses one that is no longer registered', async () => {
    await expect(run(fakeWorld())).rejects.toMatchObject({
      type: 'rejected',
      details: [{ code: 'script.unknown' }],
    });
  });
});

describe('messages', () => {
  it('are rendered with keys that tell two firings apart, and nothing of a run in them', async () => {
    const { world, ticket } = inDesignStep();
    const { renderMessages } = createActivities(world.deps());
    const [point] = world.processes.get('Firewall change')!.integrationPoints;
    const base = {
      ticketId: ticket.id,
      epoch: 2,
      requestField: 'Required Access',
      points: [point!],
      event: 'INBOUND',
      stepName: 'Approval',
      targets: [],
      itsm: null,
      windowText: null,
      outcome: null,
    };
    const keys = [];
    for (const firing of [1, 2]) {
      const [message] = await runActivity(renderMessages, { ...base, firing });
      keys.push(message!.key);
    }
    expect(keys).toEqual([
      '4711/2/Approval/itsmSync/create-change%2F1',
      '4711/2/Approval/itsmSync/create-change%2F2',
    ]);
    expect(world.effects()).toEqual([]);
  });
});

it('a task is written to as our user and nobody else', async () => {
  const { world, ticket } = inDesignStep();
  const { advance } = createActivities(world.deps());
  await world.time.finish(runActivity(advance, { ...ref(ticket), values: [] }));
  expect(ticket.passed.at(-1)!.tasks[0]!.assignee).toBe(SERVICE_LOGIN);
});
