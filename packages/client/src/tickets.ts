import { setTimeout as sleep } from 'node:timers/promises';
import { ticketWorkflowId } from '../../../src/domain/ids.js';
import type { TicketView } from '../../../src/domain/view.js';
import {
  ClientError,
  type HistoryFact,
  type ListPlace,
  type TicketFilter,
  type TicketPage,
  type TicketSummary,
  type TicketsClient,
} from './contract.js';
import { toTicketId } from './ticket-id.js';
import type { TicketRun, TicketRuns } from './ticket-runs.js';
import { comparesHere, matches, narrows, runsQuery, ticketQuery } from './visibility-query.js';

const DEFAULT_LIMIT = 1_000;
/** A watch ends with an error only after this long without an answer: a restart of worker or server is shorter. */
const NO_ANSWER_MS = 60_000;
const RUNS_PER_TICKET = 1_000;
const PAGE_ROWS = 200;
/** Rows of one page that are compared here: most of them may not match. */
const COMPARED_ROWS = 1_000;

/** The ticket half of the client, over the few questions it asks of Temporal. */
export function createTickets(runs: TicketRuns): TicketsClient {
  return {
    get: async (typed) => readNewest(runs, toTicketId(typed)),
    list: async (filter = {}) => (await list(runs, filter)).map(summaryOf),
    page: (filter, after) => page(runs, filter, after),
    message: async (typed, number) => runs.message(toTicketId(typed), number),
    watch: (typed, options = {}) => watch(runs, typed, options),
    history: async (typed) => readHistory(runs, toTicketId(typed)),
    waitFor: async (typed, until, options) => waitFor(runs, toTicketId(typed), until, options.deadlineMs),
  };
}

async function readNewest(runs: TicketRuns, ticketId: string): Promise<TicketView> {
  const newest = await runs.view(ticketId);
  if (isKnown(newest)) return newest;
  const earlier = await runs.list(runsQuery([ticketWorkflowId(ticketId)]), RUNS_PER_TICKET);
  for (const run of newestFirst(earlier)) {
    if (run.continuedAsNew || run.outcome === 'lateEvent') continue;
    const view = await runs.view(ticketId, run.runId);
    if (isKnown(view)) return view;
  }
  // Nothing else is kept of this ticket: what the newest run knows is still an answer.
  return newest;
}

/** A run that an event has just started knows nothing of the ticket until it has read it; most such runs are late events. */
function isKnown({ outcome, status, needsAttention }: TicketView): boolean {
  return outcome !== 'lateEvent' && (status !== 'unread' || needsAttention !== null);
}

async function list(runs: TicketRuns, filter: TicketFilter): Promise<readonly TicketRun[]> {
  const limit = filter.limit ?? DEFAULT_LIMIT;
  const found = await runs.list(ticketQuery(filter), comparesHere(filter) ? Infinity : limit);
  const shown = found.filter((run) => isShown(run) && matches(run, filter));
  const newest = newestPerTicket(shown).slice(0, limit);
  if (!narrows(filter)) return newest;
  const hidden = await idsWithNewerRun(
    runs,
    newest.filter(({ running }) => !running),
  );
  return newest.filter(({ ticketId }) => !hidden.has(ticketId));
}

/** One list of the server, and at most one more for each 50 ended tickets of it. */
async function page(runs: TicketRuns, filter: TicketFilter, after: ListPlace | null): Promise<TicketPage> {
  const skipped = after?.skip ?? 0;
  const end = skipped + (comparesHere(filter) ? COMPARED_ROWS : (filter.limit ?? PAGE_ROWS));
  const found = await runs.list(ticketQuery(filter, after), end + 1);
  const rows = found.slice(skipped, end);
  const shown = newestPerTicket(rows.filter((run) => isShown(run) && matches(run, filter)));
  const hidden = await idsWithNewerRun(
    runs,
    shown.filter(({ running }) => !running),
  );
  const last = rows.at(-1);
  return {
    rows: inListOrder(shown.filter(({ ticketId }) => !hidden.has(ticketId))).map(summaryOf),
    next: last === undefined || found.length <= end ? null : placeOf(last, found.slice(0, end)),
  };
}

/** Without what only this file asks of a run. */
function summaryOf({ continuedAsNew: _asked, ...summary }: TicketRun): TicketSummary {
  return summary;
}

function placeOf(last: TicketRun, before: readonly TicketRun[]): ListPlace {
  const { running } = last;
  const atMs = instantOf(last);
  const skip = before.filter((run) => run.running === running && instantOf(run) === atMs).length;
  return { running, atMs, skip };
}

function instantOf({ running, startedAtMs, closedAtMs }: TicketRun): number {
  return running ? startedAtMs : (closedAtMs ?? startedAtMs);
}

function inListOrder(rows: readonly TicketRun[]): readonly TicketRun[] {
  return rows.toSorted(
    (a, b) =>
      Number(b.running) - Number(a.running) || instantOf(b) - instantOf(a) || b.startedAtMs - a.startedAtMs,
  );
}

/** Tickets that were reopened: their old run matches the filter, their newest does not. */
async function idsWithNewerRun(runs: TicketRuns, closed: readonly TicketRun[]): Promise<ReadonlySet<string>> {
  const hidden = new Set<string>();
  for (let from = 0; from < closed.length; from += 50) {
    const some = closed.slice(from, from + 50);
    const all = await runs.list(
      runsQuery(some.map(({ ticketId }) => ticketWorkflowId(ticketId))),
      RUNS_PER_TICKET,
    );
    const newest = new Map(newestPerTicket(all.filter(isShown)).map((run) => [run.ticketId, run.runId]));
    for (const { ticketId, runId } of some) {
      if ((newest.get(ticketId) ?? runId) !== runId) hidden.add(ticketId);
    }
  }
  return hidden;
}

