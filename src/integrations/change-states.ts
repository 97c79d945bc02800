/** Whether changes of ServiceNow are open, for who only reads and need not have opened them. */
import type { OutboundServer } from '../domain/outbound-server.js';
import { hasError, isOk, notAnAnswer, readBody } from '../http/answer.js';
import type { Http, HttpOptions } from '../http/http.js';
import { failureOfStatus } from '../http/status-failure.js';
import { authOf, connectionOf, needsToken } from './server-connection.js';
import { valueOf } from './shown-fields.js';

export interface ChangeState {
  readonly number: string;
  /** null: it does not say. */
  readonly isOpen: boolean | null;
}

export interface ChangeStates {
  /** Path and query of the call, without the address. */
  readonly callOf: (asked: AskedChange) => string;
  /** By its number or by our correlation id; null when there is none. Throws `CallFailure`. */
  read(asked: AskedChange, signal?: AbortSignal): Promise<ChangeState | null>;
  close(): Promise<void>;
}

export interface AskedChange {
  readonly number: string | null;
  readonly correlationId: string;
}

/** null with a reason where it cannot be asked by GET alone. */
export function createChangeStates(
  server: OutboundServer,
  http: (options: HttpOptions) => Http,
): ChangeStates | { readonly notVisible: string } {
  if (server.kind !== 'servicenow')
    return { notVisible: `server ${server.name} is of kind ${server.kind}; only ServiceNow is compared` };
  if (needsToken(server.auth))
    return {
      notVisible: `server ${server.name} needs a token that is asked for by POST, and a survey sends GETs only; name a server with basic or bearer sign-in`,
    };
  const client = http({
    name: `itsm/${server.name}`,
    baseUrl: server.url,
    auth: authOf(server.auth),
    ...connectionOf(server),
  });
  const path = `/api/now/table/${server.table}`;
  const queryOf = ({ number, correlationId }: AskedChange): string =>
    // A caret would end the condition: what holds one is not the number of a change.
    number === null || number.includes('^')
      ? `correlation_id=${correlationId}`
      : `number=${number}^ORcorrelation_id=${correlationId}`;
  return {
    callOf: (asked) => `${path}?sysparm_query=${queryOf(asked)}`,
    async read(asked, signal) {
      const operation = `look for the change ${asked.number ?? asked.correlationId}`;
      const context = { system: client.name, operation, repeatable: true };
      const response = await client.read({
        path,
        operation,
        query: {
          sysparm_query: queryOf(asked),
          sysparm_fields: 'sys_id,number,correlation_id,active',
          sysparm_limit: 2,
        },
        headers: { accept: 'application/json', ...server.headers },
        signal,
      });
      if (!isOk(response)) throw failureOfStatus(response, context);
      const { kind, json } = readBody(response);
      if (kind !== 'json' || hasError(response)) throw notAnAnswer(response, context, 'itsm.not_json');
      const rows = rowsOf(json);
      const row = rows.find(
        (one) =>
          (asked.number !== null && valueOf(one['number']) === asked.number) ||
          valueOf(one['correlation_id']) === asked.correlationId,
      );
      if (row === undefined) return null;
      const active = valueOf(row['active']);
      return {
        number: valueOf(row['number']) ?? asked.number ?? '-',
        isOpen: active === 'true' ? true : active === 'false' ? false : null,
      };
    },
    close: () => client.close(),
  };
}

function rowsOf(json: unknown): readonly Readonly<Record<string, unknown>>[] {
  const result =
    typeof json === 'object' && json !== null ? (json as { readonly result?: unknown }).result : null;
  if (!Array.isArray(result)) return [];
  return result.filter(
    (row): row is Readonly<Record<string, unknown>> => typeof row === 'object' && row !== null,
  );
}
