import type { ConfigurationFacts } from '../../../src/domain/configuration-facts.js';
import { SWEEP_CONFIGURATION, WORKFLOW_TYPES } from '../../../workflows/messages.js';
import { SEARCH_ATTRIBUTES } from '../../../workflows/search-attributes.js';
import { askTemporal, type TemporalReader } from './ask-temporal.js';
import { ClientError, type ParkedTicket, type StatusClient, type TicketsClient } from './contract.js';
import type { Call } from './errors.js';
import { countTickets } from './figures.js';
import { fewAtOnce } from '../../../src/domain/few-at-once.js';
import { readPolledQueues } from './polled-queues.js';
import { readSweep } from './sweep-state.js';
import type { TicketRuns } from './ticket-runs.js';
import { quote } from './visibility-query.js';

/** Sweeps looked at: workers take turns, so that each of a few has run one of them. */
const SWEEPS = 20;
const FEW_WAITING = 100;
const MOST_WAITING = 1_000;
const SAME_OPENING_MS = 1_000;

/** What is true of the whole installation, as far as Temporal knows. */
export function createStatus(
  reader: TemporalReader,
  tickets: Pick<TicketsClient, 'get' | 'list'>,
  runs: Pick<TicketRuns, 'list'>,
): StatusClient {
  return {
    configurations: () => configurations(reader),
    attention: (limit) => attention(tickets, limit),
    parked: (limit) => parked(tickets, limit),
    unread: async () => {
      const call: Call = { what: 'last sweep', kind: 'read', notFound: 'unexpected' };
      return (await askTemporal(reader, call, () => readSweep(reader.client)))?.findings ?? null;
    },
    tickets: () => countTickets(reader),
    queues: async () => {
      const call: Call = { what: 'task queues', kind: 'read', notFound: 'temporalAway' };
      return await askTemporal(reader, call, () => readPolledQueues(reader.client));
    },
    lastSweep: async () => {
      const call: Call = { what: 'last sweep', kind: 'read', notFound: 'unexpected' };
      const state = await askTemporal(reader, call, () => readSweep(reader.client));
      return { endedAtMs: state?.endedAtMs ?? null };
    },
    nextOpening: (nowMs) => nextOpening(runs, nowMs),
  };
}

async function configurations({ client, ...reader }: TemporalReader): Promise<readonly ConfigurationFacts[]> {
  const query = `WorkflowType = ${quote(WORKFLOW_TYPES.sweep)}`;
  return await askTemporal(
    { client, ...reader },
    { what: 'list of sweeps', kind: 'read', notFound: 'unexpected' },
    async () => {
      const said: ConfigurationFacts[] = [];
      let seen = 0;
      for await (const { memo } of client.workflow.list({ query, pageSize: SWEEPS })) {
        const facts = memo?.[SWEEP_CONFIGURATION];
        if (isConfigurationFacts(facts)) said.push(facts);
        seen += 1;
        if (seen === SWEEPS) break;
      }
      return newestOfEach(said);
    },
  );
}

export function newestOfEach(said: readonly ConfigurationFacts[]): readonly ConfigurationFacts[] {
  const workers = new Set<string>();
  return said
    .toSorted((a, b) => b.atMs - a.atMs)
    .filter(({ worker }) => !workers.has(worker) && workers.add(worker));
}

/** Another release may have written it: what we read of it must be there. */
export function isConfigurationFacts(value: unknown): value is ConfigurationFacts {
  if (typeof value !== 'object' || value === null) return false;
  const facts = value as Partial<Record<keyof ConfigurationFacts, unknown>>;
  const texts = [facts.worker, facts.release, facts.folder, facts.digest];
  return (
    texts.every((text) => typeof text === 'string') &&
    [facts.atMs, facts.loadedAtMs].every((ms) => typeof ms === 'number') &&
    (facts.problem === null || typeof facts.problem === 'string') &&
    typeof facts.restored === 'boolean' &&
    Array.isArray(facts.processes) &&
    Array.isArray(facts.faultyProcesses) &&
    Array.isArray(facts.refusedScripts) &&
    Array.isArray(facts.warnings)
  );
}

async function attention(
  tickets: Pick<TicketsClient, 'list'>,
  limit: number,
): Promise<readonly { ticketId: string; subject: string | null }[]> {
  const found = await tickets.list({ open: true, needsAttention: true, limit });
  return found.map(({ ticketId, subject }) => ({ ticketId, subject }));
}

async function parked(
  tickets: Pick<TicketsClient, 'get' | 'list'>,
  limit: number,
): Promise<readonly ParkedTicket[]> {
  const found = await attention(tickets, limit);
  return await fewAtOnce(found, ({ ticketId, subject }) => ask(tickets, ticketId, subject));
}

async function ask(
  tickets: Pick<TicketsClient, 'get'>,
  ticketId: string,
  subject: string | null,
): Promise<ParkedTicket> {
  try {
    const { parkings, moreParkings } = await tickets.get(ticketId);
    return { ticketId, subject, parkings, moreParkings, unreadable: null };
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return { ticketId, subject, parkings: [], moreParkings: 0, unreadable: error.message };
  }
}

async function nextOpening(
  runs: Pick<TicketRuns, 'list'>,
  nowMs: number,
): Promise<{ ticketId: string; opensAtMs: number } | null> {
  const { name } = SEARCH_ATTRIBUTES.windowOpensAt;
  const open = `WorkflowType = ${quote(WORKFLOW_TYPES.ticket)} AND ExecutionStatus = 'Running'`;
  const at = (atMs: number): string => quote(new Date(atMs).toISOString());
  let next: { ticketId: string; opensAtMs: number } | null = null;
  /** Looks between two instants, and says whether all of them were seen: a list has no order, so one that was cut may lack the earliest. */
  const look = async (
    fromMs: number,
    beforeMs: number | null,
    limit: number,
  ): Promise<'none' | 'all' | 'some'> => {
    const before = beforeMs === null ? '' : ` AND ${name} < ${at(beforeMs)}`;
    const found = await runs.list(`${open} AND ${name} > ${at(fromMs)}${before}`, limit);
    for (const { ticketId, windowOpensAtMs } of found) {
      if (windowOpensAtMs === null || windowOpensAtMs <= fromMs) continue;
      if (next === null || windowOpensAtMs < next.opensAtMs) next = { ticketId, opensAtMs: windowOpensAtMs };
    }
    if (found.length === 0) return 'none';
    return found.length < limit ? 'all' : 'some';
  };
  const nextMs = (): number => next?.opensAtMs ?? nowMs;

  let seen = await look(nowMs, null, FEW_WAITING);
  // Thousands may wait: by halves, a few rows each.
  for (let fromMs = nowMs; seen === 'some' && nextMs() - fromMs > SAME_OPENING_MS;) {
    const middleMs = fromMs + Math.floor((nextMs() - fromMs) / 2);
    const half = await look(fromMs, middleMs, FEW_WAITING);
    if (half === 'none') fromMs = middleMs;
    else seen = half;
  }
  while (seen === 'some') seen = await look(nowMs, nextMs(), MOST_WAITING);
  return next;
}
