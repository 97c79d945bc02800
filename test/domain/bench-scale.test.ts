import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { cpuOfTrees } from '../bench/cpu-used.js';
import { limitOf, perSecond, together, type Round } from '../bench/scale-limit.js';

const CPU = { workers: 0, temporal: 0, postgresql: 0, gateways: 0, simulator: 0, bench: 0 };

function round(part: Partial<Round>): Round {
  return { tickets: 100, tookMs: 20_000, cpuMs: CPU, busy: 0.5, ...part };
}

describe('the limit of a cluster', () => {
  it('is the cores when all of them are used, with who used them and how many would do', () => {
    const cpuMs = { ...CPU, workers: 20_000, temporal: 12_000, postgresql: 4_000 };
    const says = limitOf(round({ busy: 0.95, cpuMs }), round({ busy: 0.98, cpuMs }), { cores: 2, goal: 1.7 });
    expect(says[0]).toContain('98 % of 2 cores were in use');
    expect(says[0]).toContain('workers 1.00, Temporal server 0.60, PostgreSQL 0.20');
    expect(says[0]).toContain('everything else on the machine 0.16');
    expect(says[1]).toContain('2 cores of this machine were the limit');
    expect(says[2]).toContain('They were with one worker already: 95 %');
    // 360 ms for each of 8.5 tickets a second.
    expect(says[3]).toContain('need 3.1 cores');
  });

  it('is the one worker when it uses a whole core and two are faster', () => {
    const one = round({ cpuMs: { ...CPU, workers: 19_000 } });
    const quiet = { busy: 0.125 };
    const says = limitOf({ ...one, ...quiet }, round({ tookMs: 11_000, busy: 0 }), { cores: 8, goal: 1.7 });
    expect(says[1]).toContain('that worker was the limit');
    expect(says[2]).toContain('no limit was reached');
  });

  it('is doubtful when other programs used much of the machine', () => {
    const says = limitOf(round({ busy: 1 }), round({ busy: 1 }), { cores: 2, goal: 1.7 });
    expect(says[1]).toContain('repeat it on a quiet one');
  });

  it('is no processor when cores were free and two workers are no faster', () => {
    const says = limitOf(round({ busy: 0.02 }), round({ busy: 0.02 }), { cores: 8, goal: 1.7 });
    expect(says.at(-1)).toContain('No processor was the limit');
  });
});

it('rounds of the same workers count as one, by their time', () => {
  const all = together([
    round({ busy: 0.9, tookMs: 30_000, cpuMs: { ...CPU, workers: 5 } }),
    round({ busy: 0.5, tookMs: 10_000, cpuMs: { ...CPU, workers: 7 } }),
  ]);
  expect(perSecond(all)).toBe(5);
  expect(all.busy).toBeCloseTo(0.8);
  expect(all.cpuMs.workers).toBe(12);
});

it('CPU time of a process counts what it started, also what has ended', async () => {
  // 0.2 s in a child that ends, then one that lives.
  const busy = 'const end = Date.now() + 200; while (Date.now() < end);';
  const child = spawn(
    'sh',
    ['-c', `node -e '${busy}'; node -e '${busy} console.log(1); setTimeout(() => 0, 60_000)'; true`],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    },
  );
  try {
    await once(child.stdout, 'data');
    expect(cpuOfTrees([child.pid])).toBeGreaterThan(200);
    expect(cpuOfTrees([undefined])).toBe(0);
  } finally {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }
});
