/** The messages that a workflow ignored: malformed ones, and answers that it did not wait for. Bounded. */
export interface Ignored {
  readonly count: number;
  /** The newest, at most 5, newest last. */
  readonly last: readonly IgnoredMessage[];
}

export interface IgnoredMessage {
  readonly atMs: number;
  /** Name of the signal. */
  readonly message: string;
  readonly why: string;
}

export const NONE_IGNORED: Ignored = { count: 0, last: [] };

const KEPT = 5;

export function withIgnored({ count, last }: Ignored, { atMs, message, why }: IgnoredMessage): Ignored {
  const noted = { atMs, message: message.slice(0, 64), why: why.slice(0, 200) };
  return { count: count + 1, last: [...last, noted].slice(-KEPT) };
}

/** For a view: nothing where nothing was ignored. */
export function shownIgnored(ignored: Ignored): { readonly ignored?: Ignored } {
  return ignored.count === 0 ? {} : { ignored };
}

/** One line for people; null when nothing was ignored. */
export function ignoredText({ count, last }: Ignored): string | null {
  const newest = last.at(-1);
  if (newest === undefined) return null;
  const messages = count === 1 ? '1 message was ignored' : `${count} messages were ignored`;
  return `${messages}; the newest: ${newest.message}: ${newest.why}`;
}
