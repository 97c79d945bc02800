import type { Request, RequestHandler } from 'express';
import { Router } from 'express';
import { z } from 'zod';

import type { Role } from '../domain/commands.js';
import { mayRead, rawBody, READERS } from './authenticate.js';
import type { Authenticator } from './authenticate.js';
import { parseJson, readJsonBytes } from './json-body.js';
import { onlyMethods, Problem } from './problem.js';
import type { Sessions } from './session.js';

/** A payload of Temporal, as the codec takes it. */
export interface StoredPayload {
  metadata?: Record<string, Uint8Array> | null;
  data?: Uint8Array | null;
}

export interface PayloadServer {
  decode(payloads: StoredPayload[]): Promise<StoredPayload[]>;
  encode(payloads: StoredPayload[]): Promise<StoredPayload[]>;
  readonly namespace: string;
}

/** A payload has at most 2 MB, and is longer as text. */
const MOST_BYTES = 8 * 1024 * 1024;
const HEADERS = 'authorization, authorization-extras, content-type, x-namespace';

const base64 = z.base64().transform((text) => new Uint8Array(Buffer.from(text, 'base64')));
/** The body of both calls. */
export const payloadsBody = z.object({
  payloads: z.array(z.object({ metadata: z.record(z.string(), base64).optional(), data: base64.optional() })),
});

/**
 * What the Temporal Web UI and `temporal --codec-endpoint` ask to show payloads in clear: protobuf JSON in, the same out. For whoever
 * may read tickets, by token; in a browser also by the session of our pages, from the address of the Web UI alone.
 */
export function codecRoutes(deps: {
  codec: PayloadServer;
  /** In our settings; null: no browser may ask. */
  uiOrigin: string | null;
  authenticator: Pick<Authenticator, 'admit'>;
  sessions: Pick<Sessions, 'actorOf'>;
  admission: RequestHandler;
}): Router {
  const { codec, uiOrigin, admission } = deps;
  const router = Router({ caseSensitive: true, strict: true });
  const isFromUi = (request: Request): boolean => uiOrigin !== null && request.get('origin') === uiOrigin;

  router.use((request, response, next) => {
    response.vary('Origin');
    if (isFromUi(request)) {
      response.set('Access-Control-Allow-Origin', uiOrigin ?? '');
      response.set('Access-Control-Allow-Credentials', 'true');
    }
    next();
  });

  for (const [path, work, roles] of [
    ['/decode', codec.decode.bind(codec), READERS],
    ['/encode', codec.encode.bind(codec), ['operator', 'approver']],
  ] as const) {
    router
      .route(path)
      .options((request, response) => {
        if (!isFromUi(request)) throw new Problem('forbidden');
        response.set('Access-Control-Allow-Methods', 'POST').set('Access-Control-Allow-Headers', HEADERS);
        response.status(204).end();
      })
      .post(
        admitReader(deps, isFromUi, roles),
        checkNamespace(codec.namespace),
        ...readJsonBytes(MOST_BYTES, 'payloads_too_large'),
        admission,
        async (request, response) => {
          response.json({ payloads: (await answered(work, payloadsOf(request))).map(toJson) });
        },
      )
      .all(onlyMethods('POST', 'OPTIONS'));
  }
  return router;
}

function admitReader(
  {
    authenticator,
    sessions,
  }: { authenticator: Pick<Authenticator, 'admit'>; sessions: Pick<Sessions, 'actorOf'> },
  isFromUi: (request: Request) => boolean,
  roles: readonly Role[],
): RequestHandler {
  const byHeader = authenticator.admit(...roles);
  return (request, response, next) => {
    // Another page that the reader has open could ask with the same cookie.
    if (request.headers.authorization !== undefined || !isFromUi(request)) {
      byHeader(request, response, next);
      return;
    }
    const actor = sessions.actorOf(request);
    if (actor === undefined) throw new Problem('unauthorised');
    if (!mayRead(actor) || !actor.roles.some((role) => roles.includes(role))) throw new Problem('forbidden');
    next();
  };
}

function checkNamespace(namespace: string): RequestHandler {
  return (request, _response, next) => {
    const said = request.get('x-namespace') ?? '';
    if (said !== '' && said !== namespace)
      throw new Problem('bad_request', { note: 'X-Namespace is not the namespace of this gateway.' });
    next();
  };
}

function payloadsOf(request: Request): StoredPayload[] {
  const parsed = payloadsBody.safeParse(parseJson(rawBody(request)));
  if (!parsed.success)
    throw new Problem('bad_json', {
      note: 'It is {"payloads":[{"metadata":{…},"data":…}]}, with every value in Base64.',
    });
  return parsed.data.payloads.map(({ metadata = {}, data = new Uint8Array() }) => ({ metadata, data }));
}

async function answered(
  work: (payloads: StoredPayload[]) => Promise<StoredPayload[]>,
  payloads: StoredPayload[],
): Promise<StoredPayload[]> {
  try {
    return await work(payloads);
  } catch (cause) {
    throw new Problem('payload_unreadable', {
      ...(cause instanceof Error && { note: cause.message }),
      cause,
    });
  }
}

function toJson({ metadata, data }: StoredPayload): object {
  const texts = Object.entries(metadata ?? {}).map(([name, value]) => [
    name,
    Buffer.from(value).toString('base64'),
  ]);
  return {
    metadata: Object.fromEntries(texts) as Readonly<Record<string, string>>,
    data: Buffer.from(data ?? []).toString('base64'),
  };
}
