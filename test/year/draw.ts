export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** A Monday, midnight UTC. */
export const YEAR_STARTS_MS = Date.UTC(2026, 10, 30);
export const YEAR_ENDS_MS = YEAR_STARTS_MS + 364 * DAY;

/** Draws from one stream of random numbers. */
export class Draw {
  private readonly random: () => number;

  constructor(random: () => number) {
    this.random = random;
  }

  fraction(): number {
    return this.random();
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  upTo(ms: number): number {
    return Math.floor(this.random() * ms);
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.random() * (most - least + 1));
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random() * from.length)]!;
  }

  some<T>(from: readonly T[], count: number): T[] {
    const rest = [...from];
    const taken: T[] = [];
    while (rest.length > 0 && taken.length < count)
      taken.push(...rest.splice(Math.floor(this.random() * rest.length), 1));
    return taken;
  }
}
