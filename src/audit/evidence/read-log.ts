import { canonicalJson } from '../../domain/canonical-json.js';
import { check, integer, list, nullable, object, oneOf, record, text, textThat } from '../../domain/shape.js';
import { evidenceFiles, linesFrom, readSlice, sizeOf, wholeLines, type EvidenceFiles } from './log-files.js';
import { leafHash, merkleTree } from './merkle.js';
import type { EvidenceRecord } from './record.js';
import { treeHead, type TreeHead } from './tree-head.js';

/** Where a record is, and what must be known of it without reading it. */
export interface LogEntry {
  readonly offset: number;
  readonly length: number;
  /** Of the leaf, hex. */
  readonly hash: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly status: EvidenceRecord['status'];
  readonly to: number;
  readonly exportedAtMs: number;
  readonly closedAtMs: number;
  readonly about: readonly string[];
}

export interface ReadLog {
  readonly files: EvidenceFiles;
  readonly entries: readonly LogEntry[];
  /** Oldest first. */
  readonly heads: readonly TreeHead[];
  /** What follows the last whole line: a process was killed while it wrote. */
  readonly torn: { readonly log: number; readonly heads: number };
  /** false: the index lacks some of the entries, or has other ones. */
  readonly indexFits: boolean;
}

/** The log is not what its newest head signs. Nothing is written to it any more. */
export class EvidenceDamaged extends Error {
  override readonly name = 'EvidenceDamaged';

  constructor(folder: string, why: string) {
    super(
      `evidence log ${folder}: ${why}. Nothing was written. Keep the folder as it is, find out who changed it, and restore it from ` +
        'a backup (docs/runbook.md, Evidence)',
    );
  }
}

/**
 * Reads the log without its records: from the index, and what that lacks from the log itself. Checks that the newest head signs
 * what is there.
 */
export async function readLog(folder: string): Promise<ReadLog> {
  const files = evidenceFiles(folder);
  const size = await sizeOf(files.log);
  const { lines, tornBytes } = await wholeLines(files.heads);
  const heads = lines.map((line, place) => {
    const head = check(treeHead, parsed(line), 'head');
    if (!head.ok) throw new EvidenceDamaged(folder, `line ${place + 1} of heads.jsonl: ${head.why}`);
    return head.value;
  });
  const head = newestHead(heads);
  const index = await indexedEntries(files, size);
  let entries = await allEntries(folder, index.entries);
  let indexFits = index.whole && entries.length === index.entries.length;
  const isSigned = (): boolean =>
    head === null || (entries.length >= head.size && rootOf(entries, head.size) === head.root);
  if (!isSigned() && index.entries.length > 0) {
    // The index can be wrong where the log is right.
    entries = await allEntries(folder, []);
    indexFits = false;
  }
  if (head !== null && entries.length < head.size)
    throw new EvidenceDamaged(
      folder,
      `it has ${entries.length} records, and its newest head signs ${head.size}`,
    );
  if (!isSigned()) throw new EvidenceDamaged(folder, 'its records are not those that its newest head signs');
  return { files, entries, heads, torn: { log: size - endOf(entries), heads: tornBytes }, indexFits };
}

/** Those of the index, and what follows them in the log. */
async function allEntries(folder: string, indexed: readonly LogEntry[]): Promise<readonly LogEntry[]> {
  const entries = [...indexed];
  for await (const { offset, line } of linesFrom(evidenceFiles(folder).log, endOf(entries))) {
    const entry = entryOf(line, offset);
    if (entry === null) throw new EvidenceDamaged(folder, `its record ${entries.length} cannot be read`);
    entries.push(entry);
  }
  return entries;
}

export function newestHead(heads: readonly TreeHead[]): TreeHead | null {
  return heads.reduce<TreeHead | null>(
    (newest, head) => (newest === null || head.size >= newest.size ? head : newest),
    null,
  );
}

export function rootOf(entries: readonly LogEntry[], size: number): string {
  return merkleTree(entries.slice(0, size).map(({ hash }) => Buffer.from(hash, 'hex'))).root.toString('hex');
}

/** The bytes of a record, as they were hashed. Throws where they are others now. */
export async function readRecord(log: Pick<ReadLog, 'files'>, entry: LogEntry): Promise<Buffer> {
  const bytes = await readSlice(log.files.log, entry.offset, entry.length);
  if (leafHash(bytes).toString('hex') !== entry.hash) {
    throw new EvidenceDamaged(log.files.log, `the record at byte ${entry.offset} was changed`);
  }
  return bytes;
}

/** null for bytes that are not a record of ours. */
export function entryOf(line: Buffer, offset: number): LogEntry | null {
  const read = check(indexedPart, parsed(line.toString('utf8')), 'record');
  if (!read.ok) return null;
  const { about, closedAtMs, ...rest } = read.value;
  return {
    ...rest,
    offset,
    length: line.length,
    hash: leafHash(line).toString('hex'),
    closedAtMs: closedAtMs ?? 0,
    about: Object.keys(about),
  };
}

export function endOf(entries: readonly LogEntry[]): number {
  const last = entries.at(-1);
  return last === undefined ? 0 : last.offset + last.length + 1;
}

export function indexLine(entry: LogEntry): string {
  return `${canonicalJson(entry)}\n`;
}

/** The part of the index that fits the log; from the first line that does not, the log is read. */
async function indexedEntries(
  files: EvidenceFiles,
  logSize: number,
): Promise<{ readonly entries: readonly LogEntry[]; readonly whole: boolean }> {
  const { lines, tornBytes } = await wholeLines(files.index);
  const entries: LogEntry[] = [];
  for (const line of lines) {
    const entry = check(logEntry, parsed(line), 'entry');
    if (!entry.ok || entry.value.offset !== endOf(entries) || endOf([entry.value]) > logSize) break;
    entries.push(entry.value);
  }
  return { entries, whole: tornBytes === 0 && entries.length === lines.length };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const STATUSES = oneOf(
  'running',
  'completed',
  'continuedAsNew',
  'failed',
  'terminated',
  'timedOut',
  'cancelled',
  'gone',
);
const common = {
  workflowId: text(10_000, 1),
  runId: text(1_000, 1),
  status: STATUSES,
  to: integer(),
  exportedAtMs: integer(),
};
const hash = textThat((value) => /^[0-9a-f]{64}$/.test(value), 'a SHA-256 in hex');

const logEntry = object<LogEntry>({
  ...common,
  offset: integer(),
  length: integer(1),
  hash,
  closedAtMs: integer(),
  about: list(text(10_000, 1), 100_000),
});

type IndexedPart = Omit<LogEntry, 'offset' | 'length' | 'hash' | 'about' | 'closedAtMs'> & {
  readonly about: Readonly<Record<string, string>>;
  readonly closedAtMs: number | null;
};
const indexedPart = object<IndexedPart>({
  ...common,
  closedAtMs: nullable(integer()),
  about: record(text(64), 100_000),
});
