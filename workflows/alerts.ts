import { continueAsNew } from '@temporalio/workflow';

import { AlertsRun, type AlertsStart } from './alerts-run.js';
import { handle } from './handle.js';
import { controlEngine } from './temporal-engine.js';

/** Alerts people, by the routes of `servers.yaml`. One run at a time; its state says what was sent. */
export async function alerts(start: AlertsStart): Promise<void> {
  const run = new AlertsRun(controlEngine(), start);
  handle(
    {
      continueAsNew: () => {
        run.engine.wantNewRun();
      },
    },
    () => undefined,
  );
  const carry = await run.untilLong();
  await continueAsNew<typeof alerts>({ version: 1, carry });
}
