import { asyncLocalStorage } from '@temporalio/activity';

/** The worker dies in the middle of an activity: no answer, no failure, only silence. */
export class WorkerDied extends Error {}

/** What an activity's context carries in tests: how the attempt that runs in it dies. */
export interface Mortal {
  die(): Promise<never>;
}

/** Throws the error, or lets the attempt die that is running here: nothing of it runs any further. */
export async function suffer(error: Error): Promise<never> {
  if (!(error instanceof WorkerDied)) throw error;
  const mortal = asyncLocalStorage.getStore() as unknown as Mortal;
  return await mortal.die();
}