function isShown(run: TicketRun): boolean {
  return !run.continuedAsNew && run.outcome !== 'lateEvent';
}

function newestFirst(found: readonly TicketRun[]): readonly TicketRun[] {
  return [...found].sort((a, b) => Number(b.running) - Number(a.running) || b.startedAtMs - a.startedAtMs);
}

function newestPerTicket(found: readonly TicketRun[]): readonly TicketRun[] {
  const seen = new Set<string>();
  return newestFirst(found).filter(({ ticketId }) => !seen.has(ticketId) && seen.add(ticketId));
}

async function* watch(
  runs: TicketRuns,
  typed: string,
  options: { signal?: AbortSignal; everyMs?: number },
): AsyncGenerator<TicketView, void> {
  const ticketId = toTicketId(typed);
  const { signal, everyMs = 250 } = options;
  let last: string | null = null;
  let pauseMs = everyMs;
  let lastAnswerMs = Date.now();
  while (!signal?.aborted) {
    try {
      const view = await readNewest(runs, ticketId);
      lastAnswerMs = Date.now();
      const text = JSON.stringify(view);
      const changed = text !== last;
      last = text;
      if (changed) yield view;
      if (view.outcome !== null) return;
      // A run that was terminated never gets an outcome.
      if (!changed && !(await runs.describe(ticketId)).running) return;
      pauseMs = changed ? everyMs : Math.min(Math.max(everyMs, 2_000), pauseMs * 1.5);
    } catch (error) {
      if (last === null || !isPassing(error) || Date.now() - lastAnswerMs > NO_ANSWER_MS) throw error;
    }
    await pause(pauseMs, signal);
  }
}

/** Temporal and workers come back; a ticket that is not there may be about to start. */
function isPassing(error: unknown): boolean {
  return error instanceof ClientError && (error.code === 'temporalAway' || error.code === 'workerAway');
}

async function waitFor(
  runs: TicketRuns,
  ticketId: string,
  until: (view: TicketView) => boolean,
  deadlineMs: number,
): Promise<TicketView> {
  const end = Date.now() + deadlineMs;
  let pauseMs = 100;
  for (;;) {
    let state: string;
    try {
      const view = await readNewest(runs, ticketId);
      if (until(view)) return view;
      state = `it is ${stateOf(view)}`;
    } catch (error) {
      if (!(error instanceof ClientError) || !(isPassing(error) || error.code === 'ticketNotFound'))
        throw error;
      state = error.message;
    }
    if (Date.now() + pauseMs >= end) {
      throw new ClientError(
        'deadlineExceeded',
        `ticket ${ticketId}: not so within ${deadlineMs} ms; ${state}`,
      );
    }
    await sleep(pauseMs);
    pauseMs = Math.min(1_000, pauseMs * 1.3);
  }
}

function stateOf(view: TicketView): string {
  const where = [view.outcome ?? view.status, view.step, view.phase].filter((part) => part !== null);
  return `${where.join(', ')}${view.waiting ? `, waiting: ${view.waiting.what}` : ''}`;
}

/** Every run that is left, oldest first. Visibility lags, so the newest and the chain behind it are asked for too. */
async function readHistory(runs: TicketRuns, ticketId: string): Promise<readonly HistoryFact[]> {
  const newest = await runs.describe(ticketId);
  const listed = await runs.list(runsQuery([ticketWorkflowId(ticketId)]), RUNS_PER_TICKET);
  const wanted = [newest.runId, ...listed.map(({ runId }) => runId)];
  const seen = new Set<string>();
  const found: { startedAtMs: number; facts: readonly HistoryFact[] }[] = [];
  const gone: string[] = [];
  for (let runId = wanted.shift(); runId !== undefined; runId = wanted.shift()) {
    if (seen.has(runId)) continue;
    seen.add(runId);
    try {
      const { facts, continuedFrom } = await runs.history(ticketId, runId);
      found.push({ startedAtMs: facts[0]?.atMs ?? 0, facts });
      if (continuedFrom !== null) wanted.push(continuedFrom);
    } catch (error) {
      if (!(error instanceof ClientError) || error.code !== 'historyGone') throw error;
      gone.push(runId);
    }
  }
  if (found.length === 0) {
    throw new ClientError(
      'historyGone',
      `ticket ${ticketId}: retention has removed its history; what was exported of it: sco evidence ${ticketId}`,
    );
  }
  found.sort((a, b) => a.startedAtMs - b.startedAtMs);
  const first = found[0]?.startedAtMs ?? 0;
  return [...gone.map((runId) => goneFact(runId, first)), ...found.flatMap(({ facts }) => facts)];
}

/** Says in its place that a run is missing: a trail with a hole must show the hole. */
function goneFact(runId: string, atMs: number): HistoryFact {
  return {
    runId,
    eventId: 0,
    atMs,
    kind: 'other',
    name: 'historyGone',
    summary: 'an earlier run of this ticket is no longer kept; what was exported of it: sco evidence',
    identity: null,
    attempt: null,
    input: null,
    result: null,
    failure: null,
  };
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal && { signal });
  } catch {
    // Aborted: the loop ends by itself.
  }
}
