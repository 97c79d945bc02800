export const VICTIMS = ['worker', 'gateway', 'temporal', 'simulator'] as const;
export type Victim = (typeof VICTIMS)[number];

export interface Kill {
  readonly victim: Victim;
  /** After the previous one is up again. */
  readonly afterMs: number;
  readonly downMs: number;
}

const LONGEST_PAUSE_MS = 6_000;
const LONGEST_DOWN_MS = 3_000;

/** The same seed gives the same kills in the same order, whatever else happens. */
export function planKills(seed: number, count: number): Kill[] {
  const random = randomOf(seed);
  return Array.from({ length: count }, () => ({
    victim: VICTIMS[Math.floor(random() * VICTIMS.length)] ?? 'worker',
    afterMs: Math.round(random() * LONGEST_PAUSE_MS),
    downMs: Math.round(random() * LONGEST_DOWN_MS),
  }));
}

/** mulberry32: from 0 up to 1, the same for the same seed on every machine. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
