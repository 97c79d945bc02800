import { randomOf } from '../support/random.js';

export const VICTIMS = ['worker', 'gateway', 'temporal', 'simulator'] as const;

export interface Kill<Victim extends string = string> {
  readonly victim: Victim;
  /** After the previous one is up again. */
  readonly afterMs: number;
  readonly downMs: number;
}

const LONGEST_PAUSE_MS = 6_000;
const LONGEST_DOWN_MS = 3_000;

/** Each victim once at first, then any. The same seed gives the same kills in the same order, whatever else happens. */
export function planKills<Victim extends string>(
  seed: number,
  count: number,
  victims: readonly [Victim, ...Victim[]],
): Kill<Victim>[] {
  const random = randomOf(seed);
  const spared = new Set<Victim>(victims);
  return Array.from({ length: count }, () => {
    const among = spared.size > 0 ? [...spared] : victims;
    const victim = among[Math.floor(random() * among.length)] ?? victims[0];
    spared.delete(victim);
    return {
      victim,
      afterMs: Math.round(random() * LONGEST_PAUSE_MS),
      downMs: Math.round(random() * LONGEST_DOWN_MS),
    };
  });
}
