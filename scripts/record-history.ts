// `npm run replay:record -- NAME [--overwrite]`: plays a demo scenario and keeps the histories it leaves, for test/replay.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import pc from 'picocolors';
import { renderMediator } from '../src/cli/mediator-script.js';
import { createLiveView } from '../src/demo/live-view.js';
import { play } from '../src/demo/player.js';
import { scenarios } from '../src/demo/scenarios/index.js';
import { startDemo, type RunningDemo } from '../src/demo/running-demo.js';
import { SWEEP_WORKFLOW_ID } from '../src/domain/ids.js';
import { exitOnInterrupt } from '../src/embedded/interrupts.js';
import { connectTemporal } from '../src/temporal/connect.js';
import { readHistory } from '../src/temporal/read-history.js';
import { searchAttributeTable } from '../workflows/search-attributes.js';
import { cleanHistory, findForbidden } from './clean-history.js';

const HISTORIES = join(import.meta.dirname, '../test/replay/histories');
/** The list of workflows lags a little behind what runs. */
const LISTED_WITHIN_MS = 20_000;

class Refused extends Error {}

async function record(name: string, overwrite: boolean): Promise<void> {
  const scenario = scenarios.find((each) => each.name === name);
  if (scenario === undefined) {
    const names = scenarios.map((each) => each.name).join(', ');
    throw new Refused(`There is no scenario "${name}". There are: ${names}.`);
  }
  const folder = join(HISTORIES, name);
  if (existsSync(folder) && !overwrite) {
    throw new Refused(
      `${folder} exists. A recording proves that tickets started before a change live on after it; a new one in its ` +
        'place proves nothing about them. If no running ticket needs to stay (say so in CHANGELOG.md), add --overwrite.',
    );
  }
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const demo = await startDemo({
    searchAttributes: searchAttributeTable(),
    renderMediator,
    ...(scenario.mediatorScript !== undefined && { mediatorScript: scenario.mediatorScript }),
    ...(scenario.configure !== undefined && { configure: scenario.configure }),
    log,
  });
  let passed = false;
  try {
    const screen = createLiveView({ stream: process.stderr, colours: pc.createColors(false) });
    const result = await play(scenario, demo, screen);
    screen.done();
    passed = result.passed;
    if (!passed) {
      const failed = result.expectations.filter(({ held }) => !held);
      const reasons = failed.map(({ text, detail }) => `${text} (${detail ?? '-'})`).join('; ');
      throw new Refused(`The scenario did not pass, so its histories are not worth keeping: ${reasons}.`);
    }
    const files = await readHistories(
      demo,
      result.tickets.map(({ ticketId }) => ticketId),
    );
    const bad = [...files].flatMap(([file, { readable }]) => {
      return findForbidden(readable, forbiddenIn(demo)).map((what) => `${file} contains ${what}`);
    });
    if (bad.length > 0) throw new Refused(`Nothing was written: ${bad.join('; ')}.`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const [file, { json }] of files) writeFileSync(join(folder, file), json);
    log(`${files.size} histories in ${folder}: ${readdirSync(folder).join(', ')}`);
  } finally {
    await demo.stop({ keepFiles: !passed });
  }
}

/** Every run of the scenario's tickets and of whatever else they brought to life, and one round of the sweep. */
async function readHistories(
  { product, dataDir }: RunningDemo,
  ticketIds: readonly string[],
): Promise<Map<string, ReturnType<typeof cleanHistory>>> {
  const { client, close } = await connectTemporal({
    address: product.temporal.address,
    identity: 'record@script',
  });
  try {
    const standIns = new Map([
      [dataDir, '/recorded'],
      [`@${hostname()}`, '@recorded'],
    ]);
    const until = Date.now() + LISTED_WITHIN_MS;
    const wanted = (id: string): boolean => !id.startsWith(SWEEP_WORKFLOW_ID);
    for (;;) {
      const runs: { workflowId: string; runId: string; startTime: Date; closed: boolean }[] = [];
      for await (const { workflowId, runId, startTime, closeTime } of client.workflow.list())
        runs.push({ workflowId, runId, startTime, closed: closeTime !== undefined });
      runs.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
      const sweep = runs.filter(({ workflowId, closed }) => !wanted(workflowId) && closed).at(-1);
      const tickets = runs.filter(({ workflowId }) => workflowId.startsWith('ticket/'));
      // A push outlives the result that its tickets wait for by a moment.
      const drives = runs.filter(({ workflowId }) => /^(ticket|push)\//.test(workflowId));
      const complete = ticketIds.every((id) =>
        tickets.some(({ workflowId, closed }) => closed && workflowId === `ticket/${id}`),
      );
      if (sweep !== undefined && complete && drives.every(({ closed }) => closed)) {
        const files = new Map<string, ReturnType<typeof cleanHistory>>();
        for (const { workflowId, runId } of [...runs.filter((run) => wanted(run.workflowId)), sweep]) {
          const history = await readHistory(client, workflowId, runId);
          const plain = wanted(workflowId) ? plainName(workflowId, runs) : SWEEP_WORKFLOW_ID;
          files.set(freeName(files, plain), cleanHistory(historyToJSON(history), standIns));
        }
        return files;
      }
      if (Date.now() > until) throw new Refused('Not every ticket of the scenario came to its end.');
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  } finally {
    await close();
  }
}

/** `ticket-1`, `lane-20`, `push-20-1`: the pushes of a lane are counted, their numbers are instants. */
function plainName(workflowId: string, runs: readonly { readonly workflowId: string }[]): string {
  const [, lane] = /^push\/(.+)\/\d+$/.exec(workflowId) ?? [];
  if (lane === undefined) return workflowId.replaceAll('/', '-');
  const pushes = [...new Set(runs.map((run) => run.workflowId))].filter((id) =>
    id.startsWith(`push/${lane}/`),
  );
  return `push-${lane}-${pushes.indexOf(workflowId) + 1}`;
}

/** A ticket with several runs (a late event, continue as new) has a file for each. */
function freeName(files: ReadonlyMap<string, unknown>, plain: string): string {
  for (let run = 1; ; run += 1) {
    const name = run === 1 ? `${plain}.json` : `${plain}-run-${run}.json`;
    if (!files.has(name)) return name;
  }
}

/** What no recording may contain, by a neutral name. */
function forbiddenIn({ product, dataDir }: RunningDemo): Map<string, string> {
  const forbidden = new Map([
    ['the path of the data directory', dataDir],
    ['the path of the checkout', join(import.meta.dirname, '..')],
    ['the home directory', homedir()],
    ['the folder for temporary files', `${tmpdir()}/`],
    ['the name of this machine', `@${hostname()}`],
  ]);
  for (const [name, value] of Object.entries(product.env)) {
    if (/PASSWORD|KEY|CREDENTIAL|TOKEN/.test(name) && value !== undefined && value.length >= 12)
      forbidden.set(`the value of ${name}`, value);
  }
  for (const [name, file] of [
    ["the operator's token", product.operatorTokenFile],
    ["the approver's token", product.approverTokenFile],
  ] as const) {
    if (file !== undefined) forbidden.set(name, readFileSync(file, 'utf8').trim());
  }
  return forbidden;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { overwrite: { type: 'boolean', default: false } },
});
const [name] = positionals;
if (name === undefined) {
  process.stderr.write('npm run replay:record -- NAME [--overwrite]; NAME is a demo scenario\n');
  process.exitCode = 2;
} else {
  exitOnInterrupt();
  try {
    await record(name, values.overwrite);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
