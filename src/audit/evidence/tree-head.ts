import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { integer, object, textThat } from '../../domain/shape.js';

/** What is signed: so many records lead to this root. Hashes and the signature are lower-case hex. */
export interface TreeHead {
  readonly size: number;
  readonly root: string;
  readonly atMs: number;
  /** SHA-256 of the public key (SPKI, DER). */
  readonly key: string;
  readonly signature: string;
}

const hex = (bytes: number) =>
  textThat((value) => new RegExp(`^[0-9a-f]{${bytes * 2}}$`).test(value), `${bytes} bytes in lower-case hex`);

export const treeHead = object<TreeHead>({
  size: integer(1),
  root: hex(32),
  atMs: integer(),
  key: hex(32),
  signature: hex(64),
});

/** Signs tree heads; the private key does not leave it. */
export interface HeadSigner {
  readonly key: string;
  readonly publicKeyPem: string;
  sign(head: Pick<TreeHead, 'size' | 'root' | 'atMs'>): TreeHead;
}

/** Throws for what is not an Ed25519 private key in PEM. */
export function createHeadSigner(pem: string): HeadSigner {
  const privateKey = createPrivateKey(pem);
  if (privateKey.asymmetricKeyType !== 'ed25519') {
    throw new Error(
      'the evidence key is not an Ed25519 key: make one with `openssl genpkey -algorithm ed25519`',
    );
  }
  const publicKey = createPublicKey(privateKey);
  const key = keyIdOf(publicKey);
  return {
    key,
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }) as string,
    sign: (head) => ({ ...head, key, signature: sign(null, signedText(head), privateKey).toString('hex') }),
  };
}

/** Throws for what is not an Ed25519 public key in PEM. */
export function readPublicKey(pem: string): KeyObject {
  const key = createPublicKey(pem);
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('the public key is not an Ed25519 key');
  return key;
}

export function isSignedBy(head: TreeHead, publicKey: KeyObject): boolean {
  return (
    head.key === keyIdOf(publicKey) &&
    verify(null, signedText(head), publicKey, Buffer.from(head.signature, 'hex'))
  );
}

function keyIdOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

/** A form of its own: no other signature of this product passes for it. */
function signedText({ size, root, atMs }: Pick<TreeHead, 'size' | 'root' | 'atMs'>): Buffer {
  return Buffer.from(`securechange-orchestrator tree head 1\n${size}\n${root}\n${atMs}\n`, 'utf8');
}
