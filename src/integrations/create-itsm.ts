import { setTimeout as sleep } from 'node:timers/promises';
import type { Code } from '../domain/codes.js';
import { CallFailure } from '../domain/failure.js';
import { correlationId } from '../domain/ids.js';
import type { RenderedMessage } from '../domain/outbox.js';
import { hasBody } from '../domain/process.js';
import type { OutboundServer } from '../domain/outbound-server.js';
import type { Http, HttpAuth, HttpOptions } from '../http/http.js';
import { customValues } from './custom-functions.js';
import { MailRefused, toMail } from './mail-message.js';
import type { Itsm } from './itsm.js';
import { messageResolver } from './message-placeholders.js';
import { fillIn, fillInPath, UnresolvedPlaceholder } from './placeholders.js';
import { makeCall } from './point-call.js';
import { createRestRecords } from './rest-records.js';
import type { ChangeApi } from './change-api.js';
import { createServiceNow } from './servicenow.js';
import { sendMail } from './smtp.js';
import { createServerLimits } from './server-limits.js';
import { authOf, connectionOf, needsToken, secretsOf } from './server-connection.js';
import type { Tokens } from './tokens.js';

const WALL_CLOCK = {
  now: () => Date.now(),
  sleep: async (ms: number, signal?: AbortSignal) => {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  },
};

const MOST_BODY_BYTES = 200 * 1024;
const MOST_POINT_BYTES = 1024 * 1024;

export interface ItsmOptions {
  /** With secrets resolved, asked at each send; throws a `CallFailure` for a name it does not know. */
  readonly server: (name: string) => OutboundServer;
  /** `createHttp` of src/http. */
  readonly http: (options: HttpOptions) => Http;
  /** Of servers whose token has to be asked for. */
  readonly tokens: Tokens;
  /** Of the marks of notes, the newest first: without them every reader of this code can make the mark of a message. */
  readonly ownKeys?: readonly string[];
  /** What waits for a server's limits. */
  readonly clock?: Parameters<typeof createServerLimits>[0];
  /** Modules with custom functions, absolute paths, asked at each message; none when left out. */
  readonly functionModules?: () => readonly string[];
}

