import { canonicalJson } from '../../domain/canonical-json.js';
import { merkleTree } from './merkle.js';
import { newestHead, readRecord, type ReadLog } from './read-log.js';
import type { TreeHead } from './tree-head.js';

export const BUNDLE_FORMAT = 'securechange-orchestrator evidence 1';

/** What a head signs and the log does not hold, or the other way round. */
export class NoEvidence extends Error {
  override readonly name = 'NoEvidence';
}

/**
 * Everything the log has about one workflow under one tree head (the newest one when no size is given), with the proof of each
 * record: canonical JSON and a line end, the same bytes at each call.
 */
export async function makeBundle(log: ReadLog, subject: string, size?: number): Promise<string> {
  const head = headOf(log, size);
  const under = log.entries.slice(0, head.size);
  const tree = merkleTree(under.map(({ hash }) => Buffer.from(hash, 'hex')));
  const records: string[] = [];
  for (const [leaf, entry] of under.entries()) {
    if (!entry.about.includes(subject)) continue;
    const proof = tree.proofOf(leaf).map((hash) => hash.toString('hex'));
    const record = (await readRecord(log, entry)).toString('utf8');
    records.push(`{"leaf":${leaf},"proof":${canonicalJson(proof)},"record":${record}}`);
  }
  if (!under.some(({ workflowId }) => workflowId === subject)) {
    throw new NoEvidence(
      `evidence: nothing about ${subject} is under the head of ${head.size} records; closed runs are exported every hour, open ` +
        'ones every day: `sco evidence export` does it now',
    );
  }
  return `{"format":"${BUNDLE_FORMAT}","head":${canonicalJson(head)},"records":[${records.join(',')}],"subject":${canonicalJson(subject)}}\n`;
}

export function headOf(log: Pick<ReadLog, 'heads'>, size?: number): TreeHead {
  const head =
    size === undefined ? newestHead(log.heads) : (log.heads.findLast((one) => one.size === size) ?? null);
  if (head !== null) return head;
  throw new NoEvidence(
    size === undefined
      ? 'evidence: there is no log with a signed head; the first export makes it, of a worker or by `sco evidence export`'
      : `evidence: no head of ${size} records was signed; heads.jsonl lists those that were`,
  );
}
