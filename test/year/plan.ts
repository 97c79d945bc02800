/** What happens in a simulated year, from a seed alone: managers, calendars, tickets, and what people and others do. */
import type { ManagerPolicy } from '../../src/domain/lane.js';
import type { PartialFailure } from '../../src/domain/partial-failure.js';
import type { Interval } from '../../src/domain/window.js';
import { chanceOf, randomOf } from '../support/random.js';
import { DAY, Draw, HOUR, MINUTE, YEAR_ENDS_MS, YEAR_STARTS_MS } from './draw.js';
import { calendarNames, calendarsOfYear, openingsOf, type CalendarVersion } from './calendars.js';

/** What a vendor may do and a stand-in must not decide for us. */
export interface Switches {
  /** Every Update makes the designs of others on this manager outdated. */
  readonly staleAfterUpdate: boolean;
  /** A Commit with nothing to install: succeeds with a warning, installs again, or is refused. */
  readonly nothingToCommit: 'warns' | 'installsAgain' | 'refuses';
  /** A Commit carries every saved change, or only what was saved through SecureChange. */
  readonly carries: 'everything' | 'ownOnly';
  /** A Commit of a group makes live as well what is saved above it. */
  readonly inherits: boolean;
}

export interface PlannedGroup {
  readonly name: string;
  readonly path: readonly string[];
}

export interface PlannedManager {
  readonly key: string;
  readonly groups: readonly PlannedGroup[];
  readonly policy: ManagerPolicy;
  readonly switches: Switches;
  /** A fraction from 0 to 1: how long its calls take, between what the vehicle calls short and long. */
  readonly slowness: number;
}

export interface PlannedProcess {
  readonly workflow: string;
  readonly calendar: string;
  readonly saves: 'inWindow' | 'ahead' | 'early';
  /** Two persons let each ticket go ahead; nothing else does. */
  readonly isEmergency?: true;
}

export const EMERGENCY = 'emergency';

export interface PlannedTicket {
  readonly id: string;
  readonly workflow: string;
  readonly priority: string;
  /** Names of groups, or of firewalls without a manager. */
  readonly targets: readonly string[];
  readonly redoIds: 'new' | 'same';
}

/** A person in SecureChange, which the tickets show; a change window of SecureTrack; an administrator on the manager. */
export const BY_OTHERS = ['inSecureChange', 'bySecureTrack', 'onTheManager'] as const;
export type ByOthers = (typeof BY_OTHERS)[number];

export type Act =
  | { readonly kind: 'create' | 'complete' | 'approve' | 'cancel' | 'reject'; readonly ticketId: string }
  | { readonly kind: 'redo'; readonly ticketId: string; readonly to: string }
  | { readonly kind: 'hold' | 'resume' | 'abort'; readonly ticketId: string }
  /** Two persons let it be pushed outside its window, once; or only one of them does, or the same one twice. */
  | {
      readonly kind: 'override';
      readonly ticketId: string;
      readonly hours: number;
      readonly second: 'another' | 'same' | 'none';
    }
  | { readonly kind: 'editCalendar'; readonly calendar: string }
  /** Others commit what is saved on a target. */
  | { readonly kind: 'commitByOthers'; readonly target: string; readonly how: ByOthers }
  /** Another administrator saves a change of his own on the manager. */
  | { readonly kind: 'savedByOthers'; readonly target: string }
  | { readonly kind: 'lock'; readonly manager: string; readonly on: boolean }
  | { readonly kind: 'offline'; readonly target: string; readonly on: boolean }
  | { readonly kind: 'stop' | 'start' | 'replaceWorkers' }
  | { readonly kind: 'loseLane'; readonly manager: string }
  /** People look after what asks for them, and the sweep runs. */
  | { readonly kind: 'rounds' }
  /** A quiet moment: what we say is compared with what is. */
  | { readonly kind: 'compare' };

export type TimedAct = Act & { readonly atMs: number };

export interface YearPlan {
  readonly seed: number;
  readonly managers: readonly PlannedManager[];
  /** Firewalls without a manager: their Update is live at once. */
  readonly firewalls: readonly string[];
  readonly processes: readonly PlannedProcess[];
  readonly calendars: ReadonlyMap<string, readonly CalendarVersion[]>;
  readonly tickets: readonly PlannedTicket[];
  readonly acts: readonly TimedAct[];
}

const ROUNDS_EVERY_MS = 6 * HOUR;

