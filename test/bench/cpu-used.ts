import { readdirSync, readFileSync } from 'node:fs';

interface CpuUsed {
  readonly atMs: number;
  readonly serverMs: number;
  readonly ownMs: number;
}

const EVERY_MS = 250;
/** Of Linux. */
const TICK_MS = 10;

/** CPU time of the server and of this process: worker, fake SecureChange and bench. Samples until it is stopped: the instants that matter are known only from the histories, later. */
export function watchCpu(serverPid: () => number | null): {
  between(fromMs: number, untilMs: number): { readonly serverMs: number; readonly ownMs: number };
  stop(): void;
} {
  const samples: CpuUsed[] = [];
  const sample = (): void => {
    const { user, system } = process.cpuUsage();
    samples.push({
      atMs: Date.now(),
      serverMs: cpuOf(serverPid()) ?? samples.at(-1)?.serverMs ?? Number.NaN,
      ownMs: (user + system) / 1_000,
    });
  };
  sample();
  const timer = setInterval(sample, EVERY_MS);
  const before = (atMs: number): CpuUsed | undefined =>
    samples.findLast((each) => each.atMs <= atMs) ?? samples[0];
  return {
    between: (fromMs, untilMs) => {
      const [from, until] = [before(fromMs), before(untilMs)];
      if (from === undefined || until === undefined) return { serverMs: Number.NaN, ownMs: Number.NaN };
      return { serverMs: until.serverMs - from.serverMs, ownMs: until.ownMs - from.ownMs };
    },
    stop: () => {
      clearInterval(timer);
    },
  };
}

/** CPU time of a process, in ms, with that of the children it has waited for if asked; null where there is no /proc. */
export function cpuOf(
  pid: number | null | undefined,
  { withChildren = false }: { readonly withChildren?: boolean } = {},
): number | null {
  const stat = statOf(pid);
  return stat === null ? null : stat.ownMs + (withChildren ? stat.endedChildrenMs : 0);
}

/** CPU time of processes and everything they started, in ms; what has ended meanwhile counts for whoever waited for it. */
export function cpuOfTrees(pids: readonly (number | undefined)[]): number {
  const all = new Map(
    readdirSync('/proc').flatMap((name) => {
      const stat = /^\d+$/.test(name) ? statOf(Number(name)) : null;
      return stat === null ? [] : [[Number(name), stat] as const];
    }),
  );
  let usedMs = 0;
  const counted = new Set<number>();
  const left = pids.flatMap((pid) => pid ?? []);
  for (let pid = left.pop(); pid !== undefined; pid = left.pop()) {
    const stat = all.get(pid);
    if (stat === undefined || counted.has(pid)) continue;
    counted.add(pid);
    usedMs += stat.ownMs + stat.endedChildrenMs;
    for (const [child, { parent }] of all) if (parent === pid) left.push(child);
  }
  return usedMs;
}

interface Stat {
  readonly parent: number;
  readonly ownMs: number;
  readonly endedChildrenMs: number;
}

function statOf(pid: number | null | undefined): Stat | null {
  try {
    // The name of the program, in parentheses, may have spaces.
    const fields = (
      readFileSync(`/proc/${pid ?? '-'}/stat`, 'utf8')
        .split(') ')
        .at(-1) ?? ''
    )
      .split(' ')
      .map(Number);
    const ticks = (from: number): number => (fields[from] ?? Number.NaN) + (fields[from + 1] ?? Number.NaN);
    return { parent: fields[1] ?? 0, ownMs: ticks(11) * TICK_MS, endedChildrenMs: ticks(13) * TICK_MS };
  } catch {
    return null;
  }
}
