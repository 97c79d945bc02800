import type { Request, RequestHandler } from 'express';

import { Problem, type ProblemCode } from './problem.js';

const JSON_UTF8 = /^application\/json(?: *; *charset="?utf-8"?)?$/i;

/**
 * Reads the raw bytes, so that signatures are checked over what came: exact type, no content encoding. A body over the
 * bound is refused at the byte that is too many, not at its end, which may never come.
 */
export function readJsonBytes(maxBytes: number, tooLarge: ProblemCode = 'too_large'): RequestHandler[] {
  return [
    (request, _response, next) => {
      if (!JSON_UTF8.test(request.headers['content-type'] ?? '')) throw new Problem('unsupported_media_type');
      const encoding = request.headers['content-encoding'] ?? 'identity';
      if (encoding.toLowerCase() !== 'identity') throw new Problem('unsupported_media_type');
      next();
    },
    (request, _response, next) => {
      readBytes(request, maxBytes, tooLarge).then((bytes) => {
        request.body = bytes;
        next();
      }, next);
    },
  ];
}

function readBytes(request: Request, maxBytes: number, tooLarge: ProblemCode): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
      reject(new Problem(tooLarge));
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (outcome: () => void): void => {
      request.off('data', take).off('end', end).off('close', cut).off('error', cut);
      outcome();
    };
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > maxBytes) finish(() => reject(new Problem(tooLarge)));
      else chunks.push(chunk);
    };
    const end = (): void => finish(() => resolve(Buffer.concat(chunks)));
    const cut = (): void =>
      finish(() =>
        reject(new Problem('bad_request', { note: 'The connection closed before the body was complete.' })),
      );
    request.on('data', take).on('end', end).on('close', cut).on('error', cut);
  });
}

/** Throws TypeError when the bytes are not UTF-8. */
export function utf8(bytes: Buffer): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}

export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(utf8(bytes)) as unknown;
  } catch (error) {
    throw new Problem('bad_json', { cause: error });
  }
}
