import { cleanLine } from '../src/domain/clean-text.js';
import { CallFailure } from '../src/domain/failure.js';
import type { ItsmGate } from '../src/domain/process.js';
import type { ActivityDeps } from './contract.js';
import { withHeartbeat } from './with-heartbeat.js';

type Deps = Pick<ActivityDeps, 'itsm'>;

/** Why the ITSM change lets nothing be pushed now; null when it does, or the process has no such condition. */
export async function whyChangeForbids(
  { itsm }: Deps,
  gate: ItsmGate | undefined,
  ticketId: string,
  signal: AbortSignal,
): Promise<string | null> {
  if (gate === undefined) return null;
  const { server, fields } = gate;
  const record = await itsm.readFields(server, ticketId, Object.keys(fields), signal);
  if (record === null) return `the ticket has no change on ${server}`;
  const wrong = Object.entries(fields).flatMap(([field, allowed]) => {
    const value = (record[field] ?? '').trim();
    if (allowed.some((one) => one.trim().toLowerCase() === value.toLowerCase())) return [];
    return [`${field} is "${cleanLine(value, 60)}" (a push needs ${allowed.join(' or ')})`];
  });
  return wrong.length === 0 ? null : `the change on ${server}: ${wrong.join(', ')}`;
}

export interface ItsmGateActivities {
  /** Reads the ticket's change until it lets a push go ahead. */
  awaitItsmChange: (input: { readonly ticketId: string; readonly workflow: string }) => Promise<void>;
}

export function createItsmGateActivities(
  deps: Pick<ActivityDeps, 'itsm' | 'definitions' | 'clock'>,
): ItsmGateActivities {
  return {
    awaitItsmChange: async ({ ticketId, workflow }) =>
      await withHeartbeat(async ({ signal }) => {
        for (;;) {
          // As the process says now: an operator may change or remove the condition meanwhile.
          const gate = deps.definitions.processFor(workflow)?.itsmGate;
          if ((await whyUnlessAway(gate, ticketId, signal)) === null) return;
          await deps.clock.sleep(gate?.everyMs ?? 0, signal);
        }
      }),
  };

  /** An ITSM that is away is asked again: nothing is pushed meanwhile in any case. */
  async function whyUnlessAway(
    gate: ItsmGate | undefined,
    ticketId: string,
    signal: AbortSignal,
  ): Promise<string | null> {
    try {
      return await whyChangeForbids(deps, gate, ticketId, signal);
    } catch (error) {
      if (error instanceof CallFailure && (error.facts.kind === 'transient' || error.facts.kind === 'busy'))
        return error.facts.message;
      throw error;
    }
  }
}
