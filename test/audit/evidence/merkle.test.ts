import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { leafHash, merkleTree, rootOfProof } from '../../../src/audit/evidence/merkle.js';

interface Vectors {
  readonly leaves: readonly string[];
  readonly roots: readonly string[];
  readonly proofs: readonly {
    readonly leaf: number;
    readonly size: number;
    readonly path: readonly string[];
  }[];
}
const vectors = JSON.parse(readFileSync(join(__dirname, '../../fixtures/rfc6962.json'), 'utf8')) as Vectors;

const hashes = vectors.leaves.map((leaf) => leafHash(Buffer.from(leaf, 'hex')));
const hex = (bytes: Buffer | null): string | null => bytes?.toString('hex') ?? null;

it.each(vectors.roots.map((root, size) => ({ size, root })))(
  'a tree of $size leaves has the root that Certificate Transparency has',
  ({ size, root }) => {
    expect(hex(merkleTree(hashes.slice(0, size)).root)).toBe(root);
  },
);

it.each(vectors.proofs)('leaf $leaf of $size has the proof that Certificate Transparency has', (proof) => {
  const { leaf, size, path } = proof;
  expect(
    merkleTree(hashes.slice(0, size))
      .proofOf(leaf)
      .map((hash) => hex(hash)),
  ).toEqual(path);
});

const trees = fc
  .array(fc.uint8Array({ maxLength: 8 }), { minLength: 1, maxLength: 70 })
  .map((leaves) => leaves.map(leafHash));

it('the proof of each leaf leads to the root, for its own place and for no other', () => {
  fc.assert(
    fc.property(trees, fc.nat(), fc.nat(), (leaves, some, other) => {
      const tree = merkleTree(leaves);
      const leaf = some % leaves.length;
      const proof = { hash: leaves[leaf] ?? Buffer.of(), size: leaves.length, path: tree.proofOf(leaf) };
      expect(hex(rootOfProof({ ...proof, leaf }))).toBe(hex(tree.root));
      const elsewhere = other % (leaves.length + 2);
      // Two equal subtrees have the same proof.
      const isEqual = leaves.every((hash) => hash.equals(leaves[0] ?? Buffer.of()));
      if (elsewhere !== leaf && !isEqual && new Set(leaves.map(hex)).size === leaves.length)
        expect(hex(rootOfProof({ ...proof, leaf: elsewhere }))).not.toBe(hex(tree.root));
    }),
  );
});

it('a proof with one hash more or less leads to no root', () => {
  fc.assert(
    fc.property(trees, fc.nat(), (leaves, some) => {
      const tree = merkleTree(leaves);
      const leaf = some % leaves.length;
      const path = tree.proofOf(leaf);
      const proof = { hash: leaves[leaf] ?? Buffer.of(), leaf, size: leaves.length };
      expect(rootOfProof({ ...proof, path: [...path, leafHash(Buffer.of(1))] })).toBeNull();
      if (path.length > 0) expect(rootOfProof({ ...proof, path: path.slice(1) })).toBeNull();
    }),
  );
});
