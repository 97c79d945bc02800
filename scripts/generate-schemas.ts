// Writes .env.example, config/schema/*.schema.json, docs/codes.md, docs/metrics.md, docs/openapi.json and the table of docs/settings.md; with --check only says which are stale.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format } from 'prettier';
import { jsonSchemas } from '../src/config/json-schemas.js';
import { openApi } from '../src/gateway/open-api.js';
import { CODES, TUFIN_REASONS } from '../src/domain/codes.js';
import { METRICS } from '../src/domain/metrics.js';
import { generateEnvExample, generateSettingsMarkdown } from '../src/config/settings-table.js';

const root = join(import.meta.dirname, '..');
const folder = 'config/schema';
const wanted = new Map([
  ['.env.example', generateEnvExample()],
  ['docs/codes.md', await withCodes()],
  ['docs/metrics.md', await withMetrics()],
  ['docs/openapi.json', `${JSON.stringify(openApi(), null, 2)}\n`],
  ['docs/settings.md', withSettings(read('docs/settings.md') ?? '')],
  ...[...jsonSchemas()].map(([name, schema]): [string, string] => [
    `${folder}/${name}`,
    `${JSON.stringify(schema, null, 2)}\n`,
  ]),
]);

const stale = [...wanted].filter(([path, text]) => read(path) !== text).map(([path]) => path);
const left = list(folder).filter((name) => !wanted.has(`${folder}/${name}`));

if (process.argv.includes('--check')) {
  for (const path of stale) console.error(`${path} is stale: npm run schemas`);
  for (const name of left) console.error(`${folder}/${name} belongs to no schema: remove it`);
  process.exitCode = stale.length + left.length === 0 ? 0 : 1;
} else {
  for (const path of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), wanted.get(path) ?? '');
    console.log(`wrote ${path}`);
  }
  if (stale.length === 0) console.log('everything is up to date');
}

/** Every failure and parking code with its sentence, as Prettier leaves it. */
function withCodes(): Promise<string> {
  const table = (first: string, rows: Readonly<Record<string, string>>): string =>
    [
      `| ${first} | What it says |`,
      '| --- | --- |',
      ...Object.entries(rows).map(([code, text]) => `| \`${code}\` | ${text} |`),
    ].join('\n');
  const text = `# Codes

Why a call failed or a ticket waits for a person: \`domain.snake_reason\`. Made from \`src/domain/codes.ts\` by \`npm run schemas\`.
What to do about a parked ticket: [A ticket is parked](runbook.md#a-ticket-is-parked).

${table('Code', CODES)}

## What SecureChange and SecureTrack say

With the system in front: \`securechange.locked\`, \`securetrack.locked\`.

${table('Reason', TUFIN_REASONS)}
`;
  return format(text, { parser: 'markdown', printWidth: 120, proseWrap: 'always' });
}

/** Every metric with its labels, as Prettier leaves it. */
function withMetrics(): Promise<string> {
  const rows = Object.entries(METRICS).map(
    ([name, { by, labels, help }]) =>
      `| \`${name}\` | ${by} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
  );
  const text = `# Metrics and alerts

Gateway and worker serve metrics for Prometheus where a setting says so: \`GATEWAY_METRICS_ADDRESS=9464\`,
\`WORKER_METRICS_ADDRESS=9465\` (loopback), each at \`/metrics\`. There is no sign-in and no TLS: only Prometheus should
reach these addresses. No metric has a ticket, a device, a person or a secret in it; the label \`lane\` is the name of a
manager, with its key where two have the same name.

- [deploy/prometheus/prometheus.yaml](../deploy/prometheus/prometheus.yaml): what to scrape.
- [deploy/prometheus/alerts.yaml](../deploy/prometheus/alerts.yaml): alert rules; each names the command to type.
- [deploy/grafana/dashboard.json](../deploy/grafana/dashboard.json): a dashboard to import.

What happens is counted where it happens. The figures of the whole installation (tickets, lanes, sweep, tokens) are read
by each gateway every 30 s, however often Prometheus asks; with several gateways take the \`max\`. A figure that cannot be
read is not there, instead of an old one. The worker adds the metrics of the Temporal SDK, with the prefix \`temporal_\`,
the gateway those of its process (\`process_\`, \`nodejs_\`). Labels of the SDK, such as \`workflow_type\`, are added to
those below.

| Metric | Of | Labels | What it says |
| --- | --- | --- | --- |
${rows.join('\n')}

A message has no series of its own: \`sco_message_age_seconds\` is observed at the end of each attempt, so an outbox that
does not get through shows as old attempts with \`result="failed"\`, and a message that is held as a parked ticket.
\`sco_outbox_age_seconds\` says how old the oldest is that a worker tries; take the \`max\` over the workers. A worker
forgets a message 15 minutes after its last attempt, because another worker may have delivered it: the figure may
fall that much late, and a worker that was restarted has none until the next attempt, at most 5 minutes later.

Made from \`src/domain/metrics.ts\` by \`npm run schemas\`.
`;
  return format(text, { parser: 'markdown', printWidth: 120, proseWrap: 'always' });
}

/** The page with the table of settings between its two marks. */
function withSettings(page: string): string {
  return page.replace(
    /(<!-- settings: [^\n]*-->\n)[\s\S]*?(<!-- end of settings -->)/,
    (_all, start: string, end: string) => `${start}\n${generateSettingsMarkdown()}\n${end}`,
  );
}

function read(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return undefined;
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(join(root, path));
  } catch {
    return [];
  }
}
