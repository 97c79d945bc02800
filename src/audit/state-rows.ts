import { cleanLine } from '../domain/clean-text.js';
import type { HistoryFact } from '../domain/history-fact.js';
import { toWords } from '../domain/words.js';
import { instantText } from '../domain/instant-text.js';
import { field, TEXT_WIDTH } from './fields.js';
import type { RawRow } from './raw-row.js';

/** Waits that a person acts on or plans with; for SecureChange, lanes and locks the rows of the work suffice. */
const WAITS: Readonly<Record<string, string>> = {
  approval: 'waits for approval',
  window: 'waits for the window',
  itsm: 'waits for the ITSM',
  person: 'waits for a person',
  confirmation: 'waits for the requester to confirm or reopen',
  start: 'waits for sco start',
};

/**
 * Changes of step, phase, risk, wait and attention, from the search attributes, one row each; names as in
 * `workflows/search-attributes.ts`. A phase gets one row in each step: the attribute goes back and forth between devices.
 */
export function createStateRows(): (fact: HistoryFact) => RawRow[] {
  const state = new Map<string, string>();
  let phases = new Set<string>();

  return ({ atMs, input }) => {
    /** null when it did not change, or was emptied. */
    const fresh = (name: string): string | null => {
      const text = valueOf(input, name);
      if (text === undefined || text === state.get(name)) return null;
      state.set(name, text);
      return text === '' ? null : text;
    };
    const row = { atMs, endMs: atMs, kind: 'state', who: null, detail: null } as const;
    const changes: string[] = [];
    const seen = fresh('ScoSeenState');
    const step = fresh('ScoStep');
    // Also a redo into the step the ticket is in: step instance and epoch are in the state that was seen.
    if (seen !== null || step !== null) phases = new Set();
    if (step !== null) changes.push(`step ${step}`);
    const phase = fresh('ScoPhase');
    // The row of the work already says that the step is completed.
    if (phase !== null && phase !== 'advance' && !phases.has(phase)) {
      phases.add(phase);
      changes.push(`phase ${toWords(phase)}`);
    }
    const risk = fresh('ScoRisk');
    if (risk !== null) changes.push(`risk ${risk}`);
    const window = fresh('ScoWindowOpensAt');
    const waits = WAITS[fresh('ScoWaitingFor') ?? ''];
    const opens = waits === WAITS['window'] ? (window ?? state.get('ScoWindowOpensAt') ?? '') : '';
    if (waits !== undefined) changes.push(opens === '' ? waits : `${waits}, opens ${opens}`);
    const needed = state.get('ScoNeedsAttention') === 'true';
    const needs = fresh('ScoNeedsAttention');
    const rows: RawRow[] = changes.length === 0 ? [] : [{ ...row, what: changes.join(', ') }];
    if (needs === 'true') rows.push({ ...row, what: 'needs attention' });
    else if (needs !== null && needed) rows.push({ ...row, what: 'no longer needs attention' });
    return rows;
  };
}

/** undefined when the attribute did not change; empty when it was emptied: `-` is what an emptied keyword reads. */
function valueOf(input: unknown, name: string): string | undefined {
  const value = field(input, name);
  if (value === undefined) return undefined;
  const scalar: unknown = Array.isArray(value) ? value[0] : value;
  if (scalar === null || scalar === undefined || scalar === '-') return '';
  if (typeof scalar !== 'string') return JSON.stringify(scalar);
  const instant = name === 'ScoWindowOpensAt' ? Date.parse(scalar) : NaN;
  return Number.isNaN(instant) ? cleanLine(scalar, TEXT_WIDTH) : instantText(instant);
}
