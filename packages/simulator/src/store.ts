import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

type Stored = Record<string, Map<string, unknown>>;

/**
 * Keeps every record in memory and, given a file, in an append-only journal. One line is one change: the records it
 * replaced and deleted. A line is on disk (fdatasync) before `change` returns, so whatever was answered survives
 * kill -9. Every start drops a torn last line and what later lines have overtaken.
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
    this.replay(existsSync(file) ? readFileSync(file) : Buffer.alloc(0));
    this.descriptor = this.compact(file);
  }

  /** Reads whole lines; what follows the last line end was never answered for. */
  private replay(known: Buffer): void {
    for (let from = 0; ;) {
      const end = known.indexOf(0x0a, from);
      if (end < 0) return;
      const entries = JSON.parse(known.toString('utf8', from, end)) as [string, string, unknown][];
      for (const [collection, key, record] of entries) this.apply(collection, key, record);
      from = end + 1;
    }
  }

  /** Writes the state as it is into a fresh journal and puts it in the place of the old one in one step. */
  private compact(file: string): number {
    const fresh = `${file}.new`;
    const descriptor = openSync(fresh, 'w');
    for (const [collection, records] of Object.entries(this.stored)) {
      for (const [key, record] of records)
        writeSync(descriptor, `${JSON.stringify([[collection, key, record]])}\n`);
    }
    fsyncSync(descriptor);
    renameSync(fresh, file);
    const folder = openSync(dirname(file), 'r');
    fsyncSync(folder);
    closeSync(folder);
    return descriptor;
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
