import {
  condition,
  defineSignal,
  getExternalWorkflowHandle,
  proxyActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';

const enrol = defineSignal<[string]>('enrol');
const carried = defineSignal('carried');
const { commit } = proxyActivities<{ commit(lane: string): Promise<void> }>({ startToCloseTimeout: '5m' });

/** What a lane costs at least: one signal in and one out for each member, one timer, one activity. */
export async function bareLane(expected: number, opensAtMs: number): Promise<void> {
  const members: string[] = [];
  setHandler(enrol, (member) => void members.push(member));
  await condition(() => members.length === expected);
  await sleep(Math.max(1, opensAtMs - Date.now()));
  await commit(workflowInfo().workflowId);
  await Promise.all(members.map(async (member) => getExternalWorkflowHandle(member).signal(carried)));
}

/** Enrols, and waits for the result. */
export async function bareMember(lane: string): Promise<void> {
  let done = false;
  setHandler(carried, () => void (done = true));
  await getExternalWorkflowHandle(lane).signal(enrol, workflowInfo().workflowId);
  await condition(() => done);
}
