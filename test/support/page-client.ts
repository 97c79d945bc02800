import type { OrchestratorClient, TicketSummary } from '../../packages/client/src/contract.js';
import type { ControlView, LaneView, ParkingView, TicketView } from '../../src/domain/view.js';
import { NOW_MS } from './running-gateway.js';
import { ticketViewOf } from './ticket-view.js';

const HOUR_MS = 3_600_000;

export function laneView(part: Partial<LaneView> = {}): LaneView {
  return {
    key: '20',
    name: 'PANO-8',
    owner: 'n.ops',
    paused: null,
    push: null,
    failures: [],
    rests: [],
    expectedPushMs: 240_000,
    preflight: null,
    alerts: [],
    foreign: [],
    queue: [
      {
        position: 1,
        ticketId: '7',
        target: 'DG-B',
        saved: true,
        opensAtMs: NOW_MS + 11 * HOUR_MS,
        hinderedBy: [],
      },
    ],
    ledger: [],
    past: [],
    overrides: [],
    ...part,
  };
}

export const PARKING: ParkingView = {
  code: 'push.failed',
  phase: 'commit',
  target: '21',
  targetName: 'DG-B',
  reason: 'the Commit failed: the commit lock is held by m.roth',
  evidence: 'SecureChange: commit: failed',
  sinceMs: NOW_MS - HOUR_MS,
  waysOut: [
    { command: 'retry', hint: 'sco ticket retry 7 --reason "…"' },
    { command: 'abort', hint: 'sco ticket abort 7 --reason "…"' },
  ],
};

export function summary(part: Partial<TicketSummary> & { readonly ticketId: string }): TicketSummary {
  return {
    runId: 'run',
    running: true,
    startedAtMs: NOW_MS - HOUR_MS,
    closedAtMs: null,
    subject: 'Web to database',
    workflow: 'Firewall change',
    step: 'Implementation',
    phase: 'commit',
    waitingFor: 'window',
    requester: 'j.meier',
    risk: 'medium',
    itsmId: 'CHG0030001',
    devices: ['DG-B'],
    windowOpensAtMs: NOW_MS + 11 * HOUR_MS,
    needsAttention: false,
    outcome: null,
    ...part,
  };
}

/** What the pages read, changed by a test while they are open. */
export interface PageFacts {
  ticket: TicketView;
  lanes: readonly LaneView[];
  stop: ControlView;
  tickets: readonly TicketSummary[];
}

export function pageFacts(): PageFacts {
  return {
    ticket: ticketViewOf({ ticketId: '7', subject: 'Web to database', parkings: [PARKING] }),
    lanes: [laneView()],
    stop: { stopped: false, by: null, reason: null, sinceMs: null },
    tickets: [summary({ ticketId: '7', needsAttention: true }), summary({ ticketId: '8' })],
  };
}

export function pageClient(facts: PageFacts): Partial<OrchestratorClient> {
  return {
    tickets: {
      get: async () => facts.ticket,
      list: async ({ limit = 1_000 } = {}) => facts.tickets.slice(0, limit),
      page: async ({ limit = 200 }, after) => {
        const from = after?.skip ?? 0;
        const next = from + limit;
        return {
          rows: facts.tickets.slice(from, next),
          next: next < facts.tickets.length ? { running: true, atMs: NOW_MS, skip: next } : null,
        };
      },
      message: async () => null,
      history: async () => [],
      waitFor: async () => facts.ticket,
      watch: () => {
        throw new Error('pages do not watch');
      },
    },
    lanes: {
      list: async () => facts.lanes,
      get: async () => facts.lanes[0]!,
      windows: async () => [],
    },
    control: { get: async () => facts.stop },
    status: {
      configurations: async () => [],
      attention: async () => [facts.ticket],
      parked: async () => {
        throw new Error('pages ask the tickets that they show');
      },
      unread: async () => null,
      tickets: async () => {
        throw new Error('pages do not count');
      },
      queues: async () => [],
      lastSweep: async () => ({ endedAtMs: null }),
      nextOpening: async () => ({ ticketId: '7', opensAtMs: NOW_MS + 11 * HOUR_MS }),
    },
  };
}
