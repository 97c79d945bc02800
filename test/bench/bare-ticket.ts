import { proxyActivities } from '@temporalio/workflow';

const { step } = proxyActivities<{ step(): Promise<void> }>({ startToCloseTimeout: '5m' });

/** What so many activities, one after the other, cost at least. */
export async function bareTicket(activities: number): Promise<void> {
  for (let done = 0; done < activities; done += 1) await step();
}
