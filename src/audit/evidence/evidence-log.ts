import { randomBytes, generateKeyPairSync } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { appendFile, open, rename, writeFile } from 'node:fs/promises';

import { canonicalJson } from '../../domain/canonical-json.js';
import type { Secret } from '../../domain/secret.js';
import { EvidenceBusy, takeAppendLock, type AppendLock } from './append-lock.js';
import { appendDurably, evidenceFiles, sizeOf, type EvidenceFiles } from './log-files.js';
import {
  endOf,
  entryOf,
  indexLine,
  newestHead,
  readLog,
  readRecord,
  rootOf,
  type LogEntry,
} from './read-log.js';
import type { EvidenceRecord } from './record.js';
import { createHeadSigner, type HeadSigner, type TreeHead } from './tree-head.js';

export interface OpenLog {
  readonly entries: readonly LogEntry[];
  /** What a killed process had begun to write and was cut off, for people; null where nothing was. */
  readonly cut: string | null;
  read(entry: LogEntry): Promise<EvidenceRecord>;
  /** Adds a record after all others. It counts from the next `sign` on. */
  append(record: Omit<EvidenceRecord, 'about'>, about: readonly string[]): Promise<void>;
  /** Makes everything appended durable, then signs it. The newest head, also when nothing is new; null for an empty log. */
  sign(): Promise<TreeHead | null>;
}

/** The append-only log of a data folder. */
export interface EvidenceLog {
  /**
   * One process at a time appends. A process that was killed is noticed at once on its own machine, after two minutes on another.
   * Throws `EvidenceDamaged`, or `EvidenceBusy` while another process appends.
   */
  write<T>(work: (log: OpenLog) => Promise<T>): Promise<T>;
}

export interface EvidenceLogOptions {
  readonly folder: string;
  /** Ed25519, PKCS#8 in PEM. Without one it is made in the folder, at the first use. */
  readonly signingKey?: Secret;
  readonly now: () => number;
}

export function createEvidenceLog({ folder, signingKey, now }: EvidenceLogOptions): EvidenceLog {
  const files = evidenceFiles(folder);
  return {
    async write(work) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const lock = takeAppendLock(files.lock, now);
      try {
        const signer = createHeadSigner(signingKey?.reveal() ?? ownKey(files));
        writeOnce(files.publicKey(signer.key), signer.publicKeyPem);
        return await work(await openLog(folder, { signer, lock, now }));
      } finally {
        lock.release();
      }
    },
  };
}

interface Writing {
  readonly signer: HeadSigner;
  readonly lock: AppendLock;
  readonly now: () => number;
}

async function openLog(folder: string, { signer, lock, now }: Writing): Promise<OpenLog> {
  const read = await readLog(folder);
  const { files, torn } = read;
  if (torn.log > 0) truncateSync(files.log, endOf(read.entries));
  if (torn.heads > 0) truncateSync(files.heads, (await sizeOf(files.heads)) - torn.heads);
  const entries = [...read.entries];
  let indexed = entries.length;
  let head = newestHead(read.heads);
  const lastAbout = new Map<string, string>();
  for (const { about, hash } of entries) for (const subject of about) lastAbout.set(subject, hash);
  if (!read.indexFits) await rewrite(files.index, entries.map(indexLine).join(''));

  /** A head is signed only over what the file holds, and nothing is added behind the records of another process. */
  async function isAsExpected(): Promise<void> {
    if ((await sizeOf(files.log)) === endOf(entries)) return;
    throw new EvidenceBusy(`evidence log ${folder}: another process appended to it; the export tries again`);
  }

  return {
    entries,
    cut: cutText(torn),
    read: async (entry) => JSON.parse((await readRecord(read, entry)).toString('utf8')) as EvidenceRecord,
    async append(record, about) {
      const links = about.map((subject) => [subject, lastAbout.get(subject) ?? '']);
      const line = Buffer.from(canonicalJson({ ...record, about: Object.fromEntries(links) as object }));
      const entry = entryOf(line, endOf(entries));
      if (entry === null) throw new Error(`the export of ${record.workflowId} is not a record`);
      lock.stillHeld();
      await isAsExpected();
      await appendFile(files.log, Buffer.concat([line, Buffer.from('\n')]), { mode: 0o600 });
      entries.push(entry);
      for (const subject of about) lastAbout.set(subject, entry.hash);
    },
    async sign() {
      if (entries.length === 0 || (head?.size === entries.length && head.key === signer.key)) return head;
      await syncFile(files.log);
      await isAsExpected();
      await appendFile(files.index, entries.slice(indexed).map(indexLine).join(''), { mode: 0o600 });
      indexed = entries.length;
      head = signer.sign({ size: entries.length, root: rootOf(entries, entries.length), atMs: now() });
      await appendDurably(files.heads, `${canonicalJson(head)}\n`);
      await syncFile(folder);
      return head;
    },
  };
}

function cutText({ log, heads }: { readonly log: number; readonly heads: number }): string | null {
  const parts = [
    ...(log > 0 ? [`${log} bytes of a record`] : []),
    ...(heads > 0 ? [`${heads} bytes of a tree head`] : []),
  ];
  return parts.length === 0
    ? null
    : `a process was killed while it wrote: ${parts.join(' and ')} cut off; no head signed them`;
}

async function rewrite(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function ownKey(files: EvidenceFiles): string {
  try {
    return readFileSync(files.signingKey, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const { privateKey } = generateKeyPairSync('ed25519');
  writeOnce(files.signingKey, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
  return readFileSync(files.signingKey, 'utf8');
}

/** Whole or not at all, and never over another one. */
function writeOnce(path: string, text: string): void {
  const draft = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, text, { mode: 0o600 });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
