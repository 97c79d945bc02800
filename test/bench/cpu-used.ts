import { readFileSync } from 'node:fs';

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
  try {
    // The name of the program, in parentheses, may have spaces.
    const fields =
      readFileSync(`/proc/${pid ?? '-'}/stat`, 'utf8')
        .split(') ')
        .at(-1)
        ?.split(' ') ?? [];
    const own = Number(fields[11]) + Number(fields[12]);
    return (own + (withChildren ? Number(fields[13]) + Number(fields[14]) : 0)) * TICK_MS;
  } catch {
    return null;
  }
}
