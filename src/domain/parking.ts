/** Why a ticket waits for a person, and what that person can do: one place for the texts. */
import { cleanLine } from './clean-text.js';
import type { Parking, WayOut } from './commands.js';
import type { FailureFacts } from './failure.js';
import { maySkip, type Phase } from './phase.js';

type Way = WayOut['command'];

const HINTS: Readonly<Record<Way, (ticketId: string, target: string | null, lane?: string) => string>> = {
  retry: (id) => `sco ticket retry ${id} --reason "…"`,
  skip: (id) => `sco ticket skip ${id} --reason "…"`,
  hold: (id) => `sco ticket hold ${id} --reason "…"`,
  resume: (id) => `sco ticket resume ${id} --reason "…"`,
  abort: (id) => `sco ticket abort ${id} --reason "…"`,
  adopt: (id) => `sco ticket adopt ${id} --reason "…"`,
  decideUnknownPush: (id, target) =>
    `sco ticket decide ${id} --target ${target ?? 'TARGET'} --was-not-sent --reason "…"   # or --was-sent`,
  decidePartial: (id, target) =>
    `sco ticket decide ${id} --target ${target ?? 'TARGET'} --accept --reason "…"   # or --repeat`,
  completeManual: (id, target) =>
    `sco ticket complete ${id} --target ${target ?? 'TARGET'} --evidence "…" --reason "…"`,
  dropMessage: (id) => `sco ticket drop-message ${id} --point POINT --reason "…"`,
  acceptLedger: (_, __, lane) => `sco lane accept ${lane ?? 'LANE'} --reason "…"`,
  start: () => `sco start --reason "…"`,
};

export interface ParkingInput {
  readonly ticketId: string;
  readonly code: string;
  readonly phase: Phase | null;
  readonly target: string | null;
  readonly reason: string;
  readonly advice?: string;
  readonly evidence: string | null;
  readonly sinceMs: number;
  readonly ways: readonly Way[];
  /** Key of the lane that a way out is addressed to. */
  readonly lane?: string;
}

/** Texts of other systems stand in it as they may be shown. */
export function parking({ ticketId, ways, lane, reason, advice, evidence, ...rest }: ParkingInput): Parking {
  return {
    ...rest,
    reason: cleanLine(reason, 500),
    ...(advice !== undefined && { advice: cleanLine(advice) }),
    evidence: evidence === null ? null : cleanLine(evidence, 500),
    waysOut: ways.map((command) => ({ command, hint: HINTS[command](ticketId, rest.target, lane) })),
  };
}

/** What may be done after an activity gave up: skipping only where the phase may be skipped. */
export function waysAfterFailure(phase: Phase | null): readonly Way[] {
  return phase !== null && maySkip(phase) ? ['retry', 'skip', 'abort'] : ['retry', 'abort'];
}

export function evidenceOfFailure(failure: FailureFacts): string {
  const status = failure.status === undefined ? '' : `, status ${failure.status}`;
  const holder = failure.holder === undefined ? '' : `, held by ${failure.holder}`;
  return `${failure.system}: ${failure.operation}: ${failure.code} (${failure.kind}${status}${holder})`;
}
