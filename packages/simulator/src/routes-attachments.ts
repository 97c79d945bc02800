import { randomUUID } from 'node:crypto';
import { ApiError, illegalArgument, notFound } from './api-error.js';
import { parameter, type Exchange, type Reply } from './exchange.js';
import { API } from './render-ticket.js';
import type { Front } from './server.js';

const LARGEST = 10 * 1024 * 1024;

/** The content of the first part of a multipart body. */
function firstPart(exchange: Exchange): { name: string; content: Buffer } {
  const body: unknown = exchange.request.body;
  const boundary = /boundary="?([^";]+)"?/.exec(exchange.request.headers['content-type'] ?? '')?.[1];
  if (!Buffer.isBuffer(body) || boundary === undefined)
    throw illegalArgument('The body is no multipart form');
  const start = body.indexOf('\r\n\r\n');
  const end = body.indexOf(`\r\n--${boundary}`, start + 4);
  if (start < 0 || end < 0) throw illegalArgument('The form has no part');
  const name = /filename="([^"]*)"/.exec(body.toString('latin1', 0, start))?.[1] ?? 'attachment';
  return { name, content: body.subarray(start + 4, end) };
}

function upload(exchange: Exchange): Reply {
  const { site } = exchange.simulation;
  const { name, content } = firstPart(exchange);
  if (content.length > LARGEST)
    throw new ApiError(413, 'BAD_REQUEST_ERROR', 'The attachment is larger than 10 MB');
  const uid = randomUUID();
  site.store.change(() => {
    site.attachments.put(uid, { name, content: content.toString('base64') });
    exchange.applied();
  });
  return { status: 201, text: { type: 'text/plain', body: uid } };
}

function download(exchange: Exchange): Reply {
  const found = exchange.simulation.site.attachments.get(parameter(exchange, 'uid'));
  if (!found) throw notFound();
  const body = Buffer.from(found.content, 'base64');
  return { status: 200, text: { type: 'application/octet-stream', body } };
}

/** Registers upload and download of attachments. */
export function attachmentRoutes(front: Front): void {
  front.route('post', `${API}/attachments`, upload);
  front.route('get', `${API}/attachments/:uid`, download);
}
