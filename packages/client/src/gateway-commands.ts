import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request, type Dispatcher } from 'undici';
import type {
  Command,
  CommandResult,
  ControlCommand,
  LaneCommand,
  PushCommand,
  TicketCommand,
} from '../../../src/domain/commands.js';
import { ClientError, type ClientErrorCode } from './contract.js';
import { toTicketId } from './ticket-id.js';

export interface CommandsOptions {
  /** `https://host:8000`; a path before `/v1` is kept. */
  readonly gatewayUrl: string;
  /** Bearer token of the person who asks; never part of a message. */
  readonly token: string;
  /** PEM file of the authority that signed the gateway's certificate. */
  readonly caFile?: string;
  /** The same as text; wins over `caFile`. */
  readonly caPem?: string;
  /** How long one command may take with all its repetitions, in ms; default 20 s. */
  readonly deadlineMs?: number;
}

export interface CommandOptions {
  /** At least 3 characters; recorded in the ticket's history. */
  readonly reason: string;
  /** Idempotency key; one is made when it is left out. The same key is never carried out twice. */
  readonly key?: string;
}

/** Operator commands through the gateway, which knows who asks. Every error is a ClientError. */
export interface CommandsClient {
  ticket(ticketId: string, command: TicketCommand, options: CommandOptions): Promise<CommandResult>;
  /** Lane by key or name. */
  lane(keyOrName: string, command: LaneCommand, options: CommandOptions): Promise<CommandResult>;
  /** A push by its lane's key and its number. */
  push(laneKey: string, n: number, command: PushCommand, options: CommandOptions): Promise<CommandResult>;
  control(command: ControlCommand, options: CommandOptions): Promise<CommandResult>;
  /** What `/readyz` says: the gateway answers, and reaches Temporal. Throws `gatewayAway`. */
  ready(): Promise<boolean>;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly retryAfterMs: number | null;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Commands are repeated with the same key while the gateway cannot be reached, is busy or does not know the outcome.
 * Past the deadline: `gatewayAway` when none got through, `commandUnknown` when one may have.
 */
export function createCommands(options: CommandsOptions): CommandsClient {
  const { gatewayUrl, token, deadlineMs = 20_000 } = options;
  const ca = options.caPem ?? (options.caFile === undefined ? undefined : readFileSync(options.caFile));
  const agent = new Agent({ connect: { timeout: 3_000, ...(ca !== undefined && { ca }) } });
  const call = (
    path: string,
    init: { method: 'GET' | 'POST'; body?: string; timeoutMs: number },
  ): Promise<Answer> => send(agent, `${gatewayUrl.replace(/\/+$/, '')}${path}`, token, init);
  const command = async (path: string, body: Command, { reason, key = randomUUID() }: CommandOptions) => {
    const text = JSON.stringify({ command: body, reason, key });
    return untilKnown(`${body.kind} (key ${key})`, deadlineMs, (timeoutMs) =>
      call(path, { method: 'POST', body: text, timeoutMs }),
    );
  };
  return {
    ticket: async (typed, body, given) => command(`/v1/tickets/${toTicketId(typed)}/commands`, body, given),
    lane: (keyOrName, body, given) =>
      command(`/v1/lanes/${encodeURIComponent(keyOrName)}/commands`, body, given),
    push: (laneKey, n, body, given) =>
      command(`/v1/pushes/${encodeURIComponent(laneKey)}/${n}/commands`, body, given),
    control: (body, given) => command('/v1/control/commands', body, given),
    ready: async () => {
      try {
        return (await call('/readyz', { method: 'GET', timeoutMs: 3_000 })).status === 200;
      } catch (error) {
        throw new ClientError(
          'gatewayAway',
          `gateway: readiness: ${reasonOf(error)}; is ${gatewayUrl} right?`,
          {
            cause: error,
          },
        );
      }
    },
    close: () => agent.close(),
  };
}

async function send(
  agent: Agent,
  url: string,
  token: string,
  init: { method: 'GET' | 'POST'; body?: string; timeoutMs: number },
): Promise<Answer> {
  const { statusCode, headers, body } = await request(url, {
    dispatcher: agent,
    method: init.method,
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      ...(init.body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(init.body !== undefined && { body: init.body }),
    headersTimeout: init.timeoutMs,
    bodyTimeout: init.timeoutMs,
  });
  return { status: statusCode, retryAfterMs: retryAfterOf(headers), body: toObject(await body.text()) };
}

async function untilKnown(
  what: string,
  deadlineMs: number,
  attempt: (timeoutMs: number) => Promise<Answer>,
): Promise<CommandResult> {
  const endMs = Date.now() + deadlineMs;
  let sent = false;
  for (let pauseMs = 250; ; pauseMs = Math.min(2_000, pauseMs * 2)) {
    let last: { code: ClientErrorCode; text: string; cause?: unknown };
    let waitMs = pauseMs;
    try {
      const answer = await attempt(Math.max(1_000, endMs - Date.now()));
      const result = resultOf(what, answer);
      if (result) return result;
      sent ||= answer.status === 202 || answer.status === 504;
      last = {
        code: answer.status === 503 ? awayCode(answer) : 'commandUnknown',
        text: detailOf(answer) ?? `it answered ${answer.status}`,
      };
      waitMs = answer.retryAfterMs ?? pauseMs;
    } catch (error) {
      if (error instanceof ClientError) throw error;
      sent ||= !neverSent(error);
      last = { code: 'gatewayAway', text: reasonOf(error), cause: error };
    }
    if (Date.now() + waitMs >= endMs) {
      const advice = sent
        ? 'the command may have been accepted or not: send it again with the same key'
        : 'nothing was done: check the address and that the gateway runs, then repeat';
      throw new ClientError(
        sent ? 'commandUnknown' : last.code,
        `gateway: ${what}: ${last.text}; ${advice}`,
        {
          cause: last.cause,
        },
      );
    }
    await sleep(waitMs);
  }
}

/** The result when this answer is final, undefined when the same key should be sent again. */
function resultOf(what: string, answer: Answer): CommandResult | undefined {
  const { status, body } = answer;
  if (isCommandResult(body)) return body;
  if (status === 202 || status === 503 || status === 504 || status === 429) return undefined;
  const detail = detailOf(answer);
  const refuse = (code: ClientErrorCode, text: string): ClientError =>
    new ClientError(code, `gateway: ${what}: ${text}`);
  switch (status) {
    case 401:
      throw refuse('notAllowed', 'the token is not known: check SCO_TOKEN or SCO_TOKEN_FILE');
    case 403:
      throw refuse('notAllowed', detail ?? 'the role is missing');
    case 404:
      throw refuse(notFoundOf(body['code']), detail ?? 'not found');
    case 400:
    case 413:
    case 422:
      throw refuse('refused', detail ?? 'its form is wrong');
    default:
      throw refuse('unexpected', `it answered ${status}; look into the gateway's log`);
  }
}

function notFoundOf(code: unknown): ClientErrorCode {
  if (code === 'lane_not_found') return 'laneNotFound';
  return code === 'push_not_found' ? 'pushNotFound' : 'ticketNotFound';
}

function awayCode({ body }: Answer): ClientErrorCode {
  if (body['code'] === 'temporal_away') return 'temporalAway';
  if (body['code'] === 'payload_key_missing') return 'payloadUnreadable';
  return body['code'] === 'worker_away' ? 'workerAway' : 'gatewayAway';
}

function isCommandResult(body: object): body is CommandResult {
  return (
    'accepted' in body &&
    typeof body.accepted === 'boolean' &&
    'message' in body &&
    typeof body.message === 'string'
  );
}

/** The gateway's own advice; its problems never echo input. */
function detailOf({ body }: Answer): string | null {
  const text = [body['title'], body['detail'] ?? body['message']].filter((part) => typeof part === 'string');
  return text.length === 0 ? null : text.join('. ').slice(0, 500);
}

function toObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function retryAfterOf(headers: Dispatcher.ResponseData['headers']): number | null {
  const seconds = Number(headers['retry-after']);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 10) * 1_000 : null;
}

const CONNECT_CODES = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT', 'EHOSTUNREACH'];

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

/** No byte of the command left: the connection was never there, or its certificate was refused. */
function neverSent(error: unknown): boolean {
  return CONNECT_CODES.includes(codeOf(error)) || /CERT|SELF_SIGNED|UNABLE_TO/.test(codeOf(error));
}

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (/CERT|SELF_SIGNED|UNABLE_TO/.test(code)) {
    return `its certificate is not trusted (${code}): name its authority with SCO_GATEWAY_CA_FILE`;
  }
  if (CONNECT_CODES.includes(code)) return `cannot be reached (${code})`;
  return `no answer (${code === '' ? 'connection lost' : code})`;
}
