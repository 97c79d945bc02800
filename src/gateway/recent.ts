/** What was read a moment ago is not read again: many readers of a page cost Temporal one reading. */
export type Recent = <T>(key: string, forMs: number, read: () => Promise<T>) => Promise<T>;

const MOST_KEPT = 1_000;

export function createRecent(now: () => number): Recent {
  const known = new Map<string, { untilMs: number; readonly value: Promise<unknown> }>();
  return <T>(key: string, forMs: number, read: () => Promise<T>): Promise<T> => {
    const nowMs = now();
    const before = known.get(key);
    if (before !== undefined && before.untilMs > nowMs) return before.value as Promise<T>;
    for (const [each, { untilMs }] of known) if (untilMs <= nowMs) known.delete(each);
    if (known.size >= MOST_KEPT) known.clear();
    const value = read();
    // While it is read, no second reading begins: one that takes long would be begun again and again.
    const entry = { untilMs: Infinity, value };
    known.set(key, entry);
    value.then(
      () => {
        entry.untilMs = now() + forMs;
      },
      // A failure is asked again at once.
      () => {
        if (known.get(key) === entry) known.delete(key);
      },
    );
    return value;
  };
}

/** The answer when it comes within this time, else null. A failure in time is thrown, a later one is left to the next reader. */
export async function soon<T>(withinMs: number, answer: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((done) => {
    timer = setTimeout(() => done(null), withinMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
    answer.catch(() => undefined);
  }
}
