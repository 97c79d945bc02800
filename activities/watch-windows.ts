import { clocksDiffer, type ClockDifference } from '../src/domain/clock-difference.js';
import { instantText } from '../src/domain/instant-text.js';
import type { WindowPolicy } from '../src/domain/process.js';
import { calendarsFor, type Interval, type WindowQuestion } from '../src/domain/window.js';
import type { WindowRuns } from '../src/securechange/secure-change.js';
import type { ActivityDeps } from './contract.js';
import { withHeartbeat } from './with-heartbeat.js';

export interface WatchWindowsInput {
  readonly ticketId: string;
  readonly workflow: string;
  readonly target: WindowQuestion['target'];
  /** When its change was known to be saved: a run that began later holds it. */
  readonly sinceMs: number;
  /** Before this instant it was not saved: no run that had ended by then holds it. Absent in calls of before: `sinceMs`. */
  readonly notBeforeMs?: number;
  /** Runs that started up to then, and of which an operator was asked, are known. */
  readonly seenUntilMs: number;
  /** The obstacle that the ticket shows already. */
  readonly known: string | null;
  /** As the step keeps it. Which calendars count is read live. */
  readonly window: WindowPolicy;
}

/** A run of a change window, as far as it is about one device. */
export interface SeenRun {
  readonly window: string;
  readonly runId: string;
  readonly startMs: number;
  readonly endMs: number | null;
  readonly message: string | null;
  /** SecureTrack's number of the revision that it made. */
  readonly revision: number | null;
}

export type SeenOfWindows =
  | {
      readonly kind: 'committed';
      readonly run: SeenRun;
      readonly calendar: string;
      /** The opening of the calendars that it began in; null when they were closed. */
      readonly opening: Interval | null;
      /** Why the run is outside the copy; null when it is not. */
      readonly outside: string | null;
    }
  | { readonly kind: 'notCommitted'; readonly run: SeenRun }
  /** It committed the device while the change was being saved: nothing shows which came first. */
  | { readonly kind: 'unclear'; readonly run: SeenRun }
  /** What keeps the window from committing the device, other than `known`; null: nothing any more. */
  | { readonly kind: 'obstacle'; readonly message: string | null };

export interface WatchWindowsActivities {
  /** Reads the runs of SecureTrack's change windows until one is about the device, or something keeps them from it. Reads only. */
  watchWindows: (input: WatchWindowsInput) => Promise<SeenOfWindows>;
}

interface Reading {
  readonly runs: WindowRuns;
  readonly clocks: ClockDifference | null;
}

/** A run shows only once it has ended. */
const RUN_SHOWS_WITHIN_MS = 15 * 60_000;
/** SecureTrack prints whole seconds, by its own clock. */
const EARLY_MS = 60_000;
const PRINTED_MS = 1_000;
/** So much earlier than the save the runs are read from: by a clock that may differ, within what is allowed. */
const BEFORE_MS = 10_000;
const DAY_MS = 86_400_000;
/** Windows are read less often than a task that SecureChange works on. */
const POLLS = 6;