/** The same seed and number of tickets give the same year. */
export function planYear(seed: number, count: number): YearPlan {
  const random = randomOf(seed);
  const draw = new Draw(random);
  const managers = Array.from({ length: draw.between(3, 4 + Math.floor(count / 300)) }, (_, index) =>
    managerOf(`M${index + 1}`, seed, draw),
  );
  const firewalls = ['EDGE-1', 'EDGE-2'];
  const processes: readonly PlannedProcess[] = calendarNames.flatMap((calendar) =>
    (['inWindow', 'ahead', 'early'] as const).map((saves) => ({
      workflow: `${calendar} ${saves}`,
      calendar,
      saves,
    })),
  );
  const emergency: PlannedProcess = {
    workflow: EMERGENCY,
    calendar: 'nightly',
    saves: 'inWindow',
    isEmergency: true,
  };
  const calendars = calendarsOfYear(draw);
  const acts: TimedAct[] = [];
  const tickets: PlannedTicket[] = [];
  const bursts = Math.max(1, Math.min(120, Math.round(count / 8)));
  for (let burst = 0; burst < bursts; burst += 1) {
    // Not to the very end: what began must be able to finish.
    const startMs = YEAR_STARTS_MS + Math.round((burst / bursts) * 300 * DAY) + draw.upTo(DAY);
    const crowd = draw.pick(managers);
    const workflows = [draw.pick(processes), draw.pick(processes)];
    const first = Math.round((burst * count) / bursts);
    const last = Math.round(((burst + 1) * count) / bursts);
    for (let index = first; index < last; index += 1) {
      const process = draw.chance(0.7)
        ? workflows[0]!
        : draw.chance(0.7)
          ? workflows[1]!
          : draw.pick(processes);
      const manager = draw.chance(0.85) ? crowd : draw.pick(managers);
      const names = draw.some(manager.groups, draw.chance(0.75) ? 1 : 2).map(({ name }) => name);
      if (draw.chance(0.1)) names.push(draw.pick(firewalls));
      const id = `${1001 + index}`;
      // Of its own, so that a seed which found something keeps the rest of its year.
      const isEmergency = chanceOf(seed, 'emergency', id) < 0.05;
      const ticket: PlannedTicket = {
        id,
        workflow: isEmergency ? EMERGENCY : process.workflow,
        priority: draw.chance(0.1) ? 'Critical' : 'Normal',
        targets: names,
        redoIds: draw.chance(0.5) ? 'new' : 'same',
      };
      tickets.push(ticket);
      const own = actsOf(ticket, process, calendars, startMs, draw);
      acts.push(...own, ...overridesOf(seed, ticket, own));
    }
    acts.push(...actsAround(crowd, startMs, calendars, workflows[0]!, draw));
  }
  for (const [calendar, versions] of calendars)
    for (const { fromMs } of versions.slice(1)) acts.push({ atMs: fromMs, kind: 'editCalendar', calendar });
  for (let atMs = YEAR_STARTS_MS + ROUNDS_EVERY_MS; atMs < YEAR_ENDS_MS; atMs += ROUNDS_EVERY_MS) {
    acts.push({ atMs, kind: 'rounds' });
    if (atMs % DAY === 12 * HOUR) acts.push({ atMs: atMs + HOUR, kind: 'compare' });
  }
  acts.sort((a, b) => a.atMs - b.atMs);
  return { seed, managers, firewalls, processes: [...processes, emergency], calendars, tickets, acts };
}

function managerOf(key: string, seed: number, draw: Draw): PlannedManager {
  const groups: PlannedGroup[] = [];
  for (let index = 1; index <= draw.between(1, 3); index += 1) {
    const name = `${key}-G${index}`;
    groups.push({ name, path: [key, `m-${name}`] });
    if (draw.chance(0.4)) groups.push({ name: `${name}-A`, path: [key, `m-${name}`, `m-${name}-A`] });
  }
  return {
    key,
    groups,
    slowness: draw.chance(0.3) ? 1 : draw.fraction(),
    policy: {
      owner: draw.chance(0.5) ? 'n.owner' : null,
      exclusive: draw.chance(0.5),
      maxMembers: draw.chance(0.3) ? draw.between(1, 4) : 50,
      commit: draw.chance(0.2) ? 'each' : 'together',
      expectedPushMs: 10 * MINUTE,
      expectedSaveMs: 2 * MINUTE,
      partialFailure: partialFailureOf(chanceOf(seed, 'partialFailure', key)),
    },
    switches: {
      staleAfterUpdate: draw.chance(0.6),
      nothingToCommit: draw.pick(['warns', 'installsAgain', 'refuses'] as const),
      carries: draw.pick(['everything', 'ownOnly'] as const),
      inherits: draw.chance(0.5),
    },
  };
}

function partialFailureOf(chance: number): PartialFailure {
  return chance < 0.4 ? 'continue' : chance < 0.8 ? 'stop' : 'waves';
}

