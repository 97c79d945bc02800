import type { RequestHandler } from 'express';
import express from 'express';

import { Problem } from './problem.js';

const JSON_UTF8 = /^application\/json(?: *; *charset="?utf-8"?)?$/i;

/** Reads the raw bytes, so that signatures are checked over what came: exact type, no content encoding, bounded. */
export function readJsonBytes(maxBytes: number): RequestHandler[] {
  return [
    (request, _response, next) => {
      if (!JSON_UTF8.test(request.headers['content-type'] ?? '')) throw new Problem('unsupported_media_type');
      next();
    },
    express.raw({ type: () => true, limit: maxBytes, inflate: false }),
  ];
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
