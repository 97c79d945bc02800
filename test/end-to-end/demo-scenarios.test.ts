import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { scenarios } from '../../src/demo/scenarios/index.js';

const ROOT = join(__dirname, '../..');

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** As a person types it, but for npm. */
async function demo(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/demo/main.ts', ...args], {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stdout, stderr };
}

describe('npm run demo', () => {
  // Two at a time: alone at the end of a run, they would leave a core idle for minutes.
  it.concurrent.each(scenarios.map(({ name }) => name))(
    'plays %s so that every expectation holds, and prints one JSON document',
    async (scenario) => {
      const { code, stdout, stderr } = await demo(['--scenario', scenario, '--json']);
      const result = JSON.parse(stdout) as {
        scenario: string;
        passed: boolean;
        expectations: { text: string; held: boolean; detail: string | null }[];
        tickets: { outcome: string | null }[];
      };
      expect(result.expectations.filter(({ held }) => !held)).toEqual([]);
      expect(result).toMatchObject({ scenario, passed: true });
      expect(result.tickets.filter(({ outcome }) => outcome === null)).toEqual([]);
      expect(code).toBe(0);
      expect(stderr).toContain('Temporal Web UI');
      expect(stderr).toMatch(/Ticket page +http:\/\/127\.0\.0\.1:\d+\/tickets /);
      expect(stderr).not.toContain('\u001b');
    },
  );

  it('plays happy as well on a SecureChange that answers with dates and names, and one entry as an object', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'demo-documented-'));
    const scenario = join(folder, 'scenario.json');
    writeFileSync(scenario, JSON.stringify({ switches: { forms: 'documented' } }));
    try {
      const { code, stdout } = await demo(['--scenario', 'happy', '--json'], {
        SIMULATOR_SCENARIO: scenario,
      });
      const { expectations } = JSON.parse(stdout) as { expectations: { text: string; held: boolean }[] };
      expect(expectations.filter(({ held }) => !held)).toEqual([]);
      expect(code).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('ends with 2 and the names for a scenario there is not', async () => {
    const { code, stdout, stderr } = await demo(['--scenario', 'nope', '--json']);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('worker-killed-in-commit');
  });
});
