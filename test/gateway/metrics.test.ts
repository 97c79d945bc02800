import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { METRICS } from '../../src/domain/metrics.js';
import { WAITS } from '../../src/domain/phase.js';
import type { LaneView } from '../../src/domain/view.js';
import { createGatewayMetrics, type Figures } from '../../src/gateway/metrics.js';
import { serveMetrics } from '../../src/gateway/metrics-server.js';
import { keepFigures, readFigures } from '../../src/gateway/read-figures.js';
import { eventually } from '../support/eventually.js';
import { base64, basic, MEDIATOR, startGateway, type RunningGateway } from '../support/running-gateway.js';
import { samplesOf } from '../support/samples.js';

const ADVANCE = readFileSync(join(__dirname, '../fixtures/script/ticket_info.ADVANCE.xml'), 'utf8').trim();
const NOW_MS = 1_700_000_000_000;

async function trigger(gateway: RunningGateway, part: object = {}, password: string = MEDIATOR.password) {
  const body = { ticket_info: base64(ADVANCE), event: 'ADVANCE', args: '', script: 'ticket-events', ...part };
  const response = await fetch(`${gateway.url}/trigger_file`, {
    method: 'POST',
    headers: { authorization: basic(MEDIATOR.user, password), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return response.status;
}

describe('what the gateway counts', () => {
  let gateway: RunningGateway;
  beforeEach(async () => {
    gateway = await startGateway();
  });
  afterEach(() => gateway.close());
  const samples = async () => samplesOf(await gateway.metrics.text());

  it('is each stored event once, by its name', async () => {
    expect([await trigger(gateway), await trigger(gateway)]).toEqual([200, 200]);
    expect((await samples()).get('sco_events_acknowledged_total{event="ADVANCE"}')).toBe(2);
  });

  it('is one series for all names that SecureChange does not have, so that no caller can make more', async () => {
    for (const event of ['ODD-1', 'ODD-2', '__proto__']) await trigger(gateway, { event });
    const found = [...(await samples())].filter(([name]) => name.startsWith('sco_events_acknowledged_total'));
    expect(found).toEqual([['sco_events_acknowledged_total{event="other"}', 3]]);
  });

  it('is each refusal by its reason: a wrong password, a script that is not registered, Temporal away', async () => {
    await trigger(gateway, {}, 'wrong');
    await trigger(gateway, { script: 'unheard-of' });
    gateway.temporal.report = async () => {
      throw new Error('away');
    };
    expect(await trigger(gateway)).toBe(503);
    const seen = await samples();
    expect(seen.get('sco_events_refused_total{reason="unauthorised"}')).toBe(1);
    expect(seen.get('sco_events_refused_total{reason="unknown_script"}')).toBe(1);
    expect(seen.get('sco_events_refused_total{reason="temporal_away"}')).toBe(1);
    expect([...seen.keys()].some((name) => name.startsWith('sco_events_acknowledged_total'))).toBe(false);
    expect(seen.get('sco_event_answer_seconds_count')).toBe(3);
  });

  it('is no event where it is only a test of the connection', async () => {
    expect(await trigger(gateway, { event: 'TEST' })).toBe(200);
    expect([...(await samples()).keys()].some((name) => name.startsWith('sco_events_'))).toBe(false);
  });
});

function lane(part: Partial<LaneView>): LaneView {
  return { key: '8', name: 'PANO-8', queue: [], ledger: [], failures: [], paused: null, ...part } as LaneView;
}

const FIGURES: Figures = {
  tickets: {
    open: 9,
    parked: 2,
    waiting: { ...Object.fromEntries(WAITS.map((one) => [one, 0])), window: 7 } as never,
  },
  sweep: { endedAtMs: NOW_MS - 90_000 },
  control: { stopped: false, by: null, reason: null, sinceMs: null },
  lanes: [
    lane({ ledger: [entry(NOW_MS - 3_600_000), entry(NOW_MS - 60_000)] }),
    lane({ name: 'FMG-2', paused: { by: 'olga', reason: 'work', sinceMs: 0 } }),
    { key: '9', unreadable: 'no worker answered' },
  ],
  workers: [
    { name: 'sco', pollers: [asked('worker@a/7', 1_000), asked('worker@b/8', 200_000)] },
    { name: 'sco-push', pollers: [] },
  ],
  tokens: [{ refreshTokens: [{ server: 'itsm', expiresAtMs: NOW_MS + 5_000 }] } as never],
};

function asked(identity: string, agoMs: number) {
  return { identity, lastAskedAtMs: NOW_MS - agoMs };
}

function entry(savedAtMs: number): LaneView['ledger'][number] {
  return {
    ticketId: '1',
    target: 'DG',
    savedAtMs,
    state: 'saved',
    left: null,
    path: [],
    acceptedBy: null,
  };
}

function reading(part: Partial<{ [Part in keyof Figures]: () => Promise<Figures[Part]> }> = {}) {
  const metrics = createGatewayMetrics();
  const ask = { lanes: async () => FIGURES.lanes, ...part };
  const client = {
    status: {
      tickets: part.tickets ?? (async () => FIGURES.tickets),
      lastSweep: part.sweep ?? (async () => FIGURES.sweep),
      queues: part.workers ?? (async () => FIGURES.workers),
      configurations: part.tokens ?? (async () => FIGURES.tokens),
    },
    control: { get: part.control ?? (async () => FIGURES.control) },
    lanes: { list: async () => await ask.lanes() },
  } as never;
  const warned: string[] = [];
  const log = { warn: (facts: object) => void warned.push(JSON.stringify(facts)) };
  const deps = { client, metrics, log, now: () => NOW_MS };
  return { metrics, deps, warned, ask, samples: async () => samplesOf(await metrics.text()) };
}

describe('the figures of the installation', () => {
  it('say how many tickets wait for what, how old the ledger is, and when the last sweep ended', async () => {
    const { deps, samples } = reading();
    await readFigures(deps);
    const seen = await samples();
    expect(
      Object.fromEntries([...seen].filter(([name]) => /^sco_(?!event|figures|tickets_waiting)/.test(name))),
    ).toEqual({
      sco_tickets_open: 9,
      sco_tickets_parked: 2,
      sco_sweep_success_timestamp_seconds: (NOW_MS - 90_000) / 1_000,
      sco_pushes_stopped: 0,
      sco_lanes_unreadable: 1,
      'sco_lane_queue_places{lane="PANO-8"}': 0,
      'sco_lane_queue_places{lane="FMG-2"}': 0,
      'sco_lane_paused{lane="PANO-8"}': 0,
      'sco_lane_paused{lane="FMG-2"}': 1,
      'sco_lane_failures{lane="PANO-8"}': 0,
      'sco_lane_failures{lane="FMG-2"}': 0,
      'sco_ledger_entries{lane="PANO-8"}': 2,
      'sco_ledger_entries{lane="FMG-2"}': 0,
      'sco_ledger_age_seconds{lane="PANO-8"}': 3_600,
      'sco_ledger_age_seconds{lane="FMG-2"}': 0,
      'sco_workers{queue="sco"}': 1,
      'sco_workers{queue="sco-push"}': 0,
      'sco_refresh_token_expiry_timestamp_seconds{server="itsm"}': (NOW_MS + 5_000) / 1_000,
    });
    expect(seen.get('sco_tickets_waiting{reason="window"}')).toBe(7);
    expect(seen.get('sco_tickets_waiting{reason="operator"}')).toBe(0);
  });

  it('are absent before the first reading: 0 would be an alarm, or none', async () => {
    const { samples } = reading();
    expect([...(await samples()).keys()].filter((name) => /^sco_(?!event|figures)/.test(name))).toEqual([]);
  });

  it('count as read when the gateway began: one that never could read them raises its alert too', async () => {
    const metrics = createGatewayMetrics(NOW_MS);
    metrics.show('tickets', null, NOW_MS + 600_000);
    const text = await metrics.text();
    for (const part of ['tickets', 'sweep', 'control', 'lanes', 'workers', 'tokens'])
      expect(text).toContain(`sco_figures_success_timestamp_seconds{part="${part}"} ${NOW_MS / 1_000}\n`);
  });

  it('lose what can no longer be read, name it in the log, and keep the rest', async () => {
    const { deps, samples, ask, warned } = reading();
    await readFigures(deps);
    ask.lanes = async () => {
      throw new Error('no worker answered');
    };
    await readFigures(deps);
    const seen = await samples();
    expect([...seen.keys()].filter((name) => /^sco_(lane|ledger)/.test(name))).toEqual([]);
    expect(seen.get('sco_tickets_open')).toBe(9);
    expect(warned).toEqual(['{"part":"lanes","error":"Error: no worker answered"}']);
  });

  it('have a series of each of two managers of one name: neither hides that the other is paused', async () => {
    const { deps, samples, ask } = reading();
    const paused = { by: 'olga', reason: 'work', sinceMs: 0 };
    ask.lanes = async () => [lane({ key: '8', paused }), lane({ key: '9' })];
    await readFigures(deps);
    const seen = [...(await samples())].filter(([name]) => name.startsWith('sco_lane_paused'));
    expect(seen).toEqual([
      ['sco_lane_paused{lane="PANO-8 (8)"}', 1],
      ['sco_lane_paused{lane="PANO-8 (9)"}', 0],
    ]);
  });

  it('lose a lane that is gone', async () => {
    const { deps, samples, ask } = reading();
    await readFigures(deps);
    ask.lanes = async () => [lane({ name: 'FMG-2' })];
    await readFigures(deps);
    expect([...(await samples()).keys()].filter((name) => name.includes('PANO-8'))).toEqual([]);
  });

  it('are read on their own, not at each scrape, until the gateway ends', async () => {
    let readings = 0;
    const { deps, metrics } = reading({
      tickets: async () => {
        readings += 1;
        return FIGURES.tickets;
      },
    });
    const ending = new AbortController();
    const ended = keepFigures(deps, 3_600_000, ending.signal);
    await eventually('it has read once', () => readings === 1);
    for (let scrape = 0; scrape < 5; scrape += 1) await metrics.text();
    expect(readings).toBe(1);
    ending.abort();
    await ended;
    expect(readings).toBe(1);
  });
});

describe('the address of the metrics', () => {
  it('serves the page of Prometheus there, and nothing else', async () => {
    const { metrics } = reading();
    const { url, close } = await serveMetrics(metrics, { host: '127.0.0.1', port: 0 });
    try {
      const page = await fetch(url);
      expect(page.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
      expect(samplesOf(await page.text()).has('process_resident_memory_bytes')).toBe(true);
      for (const path of ['/', '/readyz', '/metrics/x', '/v1/tickets'])
        expect((await fetch(new URL(path, url))).status).toBe(404);
      expect((await fetch(url, { method: 'POST' })).status).toBe(404);
    } finally {
      await close();
    }
  });

  it('is not one of the gateway itself', async () => {
    const gateway = await startGateway();
    expect((await fetch(`${gateway.url}/metrics`)).status).toBe(404);
    await gateway.close();
  });
});

it('names of metrics follow the conventions of Prometheus', () => {
  for (const [name, { kind, labels }] of Object.entries(METRICS)) {
    expect(name).toMatch(/^sco_[a-z]+(_[a-z]+)*$/);
    expect([name, name.endsWith('_total')]).toEqual([name, kind === 'counter']);
    if (kind === 'histogram') expect(name).toMatch(/_seconds$/);
    for (const label of labels) expect(['ticket', 'device', 'target', 'user']).not.toContain(label);
  }
});
