/** Every metric of our own: the one table that gateway, worker, documents, alert rules and dashboard agree on. */

interface Metric {
  /** Which process exports it. */
  readonly by: 'gateway' | 'worker';
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** Never a ticket or a device: each value of a label is a series for ever. */
  readonly labels: readonly string[];
  readonly help: string;
  /** Upper bounds, of a histogram. */
  readonly buckets?: readonly number[];
}

/** Seconds: an answer to a mediator. */
const ANSWER = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Seconds: what SecureChange and managers take. */
const LONG = [1, 5, 15, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200];
/** Seconds: what may be tried for days. */
const OUTBOX = [1, 5, 30, 60, 300, 900, 3_600, 14_400, 86_400, 259_200];

export const METRICS = {
  sco_events_acknowledged_total: {
    by: 'gateway',
    kind: 'counter',
    labels: ['event'],
    help: 'Events of SecureChange that were answered with 200, because Temporal had stored them.',
  },
  sco_events_refused_total: {
    by: 'gateway',
    kind: 'counter',
    labels: ['reason'],
    help: 'Calls of mediators with an event that were refused, by the code of the problem.',
  },
  sco_event_answer_seconds: {
    by: 'gateway',
    kind: 'histogram',
    labels: [],
    help: 'How long the mediator waited for the answer to an event.',
    buckets: ANSWER,
  },
  sco_tickets_open: {
    by: 'gateway',
    kind: 'gauge',
    labels: [],
    help: 'Tickets that a workflow follows.',
  },
  sco_tickets_parked: {
    by: 'gateway',
    kind: 'gauge',
    labels: [],
    help: 'Tickets that need an operator.',
  },
  sco_tickets_waiting: {
    by: 'gateway',
    kind: 'gauge',
    labels: ['reason'],
    help: 'Open tickets, by what they wait for.',
  },
  sco_sweep_success_timestamp_seconds: {
    by: 'gateway',
    kind: 'gauge',
    labels: [],
    help: 'When the last sweep ended that did not fail.',
  },
  sco_pushes_stopped: {
    by: 'gateway',
    kind: 'gauge',
    labels: [],
    help: '1 while the stop switch is on, so that nothing is pushed.',
  },
  sco_lane_queue_places: {
    by: 'gateway',
    kind: 'gauge',
    labels: ['lane'],
    help: 'Places of tickets in the queue of a manager; at most 200 are counted.',
  },
  sco_lane_paused: {
    by: 'gateway',
    kind: 'gauge',
    labels: ['lane'],
    help: '1 while an operator or a push that went back has paused the lane.',
  },
  sco_lane_failures: {
    by: 'gateway',
    kind: 'gauge',
    labels: ['lane'],
    help: 'Targets of a manager whose last push failed and waits for an operator.',
  },
  sco_ledger_entries: {
    by: 'gateway',
    kind: 'gauge',
    labels: ['lane'],
    help: 'Updates that are saved on a manager and not live.',
  },
  sco_ledger_age_seconds: {
    by: 'gateway',
    kind: 'gauge',
    labels: ['lane'],
    help: 'Age of the oldest Update that is saved and not live; 0 when there is none.',
  },
  sco_lanes_unreadable: {
    by: 'gateway',
    kind: 'gauge',
    labels: [],
    help: 'Lanes that did not answer: no worker runs, or their code fails.',
  },
  sco_workers: {
    by: 'gateway',
    kind: 'gauge',
    labels: ['queue'],
    help: 'Workers that asked a task queue for work within the last 75 s.',
  },
  sco_refresh_token_expiry_timestamp_seconds: {
    by: 'gateway',
    kind: 'gauge',
    labels: ['server'],
    help: 'When the refresh token of an outbound server ends, once that is soon.',
  },
  sco_figures_success_timestamp_seconds: {
    by: 'gateway',
    kind: 'gauge',
    labels: ['part'],
    help: 'When the gateway last read the figures of tickets, sweep, switch, lanes, workers and tokens; before its first reading, when it began.',
  },
  sco_push_duration_seconds: {
    by: 'worker',
    kind: 'histogram',
    labels: ['kind', 'result'],
    help: 'Length of a push, from its start to its results; result is the worst of its members.',
    buckets: LONG,
  },
  sco_windows_missed_total: {
    by: 'worker',
    kind: 'counter',
    labels: ['lane'],
    help: 'Openings of a change window that ended while a ticket waited for them.',
  },
  sco_message_age_seconds: {
    by: 'worker',
    kind: 'histogram',
    labels: ['server', 'result'],
    help: 'Age of a message of an outbox at the end of each attempt to send it.',
    buckets: OUTBOX,
  },
  sco_outbox_age_seconds: {
    by: 'worker',
    kind: 'gauge',
    labels: ['server'],
    help: 'Age of the oldest message that this worker tries to send, over all open tickets; 0 when none waits.',
  },
  sco_script_runs_total: {
    by: 'worker',
    kind: 'counter',
    labels: ['script', 'result'],
    help: 'Runs of custom scripts; result is succeeded, failed or why the script did not end by itself.',
  },
} as const satisfies Readonly<Record<string, Metric>>;

type All = typeof METRICS;
export type MetricName = keyof All;
export type MetricOf<By extends Metric['by'], Kind extends Metric['kind'] = Metric['kind']> = {
  [Name in MetricName]: All[Name] extends { readonly by: By; readonly kind: Kind } ? Name : never;
}[MetricName];
/** Exactly the labels of the table. */
export type LabelsOf<Name extends MetricName> = Readonly<Record<All[Name]['labels'][number], string>>;

/** Adds to a counter of the worker, sets a gauge, or observes a value in a histogram. */
export type Measure = <Name extends MetricOf<'worker'>>(
  name: Name,
  value: number,
  labels: LabelsOf<Name>,
) => void;

/** The part of the SDK's meter that is used here. */
interface Meter {
  createCounter(
    name: string,
    unit?: string,
    help?: string,
  ): { add(value: number, tags: Record<string, string>): void };
  createGauge(
    name: string,
    type?: 'int' | 'float',
    unit?: string,
    help?: string,
  ): { set(value: number, tags: Record<string, string>): void };
  createHistogram(
    name: string,
    type?: 'int' | 'float',
    unit?: string,
    help?: string,
  ): { record(value: number, tags: Record<string, string>): void };
}

/** Measures with a meter of the SDK, whose exporter adds the `_total` of counters itself. */
export function measureWith(meter: Meter): Measure {
  return (name, value, labels) => {
    const { kind, help } = METRICS[name];
    switch (kind) {
      case 'counter':
        meter.createCounter(name.replace(/_total$/, ''), undefined, help).add(value, { ...labels });
        return;
      case 'gauge':
        meter.createGauge(name, 'float', undefined, help).set(value, { ...labels });
        return;
      case 'histogram':
        meter.createHistogram(name, 'float', undefined, help).record(value, { ...labels });
    }
  };
}
