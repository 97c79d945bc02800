import {
  closeSync,
  existsSync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';

type Stored = Record<string, Map<string, unknown>>;

/**
 * Keeps every record in memory and, given a file, in an append-only journal. One line is one change: the records it
 * replaced and deleted. A line is on disk (fdatasync) before `change` returns, so whatever was answered survives
 * kill -9; a torn last line is cut off at the next start.
 */
export class Store {
  private readonly stored: Stored = {};
  private readonly descriptor: number | null;
  private dirty = new Map<string, [collection: string, key: string, record: unknown]>();
  private depth = 0;
  private afterCommit: (() => void)[] = [];

  constructor(file?: string) {
    if (file === undefined) {
      this.descriptor = null;
      return;
    }
    const known = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
    const whole = known.lastIndexOf(0x0a) + 1;
    this.replay(known.subarray(0, whole).toString('utf8'));
    this.descriptor = openSync(file, 'a');
    if (whole < known.length) ftruncateSync(this.descriptor, whole);
  }

  private replay(text: string): void {
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const entries = JSON.parse(line) as [string, string, unknown][];
      for (const [collection, key, record] of entries) this.apply(collection, key, record);
    }
  }

  private apply(collection: string, key: string, record: unknown): void {
    const map = (this.stored[collection] ??= new Map<string, unknown>());
    if (record === null) map.delete(key);
    else map.set(key, record);
  }

  /** The live records of a collection in order of first insertion. */
  all(collection: string): Map<string, unknown> {
    return (this.stored[collection] ??= new Map<string, unknown>());
  }

  /** Records the new value of one record; null deletes it. Only inside `change`. */
  put(collection: string, key: string, record: unknown): void {
    if (this.depth === 0)
      throw new Error(`simulator store: ${collection}/${key} was written outside a change`);
    this.apply(collection, key, record);
    this.dirty.set(`${collection}\n${key}`, [collection, key, record]);
  }

  /** Runs `work`, then writes everything it put as one journal line. What was put stays even when `work` throws. */
  change<T>(work: () => T): T {
    this.depth += 1;
    try {
      return work();
    } finally {
      this.depth -= 1;
      if (this.depth === 0) this.commit();
    }
  }

  /** Runs `work` once the change under way is on disk, or at once when there is none. */
  whenCommitted(work: () => void): void {
    if (this.depth === 0) work();
    else this.afterCommit.push(work);
  }

  private commit(): void {
    const entries = [...this.dirty.values()];
    this.dirty = new Map();
    if (this.descriptor !== null && entries.length > 0) {
      writeSync(this.descriptor, `${JSON.stringify(entries)}\n`);
      fdatasyncSync(this.descriptor);
    }
    const waiting = this.afterCommit;
    this.afterCommit = [];
    for (const work of waiting) work();
  }

  close(): void {
    if (this.descriptor !== null) closeSync(this.descriptor);
  }
}

/** A typed view of one collection. */
export class Collection<T> {
  private readonly store: Store;
  private readonly name: string;

  constructor(store: Store, name: string) {
    this.store = store;
    this.name = name;
  }

  get(key: string | number): T | undefined {
    return this.store.all(this.name).get(String(key)) as T | undefined;
  }

  all(): T[] {
    return [...this.store.all(this.name).values()] as T[];
  }

  get size(): number {
    return this.store.all(this.name).size;
  }

  put(key: string | number, record: T): T {
    this.store.put(this.name, String(key), record);
    return record;
  }

  delete(key: string | number): void {
    this.store.put(this.name, String(key), null);
  }
}
