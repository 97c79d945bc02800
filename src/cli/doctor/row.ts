/** One thing the doctor looked at. Only a problem makes `sco doctor` end with 1. */
export interface DoctorRow {
  readonly area:
    | 'machine'
    | 'settings'
    | 'configuration'
    | 'Temporal'
    | 'gateway'
    | 'SecureChange'
    | 'servers'
    | 'devices'
    | 'windows';
  readonly check: string;
  readonly state: 'ok' | 'problem' | 'note';
  readonly found: string;
  /** What to do or type; null when nothing is needed. */
  readonly advice: string | null;
}

type Area = DoctorRow['area'];

export function ok(area: Area, check: string, found: string): DoctorRow {
  return { area, check, state: 'ok', found, advice: null };
}

export function problem(area: Area, check: string, found: string, advice: string): DoctorRow {
  return { area, check, state: 'problem', found, advice };
}

/** Could not be looked at, or is no problem everywhere. */
export function note(area: Area, check: string, found: string, advice: string | null = null): DoctorRow {
  return { area, check, state: 'note', found, advice };
}

/** What went wrong, in the words of our own errors: they never carry secrets or payloads. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unexpected error';
}
