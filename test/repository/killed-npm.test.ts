import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { answersHttp } from '../../src/embedded/readiness.js';
import { freePorts } from '../../src/embedded/free-ports.js';
import { eventually } from '../support/eventually.js';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

/** They read or write files of the checkout for some seconds, and start nothing. */
const SHORT = ['schemas', 'schemas:check', 'document-paths', 'words', 'answers', 'scripts:hash'];

describe('a program that npm runs', () => {
  it('looks for the end of npm, whichever of ours it is', () => {
    const ours = Object.entries(scripts).filter(
      ([name, command]) => command.startsWith('node ') && !SHORT.includes(name),
    );
    expect(ours.map(([name]) => name)).toEqual(
      expect.arrayContaining(['start', 'demo', 'gateway', 'worker', 'simulator', 'sco', 'soak', 'bench']),
    );
    expect(ours.filter(([, command]) => !command.includes('--import ./scripts/end-with-npm.mjs'))).toEqual(
      [],
    );
  });

  let npm: ChildProcess | undefined;
  afterEach(() => npm?.kill('SIGKILL'));

  it.each(['SIGTERM', 'SIGKILL'] as const)('ends when npm is killed with %s', async (signal) => {
    const [port] = await freePorts(1);
    npm = spawn('npm', ['run', '--silent', 'simulator', '--', '--port', String(port)], {
      stdio: 'ignore',
      detached: true,
    });
    const address = `http://127.0.0.1:${String(port)}/`;
    await eventually('the simulator answers', () => answersHttp(address));
    npm.kill(signal);
    await eventually('the simulator has ended', async () => !(await answersHttp(address)));
  });
});
