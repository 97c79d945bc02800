/** What a SecureChange shows of itself to an account that only reads. */
import type { CommitLoad, SeenPush, Survey } from '../../domain/survey.js';
import type { Revision } from '../../securechange/secure-change.js';
import { figuresOf, stuckSteps } from './figures.js';
import { gather, visible, type Sources } from './gather.js';
import { itsmDifferences, type SurveyItsm } from './itsm.js';
import { idleRuns, nextWindows, pushesOutside, type Basis } from './openings.js';
import { placesOf, pushesOf, type Place, type PlacedPush } from './pushes.js';
import { committable, loadOf, savedChanges, type PlacedChange } from './saved.js';

const DAY_MS = 86_400_000;
const MOST_TARGETS = 50;

export interface SurveyAsk extends Sources {
  readonly nowMs: number;
  readonly days: number;
  /** Tickets that are read in depth, of the open and of the ended ones. */
  readonly most: number;
  readonly system: string;
  readonly user: string;
  readonly basis: Basis | null;
  readonly modeOf: (workflow: string) => string | null;
  readonly itsm: SurveyItsm;
  /** Calls so far. */
  readonly calls: () => number;
}

export async function takeSurvey(ask: SurveyAsk): Promise<Survey> {
  const { nowMs, basis } = ask;
  const sinceMs = nowMs - ask.days * DAY_MS;
  const gathered = await gather(ask, { most: ask.most, sinceMs });
  const places = placesOf(gathered);
  const judged = gathered.tickets.map((seen) => ({ seen, pushes: pushesOf(seen, places) }));
  const pushes = judged.flatMap(({ pushes: of }) => of);
  const changes = oldestFirst(savedChanges(judged, gathered.runs, places));
  const limits = [...gathered.limits];
  const targets = committable(changes, gathered, places);
  if (targets.length > MOST_TARGETS)
    limits.push(`of ${targets.length} targets the first ${MOST_TARGETS} were asked for their revisions`);
  const commits = await loads(ask, targets.slice(0, MOST_TARGETS), changes, gathered.runs);
  const itsm = await itsmDifferences(ask, gathered.tickets, ask.itsm);
  const { judged: judgedPushes, ...outside } = pushesOutside(pushes, basis, sinceMs);
  const { rows } = gathered;
  return {
    version: 1,
    atMs: nowMs,
    sinceMs,
    system: ask.system,
    user: ask.user,
    calls: ask.calls(),
    tickets: { open: rows.open.length, ended: rows.ended.length, readInDepth: gathered.tickets.length },
    judgedPushes,
    limits,
    odd: gathered.odd,
    saved: { rows: changes.map(withoutPlace), notVisible: notShown(changes) },
    commits,
    outside,
    idleRuns: idleRuns(gathered, places),
    stuck: stuckSteps(gathered, nowMs),
    itsm,
    nextWindows: nextWindows(gathered, changes, pushes, basis, nowMs),
    adoption: figuresOf(gathered, recent(pushes, sinceMs), ask.modeOf),
  };
}

async function loads(
  ask: SurveyAsk,
  targets: readonly Place[],
  changes: readonly PlacedChange[],
  runs: Parameters<typeof loadOf>[2],
): Promise<Survey['commits']> {
  const rows: CommitLoad[] = [];
  const notVisible: string[] = [];
  if (targets.length > 0) ask.progress(`revisions of ${targets.length} device(s)`);
  for (const place of targets) {
    const read = await visible(ask, async () => ask.secureChange.readRevisions(place.id, ask.signal));
    if ('why' in read) notVisible.push(`what others have saved on ${place.name}: ${read.why}`);
    const revisions: readonly Revision[] | null = 'why' in read ? null : read.found;
    const load = loadOf(place, changes, runs, revisions);
    if (load === null) continue;
    rows.push(load);
    if (load.revisions === null && revisions !== null)
      notVisible.push(
        `what others have saved on ${place.name}: no run of a change window shows which of its ${revisions.length} revision(s) are live`,
      );
  }
  return { rows, notVisible };
}

function oldestFirst(changes: readonly PlacedChange[]): readonly PlacedChange[] {
  return [...changes].sort((a, b) => (a.savedAtMs ?? 0) - (b.savedAtMs ?? 0));
}

function withoutPlace({ place: _place, ...change }: PlacedChange): Survey['saved']['rows'][number] {
  return change;
}

function notShown(changes: readonly PlacedChange[]): readonly string[] {
  const undated = changes.filter(({ savedAtMs }) => savedAtMs === null);
  return undated.length === 0
    ? []
    : [`since when ${undated.length} change(s) are saved: no line of the history says it`];
}

function recent(pushes: readonly PlacedPush[], sinceMs: number): readonly PlacedPush[] {
  const atOf = ({ endedAtMs, startedAtMs }: SeenPush): number | null => endedAtMs ?? startedAtMs;
  return pushes.filter((push) => (atOf(push) ?? sinceMs) >= sinceMs);
}
