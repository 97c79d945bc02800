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

/** Safety phases: they cannot be skipped. */
const UNSKIPPABLE: readonly Phase[] = ['riskCheck', 'approval', 'changeWindow'];
export function maySkip(phase: Phase): boolean {
  return !UNSKIPPABLE.includes(phase);
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

/** Waits that end only when a person acts; all others end without one. */
export function needsPerson(waitingFor: WaitingFor): boolean {
  switch (waitingFor) {
    case 'approval':
    case 'handler':
    case 'ledger':
    case 'operator':
    case 'person':
    case 'confirmation':
    case 'start':
      return true;
    case 'event':
    case 'securechange':
    case 'lane':
    case 'window':
    case 'itsm':
      return false;
  }
}
