/** Pushes against the calendars of this machine, runs of SecureTrack's windows, and what the next opening would carry. */
import type { ExplainedCalendars } from '../../calendar/create-calendars.js';
import { scopeOf, type Scope, type ScopeSource } from '../../calendar/scope.js';
import type { IdleRun, NextWindow, PushOutside, SurveyPart } from '../../domain/survey.js';
import { judgeWindow } from '../../domain/window.js';
import { evidenceOf, type PlacedChange } from './saved.js';
import type { Gathered, SeenTicket } from './gather.js';
import { placeOf, type Place, type PlacedPush, type Places } from './pushes.js';

const HORIZON_DAYS = 60;

/** The calendars that count for a push of a workflow; null: there are none. */
export interface Basis {
  readonly calendars: ExplainedCalendars;
  readonly source: ScopeSource;
  /** For workflows without a process definition; null: for those it is not known. */
  readonly calendar: string | null;
}

type ScopeFor = (workflow: string, place: Place) => Scope | { readonly wrong: string };

export function scopesOf(basis: Basis | null): ScopeFor {
  return (workflow, place) => {
    if (basis === null) return { wrong: 'there are no calendars here (SCO_CONFIG_DIR)' };
    const process = basis.source.processes.find((one) => one.workflow === workflow)?.name;
    if (process === undefined && basis.calendar === null)
      return {
        wrong: `workflow ${workflow} has no process definition here; name a calendar with --calendar`,
      };
    return scopeOf(basis.source, {
      ...(process === undefined ? { calendar: basis.calendar ?? '' } : { process }),
      target: place.id,
      manager: place.laneKey,
      vendor: place.vendor,
      domain: place.domain,
    });
  };
}

/** Pushes that made something live while the calendar was closed at their start. */
export function pushesOutside(
  pushes: readonly PlacedPush[],
  basis: Basis | null,
  sinceMs: number,
): SurveyPart<PushOutside> & { readonly judged: number } {
  const scopeFor = scopesOf(basis);
  const rows: PushOutside[] = [];
  const notVisible = new Map<string, number>();
  const miss = (why: string): void => void notVisible.set(why, (notVisible.get(why) ?? 0) + 1);
  let judged = 0;
  for (const { place, ...push } of pushes) {
    const atMs = push.startedAtMs ?? push.endedAtMs;
    if (push.enforces === false || (atMs !== null && atMs < sinceMs)) continue;
    if (push.enforces === null)
      miss('whether the Update of a device makes it live: no row of the capability matrix');
    else if (atMs === null) miss('when a push was made: its report shows no time with a zone');
    else {
      const scope = scopeFor(push.workflow, place);
      if ('wrong' in scope || basis === null) {
        miss('wrong' in scope ? scope.wrong : 'there are no calendars here');
        continue;
      }
      judged += 1;
      const { state, text } = basis.calendars.explain({ ...scope, atMs });
      if (state !== 'open') rows.push({ ...push, calendar: scope.calendars.join(', '), why: text });
    }
  }
  return { rows, notVisible: [...notVisible].map(([why, count]) => `${why} (${count} push(es))`), judged };
}

export function idleRuns({ runs, notVisible }: Gathered, places: Places): SurveyPart<IdleRun> {
  return {
    rows: runs.flatMap((run): IdleRun[] => {
      const head = { window: run.window.name, runId: run.id, startedAtMs: run.startMs };
      if (run.devices.length === 0)
        return [
          {
            ...head,
            device: null,
            outcome: 'empty',
            says: run.errors[0] ?? 'it names no device and no error',
            evidence: [evidenceOf(run, null)],
          },
        ];
      return run.devices.flatMap((device): IdleRun[] =>
        device.outcome === 'committed'
          ? []
          : [
              {
                ...head,
                device: places(device.managementId).name,
                outcome: device.outcome,
                says: device.message ?? run.errors[0] ?? 'it gives no reason',
                evidence: [evidenceOf(run, device)],
              },
            ],
      );
    }),
    notVisible: notVisible.windows === null ? [] : [`change windows of SecureTrack: ${notVisible.windows}`],
  };
}

