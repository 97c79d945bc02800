/** Why a ticket waits for an operator, and what the operator can do. */
import { cleanLine } from './clean-text.js';
import type { Parking, WayOut } from './commands.js';
import type { FailureFacts } from './failure.js';
import { maySkip, type Phase } from './phase.js';

type Way = WayOut['command'];

/** What a way out is addressed to. */
interface Addressed {
  readonly ticketId: string;
  readonly target: string | null;
  readonly lane?: string;
  readonly seen?: string;
  readonly message?: number;
}

const HINTS: Readonly<Record<Way, (to: Addressed) => string>> = {
  retry: ({ ticketId: id }) => `sco ticket retry ${id} --reason "…"`,
  skip: ({ ticketId: id }) => `sco ticket skip ${id} --reason "…"`,
  hold: ({ ticketId: id }) => `sco ticket hold ${id} --reason "…"`,
  resume: ({ ticketId: id }) => `sco ticket resume ${id} --reason "…"`,
  abort: ({ ticketId: id }) => `sco ticket abort ${id} --reason "…"`,
  adopt: ({ ticketId: id }) => `sco ticket adopt ${id} --reason "…"`,
  decideUnknownPush: ({ lane: push }) =>
    `sco push decide ${push ?? 'LANE/N'} --was-not-sent --reason "…"   # or --was-sent`,
  retryPush: ({ lane }) => `sco lane retry ${lane ?? 'LANE'} --reason "…"`,
  resumeLane: ({ lane }) => `sco lane resume ${lane ?? 'LANE'} --reason "…"`,
  decidePartial: ({ ticketId: id, target }) =>
    `sco ticket decide ${id} --target ${target ?? 'TARGET'} --accept --reason "…"   # or --repeat`,
  completeManual: ({ ticketId: id, target }) =>
    `sco ticket complete ${id} --target ${target ?? 'TARGET'} --evidence "…" --reason "…"`,
  recordApproval: ({ ticketId: id }) => `sco ticket record-approval ${id} --evidence "…" --reason "…"`,
  retryMessage: ({ ticketId: id, message }) => `sco outbox retry ${id} ${message ?? 'MESSAGE'} --reason "…"`,
  dropMessage: ({ ticketId: id, message }) => `sco outbox drop ${id} ${message ?? 'MESSAGE'} --reason "…"`,
  acceptLedger: ({ lane }) => `sco lane accept ${lane ?? 'LANE'} --reason "…"`,
  acceptForeign: ({ lane, target, seen }) =>
    `sco lane accept-foreign ${lane ?? 'LANE'} --target ${target ?? 'TARGET'} --seen ${seen ?? 'SEEN'} --reason "…"`,
  start: () => `sco start --reason "…"`,
};

export interface ParkingInput extends Omit<Parking, 'waysOut'> {
  readonly ticketId: string;
  readonly ways: readonly Way[];
  /** Key of the lane, or lane key and number of the push, that a way out is addressed to. */
  readonly lane?: string;
  /** Names what was seen of saved changes of others, for a way out that accepts it. */
  readonly seen?: string;
  /** Number of the message that a way out is addressed to. */
  readonly message?: number;
}

/** Texts of other systems in it are cleaned for display. */
export function parking({
  ticketId,
  ways,
  lane,
  seen,
  message,
  reason,
  advice,
  evidence,
  ...rest
}: ParkingInput): Parking {
  const to = {
    ticketId,
    target: rest.target,
    ...(lane !== undefined && { lane }),
    ...(seen !== undefined && { seen }),
    ...(message !== undefined && { message }),
  };
  return {
    ...rest,
    reason: cleanLine(reason, 500),
    ...(advice !== undefined && { advice: cleanLine(advice) }),
    evidence: evidence === null ? null : cleanLine(evidence, 500),
    waysOut: ways.map((command) => ({ command, hint: HINTS[command](to) })),
  };
}

/** The ways out after an activity failed; `skip` only when the phase may be skipped. */
export function waysAfterFailure(phase: Phase | null): readonly Way[] {
  return phase !== null && maySkip(phase) ? ['retry', 'skip', 'abort'] : ['retry', 'abort'];
}

export function evidenceOfFailure(failure: FailureFacts): string {
  const status = failure.status === undefined ? '' : `, status ${failure.status}`;
  const holder = failure.holder === undefined ? '' : `, held by ${failure.holder}`;
  return `${failure.system}: ${failure.operation}: ${failure.code} (${failure.kind}${status}${holder})`;
}

/** The system that `evidenceOfFailure` wrote down; null for other evidence. */
export function systemOfEvidence(evidence: string | null): string | null {
  return /^([a-z]+(?:\/[^:]+)?): /.exec(evidence ?? '')?.[1] ?? null;
}
