import type { PlannedDates } from '../domain/process.js';
import type { PlannedReading } from '../domain/planned-dates.js';
import { formatInstant, freezeBounds, momentInstant } from './zone.js';

/** How ITSMs and fields of tickets write an instant: `2026-12-05 20:00:00`, `2026-12-05T20:00+01:00`, or a day. */
const WRITTEN = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/;
const EVER_MS = 8.64e15;

/** The span of the planned dates as an instant each; a day as the end is included. Each mistake has a name of its own. */
export function readPlannedDates(
  texts: { readonly start: string | null; readonly end: string | null },
  { start: startField, end: endField, zone, blank }: PlannedDates,
  nowMs: number,
): PlannedReading {
  const start = texts.start?.trim() ?? '';
  const end = texts.end?.trim() ?? '';
  const empty = [...(start === '' ? [startField] : []), ...(end === '' ? [endField] : [])];
  if (empty.length > 0 && blank === 'refuse')
    return { kind: 'blank', message: `blank in the ITSM change: ${empty.join(', ')}` };
  for (const [field, text] of [
    [startField, start],
    [endField, end],
  ] as const) {
    if (text !== '' && instants(text, zone) === null)
      return {
        kind: 'unreadable',
        message: `${field} of the ITSM change is no date and time: ${text.slice(0, 60)}`,
      };
  }
  const opensAtMs = start === '' ? 0 : (instants(start, zone)?.startMs ?? 0);
  const closesAtMs = end === '' ? EVER_MS : (instants(end, zone)?.endMs ?? EVER_MS);
  if (closesAtMs <= opensAtMs)
    return {
      kind: 'reversed',
      message: `the planned end of the ITSM change (${end}) is not after its start (${start})`,
    };
  if (closesAtMs <= nowMs)
    return {
      kind: 'pastEnd',
      message: `the planned end of the ITSM change, ${formatInstant(closesAtMs, zone)} (${zone}), has passed`,
    };
  return { kind: 'within', interval: { opensAtMs, closesAtMs } };
}

function instants(text: string, zone: string): { startMs: number; endMs: number } | null {
  const [, date, time, offset] = WRITTEN.exec(text) ?? [];
  if (date === undefined) return null;
  const moment = time === undefined ? date : `${date}T${time}${offset ?? ''}`;
  try {
    // A day is its midnight as a start, and included as an end.
    if (time === undefined) return freezeBounds(moment, moment, zone);
    // An hour that the clock repeats: the shorter span, because nothing may go live outside it.
    const [startMs, endMs] = [momentInstant(moment, zone, 'later'), momentInstant(moment, zone, 'earlier')];
    return { startMs, endMs };
  } catch {
    return null;
  }
}