/** The ITSM servers of `config/servers.yaml`. `close()` ends the connections that are kept. */
export function createItsm({
  server: serverOf,
  http,
  tokens,
  functionModules = () => [],
  ownKeys = [],
  clock = WALL_CLOCK,
}: ItsmOptions): Itsm & { close(): Promise<void> } {
  const limits = createServerLimits(clock);
  const clients = new Map<string, { readonly fingerprint: string; readonly client: Http }>();

  /** A replaced password or address counts from the next send on. */
  function clientOf(server: OutboundServer, auth: HttpAuth): Http {
    const options = httpOptions(server, auth);
    const fingerprint = JSON.stringify(options);
    const kept = clients.get(server.name);
    if (kept?.fingerprint === fingerprint) return kept.client;
    kept?.client.close().catch(() => undefined);
    const client = http(options);
    clients.set(server.name, { fingerprint, client });
    return client;
  }

  function changesOf(server: OutboundServer, auth: HttpAuth): ChangeApi {
    if (server.kind === 'mail') throw otherKind(server, 'it takes mail only');
    const client = clientOf(server, auth);
    if (server.kind === 'servicenow') return createServiceNow(server, client, ownKeys);
    if (server.records !== null) return createRestRecords(server, server.records, client, ownKeys);
    throw otherKind(server, 'it has no description of its records, so it takes calls only; add record');
  }

  /** A token that was good and is refused is replaced: the message is sent again with another one. */
  async function withAuth<T>(
    server: OutboundServer,
    signal: AbortSignal | undefined,
    call: (auth: HttpAuth) => Promise<T>,
  ): Promise<T> {
    return await limits.within(server, async () => withToken(server, signal, call), signal);
  }

  async function withToken<T>(
    server: OutboundServer,
    signal: AbortSignal | undefined,
    call: (auth: HttpAuth) => Promise<T>,
  ): Promise<T> {
    if (!needsToken(server.auth)) return await call(authOf(server.auth));
    const token = await tokens.tokenFor(server, signal);
    try {
      return await call({ kind: 'bearer', token });
    } catch (error) {
      const isUnauthorized = error instanceof CallFailure && error.facts.code === 'http.unauthorized';
      if (!isUnauthorized || !tokens.refused(server, token)) throw error;
      throw new CallFailure({ ...error.facts, kind: 'transient' });
    }
  }

  return {
    customValues: (point, context) =>
      customValues([point.body, ...(point.call?.paths ?? [])], context, messageResolver(context), {
        modules: functionModules(),
      }),

    render(point, context, path) {
      const refuse = (code: Code, message: string): CallFailure =>
        new CallFailure({
          kind: 'rejected',
          system: `itsm/${point.server}`,
          operation: `render ${point.name}`,
          code,
          message,
        });
      if (point.action === 'none') throw new Error(`integration point ${point.name} sends nothing`);
      const message: RenderedMessage = {
        key: context.key,
        point: point.name,
        server: point.server,
        action: point.action,
        ...callOf(),
        // Of several paths the last answer counts, as in the Workflow Integrator.
        ...(point.response !== undefined &&
          (path === undefined || path === point.call?.paths.at(-1)) && { response: point.response }),
        correlationId: correlationId(context.facts.id, point.server),
        body: point.call !== undefined && !hasBody(point.call.method) ? '' : fill(),
        blocking: point.blocking,
      };
      // The messages of one point travel in one result of an activity.
      const most = Math.min(MOST_BODY_BYTES, MOST_POINT_BYTES / (point.call?.paths.length ?? 1));
      if (isTooLarge(message.body, most)) throw refuse('itsm.body_too_large', tooLarge(message.body, most));
      return message;

      function fill(): string {
        const filled = resolved(() => fillIn(point.body, messageResolver(context), point.unresolved));
        if (point.action !== 'mail') return JSON.stringify(filled);
        try {
          return JSON.stringify(toMail(filled, point.unresolved === 'literal'));
        } catch (error) {
          if (!(error instanceof MailRefused)) throw error;
          throw refuse('mail.refused', `${error.message}; nothing was sent`);
        }
      }

      function callOf(): Pick<RenderedMessage, 'call'> {
        if (point.call === undefined) return {};
        const { paths, ...call } = point.call;
        const template = path ?? paths[0] ?? '';
        const filled = resolved(() => fillInPath(template, messageResolver(context)));
        return { call: { ...call, path: filled } };
      }

      function resolved<T>(render: () => T): T {
        try {
          return render();
        } catch (error) {
          if (!(error instanceof UnresolvedPlaceholder)) throw error;
          throw refuse('itsm.placeholder_unresolved', `${error.message}; nothing was sent`);
        }
      }
    },

    async send(message, change, signal) {
      const refuse = (code: Code, text: string): CallFailure =>
        new CallFailure({
          kind: 'rejected',
          system: `itsm/${message.server}`,
          operation: `${message.action} for ${message.point}`,
          code,
          message: text,
        });
      if (isTooLarge(message.body)) throw refuse('itsm.body_too_large', tooLarge(message.body));
      const body: unknown = JSON.parse(message.body);
      if (typeof body !== 'object' || body === null || Array.isArray(body)) {
        throw refuse(
          'itsm.body_no_object',
          'the message is not a JSON object; drop it and correct its template',
        );
      }
      const server = serverOf(message.server);
      const fields = body as Readonly<Record<string, unknown>>;
      return await withAuth(server, signal, async (auth) => {
        const changes = changesOf(server, auth);
        if (message.action === 'create') return await changes.create(message, fields, signal);
        // A run that began after a reopening does not know the change of the run before: the correlation id does.
        const addressed =
          change?.server === message.server ? change : await changes.find(message.correlationId, signal);
        if (addressed === null) {
          throw refuse(
            'itsm.no_change',
            `the ticket has no change on ${message.server}; drop the message, or create the change first`,
          );
        }
        return await changes.update(message, fields, addressed, signal);
      });
    },

    async call(message, signal) {
      const server = serverOf(message.server);
      if (message.action === 'mail') {
        if (server.kind !== 'mail') throw otherKind(server, 'it takes no mail');
        return await limits.within(server, () => sendMail(server, message, clock.now(), signal), signal);
      }
      if (server.kind === 'mail') throw otherKind(server, 'it takes mail only');
      return await withAuth(server, signal, async (auth) =>
        makeCall(server, clientOf(server, auth), message, signal),
      );
    },

    async readFields(name, ticketId, names, signal) {
      const server = serverOf(name);
      return await withAuth(server, signal, async (auth) => {
        const changes = changesOf(server, auth);
        const change = await changes.find(correlationId(ticketId, name), signal);
        return change === null ? null : await changes.readFields(change, names, signal);
      });
    },

    async openChanges(name, signal) {
      const server = serverOf(name);
      return await withAuth(server, signal, async (auth) => changesOf(server, auth).openChanges(signal));
    },

    async sharedChange(message, signal) {
      const server = serverOf(message.server);
      if (server.ticketsField === null) return null;
      return await withAuth(server, signal, async (auth) => {
        const changes = changesOf(server, auth);
        const change = await changes.find(message.correlationId, signal);
        return change === null ? null : await changes.ticketsOf(change, signal);
      });
    },

    async close() {
      const kept = [...clients.values()];
      clients.clear();
      await Promise.all(kept.map(({ client }) => client.close()));
    },
  };
}

/** The entry of the server was changed after the message was made. */
function otherKind(server: OutboundServer, why: string): CallFailure {
  return new CallFailure({
    kind: 'rejected',
    system: `itsm/${server.name}`,
    operation: 'read its entry in servers.yaml',
    code: 'itsm.not_configured',
    message: `${why}; correct servers.yaml, then retry, or drop the message`,
  });
}

function httpOptions(server: OutboundServer, auth: HttpAuth): HttpOptions {
  return {
    name: `itsm/${server.name}`,
    baseUrl: server.url,
    auth,
    secrets: secretsOf(server.auth),
    ...connectionOf(server),
  };
}

function isTooLarge(body: string, most = MOST_BODY_BYTES): boolean {
  return Buffer.byteLength(body, 'utf8') > most;
}

function tooLarge(body: string, most = MOST_BODY_BYTES): string {
  const kib = Math.ceil(Buffer.byteLength(body, 'utf8') / 1024);
  return `the message has ${kib} KiB, at most ${Math.floor(most / 1024)} are sent; shorten its template`;
}
