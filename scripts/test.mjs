// `npm test`: the whole suite. With arguments, one jest run with those arguments (`npm test -- test/phases`).
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onServers, serverless } from './test-layers.mjs';

const args = process.argv.slice(2);
const reports = mkdtempSync(join(tmpdir(), 'sco-test-'));
const passed = { count: 0 };
const failed = { count: 0, ended: false };

function run(command, commandArgs, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, commandArgs, { stdio: 'inherit', env: { ...process.env, ...env } });
    child.on('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
    child.on('exit', (code) => {
      resolve(code ?? 1);
    });
  });
}

async function jest(name, jestArgs, env) {
  const report = join(reports, `${name}.json`);
  const code = await run(
    process.execPath,
    ['node_modules/jest/bin/jest.js', ...jestArgs, '--passWithNoTests', '--json', `--outputFile=${report}`],
    env,
  );
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'));
    passed.count += result.numPassedTests;
    // A suite that cannot even be loaded counts as one failure, and so does a skipped test: neither proves anything.
    const notRun = result.numPendingTests + result.numTodoTests;
    failed.count += result.numFailedTests + result.numRuntimeErrorTestSuites + notRun;
    if (notRun > 0) console.error(`${String(notRun)} tests of ${name} did not run.`);
  } catch {
    failed.count += 1;
  }
  failed.ended ||= code !== 0;
}

try {
  if (args[0] === '--kill') {
    await setUpServers();
    await jest(
      'kill',
      ['--selectProjects', 'end-to-end', '--testPathPatterns', 'kill', '-w', '1', ...args.slice(1)],
      {
        SCO_TEST_KILL_MATRIX: 'full',
      },
    );
  } else if (args.length > 0) {
    await jest('chosen', args);
  } else {
    await setUpServers();
    await jest('serverless', ['--selectProjects', ...serverless, '-w', '2']);
    // Two at a time: most of their time is waiting for servers to start and for killed processes to come back.
    await jest('servers', ['--selectProjects', ...onServers, '-w', '2']);
  }
} finally {
  rmSync(reports, { recursive: true, force: true });
}

if (failed.ended && failed.count === 0) failed.count = 1;
console.log(`${String(passed.count)} passed, ${String(failed.count)} failed`);
process.exitCode = failed.count === 0 ? 0 : 1;

async function setUpServers() {
  const code = await run(process.execPath, ['--import', 'tsx', 'scripts/setup-servers.ts']);
  if (code !== 0) {
    console.log('0 passed, 1 failed');
    process.exit(1);
  }
}