export function createWatchWindowsActivities(
  deps: Pick<ActivityDeps, 'secureChange' | 'calendars' | 'definitions' | 'managers' | 'clock' | 'settings'>,
): WatchWindowsActivities {
  const { secureChange, calendars, definitions, managers, clock, settings } = deps;
  const everyMs = settings.pollEveryMs * POLLS;
  let shared: { sinceMs: number; atMs: number; reading: Promise<Reading> } | null = null;

  /** One reading for all tickets of this worker that wait. */
  async function readRuns(sinceMs: number): Promise<Reading> {
    if (shared === null || shared.sinceMs > sinceMs || clock.now() - shared.atMs >= everyMs) {
      const reading = secureChange
        .readWindowRuns(sinceMs)
        .then((runs) => ({ runs, clocks: secureChange.secureTrackClockDifference() }));
      shared = { sinceMs, atMs: clock.now(), reading };
      const mine = shared;
      reading.catch(() => {
        if (shared === mine) shared = null;
      });
    }
    return await shared.reading;
  }

  /** The openings from an instant on, of the process's calendar and of the one of the manager. */
  function openings(
    { workflow, target, window }: WatchWindowsInput,
    fromMs: number,
  ): { readonly copy: string; readonly uuid: string | null; readonly intervals: readonly Interval[] } {
    const policy = definitions.processFor(workflow)?.window ?? window;
    const ofManager = managers.policyFor({ key: target.laneKey, name: target.laneName }).calendar;
    const [copy = policy.calendar] = calendarsFor(policy, null, target);
    const plan = calendars.plan({
      calendars: calendarsFor(policy, ofManager, target),
      fromMs,
      horizonDays: 3,
      target: { ...target, tags: managers.tagsOf(target) },
    });
    return { copy, uuid: calendars.secureTrackWindow(copy), intervals: plan.intervals };
  }

  function committed(
    input: WatchWindowsInput,
    run: WindowRuns['runs'][number],
    device: WindowRuns['runs'][number]['devices'][number],
  ): SeenOfWindows {
    const { copy, uuid, intervals } = openings(input, run.startMs);
    const opening = intervals.find((one) => startsIn(run, one)) ?? null;
    const outside =
      run.uuid !== uuid
        ? `calendar ${copy} is a copy of another window`
        : opening === null
          ? `its calendars (${copy}) are closed at ${instantText(run.startMs)}`
          : null;
    return { kind: 'committed', run: seen(run, device), calendar: copy, opening, outside };
  }

  function obstacleTo(
    input: WatchWindowsInput,
    { windows, complete, runs, unread }: WindowRuns,
  ): string | null {
    const nowMs = clock.now();
    const { copy, uuid, intervals } = openings(input, Math.max(input.sinceMs, nowMs - 2 * DAY_MS));
    if (uuid === null) return `calendar ${copy} is no copy of a change window of SecureTrack`;
    const window = windows.find((one) => one.uuid === uuid);
    if (window === undefined)
      return complete ? `SecureTrack has no change window ${uuid}, which calendar ${copy} copies` : null;
    if (!window.enabled) return `change window ${window.name} is disabled in SecureTrack`;
    const over = intervals.filter(
      ({ opensAtMs, closesAtMs }) => opensAtMs >= input.sinceMs && closesAtMs + RUN_SHOWS_WITHIN_MS <= nowMs,
    );
    const missed = over.filter((one) => !runs.some((run) => run.uuid === uuid && startsIn(run, one))).at(-1);
    if (missed === undefined) return null;
    const between = `between ${instantText(missed.opensAtMs)} and ${instantText(missed.closesAtMs)}, when calendar ${copy} was open`;
    const odd = unread.filter((one) => one.uuid === uuid).map(({ row }) => row);
    return odd.length === 0
      ? `change window ${window.name} did not run ${between}`
      : `it is not known whether change window ${window.name} ran ${between}: SecureTrack shows what cannot be read, ${some(odd)}`;
  }

  function look(input: WatchWindowsInput, { runs: reading, clocks }: Reading): SeenOfWindows | null {
    const obstacle = (message: string | null): SeenOfWindows | null =>
      message === input.known ? null : { kind: 'obstacle', message };
    if (clocks === null || clocksDiffer(clocks, 'SecureTrack') !== null) return obstacle(clocksText(clocks));
    const later = reading.runs.filter((run) => placeOf(run, input, clocks) === 'later');
    for (const run of later) {
      const device = deviceOf(run, input);
      if (device?.outcome === 'committed') return committed(input, run, device);
    }
    const isNew = ({ startMs }: WindowRuns['runs'][number]): boolean => startMs > input.seenUntilMs;
    const unclear = reading.runs
      .filter((run) => isNew(run) && placeOf(run, input, clocks) === 'meanwhile')
      .findLast((run) => deviceOf(run, input)?.outcome === 'committed');
    if (unclear !== undefined)
      return { kind: 'unclear', run: seen(unclear, deviceOf(unclear, input) ?? null) };
    const { uuid } = openings(input, clock.now());
    for (const run of later.filter(isNew)) {
      const device = deviceOf(run, input);
      // A run of another window need not have the device.
      if (device !== undefined || run.uuid === uuid)
        return { kind: 'notCommitted', run: seen(run, device ?? null) };
    }
    return obstacle(obstacleTo(input, reading));
  }

  return {
    async watchWindows(input) {
      return await withHeartbeat(async ({ signal }) => {
        for (;;) {
          const fromMs = Math.min(input.notBeforeMs ?? input.sinceMs, input.sinceMs) - BEFORE_MS;
          const found = look(input, await readRuns(fromMs));
          if (found !== null) return found;
          await clock.sleep(everyMs, signal);
        }
      });
    },
  };
}

/** Where a run lies to the save of the change, by the worker's clock and by what SecureTrack prints of its own. */
function placeOf(
  { startMs, endMs }: WindowRuns['runs'][number],
  { sinceMs, notBeforeMs = sinceMs }: WatchWindowsInput,
  { leastMs, mostMs }: ClockDifference,
): 'earlier' | 'meanwhile' | 'later' {
  if (startMs - mostMs >= sinceMs) return 'later';
  // Of a run that shows no end: none takes a day.
  const endsBeforeMs = (endMs ?? startMs + DAY_MS) + PRINTED_MS - leastMs;
  return endsBeforeMs < notBeforeMs ? 'earlier' : 'meanwhile';
}

/** Without the difference itself, which changes with each reading: the same obstacle is shown once. */
function clocksText(clocks: ClockDifference | null): string {
  return clocks === null
    ? (clocksDiffer(null, 'SecureTrack') ?? '')
    : "the clock of SecureTrack is more than 2 s away from the worker's, so it is not known which of its runs came after the save: synchronise both with NTP";
}

function some(rows: readonly string[]): string {
  const more = rows.length > 3 ? ` and ${rows.length - 3} more` : '';
  return `${rows.slice(0, 3).join(', ')}${more}`;
}

function deviceOf(
  { devices }: WindowRuns['runs'][number],
  { target }: WatchWindowsInput,
): WindowRuns['runs'][number]['devices'][number] | undefined {
  return devices.find(({ managementId }) => managementId === target.id);
}

function startsIn({ startMs }: { readonly startMs: number }, { opensAtMs, closesAtMs }: Interval): boolean {
  return opensAtMs - EARLY_MS <= startMs && startMs < closesAtMs;
}

function seen(
  { window, runId, startMs, endMs, errors, odd }: WindowRuns['runs'][number],
  device: WindowRuns['runs'][number]['devices'][number] | null,
): SeenRun {
  const revision = Number(device?.revisionId ?? Number.NaN);
  const notShown =
    odd.length === 0
      ? 'the run does not show the device'
      : `what it did to the device is not known, for it cannot be read: ${some(odd)}`;
  const message = device === null ? (errors[0] ?? notShown) : device.message;
  return {
    window,
    runId,
    startMs,
    endMs,
    message: message === null ? null : message.slice(0, 300),
    revision: Number.isSafeInteger(revision) ? revision : null,
  };
}
