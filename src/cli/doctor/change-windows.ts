import { instantText } from '../../domain/instant-text.js';
import type { Calendars } from '../../calendar/calendar.js';
import type { SecureChange, WindowRuns } from '../../securechange/secure-change.js';
import { messageOf, note, ok, problem, type DoctorRow } from './row.js';

const AREA = 'windows';
const DAY_MS = 86_400_000;
const LOOKED_BACK_DAYS = 14;
/** SecureTrack prints whole seconds, by its own clock. */
const EARLY_MS = 60_000;
const MOST_NAMED = 5;

/** SecureTrack's change windows against the calendars that copy them, and their runs of the last 14 days. */
export async function checkChangeWindows(
  secureChange: Pick<SecureChange, 'readWindowRuns'>,
  calendars: Pick<Calendars, 'names' | 'secureTrackWindow' | 'plan'>,
  nowMs: number,
): Promise<readonly DoctorRow[]> {
  const copies = calendars.names().flatMap((name) => {
    const uuid = calendars.secureTrackWindow(name);
    return uuid === null ? [] : [{ name, uuid }];
  });
  let seen: WindowRuns;
  try {
    seen = await secureChange.readWindowRuns(nowMs - LOOKED_BACK_DAYS * DAY_MS);
  } catch (error) {
    const row = copies.length === 0 ? note : problem;
    return [row(AREA, 'list', messageOf(error), 'give our user the right to see change windows')];
  }
  const missing = copies.filter(({ uuid }) => !seen.windows.some((window) => window.uuid === uuid));
  return [
    ...seen.windows.map((window) =>
      rowOf(
        window,
        copies.flatMap(({ name, uuid }) => (uuid === window.uuid ? [name] : [])),
        seen.runs.filter(({ uuid }) => uuid === window.uuid),
        calendars,
      ),
    ),
    ...missing.map(({ name, uuid }) =>
      problem(
        AREA,
        `calendar ${name}`,
        seen.complete
          ? `SecureTrack has no change window ${uuid}`
          : `change window ${uuid} is not among those that can be read`,
        'correct secureTrackWindow in calendars.yaml',
      ),
    ),
  ];
}

function rowOf(
  { uuid, name, enabled }: WindowRuns['windows'][number],
  copies: readonly string[],
  runs: WindowRuns['runs'],
  calendars: Pick<Calendars, 'plan'>,
): DoctorRow {
  const ran = `${runs.length} runs in ${LOOKED_BACK_DAYS} days`;
  if (copies.length === 0) {
    const found = `${uuid}: no calendar copies it; ${ran}`;
    if (!enabled && runs.length === 0) return ok(AREA, name, `${found}; it is disabled`);
    const advice =
      'it makes live whatever is saved on its devices, also by us: disable it, or copy its schedule into a calendar with secureTrackWindow';
    return note(AREA, name, found, advice);
  }
  const copy = `copied by ${copies.join(', ')}`;
  if (!enabled)
    return problem(AREA, name, `${copy}; it is disabled: nothing is committed`, 'enable it in SecureTrack');
  const outside = runs.filter(
    ({ startMs }) => !copies.some((calendar) => isOpen(calendars, calendar, startMs)),
  );
  if (outside.length === 0) return ok(AREA, name, `${copy}; ${ran}, all inside`);
  const named = outside
    .slice(-MOST_NAMED)
    .map(({ runId, startMs }) => `run ${runId} at ${instantText(startMs)}`);
  return problem(
    AREA,
    name,
    `${copy}; ${outside.length} of ${ran} outside the copy: ${named.join(', ')}`,
    'compare its schedule in SecureTrack with calendars.yaml',
  );
}

function isOpen(calendars: Pick<Calendars, 'plan'>, calendar: string, atMs: number): boolean {
  const { intervals } = calendars.plan({ calendars: [calendar], fromMs: atMs, horizonDays: 1, target: null });
  return intervals.some(({ opensAtMs, closesAtMs }) => opensAtMs - EARLY_MS <= atMs && atMs < closesAtMs);
}
