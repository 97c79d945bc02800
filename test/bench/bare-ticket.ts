import { condition, defineQuery, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';

const { step } = proxyActivities<{ step(): Promise<void> }>({ startToCloseTimeout: '5m' });
const reported = defineSignal('reported');
const readings = defineQuery<number>('readings');

/** What so many activities, one after the other, cost at least. */
export async function bareTicket(activities: number): Promise<void> {
  for (let done = 0; done < activities; done += 1) await step();
}

/** What a ticket costs at least that waits, and is read at its start and after each report. */
export async function bareWaiting(first: number): Promise<void> {
  let reports = first;
  let read = 0;
  setHandler(reported, () => void (reports += 1));
  setHandler(readings, () => read);
  for (;;) {
    await condition(() => reports > read);
    await step();
    read += 1;
  }
}
