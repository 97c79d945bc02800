import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

import type { ConfigurationFacts } from '../domain/configuration-facts.js';
import { TRIGGER_EVENTS } from '../domain/event.js';
import { METRICS, type LabelsOf, type MetricName, type MetricOf } from '../domain/metrics.js';
import type { ControlView, LaneView } from '../domain/view.js';
import { countWorkers, type PolledQueue } from '../domain/workers.js';
import { isReadable, type TicketFigures, type UnreadableLane } from '../../packages/client/src/contract.js';

/** What the gateway read of the installation. */
export interface Figures {
  readonly tickets: TicketFigures;
  readonly sweep: { readonly endedAtMs: number | null };
  readonly control: ControlView;
  readonly lanes: readonly (LaneView | UnreadableLane)[];
  readonly workers: readonly PolledQueue[];
  readonly tokens: readonly ConfigurationFacts[];
}

/** The metrics of one gateway. */
export interface GatewayMetrics {
  /** A 200: Temporal has stored the event. */
  acknowledged(event: string): void;
  refused(reason: string): void;
  answered(seconds: number): void;
  /** Replaces all values that come of this part; null: it could not be read, and they are taken away. */
  show<Part extends keyof Figures>(part: Part, read: Figures[Part] | null, nowMs: number): void;
  /** In the text format of Prometheus. */
  text(): Promise<string>;
  readonly contentType: string;
}

type Names<Kind extends 'counter' | 'gauge' | 'histogram'> = MetricOf<'gateway', Kind>;

/** A registry of its own, with the metrics of the process, which began at this instant. */
export function createGatewayMetrics(startedAtMs = Date.now()): GatewayMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const options = (name: MetricName) => {
    const { help, labels, ...more } = METRICS[name];
    const buckets = 'buckets' in more ? { buckets: [...more.buckets] } : {};
    return { name, help, labelNames: [...labels], registers: [registry], ...buckets };
  };
  const named = <Kind extends 'counter' | 'gauge' | 'histogram', M>(
    kind: Kind,
    make: (name: Names<Kind>) => M,
  ) =>
    new Map(
      Object.entries(METRICS)
        .filter(([, metric]) => metric.by === 'gateway' && metric.kind === kind)
        .map(([name]) => [name, make(name as Names<Kind>)]),
    );
  const counters = named('counter', (name) => new Counter(options(name)));
  const gauges = named('gauge', (name) => new Gauge(options(name)));
  const histograms = named('histogram', (name) => new Histogram(options(name)));
  const count = <Name extends Names<'counter'>>(name: Name, labels: LabelsOf<Name>): void =>
    counters.get(name)?.inc({ ...labels });
  const set = <Name extends Names<'gauge'>>(name: Name, value: number, labels: LabelsOf<Name>): void =>
    gauges.get(name)?.set({ ...labels }, value);

  // Without a reading there is no value, not 0.
  for (const gauge of gauges.values()) gauge.remove({});
  // But a gateway that never could read them must raise its alert too.
  for (const part of Object.keys(GAUGES_OF))
    set('sco_figures_success_timestamp_seconds', startedAtMs / 1_000, { part });

  return {
    acknowledged(event) {
      const known = (TRIGGER_EVENTS as readonly string[]).includes(event);
      count('sco_events_acknowledged_total', { event: known ? event : 'other' });
    },
    refused: (reason) => count('sco_events_refused_total', { reason }),
    answered: (seconds) => histograms.get('sco_event_answer_seconds')?.observe(seconds),
    show(part, read, nowMs) {
      for (const name of GAUGES_OF[part]) gauges.get(name)?.reset();
      for (const name of GAUGES_OF[part]) gauges.get(name)?.remove({});
      if (read === null) return;
      SHOW[part](read, set, nowMs);
      set('sco_figures_success_timestamp_seconds', nowMs / 1_000, { part });
    },
    text: async () => await registry.metrics(),
    contentType: registry.contentType,
  };
}

const GAUGES_OF = {
  tickets: ['sco_tickets_open', 'sco_tickets_parked', 'sco_tickets_waiting'],
  sweep: ['sco_sweep_success_timestamp_seconds'],
  control: ['sco_pushes_stopped'],
  lanes: [
    'sco_lane_queue_places',
    'sco_lane_paused',
    'sco_lane_failures',
    'sco_ledger_entries',
    'sco_ledger_age_seconds',
    'sco_lanes_unreadable',
  ],
  workers: ['sco_workers'],
  tokens: ['sco_refresh_token_expiry_timestamp_seconds'],
} as const satisfies Record<keyof Figures, readonly Names<'gauge'>[]>;

type Set = <Name extends Names<'gauge'>>(name: Name, value: number, labels: LabelsOf<Name>) => void;

const SHOW: { readonly [Part in keyof Figures]: (read: Figures[Part], set: Set, nowMs: number) => void } = {
  tickets({ open, parked, waiting }, set) {
    set('sco_tickets_open', open, {});
    set('sco_tickets_parked', parked, {});
    for (const [reason, tickets] of Object.entries(waiting)) set('sco_tickets_waiting', tickets, { reason });
  },
  sweep({ endedAtMs }, set) {
    if (endedAtMs !== null) set('sco_sweep_success_timestamp_seconds', endedAtMs / 1_000, {});
  },
  control({ stopped }, set) {
    set('sco_pushes_stopped', stopped ? 1 : 0, {});
  },
  lanes(lanes, set, nowMs) {
    const readable = lanes.filter(isReadable);
    set('sco_lanes_unreadable', lanes.length - readable.length, {});
    const names = readable.map(({ name }) => name);
    for (const { key, name, queue, paused, failures, ledger } of readable) {
      // Managers of two domains may have one name: the one would hide that the other is paused.
      const lane = names.indexOf(name) === names.lastIndexOf(name) ? name : `${name} (${key})`;
      const oldestMs = Math.min(nowMs, ...ledger.map(({ savedAtMs }) => savedAtMs));
      set('sco_lane_queue_places', queue.length, { lane });
      set('sco_lane_paused', paused === null ? 0 : 1, { lane });
      set('sco_lane_failures', failures.length, { lane });
      set('sco_ledger_entries', ledger.length, { lane });
      set('sco_ledger_age_seconds', (nowMs - oldestMs) / 1_000, { lane });
    }
  },
  workers(queues, set, nowMs) {
    for (const { queue, workers } of countWorkers(queues, nowMs)) set('sco_workers', workers, { queue });
  },
  tokens(workers, set) {
    for (const { server, expiresAtMs } of workers.flatMap(({ refreshTokens = [] }) => refreshTokens))
      set('sco_refresh_token_expiry_timestamp_seconds', expiresAtMs / 1_000, { server });
  },
};
