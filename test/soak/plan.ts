import { randomOf } from '../support/random.js';

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
