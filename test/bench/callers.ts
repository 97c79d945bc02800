import { percentile } from './seen-in-histories.js';

export interface Called {
  readonly calls: number;
  readonly tookMs: number;
  readonly latenciesMs: readonly number[];
}

/** So many callers, each sending its next call when it has the answer to the one before, for this long. */
export async function callFor(
  callers: number,
  forMs: number,
  call: (caller: number) => Promise<unknown>,
): Promise<Called> {
  const latenciesMs: number[] = [];
  const beganMs = performance.now();
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      while (performance.now() - beganMs < forMs) {
        const sentMs = performance.now();
        await call(caller);
        latenciesMs.push(performance.now() - sentMs);
      }
    }),
  );
  return { calls: latenciesMs.length, tookMs: performance.now() - beganMs, latenciesMs };
}

/** Several slices as one. */
export function together(slices: readonly Called[]): Called {
  return {
    calls: sum(slices.map(({ calls }) => calls)),
    tookMs: sum(slices.map(({ tookMs }) => tookMs)),
    latenciesMs: slices.flatMap(({ latenciesMs }) => latenciesMs),
  };
}

export function perSecond({ calls, tookMs }: Called): number {
  return (calls * 1_000) / tookMs;
}

export function latency({ latenciesMs }: Called, part: number): number {
  return percentile(latenciesMs, part);
}

function sum(values: readonly number[]): number {
  return values.reduce((all, each) => all + each, 0);
}
