/** What SecureChange and SecureTrack answered to reads, so that a ticket can be rehearsed again without them. */
import { z } from 'zod';
import { CallFailure } from '../../domain/failure.js';
import type { Http, HttpRequest, HttpResponse } from '../../http/http.js';
import { readOnly } from '../../http/read-only.js';

const answers = z.record(
  z.string(),
  z.strictObject({ status: z.int(), headers: z.record(z.string(), z.string()), text: z.string() }),
);

/** The file of `sco rehearse --save`. */
export const recordingSchema = z.strictObject({
  version: z.literal(1),
  ticketId: z.string(),
  recordedAtMs: z.number(),
  reads: answers,
});
export type Recording = z.output<typeof recordingSchema>;
export type Reads = Record<string, Recording['reads'][string]>;

function keyOf(system: string, { path, query }: HttpRequest): string {
  const asked = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${String(value)}`],
  );
  return `${system} ${path}${asked.length === 0 ? '' : `?${asked.join('&')}`}`;
}

/** Keeps every answer in `reads`. */
export function recordingHttp(http: Http, reads: Reads): Http {
  const read = async (request: HttpRequest): Promise<HttpResponse> => {
    const response = await http.read(request);
    const { status, headers, text } = response;
    reads[keyOf(http.name, request)] = {
      status,
      headers: { 'content-type': headers['content-type'] ?? '' },
      text,
    };
    return response;
  };
  return readOnly({ name: http.name, read, close: () => http.close() });
}

/** Answers from `reads` alone. */
export function replayingHttp(name: string, reads: Reads): Http {
  const read = async (request: HttpRequest): Promise<HttpResponse> => {
    await Promise.resolve();
    const key = keyOf(name, request);
    if (Object.hasOwn(reads, key)) return reads[key] as HttpResponse;
    throw new CallFailure({
      kind: 'rejected',
      system: name,
      operation: request.operation,
      code: 'http.refused_request',
      message: 'the recording does not have this answer; record the ticket again with --save',
    });
  };
  return readOnly({ name, read, close: () => Promise.resolve() });
}
