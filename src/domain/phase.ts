export const PHASES = [
  'design',
  'riskCheck',
  'approval',
  'changeWindow',
  'update',
  'commit',
  'verify',
  'advance',
  'itsmSync',
] as const;
export type Phase = (typeof PHASES)[number];

export function isPhase(text: string): text is Phase {
  return (PHASES as readonly string[]).includes(text);
}

/** Safety phases: no operator, role or definition lets a ticket pass them by. */
const UNSKIPPABLE: readonly Phase[] = ['riskCheck', 'approval', 'changeWindow'];
export function maySkip(phase: Phase): boolean {
  return !UNSKIPPABLE.includes(phase);
}

/** Phases up to `approval` run per ticket, these per target. */
const PER_TARGET: readonly Phase[] = ['changeWindow', 'update', 'commit'];
export function isPerTarget(phase: Phase): boolean {
  return PER_TARGET.includes(phase);
}

/** What a ticket waits for, as a search attribute and in one line to a person. */
export const WAITS = [
  'event',
  'securechange',
  'approval',
  'handler',
  'lane',
  'window',
  'ledger',
  'operator',
  'itsm',
  'person',
  'confirmation',
  'start',
] as const;
export type WaitingFor = (typeof WAITS)[number];
