/** The ITSM of a scenario that calls the gateway. */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of this process alone. */
const TOKEN = randomBytes(32).toString('hex');

export interface ItsmAnswer {
  readonly status: number;
  readonly state: string;
  readonly message: string;
  readonly ticketId: string | null;
}

/** Calls below `/v1/itsm/tickets`; `path` is empty to open one. */
export type CallAsItsm = (path: string, body: object) => Promise<ItsmAnswer>;

export function createItsmCaller(gatewayUrl: string): CallAsItsm {
  return async (path, body) => {
    const response = await fetch(`${gatewayUrl}/v1/itsm/tickets${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    const { state, message, ticketId, detail } = (await response.json()) as Partial<Record<string, string>>;
    return {
      status: response.status,
      state: state ?? '-',
      message: message ?? detail ?? '-',
      ticketId: ticketId ?? null,
    };
  };
}

/** `people.yaml` of the demo knows the ITSM. */
export function admitsItsm(configDir: string): void {
  const file = join(configDir, 'people.yaml');
  const sha256 = createHash('sha256').update(TOKEN).digest('hex');
  const person = [
    '  - login: servicenow',
    '    roles: [itsm]',
    `    credentials: [{ kind: bearer, sha256: ${sha256} }]`,
  ];
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(/^people:\n/m, `people:\n${person.join('\n')}\n`));
}
