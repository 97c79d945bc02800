import { setTimeout as sleep } from 'node:timers/promises';

import { fewAtOnce } from '../../src/domain/few-at-once.js';
import type { ProcessDefinition } from '../../src/domain/process.js';
import { firewallChange } from '../support/firewall-change.js';
import type { TestEnvironment } from '../support/test-environment.js';
import { AT_ONCE } from './seen-in-histories.js';

export function withUpdatesByPersons(): ProcessDefinition {
  const definition = firewallChange();
  const phases = definition.steps['Implementation']!.phases.map((rule) =>
    rule.phase === 'update' ? ({ phase: 'update', by: 'person' } as const) : rule,
  );
  return { ...definition, steps: { ...definition.steps, Implementation: { phases } } };
}

/** Every ticket has its Update saved and its place in a lane. */
export async function untilAllSaved(
  env: TestEnvironment,
  lanes: readonly string[],
  tickets: number,
  log: (line: string) => void,
): Promise<void> {
  const until = Date.now() + 60_000 + tickets * 3_000;
  for (;;) {
    // A lane starts with its first place.
    const views = await fewAtOnce(lanes, async (key) => env.lane(key).catch(() => null), AT_ONCE);
    const saved = views
      .flatMap((view) => view ?? [])
      .flatMap(({ ledger, push }) => (push === null ? ledger : ledger.slice(1)));
    const count = saved.filter(({ state }) => state === 'saved').length;
    // A ticket has its place again once it has read that it is saved.
    const waiting = views.flatMap((view) => view?.queue ?? []).length;
    if (count === tickets && waiting === tickets) return;
    if (Date.now() > until) throw new Error(`only ${count} of ${tickets} Updates were saved in time`);
    log(`${count} of ${tickets} saved`);
    await sleep(3_000);
  }
}
