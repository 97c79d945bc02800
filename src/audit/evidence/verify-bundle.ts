import type { KeyObject } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical-json.js';
import {
  check,
  integer,
  list,
  object,
  oneOf,
  record,
  text,
  textThat,
  type Shape,
} from '../../domain/shape.js';
import { BUNDLE_FORMAT } from './bundle.js';
import { leafHash, rootOfProof } from './merkle.js';
import { isSignedBy, treeHead, type TreeHead } from './tree-head.js';

export type Verdict =
  | {
      readonly ok: true;
      readonly subject: string;
      readonly head: TreeHead;
      readonly records: number;
      readonly events: number;
    }
  | { readonly ok: false; readonly why: string };

interface Proven {
  readonly leaf: number;
  readonly proof: readonly string[];
  readonly record: unknown;
}

interface Bundle {
  readonly format: typeof BUNDLE_FORMAT;
  readonly head: TreeHead;
  readonly records: readonly Proven[];
  readonly subject: string;
}

const hash = textThat((value) => /^[0-9a-f]{64}$/.test(value), 'a SHA-256 in lower-case hex');
const anything: Shape<unknown> = (value) => value;

const bundle = object<Bundle>({
  format: oneOf(BUNDLE_FORMAT),
  head: treeHead,
  records: list(object<Proven>({ leaf: integer(), proof: list(hash, 64), record: anything }), 1_000_000),
  subject: text(10_000, 1),
});

interface Checked {
  readonly workflowId: string;
  readonly about: Readonly<Record<string, unknown>>;
  readonly events: readonly unknown[];
}
const checkedPart = object<Checked>({
  workflowId: text(10_000, 1),
  about: record(anything, 1_000_000),
  events: list(anything, 10_000_000),
});

/**
 * Whether these bytes are exactly a bundle that `makeBundle` made under a head of this key: signature, proof of each record, and
 * that no record between the first and the last is left out. Needs nothing else, and never throws for any bytes.
 */
export function verifyBundle(bytes: Uint8Array, publicKey: KeyObject): Verdict {
  const parsed = parse(bytes);
  if (parsed === null) return no('it is not JSON in UTF-8');
  const checked = check(bundle, parsed, 'bundle');
  if (!checked.ok) return no(checked.why);
  const { head, records, subject } = checked.value;
  if (!Buffer.from(`${canonicalJson(checked.value)}\n`).equals(bytes)) {
    return no(
      'its bytes are not those that were written: something was added, left out or written in another way',
    );
  }
  if (!isSignedBy(head, publicKey)) return no('the signature of its tree head is not of this key');
  let before = '';
  let last = -1;
  let events = 0;
  let isOwn = false;
  for (const { leaf, proof, record: given } of records) {
    const what = `the record of leaf ${leaf}`;
    const own = check(checkedPart, given, 'record');
    if (!own.ok) return no(`${what}: ${own.why}`);
    const recordHash = leafHash(Buffer.from(canonicalJson(given)));
    const path = proof.map((each) => Buffer.from(each, 'hex'));
    const root = rootOfProof({ hash: recordHash, leaf, size: head.size, path });
    if (root?.toString('hex') !== head.root) return no(`${what} is not under the tree head`);
    if (leaf <= last) return no(`${what} is not in its place`);
    if (!Object.hasOwn(own.value.about, subject)) return no(`${what} is not about ${subject}`);
    if (own.value.about[subject] !== before) return no(`a record before that of leaf ${leaf} is left out`);
    before = recordHash.toString('hex');
    last = leaf;
    events += own.value.events.length;
    isOwn ||= own.value.workflowId === subject;
  }
  if (!isOwn) return no(`it has no record of ${subject} itself`);
  return { ok: true, subject, head, records: records.length, events };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return null;
  }
}

function no(why: string): Verdict {
  return { ok: false, why };
}
