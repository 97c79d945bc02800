// `npm run verify`: everything that can be checked without a server, two checks at a time.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { serverless } from './test-layers.mjs';

const bin = (name, path) => [process.execPath, `node_modules/${name}/${path}`];

/** The long ones first, so that the short ones fill the second core. */
const steps = [
  {
    name: 'tests',
    command: [
      ...bin('jest', 'bin/jest.js'),
      '--selectProjects',
      ...serverless,
      '--passWithNoTests',
      // Two, although another check runs beside it: many of these tests wait for sockets and child processes.
      '-w',
      '2',
      '--silent',
    ],
    repair: 'npm test -- PATH',
  },
  { name: 'lint', command: [...bin('eslint', 'bin/eslint.js'), '.'], repair: 'npm run lint -- --fix' },
  { name: 'types', command: [...bin('typescript', 'bin/tsc'), '--noEmit'], repair: 'npm run types' },
  {
    name: 'format',
    command: [...bin('prettier', 'bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'],
    repair: 'npm run format',
  },
  {
    name: 'rooms',
    command: [...bin('dependency-cruiser', 'bin/dependency-cruise.mjs'), ...roomFolders()],
    repair: 'see .dependency-cruiser.cjs: each rule is named for what it protects',
  },
  { name: 'unused code', command: [...bin('knip', 'bin/knip.js')], repair: 'npx knip' },
  {
    name: 'schemas',
    command: [process.execPath, '--import', 'tsx', 'scripts/generate-schemas.ts', '--check'],
    repair: 'npm run schemas',
  },
  {
    name: 'document paths',
    command: [process.execPath, 'scripts/check-document-paths.mjs'],
    repair: 'correct the path in the document',
  },
];

function roomFolders() {
  return ['src', 'workflows', 'activities', 'workers'].filter((folder) => existsSync(folder));
}

function runStep(step) {
  const startedAt = Date.now();
  return new Promise((resolve) => {
    const [command, ...args] = step.command;
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    const end = (passed) => {
      resolve({ ...step, passed, output, seconds: (Date.now() - startedAt) / 1000 });
    };
    child.on('error', (error) => {
      output += error.message;
      end(false);
    });
    child.on('close', (code) => {
      end(code === 0);
    });
  });
}

const startedAt = Date.now();
const queue = [...steps];
const results = [];

async function workThrough() {
  for (let step = queue.shift(); step; step = queue.shift()) {
    const result = await runStep(step);
    results.push(result);
    if (!result.passed) process.stdout.write(`\n${result.name} failed:\n${result.output}\n`);
  }
}
await Promise.all([workThrough(), workThrough()]);

const width = Math.max(...steps.map((step) => step.name.length));
process.stdout.write('\n');
for (const { name } of steps) {
  const { passed, seconds, repair } = results.find((result) => result.name === name);
  const line = `${name.padEnd(width)}  ${seconds.toFixed(1).padStart(5)} s  ${passed ? 'ok' : `FAILED  ${repair}`}`;
  process.stdout.write(`${line}\n`);
}
const failed = results.filter((result) => !result.passed).length;
process.stdout.write(
  `${'in all'.padEnd(width)}  ${((Date.now() - startedAt) / 1000).toFixed(1).padStart(5)} s  ` +
    `${failed === 0 ? 'everything holds' : `${String(failed)} of ${String(steps.length)} failed`}\n`,
);
process.exitCode = failed === 0 ? 0 : 1;
