/** A request of an integration point to a path of its own. */
import { createHash } from 'node:crypto';
import { CallFailure } from '../domain/failure.js';
import { mapResponse, type Mapped } from '../domain/response-mapping.js';
import type { OutboundServer } from '../domain/outbound-server.js';
import type { RenderedMessage } from '../domain/outbox.js';
import { isOk, readBody, unproven, wordsOf } from '../http/answer.js';
import type { Http, HttpRequest, HttpResponse } from '../http/http.js';
import { failureOfStatus } from '../http/status-failure.js';
import { WRITE_RULES } from '../http/write-rules.js';

export interface CallAnswer {
  /** What accepted the call, for a person. */
  readonly said: string;
  /** What the answer says for fields of the ticket; null where the point names none. */
  readonly mapped: Mapped | null;
}

/**
 * Makes the call once; its key travels as `Idempotency-Key`. A page, an `error` beside a good status and a status that is not
 * among the accepted ones are failures.
 */
export async function makeCall(
  server: OutboundServer,
  http: Http,
  message: RenderedMessage,
  signal?: AbortSignal,
): Promise<CallAnswer> {
  const { call, point, body } = message;
  if (call === undefined) throw new Error(`message of ${point} without a call`);
  const { method, path, accept, repeatable, answer: words } = call;
  const operation = `${method} for ${point}`;
  const request: HttpRequest = {
    path,
    operation,
    signal,
    headers: {
      accept: 'application/json',
      'idempotency-key': createHash('sha256').update(message.key).digest('hex').slice(0, 32),
      ...(body !== '' && { 'content-type': 'application/json' }),
      ...server.headers,
    },
    ...(body !== '' && { body }),
  };
  const context = { system: http.name, operation, repeatable };
  /** Throws for a status that is not accepted; true where an accepted one outside 2xx is the whole answer. */
  const isAcceptedRefusal = (response: HttpResponse): boolean => {
    if (isOk(response)) return false;
    if (accept.includes(response.status) && readBody(response).kind !== 'other') return true;
    throw failureOfStatus(response, context, wordsOf(response));
  };
  try {
    if (method === 'GET') {
      const response = await http.read(request);
      if (isAcceptedRefusal(response)) return answered(response, message);
      const { bodies } = WRITE_RULES.pointCall;
      const failure = unproven(response, { statuses: accept, bodies }, context, 'itsm.unproven');
      if (failure !== null) throw failure;
      return answered(response, message);
    }
    let refusal: HttpResponse | null = null;
    const response = await http.write('pointCall', {
      ...request,
      meaning: (answer) => {
        const isWords = accept.includes(answer.status) && answer.text.trim() === words;
        if (!isWords && !isAcceptedRefusal(answer)) return null;
        refusal = answer;
        return 'noOp';
      },
      declared: { method, statuses: accept, repeatable },
      unproven: 'itsm.unproven',
    });
    return answered(response ?? refusal, message);
  } catch (error) {
    if (!(error instanceof CallFailure) || error.facts.kind !== 'ambiguous') throw error;
    throw new CallFailure(
      {
        ...error.facts,
        code: 'itsm.call_unknown',
        message: `${error.facts.message}; it may have been made: look there, then retry the message or drop it`,
      },
      { cause: error },
    );
  }
}

function answered(response: HttpResponse | null, { response: template }: RenderedMessage): CallAnswer {
  const said = `answered ${response?.status ?? 'nothing'}`;
  if (template === undefined) return { said, mapped: null };
  const { values, problems } = mapResponse(template, response === null ? null : readBody(response).json);
  const isSecret = (text: string): boolean => response !== null && response.cleaned(text) !== text;
  return {
    said,
    mapped: {
      values: values.filter(({ text }) => !isSecret(text)),
      problems: [
        ...problems,
        ...values.filter(({ text }) => isSecret(text)).map(({ field }) => `field "${field}": it is a secret`),
      ],
    },
  };
}
