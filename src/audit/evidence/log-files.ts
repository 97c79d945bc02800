/** The files of the log, read as they are on disk. */
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

export interface EvidenceFiles {
  /** One record a line, canonical JSON. The only file that cannot be made again. */
  readonly log: string;
  /** One signed tree head a line, oldest first. */
  readonly heads: string;
  /** Where each record is and its hash. Made again from the log where it is missing. */
  readonly index: string;
  readonly lock: string;
  readonly signingKey: string;
  publicKey(key: string): string;
}

export function evidenceFolder(dataDir: string): string {
  return join(dataDir, 'evidence');
}

export function evidenceFiles(folder: string): EvidenceFiles {
  return {
    log: join(folder, 'log.jsonl'),
    heads: join(folder, 'heads.jsonl'),
    index: join(folder, 'index.jsonl'),
    lock: join(folder, 'lock'),
    signingKey: join(folder, 'signing-key.pem'),
    publicKey: (key) => join(folder, `public-key-${key.slice(0, 16)}.pem`),
  };
}

/** Whole lines of a small file, and how many bytes follow the last one. A file that is not there has none. */
export async function wholeLines(path: string): Promise<{ lines: readonly string[]; tornBytes: number }> {
  const bytes = await readFile(path).catch((error: unknown) => {
    if (isAbsent(error)) return Buffer.alloc(0);
    throw error;
  });
  const end = bytes.lastIndexOf(NEWLINE) + 1;
  const text = bytes.subarray(0, end).toString('utf8');
  return { lines: text === '' ? [] : text.slice(0, -1).split('\n'), tornBytes: bytes.length - end };
}

/** The whole lines of a large file from an offset on, as bytes without their end. */
export async function* linesFrom(
  path: string,
  offset: number,
): AsyncGenerator<{ readonly offset: number; readonly line: Buffer }> {
  const file = await openIfThere(path);
  if (file === null) return;
  try {
    let rest: Buffer[] = [];
    let start = offset;
    let at = offset;
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      let chunk = buffer.subarray(0, bytesRead);
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE)) {
        const line = Buffer.concat([...rest, chunk.subarray(0, end)]);
        yield { offset: start, line };
        start += line.length + 1;
        rest = [];
        chunk = chunk.subarray(end + 1);
      }
      rest.push(chunk);
    }
  } finally {
    await file.close();
  }
}

export async function readSlice(path: string, offset: number, length: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

export async function sizeOf(path: string): Promise<number> {
  const file = await openIfThere(path);
  if (file === null) return 0;
  try {
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

/** Written and on the disk when it resolves. */
export async function appendDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'a', 0o600);
  try {
    await file.appendFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

const NEWLINE = 0x0a;
const CHUNK = 1024 * 1024;

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
