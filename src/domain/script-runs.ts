import { SIGNATURE_VALID_MS } from './command-memory.js';
import type { TicketEvent } from './event.js';
import type { ShownEvent, TicketFacts } from './ticket.js';

const MOST_RUNS = 200;
const MOST_CHARACTERS = 64 * 1024;

/** A script run for one event of the ticket; each try of the run has the same `key`. */
export interface QueuedScript {
  readonly key: string;
  readonly event: TicketEvent;
  /** Runs that failed and are repeated by the registry's rule. */
  failedTries?: number;
  /** Times that it found as many runs of its script under way as may be. */
  busyTries?: number;
}

/**
 * The script run for an event; null when there was one already. A script runs once for each event that the ticket's history
 * shows; event, step, epoch, script and arguments identify it. An event that is delivered again gets a new run only when the
 * history shows a later event of its kind. `earlier` contains the keys of the runs so far.
 */
export function scriptRunFor(
  event: TicketEvent,
  facts: Pick<TicketFacts, 'epoch' | 'shownEvents'>,
  earlier: readonly string[],
): string | null {
  const { script, info, name } = event;
  if (script === undefined) return null;
  const step = info?.stage?.name ?? null;
  const what = whatOf(event);
  const runs = earlier.flatMap((key) => (key.startsWith(`${what} `) ? [partsOf(key, what)] : []));
  const before = runs.filter(({ eventKey }) => eventKey === event.key).map(({ nth }) => nth);
  const shown = facts.shownEvents
    .filter((candidate) => isOf(candidate, name, step))
    .map(({ nth }) => nth)
    .filter((nth) => nth > Math.max(0, ...before));
  // An event without a line in the history counts as one of this epoch.
  const candidates = before.length > 0 ? shown : [...shown, name === 'CREATE' ? 1 : facts.epoch];
  const free = candidates.filter((nth) => !runs.some((run) => run.nth === nth));
  return free.length === 0 ? null : `${what} ${Math.max(...free)} ${event.key} ${event.receivedAtMs}`;
}

/** Key of the last run for this event, which a repeated delivery of it does not start again. */
export function lastRunFor(event: TicketEvent, earlier: readonly string[]): string | null {
  const what = whatOf(event);
  return (
    earlier.findLast((key) => key.startsWith(`${what} `) && partsOf(key, what).eventKey === event.key) ?? null
  );
}

/** The script runs of a ticket so far. */
export interface ScriptMemory {
  /** Their keys; bounded in number and size: the oldest are dropped first. */
  readonly scriptRuns: string[];
  /** No script of a report of before is run: it may be a recorded one, and its key forgotten. */
  readonly reportsNotBeforeMs: number;
}

export function withScriptRun({ scriptRuns, reportsNotBeforeMs }: ScriptMemory, key: string): ScriptMemory {
  const kept = [...scriptRuns, key];
  const dropped: string[] = [];
  let length = kept.reduce((sum, run) => sum + run.length, 0);
  while (kept.length > MOST_RUNS || (kept.length > 1 && length > MOST_CHARACTERS)) {
    const [oldest = ''] = kept.splice(0, 1);
    dropped.push(oldest);
    length -= oldest.length;
  }
  const forgotten = dropped.map((run) => Number(run.slice(run.lastIndexOf(' ') + 1)) + 1);
  return { scriptRuns: kept, reportsNotBeforeMs: Math.max(reportsNotBeforeMs, ...forgotten) };
}

/** Reports of before the start of a run may be recorded ones that an earlier run knew. They may be as old as a signature. */
export function memoryOfNewRun(startedAtMs: number): ScriptMemory {
  return { scriptRuns: [], reportsNotBeforeMs: startedAtMs - SIGNATURE_VALID_MS };
}

function whatOf({ name, info, script }: TicketEvent): string {
  const { stage } = info ?? { stage: null };
  return JSON.stringify([name, stage?.name ?? null, stage?.id ?? null, script?.name, script?.args]);
}

function partsOf(key: string, what: string): { nth: number; eventKey: string } {
  const [nth, ...rest] = key.slice(what.length + 1).split(' ');
  return { nth: Number(nth), eventKey: rest.slice(0, -1).join(' ') };
}

function isOf(shown: ShownEvent, name: string, step: string | null): boolean {
  return shown.event === name && (shown.step === null || shown.step === step);
}