function actsOf(
  { id: ticketId }: PlannedTicket,
  { calendar }: PlannedProcess,
  calendars: YearPlan['calendars'],
  startMs: number,
  draw: Draw,
): TimedAct[] {
  const createdMs = startMs + draw.upTo(6 * HOUR);
  const completedMs = createdMs + MINUTE + draw.upTo(2 * HOUR);
  const approvedMs = completedMs + MINUTE + draw.upTo(8 * HOUR);
  /** Half of all disturbances meet an opening: within minutes before it and after it. */
  const sometime = (): number => {
    const openings = openingsOf(calendars, calendar, approvedMs, approvedMs + 20 * DAY);
    if (openings.length === 0 || draw.chance(0.5)) return createdMs + 1 + draw.upTo(4 * DAY);
    const { opensAtMs } = draw.pick(openings.slice(0, 3));
    return draw.chance(0.7)
      ? opensAtMs + draw.upTo(10 * MINUTE)
      : Math.max(createdMs + 1, opensAtMs - draw.upTo(DAY));
  };
  const acts: TimedAct[] = [
    { atMs: createdMs, kind: 'create', ticketId },
    { atMs: completedMs, kind: 'complete', ticketId },
    { atMs: approvedMs, kind: 'approve', ticketId },
  ];
  if (draw.chance(0.14)) {
    const to = draw.chance(0.5) ? 'Approval' : 'Design and Risk';
    acts.push({ atMs: sometime(), kind: 'redo', ticketId, to });
  }
  if (draw.chance(0.05)) acts.push({ atMs: sometime(), kind: 'cancel', ticketId });
  if (draw.chance(0.04)) acts.push({ atMs: sometime(), kind: 'reject', ticketId });
  if (draw.chance(0.03)) acts.push({ atMs: sometime(), kind: 'abort', ticketId });
  if (draw.chance(0.08)) {
    const atMs = sometime();
    acts.push({ atMs, kind: 'hold', ticketId });
    if (draw.chance(0.9)) acts.push({ atMs: atMs + HOUR + draw.upTo(3 * DAY), kind: 'resume', ticketId });
  }
  return acts;
}

/** Some tickets cannot wait for their window, and an emergency never does. */
function overridesOf(
  seed: number,
  { id: ticketId, workflow }: PlannedTicket,
  own: readonly TimedAct[],
): readonly TimedAct[] {
  const chance = (what: string): number => chanceOf(seed, what, ticketId);
  const isEmergency = workflow === EMERGENCY;
  if (!isEmergency && chance('override') >= 0.12) return [];
  const last = Math.max(
    ...own.flatMap(({ kind, atMs }) =>
      kind === 'complete' || (kind === 'approve' && !isEmergency) ? [atMs] : [],
    ),
  );
  const atMs = last + MINUTE + Math.floor(chance('overrideAt') * (isEmergency ? 2 : 36) * HOUR);
  const second = chance('second') < 0.7 ? 'another' : chance('second') < 0.85 ? 'same' : 'none';
  return [{ atMs, kind: 'override', ticketId, hours: 1 + Math.floor(chance('hours') * 8), second }];
}

/** What happens around the tickets of one burst. */
function actsAround(
  manager: PlannedManager,
  startMs: number,
  calendars: YearPlan['calendars'],
  { calendar }: PlannedProcess,
  draw: Draw,
): TimedAct[] {
  const acts: TimedAct[] = [];
  const target = (): string => draw.pick(manager.groups).name;
  const openings: readonly Interval[] = openingsOf(calendars, calendar, startMs + DAY, startMs + 20 * DAY);
  const atOpening = (withinMs: number): number =>
    (openings[0]?.opensAtMs ?? startMs + DAY) + draw.upTo(withinMs);
  if (draw.chance(0.3)) {
    const atMs = draw.chance(0.5) ? startMs + draw.upTo(2 * DAY) : atOpening(10 * MINUTE);
    acts.push({ atMs, kind: 'commitByOthers', target: target(), how: draw.pick(BY_OTHERS) });
  }
  if (draw.chance(0.2))
    acts.push({ atMs: startMs + draw.upTo(2 * DAY), kind: 'savedByOthers', target: target() });
  const spell = (chance: number, part: (on: boolean) => Act, lengthMs: number): void => {
    if (!draw.chance(chance)) return;
    const atMs = atOpening(5 * MINUTE) - 2 * MINUTE;
    acts.push({ ...part(true), atMs });
    acts.push({ ...part(false), atMs: atMs + 1 + draw.upTo(lengthMs) });
  };
  const { key } = manager;
  spell(0.15, (on) => ({ kind: 'lock', manager: key, on }), 2 * HOUR);
  const offline = target();
  spell(0.15, (on) => ({ kind: 'offline', target: offline, on }), 12 * HOUR);
  spell(0.15, (on) => ({ kind: on ? 'stop' : 'start' }), 2 * HOUR);
  if (draw.chance(0.25)) acts.push({ atMs: atOpening(5 * MINUTE), kind: 'replaceWorkers' });
  if (draw.chance(0.15))
    acts.push({
      atMs: draw.chance(0.5) ? startMs + draw.upTo(2 * DAY) : atOpening(5 * MINUTE),
      kind: 'loseLane',
      manager: key,
    });
  return acts;
}
