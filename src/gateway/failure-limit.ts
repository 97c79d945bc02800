const WINDOW_MS = 60_000;
const MAX_ADDRESSES = 10_000;

/** Counts failed attempts by address over the last minute. */
export interface FailureLimit {
  /** Seconds until this address may try again; 0 when it may now. */
  blockedFor(address: string): number;
  failed(address: string): void;
}

export function createFailureLimit(perMinute: number, now: () => number): FailureLimit {
  const failures = new Map<string, number[]>();

  function recent(address: string): number[] {
    const since = now() - WINDOW_MS;
    return (failures.get(address) ?? []).filter((atMs) => atMs > since);
  }

  return {
    blockedFor(address) {
      const times = recent(address);
      const oldest = times.at(-perMinute);
      if (oldest === undefined) {
        if (times.length === 0) failures.delete(address);
        return 0;
      }
      return Math.max(1, Math.ceil((oldest + WINDOW_MS - now()) / 1_000));
    },
    failed(address) {
      const times = [...recent(address), now()].slice(-perMinute);
      // Re-inserted, so that the address that failed longest ago is the first to be forgotten.
      failures.delete(address);
      failures.set(address, times);
      if (failures.size > MAX_ADDRESSES) {
        const oldest = failures.keys().next().value;
        if (oldest !== undefined) failures.delete(oldest);
      }
    },
  };
}
