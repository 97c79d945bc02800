/** The Merkle tree of RFC 6962: what makes a signature over one hash a signature over every record before it. */
import { createHash } from 'node:crypto';

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

export function leafHash(record: Uint8Array): Buffer {
  return createHash('sha256').update(LEAF).update(record).digest();
}

function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return createHash('sha256').update(NODE).update(left).update(right).digest();
}

/** Of the leaves' hashes; never changed after it was made. */
export interface MerkleTree {
  readonly size: number;
  readonly root: Buffer;
  /** The hashes that lead from a leaf to the root, the leaf's neighbour first. */
  proofOf(leaf: number): readonly Buffer[];
}

export function merkleTree(leaves: readonly Buffer[]): MerkleTree {
  const levels: (readonly Buffer[])[] = [leaves];
  for (let level = leaves; level.length > 1; levels.push(level)) level = levelAbove(level);
  return {
    size: leaves.length,
    root: levels.at(-1)?.[0] ?? createHash('sha256').digest(),
    proofOf(leaf) {
      if (!(leaf >= 0 && leaf < leaves.length)) throw new RangeError(`the tree has no leaf ${leaf}`);
      let place = leaf;
      return levels.flatMap((level) => {
        const neighbour = level[place % 2 === 0 ? place + 1 : place - 1];
        place = Math.floor(place / 2);
        return neighbour === undefined || level.length === 1 ? [] : [neighbour];
      });
    },
  };
}

/** The last node of an odd level has no neighbour: it moves up as it is. */
function levelAbove(level: readonly Buffer[]): readonly Buffer[] {
  const above: Buffer[] = [];
  for (let place = 0; place < level.length; place += 2) {
    const [left, right] = [level[place], level[place + 1]];
    if (left !== undefined) above.push(right === undefined ? left : nodeHash(left, right));
  }
  return above;
}

/** The root that a proof leads to; null when no tree of that size has such a proof for this leaf. */
export function rootOfProof(proof: {
  readonly hash: Uint8Array;
  readonly leaf: number;
  readonly size: number;
  readonly path: readonly Uint8Array[];
}): Buffer | null {
  const { leaf, size, path } = proof;
  if (!(leaf >= 0 && leaf < size)) return null;
  let place = leaf;
  let last = size - 1;
  let hash: Buffer = Buffer.from(proof.hash);
  for (const neighbour of path) {
    if (last === 0) return null;
    if (place % 2 === 1 || place === last) {
      hash = nodeHash(neighbour, hash);
      while (place % 2 === 0 && place !== 0) [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
    } else {
      hash = nodeHash(hash, neighbour);
    }
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  return last === 0 ? hash : null;
}
