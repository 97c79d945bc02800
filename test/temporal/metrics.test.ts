import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import { Runtime } from '@temporalio/worker';

import { measureWith } from '../../src/domain/metrics.js';
import { metricsOn } from '../../workers/metrics-on.js';
import { alertRules, panels, readBy } from '../support/alert-rules.js';
import { eventually } from '../support/eventually.js';
import { firewallChange, manager } from '../support/firewall-change.js';
import { samplesOf } from '../support/samples.js';
import { startTestDevServer, type TestDevServer } from '../support/temporal-server.js';
import { TestEnvironment } from '../support/test-environment.js';

let server: TestDevServer;
let env: TestEnvironment;
let port: number;

beforeAll(async () => {
  port = await freePort();
  Runtime.install({ shutdownSignals: [], telemetryOptions: metricsOn({ host: '127.0.0.1', port }) });
  server = await startTestDevServer();
  env = await TestEnvironment.start({
    address: server.address,
    // Every task replays its run: what was measured must not be measured again.
    maxCachedWorkflows: 0,
    deps: () => ({ measure: measureWith(Runtime.instance().metricMeter) }),
  });
});

afterAll(async () => {
  await env.stop();
  await server.stop();
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port: free } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return free;
}

async function scrape(): Promise<ReadonlyMap<string, number>> {
  const page = await fetch(`http://127.0.0.1:${port}/metrics`);
  return samplesOf(await page.text());
}

const sum = (samples: ReadonlyMap<string, number>, pattern: RegExp): number =>
  [...samples].reduce((all, [name, value]) => all + (pattern.test(name) ? value : 0), 0);

it("a worker serves our metrics and the SDK's on one page, each thing counted once however often it is replayed", async () => {
  env.fake.processes.set('Firewall change', firewallChange({ saveUpdates: 'inWindow' }));
  await env.reach(env.ticket('1', { devices: [manager('FW1')] }), 'Implementation');
  await env.ended('1');

  const samples = await eventually('the push is on the page', async () => {
    const seen = await scrape();
    return sum(seen, /^sco_push_duration_seconds_count\{/) > 0 ? seen : undefined;
  });
  expect(sum(samples, /^sco_push_duration_seconds_count\{.*kind="commit".*result="live"/)).toBe(1);
  expect(sum(samples, /^sco_message_age_seconds_count\{.*result="acknowledged"/)).toBe(
    env.fake.messages.length,
  );
  expect(
    [...samples.keys()].some((name) => /^sco_push_duration_seconds_bucket\{.*le="7200"/.test(name)),
  ).toBe(true);
  // A ticket in a label would be a series for ever.
  expect([...samples.keys()].filter((name) => /ticket\/\d|="FW1"/.test(name))).toEqual([]);
});

it('a gauge is served with what it was set to last', async () => {
  const measure = measureWith(Runtime.instance().metricMeter);
  for (const age of [30, 1_900]) measure('sco_outbox_age_seconds', age, { server: 'servicenow' });
  const seen = [...(await scrape())].filter(([name]) => name.startsWith('sco_outbox_age_seconds{'));
  expect(seen).toEqual([[expect.stringContaining('server="servicenow"'), 1_900]]);
});

it("serves each of the SDK's metrics that alerts and dashboard read", async () => {
  const expressions = [
    ...alertRules().map(({ expr }) => expr),
    ...panels().flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ];
  const named = new Set(
    expressions.flatMap((expr) => readBy(expr).metrics).filter((name) => /^temporal_/.test(name)),
  );
  expect(named.size).toBeGreaterThan(1);
  // Named only once a task has failed.
  named.delete('temporal_workflow_task_execution_failed_total');
  const samples = await scrape();
  for (const name of named)
    expect([...samples.keys()].map((each) => each.replace(/\{.*/, ''))).toContain(name);
});

it('the tickets are counted by what they wait for, whatever is running besides them', async () => {
  await env.reach(env.ticket('2', { devices: [manager('FW2')] }), 'Approval');
  await env.until('2', 'asks for approval', (view) => view.waiting?.for === 'approval');
  const figures = await eventually('visibility shows it', async () => {
    const seen = await env.client.status.tickets();
    return seen.waiting.approval === 1 ? seen : undefined;
  });
  expect(figures).toMatchObject({ open: 1, parked: 0, waiting: { approval: 1, operator: 0, window: 0 } });
});
