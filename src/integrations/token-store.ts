/** Tokens in the data folder, which all workers share: encrypted with a key made from the client secret of the server, or from the
 * key that all workers have. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { RefreshTokenLife } from '../domain/refresh-token.js';
import type { Secret } from '../domain/secret.js';

export interface StoredToken {
  /** Digest of the configuration that it was issued for. */
  readonly of: string;
  readonly accessToken: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  /** The newest, where the endpoint replaces it with each use. */
  readonly refreshToken: string | null;
  /** Of that refresh token; absent for other grants. */
  readonly refreshLife?: RefreshTokenLife;
}

export interface TokenStore {
  /** Null when there is none, or when it cannot be decrypted with this key. */
  read(server: string, key: Secret): StoredToken | null;
  write(server: string, key: Secret, token: StoredToken): void;
  /** One worker at a time renews the token of a server. */
  alone<T>(server: string, renew: () => Promise<T>): Promise<T>;
}

/** A lock this old belongs to a worker that died. */
const STALE_MS = 120_000;
const LOOK_AGAIN_MS = 100;

export function createTokenStore(
  dataDir: string,
  clock: { sleep(ms: number): Promise<void>; now(): number },
): TokenStore {
  const folder = join(dataDir, 'tokens');
  const fileOf = (server: string): string => join(folder, `${server}.token`);

  return {
    read(server, key) {
      try {
        return decrypt(readFileSync(fileOf(server)), server, key);
      } catch {
        return null;
      }
    },
    write(server, key, token) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const part = `${fileOf(server)}.${process.pid}-${randomBytes(4).toString('hex')}`;
      writeFileSync(part, encrypt(token, server, key), { mode: 0o600 });
      renameSync(part, fileOf(server));
    },
    async alone(server, renew) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const lock = `${fileOf(server)}.lock`;
      while (!take(lock)) {
        if (isStale(lock, clock.now())) rmSync(lock, { force: true });
        else await clock.sleep(LOOK_AGAIN_MS);
      }
      try {
        return await renew();
      } finally {
        rmSync(lock, { force: true });
      }
    },
  };
}

/** Of this process alone. */
export function createMemoryTokenStore(): TokenStore {
  const tokens = new Map<string, StoredToken>();
  return {
    read: (server) => tokens.get(server) ?? null,
    write: (server, _, token) => void tokens.set(server, token),
    alone: (_, renew) => renew(),
  };
}

function take(lock: string): boolean {
  try {
    closeSync(openSync(lock, 'wx', 0o600));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isStale(lock: string, nowMs: number): boolean {
  try {
    return nowMs - statSync(lock).mtimeMs > STALE_MS;
  } catch {
    return false;
  }
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

function keyOf(server: string, key: Secret): Buffer {
  return Buffer.from(hkdfSync('sha256', key.reveal(), 'sco token store', server, 32));
}

function encrypt(token: StoredToken, server: string, key: Secret): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(server, key), nonce);
  const text = Buffer.concat([cipher.update(JSON.stringify(token), 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
}

function decrypt(bytes: Buffer, server: string, key: Secret): StoredToken {
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', keyOf(server, key), nonce);
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
  return JSON.parse(text.toString('utf8')) as StoredToken;
}
