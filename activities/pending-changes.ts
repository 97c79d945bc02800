import { randomUUID } from 'node:crypto';

import type { ForeignChange } from '../src/domain/foreign.js';
import { check, list, object, text } from '../src/domain/shape.js';
import type { ActivityDeps } from './contract.js';

/** A Commit does not wait longer for the probe: what it cannot name by then is not visible. */
const PROBE_WITHIN_MS = 8_000;
const MOST_CHANGES = 200;
const PROBE_EVENT = 'PENDING_CHANGES';

const answerShape = object<{ readonly changes: readonly ForeignChange[] }>({
  changes: list(object<ForeignChange>({ administrator: text(255, 1), location: text(500, 1) }), MOST_CHANGES),
});

export type Probed =
  | { readonly kind: 'answered'; readonly changes: readonly ForeignChange[] }
  | { readonly kind: 'silent'; readonly why: string };

/**
 * Runs the probe of a manager: it gets manager and target as JSON on standard input, and prints
 * `{"changes":[{"administrator":…,"location":…}]}`. Never fails: without such an answer it is `silent`, and says why.
 */
export async function probePending(
  { scripts }: Pick<ActivityDeps, 'scripts'>,
  { probe, lane, target }: { probe: string; lane: { key: string; name: string }; target: string },
  signal: AbortSignal,
): Promise<Probed> {
  const silent = (why: string): Probed => ({ kind: 'silent', why: `probe ${probe}: ${why}` });
  const entry = scripts.registry.find(probe);
  if (entry?.kind !== 'pendingChanges') return silent('it is no longer registered as pendingChanges');
  const stdin = JSON.stringify({ manager: lane, target });
  // A key of its own: an earlier run that was left behind changes nothing, so it holds up no other.
  const key = `probe/${lane.key}/${randomUUID()}`;
  const limited = { ...entry, timeoutMs: Math.min(entry.timeoutMs, PROBE_WITHIN_MS) };
  const { outcome, exitCode, stdout } = await scripts.runner.run(
    limited,
    { event: PROBE_EVENT, args: [], stdin, key },
    signal,
  );
  if (outcome === 'timedOut') return silent(`no answer within ${limited.timeoutMs / 1_000} s`);
  if (outcome !== 'exited') return silent(`it was not run to its end (${outcome})`);
  if (exitCode !== 0) return silent(`it ended with exit code ${exitCode ?? '-'}`);
  const checked = check<{ readonly changes: readonly ForeignChange[] }>(
    answerShape,
    parsed(stdout),
    'answer',
  );
  return checked.ok ? { kind: 'answered', changes: checked.value.changes } : silent(checked.why);
}

/** undefined when it is not JSON: no shape allows that. */
function parsed(printed: string): unknown {
  try {
    return JSON.parse(printed) as unknown;
  } catch {
    return undefined;
  }
}
