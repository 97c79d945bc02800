import { WorkflowNotFoundError } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';

import { CALLERS, forOurWorkflows, type Caller } from '../../activities/callers.js';
import type { ActivityDeps } from '../../activities/contract.js';
import { ACTIVITY_NAMES, type ActivityName, type AnyActivity } from '../../activities/effects.js';
import type { Activities } from '../../activities/index.js';
import { TASK_QUEUES } from '../../src/domain/ids.js';
import { WORKFLOW_TYPES } from '../../workflows/messages.js';

const INPUT = { ticketId: '7', laneKey: 'boss', n: 3, asked: { externalId: 'CHG1' } };
const IDS: Readonly<Record<Caller, string>> = {
  ticket: 'ticket/7',
  lane: 'lane/boss',
  push: 'push/boss/3',
  updateSlot: 'lane/update',
  control: 'control',
  itsmTicket: 'itsm/CHG1',
  alerts: 'alerts',
  sweep: 'sweep-2026-11-22T13:00:00Z',
  auditExport: 'auditExport-2026-11-22T13:00:00Z',
};
const restricted = ACTIVITY_NAMES.filter((name) => CALLERS[name] !== 'every');
const callersOf = (name: ActivityName): readonly Caller[] => {
  const callers = CALLERS[name];
  return callers === 'every' ? [] : callers;
};

/** Each activity only says its name. Temporal says that every run is on `taskQueue`; null: that there is no such run. */
function activitiesOf(taskQueue: string | null, looked: string[] = []): Activities {
  const getHandle = (workflowId: string, runId: string) => ({
    describe: async () => {
      looked.push(runId);
      if (taskQueue === null) throw new WorkflowNotFoundError('gone', workflowId, runId);
      return Promise.resolve({ raw: { executionConfig: { taskQueue: { name: taskQueue } } } });
    },
  });
  const temporal = { workflow: { getHandle } } as unknown as ActivityDeps['temporal'];
  const all = Object.fromEntries(ACTIVITY_NAMES.map((name) => [name, async () => Promise.resolve(name)]));
  return forOurWorkflows(all as unknown as Activities, temporal);
}

async function ask(
  activities: Activities,
  name: ActivityName,
  { workflowId, type, runId = 'r' }: { workflowId: string; type: string; runId?: string },
  input: unknown = INPUT,
): Promise<unknown> {
  const environment = new MockActivityEnvironment({
    attempt: 1,
    workflowType: type,
    workflowExecution: { workflowId, runId },
  });
  return await environment.run(activities[name] as AnyActivity, input);
}

const REFUSED = {
  type: 'bug',
  nonRetryable: true,
  details: [expect.objectContaining({ code: 'orchestrator.foreign_caller' })],
};

describe('an activity', () => {
  it.each(restricted)('%s is there for its own workflows on our task queue', async (name) => {
    const ours = activitiesOf(TASK_QUEUES.main);
    for (const caller of callersOf(name)) {
      expect(await ask(ours, name, { workflowId: IDS[caller], type: WORKFLOW_TYPES[caller] })).toBe(name);
    }
  });

  it.each(restricted)('%s is refused to every other type of workflow', async (name) => {
    const ours = activitiesOf(TASK_QUEUES.main);
    const others = (Object.keys(IDS) as Caller[]).filter((caller) => !callersOf(name).includes(caller));
    for (const workflowId of [...callersOf(name), ...others].map((caller) => IDS[caller])) {
      for (const type of ['another', '', ...others.map((caller) => WORKFLOW_TYPES[caller])]) {
        await expect(ask(ours, name, { workflowId, type })).rejects.toMatchObject(REFUSED);
      }
    }
  });

  it.each(restricted)(
    '%s is refused to a run on another task queue, and to one that is gone',
    async (name) => {
      for (const taskQueue of ['elsewhere', TASK_QUEUES.push, null]) {
        const theirs = activitiesOf(taskQueue);
        for (const caller of callersOf(name)) {
          const asker = { workflowId: IDS[caller], type: WORKFLOW_TYPES[caller] };
          await expect(ask(theirs, name, asker)).rejects.toMatchObject(REFUSED);
        }
      }
    },
  );

  it('is refused to the workflow of another ticket, lane or push than its input names', async () => {
    const ours = activitiesOf(TASK_QUEUES.main);
    for (const [name, workflowId, type] of [
      ['enrol', 'ticket/8', 'ticket'],
      ['advance', 'ticket/07', 'ticket'],
      ['leaveLanes', 'lane/boss', 'ticket'],
      ['recoverLane', 'lane/other', 'lane'],
      ['send', 'push/boss/4', 'push'],
      ['send', 'push/other/3', 'push'],
      ['openTicket', 'itsm/CHG2', 'itsmTicket'],
    ] as const) {
      await expect(ask(ours, name, { workflowId, type })).rejects.toMatchObject(REFUSED);
    }
  });

  it('asks Temporal once for each run, and again for another run of the same id', async () => {
    const looked: string[] = [];
    const ours = activitiesOf(TASK_QUEUES.main, looked);
    for (const runId of ['a', 'a', 'b', 'a'])
      await ask(ours, 'enrol', { workflowId: 'ticket/7', type: 'ticket', runId });
    expect(looked).toEqual(['a', 'b']);
  });
});
