import { readPlannedDates } from '../src/calendar/planned-dates.js';
import type { PlannedReading } from '../src/domain/planned-dates.js';
import type { PlannedDates } from '../src/domain/process.js';
import type { TicketContent } from '../src/domain/ticket-content.js';
import type { ActivityDeps } from './contract.js';

type Deps = Pick<ActivityDeps, 'secureChange' | 'itsm' | 'clock'>;

/** Reads the dates as they are now. null: the process has no planned dates. */
export async function readPlanned(
  deps: Deps,
  dates: PlannedDates | null,
  ticketId: string,
  signal: AbortSignal,
): Promise<PlannedReading | null> {
  if (dates === null) return null;
  const { start, end, server } = dates;
  if (server === null) {
    const content = await deps.secureChange.readContent(ticketId, signal);
    const texts = { start: fieldOf(content, start), end: fieldOf(content, end) };
    return readPlannedDates(texts, dates, deps.clock.now());
  }
  const record = await deps.itsm.readFields(server, ticketId, [start, end], signal);
  if (record === null)
    return { kind: 'noChange', message: `the ticket has no change on ${server}, so no date is planned` };
  const texts = { start: record[start] ?? null, end: record[end] ?? null };
  return readPlannedDates(texts, dates, deps.clock.now());
}

/** The newest step that has the field counts; of several tasks the first. */
function fieldOf({ steps }: TicketContent, name: string): string | null {
  for (const { tasks } of steps.toReversed()) {
    const field = tasks
      .flatMap(({ fields }) => fields)
      .find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (field !== undefined) return field.text;
  }
  return null;
}
