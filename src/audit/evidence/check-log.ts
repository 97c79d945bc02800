import { readFile } from 'node:fs/promises';

import { evidenceFiles, linesFrom } from './log-files.js';
import { leafHash, merkleTree } from './merkle.js';
import { newestHead, readLog, type ReadLog } from './read-log.js';
import { isSignedBy, readPublicKey, type TreeHead } from './tree-head.js';

export type LogVerdict =
  | { readonly ok: true; readonly head: TreeHead | null; readonly records: number }
  | { readonly ok: false; readonly why: string };

/** Reads every record and every head: each head must be signed, and sign the records as they are. The index is not believed. */
export async function checkLog(folder: string): Promise<LogVerdict> {
  let log: ReadLog;
  try {
    log = await readLog(folder);
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  }
  const leaves: Buffer[] = [];
  for await (const { line } of linesFrom(evidenceFiles(folder).log, 0)) leaves.push(leafHash(line));
  for (const head of log.heads) {
    const what = `the head of ${head.size} records`;
    const pem = await readFile(log.files.publicKey(head.key), 'utf8').catch(() => null);
    if (pem === null) return { ok: false, why: `${what}: its public key ${head.key} is not in the folder` };
    if (!isSignedBy(head, readPublicKey(pem))) return { ok: false, why: `${what}: its signature is wrong` };
    const { root } = merkleTree(leaves.slice(0, head.size));
    if (leaves.length < head.size || root.toString('hex') !== head.root)
      return { ok: false, why: `${what} does not sign the records that are there` };
  }
  return { ok: true, head: newestHead(log.heads), records: leaves.length };
}
