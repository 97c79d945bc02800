// `npm run verify`: everything that can be checked without a server, three checks at a time.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

const bin = (name, path) => [process.execPath, `node_modules/${name}/${path}`];

/** For a checker, which makes much and keeps much: a tenth less time, most of it the collector's. */
const roomForTheYoung = '--max-semi-space-size=64';

/** Three on two cores, because tests often wait for sockets and child processes: the layers that wait most come first. */
const AT_A_TIME = 3;

/** What each check is called, and what repairs it. The long ones first, so that the short ones fill the gaps. */
const steps = [
  {
    checks: { types: 'npm run types', lint: 'npm run lint -- --fix' },
    command: [process.execPath, roomForTheYoung, 'scripts/check-types-and-lint.mjs'],
  },
  {
    checks: { tests: 'npm test -- PATH' },
    command: [
      ...bin('jest', 'bin/jest.js'),
      '--config',
      'scripts/jest-by-layer.config.mjs',
      '-w',
      '4',
      '--silent',
    ],
  },
  {
    checks: { format: 'npm run format' },
    command: [
      ...bin('prettier', 'bin/prettier.cjs'),
      '--check',
      '--log-level',
      'warn',
      // Remembered by content, options and version: a file's format depends on nothing else.
      '--cache',
      '--cache-strategy',
      'content',
      '.',
    ],
  },
  {
    checks: { rooms: 'see .dependency-cruiser.cjs: each rule is named for what it protects' },
    command: [...bin('dependency-cruiser', 'bin/dependency-cruise.mjs'), ...roomFolders()],
  },
  { checks: { 'unused code': 'npx knip' }, command: bin('knip', 'bin/knip.js') },
  {
    checks: { schemas: 'npm run schemas' },
    command: [process.execPath, '--import', 'tsx', 'scripts/generate-schemas.ts', '--check'],
  },
  {
    checks: { 'document paths': 'correct the path in the document' },
    command: [process.execPath, 'scripts/check-document-paths.mjs'],
  },
];

function roomFolders() {
  return ['src', 'workflows', 'activities', 'workers', 'packages'].filter((folder) => existsSync(folder));
}

/** One check is judged by the exit code; a process with several tells of each, and what it does not tell has failed. */
function runStep({ checks, command: [command, ...args] }) {
  const names = Object.keys(checks);
  const startedAt = Date.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe', names.length > 1 ? 'ipc' : 'ignore'],
    });
    const told = new Map();
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('message', (result) => told.set(result.name, result));
    const end = (passed) => {
      const seconds = (Date.now() - startedAt) / 1000;
      resolve(
        names.map((name) => ({
          seconds,
          ...told.get(name),
          output: [told.get(name)?.output, output].filter(Boolean).join('\n'),
          // Also when it breaks down after its last word.
          passed: passed && (names.length === 1 || told.get(name)?.passed === true),
          name,
          repair: checks[name],
        })),
      );
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
const results = new Map();

async function workThrough() {
  for (let step = queue.shift(); step; step = queue.shift()) {
    for (const result of await runStep(step)) {
      results.set(result.name, result);
      if (!result.passed) process.stdout.write(`\n${result.name} failed:\n${result.output}\n`);
    }
  }
}
await Promise.all(Array.from({ length: AT_A_TIME }, workThrough));

const names = steps.flatMap(({ checks }) => Object.keys(checks));
const width = Math.max(...names.map((name) => name.length));
process.stdout.write('\n');
for (const name of names) {
  const { passed, seconds, repair, note } = results.get(name);
  const line = `${name.padEnd(width)}  ${seconds.toFixed(1).padStart(5)} s  ${passed ? ['ok', note].filter(Boolean).join('  ') : `FAILED  ${repair}`}`;
  process.stdout.write(`${line}\n`);
}
const failed = names.filter((name) => !results.get(name).passed).length;
process.stdout.write(
  `${'in all'.padEnd(width)}  ${((Date.now() - startedAt) / 1000).toFixed(1).padStart(5)} s  ` +
    `${failed === 0 ? 'everything holds' : `${String(failed)} of ${String(names.length)} failed`}\n`,
);
process.exitCode = failed === 0 ? 0 : 1;
