import { setImmediate } from 'node:timers/promises';

import { openTraces, type OpenTraces } from '../../src/telemetry/otlp-traces.js';
import { tracesOf } from '../../src/telemetry/traces.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { eventually } from '../support/eventually.js';
import { receiveTraces, type TraceReceiver } from '../support/trace-receiver.js';

/** So many are sent at once, without waiting for more. */
const BATCH = 512;
const MOST_KEPT = 2_048;
const SERVICE = { service: 'test', instance: 'one', release: '0' } as const;

let receiver: TraceReceiver;
let traces: OpenTraces;
let nowMs: number;
let problems: string[];
let lost: number[];

function open(): void {
  traces = openTraces({
    ...SERVICE,
    endpoint: receiver.url,
    headers: undefined,
    now: () => nowMs,
    onProblem: (reason) => problems.push(reason),
    onTaken: (count) => lost.push(count),
  });
}

beforeEach(async () => {
  receiver = await receiveTraces();
  [nowMs, problems, lost] = [0, [], []];
});

afterEach(async () => {
  delete process.env.OTEL_EXPORTER_OTLP_TIMEOUT;
  receiver.answerAgain();
  await traces.close();
  await receiver.close();
});

/** As many spans as fill a batch, of work that must not notice them. */
async function work(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const start = { name: `work ${n}`, kind: 'work', attributes: {}, follows: [] } as const;
    expect(await traces.span(start, async () => n)).toBe(n);
    // So that what is sent is sent beside it.
    if (n % 100 === 0) await setImmediate();
  }
}

describe('a collector that does not answer', () => {
  it('is not waited for, and spans that it does not take are not kept beyond a bound', async () => {
    receiver.holdAnswers();
    open();

    await work(20_000);
    receiver.answerAgain();
    await traces.close();

    expect(receiver.spans.length).toBeGreaterThanOrEqual(BATCH);
    expect(receiver.spans.length).toBeLessThanOrEqual(MOST_KEPT + BATCH);
  });

  it('is said once, however many spans and batches it does not take', async () => {
    process.env.OTEL_EXPORTER_OTLP_TIMEOUT = '50';
    receiver.holdAnswers();
    open();

    for (const batches of [1, 2, 3]) {
      await work(BATCH);
      await eventually(`${batches} batches came`, () => receiver.bodies.length >= batches);
      nowMs += 3_600_000;
    }

    await eventually('the first has failed', () => problems.length > 0);
    expect(problems).toEqual([expect.stringMatching(/time/i)]);
    expect(lost).toEqual([]);
  });
});

describe('a collector that is away', () => {
  it('is said once, and when it is back, how many spans it lacks', async () => {
    process.env.OTEL_EXPORTER_OTLP_TIMEOUT = '200';
    const port = Number(new URL(receiver.url).port);
    await receiver.close();
    open();

    await work(BATCH);
    await eventually('a batch has failed', () => problems.length > 0);
    receiver = await receiveTraces({ port });
    await eventually('it takes spans again', async () => {
      await work(BATCH);
      return lost.length > 0;
    });

    expect(problems).toEqual([expect.stringContaining('ECONNREFUSED')]);
    expect(lost).toEqual([expect.any(Number)]);
    expect(lost[0]).toBeGreaterThanOrEqual(BATCH);
  });

  it('is not said again within a minute, when it takes some spans and others not', async () => {
    process.env.OTEL_EXPORTER_OTLP_TIMEOUT = '50';
    open();
    const fails = async (): Promise<void> => {
      receiver.holdAnswers();
      const before = receiver.bodies.length;
      await work(BATCH);
      await eventually('it keeps a batch waiting', () => receiver.bodies.length > before);
    };
    await fails();
    await eventually('it is said', () => problems.length === 1);
    receiver.answerAgain();
    await eventually('it takes spans', async () => {
      await work(BATCH);
      return lost.length === 1;
    });

    nowMs += 59_000;
    await fails();
    await fails();
    expect(problems.length).toBe(1);

    nowMs += 2_000;
    await fails();
    await eventually('it is said again', () => problems.length === 2);
  });
});

it('the log of a process has one line of a collector that is away', async () => {
  process.env.OTEL_EXPORTER_OTLP_TIMEOUT = '50';
  receiver.holdAnswers();
  const lines: string[] = [];
  const log = createLogger({ name: 'worker', write: (line) => lines.push(line) });
  const opened = await tracesOf({ otlpEndpoint: receiver.url }, SERVICE, log);
  if (opened === null) throw new Error('traces are off');
  traces = opened;

  for (const batches of [1, 2, 3]) {
    await work(BATCH);
    await eventually(`${batches} batches came`, () => receiver.bodies.length >= batches);
  }
  await eventually('it is said', () => lines.length > 1);

  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
    'traces are sent',
    'the collector of OTEL_EXPORTER_OTLP_ENDPOINT does not take traces; they are lost until it does, and nothing else is',
  ]);
});
