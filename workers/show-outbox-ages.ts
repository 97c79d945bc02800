import { setTimeout as sleep } from 'node:timers/promises';

import type { OutboxAges } from '../activities/outbox-ages.js';
import type { Measure } from '../src/domain/metrics.js';

/** A gauge keeps what it was set to, but an age grows: sets it again and again until `signal` aborts. */
export async function showOutboxAges(
  ages: Pick<OutboxAges, 'oldest'>,
  measure: Measure,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    for (const [server, age] of ages.oldest()) measure('sco_outbox_age_seconds', age, { server });
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