export function nextWindows(
  { tickets, windows, runs }: Gathered,
  changes: readonly PlacedChange[],
  pushes: readonly PlacedPush[],
  basis: Basis | null,
  nowMs: number,
): SurveyPart<NextWindow> {
  const scopeFor = scopesOf(basis);
  const waits = [
    ...changes
      .filter(({ carriedBy }) => carriedBy === null)
      .map(({ ticketId, workflow, place, evidence }) => ({
        ticketId,
        workflow,
        place,
        is: 'saved',
        evidence,
      })),
    ...tickets.flatMap(designedIn),
  ] as const;
  const groups = new Map<
    string,
    { place: Place; scope: ReturnType<ScopeFor>; waits: (typeof waits)[number][] }
  >();
  for (const one of waits) {
    const scope = scopeFor(one.workflow, one.place);
    const key = JSON.stringify([one.place.id, 'wrong' in scope ? scope.wrong : scope.calendars]);
    const group = groups.get(key) ?? { place: one.place, scope, waits: [] };
    group.waits.push(one);
    groups.set(key, group);
  }
  const rows = [...groups.values()].map(({ place, scope, waits: of }): NextWindow => {
    const ids = (is: string): string[] => [
      ...new Set(of.filter((one) => one.is === is).map(({ ticketId }) => ticketId)),
    ];
    return {
      target: place.name,
      targetId: place.id,
      manager: place.manager,
      ...openingOf(scope, basis, nowMs),
      saved: ids('saved'),
      designed: ids('designed'),
      usualMs: usualMs(pushes, place),
      evidence: of.flatMap(({ evidence }) => evidence.slice(0, 1)),
    };
  });
  const own = windows
    .filter(({ enabled }) => enabled)
    .map(({ uuid, name }) => {
      const last = Math.max(...runs.flatMap((run) => (run.window.uuid === uuid ? (run.startMs ?? []) : [])));
      const ran = Number.isFinite(last) ? `; it last ran at ${new Date(last).toISOString()}` : '';
      return `when SecureTrack's change window ${name} runs next: its API shows no schedule${ran}`;
    });
  return { rows, notVisible: own };
}

function designedIn({ ticket, devices }: SeenTicket) {
  if (ticket.status !== 'inProgress') return [];
  return devices
    .filter(
      ({ design, update, commit }) => design === 'computed' && update === 'none' && commit.state === 'none',
    )
    .map((device) => ({
      ticketId: ticket.id,
      workflow: ticket.workflow,
      place: placeOf(device),
      is: 'designed',
      evidence: [{ call: device.call, says: `${device.name}: designed` }],
    }));
}

function openingOf(
  scope: ReturnType<ScopeFor>,
  basis: Basis | null,
  nowMs: number,
): Pick<NextWindow, 'calendar' | 'opensAtMs' | 'closesAtMs' | 'none'> {
  const nothing = { opensAtMs: null, closesAtMs: null };
  if ('wrong' in scope || basis === null)
    return {
      calendar: null,
      ...nothing,
      none: 'wrong' in scope ? scope.wrong : 'there are no calendars here',
    };
  const plan = basis.calendars.plan({ ...scope, fromMs: nowMs, horizonDays: HORIZON_DAYS });
  const { calendar } = plan;
  const verdict = judgeWindow(plan.intervals, nowMs, 0);
  if (verdict.kind === 'noneLeft')
    return { calendar, ...nothing, none: plan.noneReason ?? `no opening within ${HORIZON_DAYS} days` };
  const { closesAtMs } = verdict;
  const opensAtMs = verdict.kind === 'open' ? nowMs : verdict.opensAtMs;
  return { calendar, opensAtMs, closesAtMs, none: null };
}

function usualMs(pushes: readonly PlacedPush[], place: Place): number | null {
  const lengths = pushes
    .flatMap(({ call, targetId, startedAtMs, endedAtMs }) =>
      call === 'Commit' && targetId === place.id && startedAtMs !== null && endedAtMs !== null
        ? [endedAtMs - startedAtMs]
        : [],
    )
    .sort((a, b) => a - b);
  return lengths[Math.floor(lengths.length / 2)] ?? null;
}
