import type { Calendars } from '../../calendar/calendar.js';
import { beginsOutside, windowCopies } from '../../calendar/window-copies.js';
import { clocksDiffer } from '../../domain/clock-difference.js';
import { instantText } from '../../domain/instant-text.js';
import type { ProcessDefinition } from '../../domain/process.js';
import type { ManagerRules } from '../../domain/lane.js';
import type { ManagerInRun, SecureChange, WindowRuns } from '../../securechange/secure-change.js';
import { messageOf, note, ok, problem, type DoctorRow } from './row.js';

const AREA = 'windows';
const DAY_MS = 86_400_000;
const LOOKED_BACK_DAYS = 14;
const MOST_NAMED = 5;

type Managers = readonly {
  readonly name: string;
  readonly policy: Pick<ManagerRules, 'secureTrackWindows'>;
}[];
type CommittingProcess = Pick<ProcessDefinition, 'name' | 'mode' | 'commitBy' | 'saveUpdates'>;

/**
 * SecureTrack's change windows against the calendars that copy them, their runs of the last 14 days, and what they commit that
 * a process commits as well.
 */
export async function checkChangeWindows(
  secureChange: Pick<SecureChange, 'readWindowRuns' | 'secureTrackClockDifference' | 'readManagersInRuns'>,
  calendars: Pick<Calendars, 'names' | 'secureTrackWindow' | 'plan'>,
  processes: readonly CommittingProcess[],
  managers: Managers,
  nowMs: number,
): Promise<readonly DoctorRow[]> {
  const copies = windowCopies(calendars);
  let seen: WindowRuns;
  let both: readonly ManagerInRun[];
  try {
    seen = await secureChange.readWindowRuns(nowMs - LOOKED_BACK_DAYS * DAY_MS);
    both = await secureChange.readManagersInRuns(nowMs - LOOKED_BACK_DAYS * DAY_MS);
  } catch (error) {
    const row = copies.length === 0 ? note : problem;
    return [row(AREA, 'list', messageOf(error), 'give our user the right to see change windows')];
  }
  const missing = copies.filter(({ uuid }) => !seen.windows.some((window) => window.uuid === uuid));
  const clocks =
    copies.length === 0 ? null : clocksDiffer(secureChange.secureTrackClockDifference(), 'SecureTrack');
  return [
    ...seen.windows.map((window) =>
      rowOf(
        window,
        copies.flatMap(({ calendar, uuid }) => (uuid === window.uuid ? [calendar] : [])),
        { ...seen, runs: seen.runs.filter(({ uuid }) => uuid === window.uuid) },
        calendars,
      ),
    ),
    ...missing.map(({ calendar, uuid }) =>
      problem(
        AREA,
        `calendar ${calendar}`,
        seen.complete
          ? `SecureTrack has no change window ${uuid}`
          : `change window ${uuid} is not among those that can be read`,
        'correct secureTrackWindow in calendars.yaml',
      ),
    ),
    ...(clocks === null
      ? []
      : [problem(AREA, 'clock', clocks, 'no run ends the wait of a ticket before: set both clocks right')]),
    ...committedTwice(both, processes, managers),
  ];
}

/** Managers that windows of SecureTrack have committed, while processes send Commits of their own. */
function committedTwice(
  found: readonly ManagerInRun[],
  processes: readonly CommittingProcess[],
  managers: Managers,
): readonly DoctorRow[] {
  const ours = processes.filter(({ mode, commitBy }) => mode !== 'observe' && commitBy === 'orchestrator');
  if (ours.length === 0) return [];
  const listed = (named: readonly CommittingProcess[]): string => named.map(({ name }) => name).join(', ');
  const driven = ours.filter(({ mode }) => mode === 'drive');
  const ahead = driven.filter(({ saveUpdates }) => saveUpdates !== 'inWindow');
  return found.map(({ laneKey, laneName, device, window, runId, startMs }) => {
    const known = managers.find(({ name }) => name === laneKey || name === laneName)?.policy
      .secureTrackWindows;
    const both = `change window ${window} commits it (${device}, run ${runId} at ${instantText(startMs)}), and so does ${listed(ours)}, by commitBy: orchestrator`;
    const carried =
      ahead.length === 0 ? '' : `; ${listed(ahead)} saves ahead of its own window, which that one commits`;
    if (known != null)
      return note(
        AREA,
        laneName,
        `${both}${carried}; ${known.by} acknowledges it: ${known.reason}`,
        'take secureTrackWindows out of managers.yaml when it has ended',
      );
    return driven.length === 0
      ? note(AREA, laneName, both, BEFORE_DRIVE)
      : problem(AREA, laneName, `${both}${carried}: its pushes are refused`, WAYS);
  });
}

const WAYS =
  'disable that window or take the manager out of it, let the process say commitBy: securetrack, or write who acknowledges it under secureTrackWindows in managers.yaml';
const BEFORE_DRIVE = `in mode drive its pushes are refused: ${WAYS}`;

function rowOf(
  { uuid, name, enabled }: WindowRuns['windows'][number],
  copies: readonly string[],
  { runs, unread }: Pick<WindowRuns, 'runs' | 'unread'>,
  calendars: Pick<Calendars, 'plan'>,
): DoctorRow {
  const odd = unread.filter((one) => one.uuid === uuid).length;
  const ran = `${runs.length} runs in ${LOOKED_BACK_DAYS} days${odd === 0 ? '' : ` and ${odd} that cannot be read`}`;
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
  const outside = runs.filter(({ startMs }) => beginsOutside(calendars, copies, startMs));
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
