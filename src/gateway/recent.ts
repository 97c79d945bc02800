/** What was read a moment ago is not read again: many readers of a page cost Temporal one reading. */
export type Recent = <T>(key: string, forMs: number, read: () => Promise<T>) => Promise<T>;

const MOST_KEPT = 1_000;

export function createRecent(now: () => number): Recent {
  const known = new Map<string, { readonly untilMs: number; readonly value: Promise<unknown> }>();
  return <T>(key: string, forMs: number, read: () => Promise<T>): Promise<T> => {
    const nowMs = now();
    const before = known.get(key);
    if (before !== undefined && before.untilMs > nowMs) return before.value as Promise<T>;
    for (const [each, { untilMs }] of known) if (untilMs <= nowMs) known.delete(each);
    if (known.size >= MOST_KEPT) known.clear();
    const value = read();
    known.set(key, { untilMs: nowMs + forMs, value });
    // A failure is asked again at once.
    value.catch(() => known.get(key)?.value === value && known.delete(key));
    return value;
  };
}
