import type { FakeEnvironment } from '../support/fake-environment.js';
import { judgeYear, overriddenIn, type Evidence, type TicketEnding, type Wrong } from './judge.js';
import { People } from './people.js';
import type { YearPlan } from './plan.js';
import type { Vehicle } from './vehicle.js';

export interface YearOptions {
  readonly seed: number;
  readonly tickets: number;
  readonly log?: (line: string) => void;
  /** Shown the test environment after the year, before it is closed. */
  readonly inspect?: (env: FakeEnvironment, plan: YearPlan) => void;
}

export interface YearReport {
  readonly evidence: Evidence;
  readonly wrong: readonly Wrong[];
  readonly closed: number;
  readonly parked: readonly string[];
  readonly updates: number;
  readonly commits: number;
  readonly madeLive: number;
  readonly shared: number;
  readonly byOthers: number;
  readonly accepted: number;
  /** Made live outside the window, because two persons let it. */
  readonly overridden: number;
  readonly tookMs: number;
}

/** Lives the plan through on a vehicle and judges it. */
export async function runYear(
  plan: YearPlan,
  vehicle: Vehicle,
  { log }: YearOptions,
  waitUntil: (atMs: number) => Promise<void>,
): Promise<YearReport> {
  const startedMs = Date.now();
  const people = new People(plan, vehicle);
  people.begin();
  let shown = 0;
  for (const act of plan.acts) {
    await waitUntil(act.atMs);
    await people.happen(act);
    const month = Math.floor((act.atMs - plan.acts[0]!.atMs) / (30 * 24 * 3_600_000));
    if (month > shown) {
      shown = month;
      log?.(
        `${new Date(act.atMs).toISOString().slice(0, 10)}: ${vehicle.secureChange.tickets.size} tickets so far`,
      );
    }
  }
  return await reportOn(plan, vehicle, people, startedMs);
}

async function reportOn(
  plan: YearPlan,
  vehicle: Vehicle,
  people: People,
  startedMs: number,
): Promise<YearReport> {
  await people.compare();
  const { secureChange } = vehicle;
  const endings: TicketEnding[] = [];
  for (const { id, status } of secureChange.tickets.values()) {
    const view = await vehicle.ticket(id);
    endings.push({
      ticketId: id,
      final: status !== 'inProgress',
      outcome: view?.outcome ?? null,
      parked: view?.needsAttention?.code ?? null,
      held: view !== null && (view.held !== null || view.mode === 'observe'),
      waiting: view?.waiting?.what ?? null,
      untilMs: view?.waiting?.untilMs ?? null,
    });
  }
  const { calls, live } = secureChange;
  const { changes, said } = people;
  const evidence: Evidence = { calls, live, changes, said, endings, endedAtMs: vehicle.nowMs() };
  const wrong = judgeYear(plan, evidence);
  const made = calls.filter(({ push }) => push !== null);
  return {
    evidence,
    wrong,
    closed: endings.filter(({ outcome }) => outcome === 'closed').length,
    parked: endings.flatMap(({ ticketId, outcome, parked }) =>
      outcome === null && parked !== null ? [`${ticketId}: ${parked}`] : [],
    ),
    updates: made.filter(({ kind }) => kind === 'update').length,
    commits: made.filter(({ kind }) => kind === 'commit').length,
    madeLive: live.length,
    shared: made.filter(({ kind, carried }) => kind === 'commit' && carried.length > 1).length,
    byOthers: live.filter(({ push }) => push === null).length,
    overridden: overriddenIn(plan, evidence).length,
    accepted: changes.filter(({ kind }) => kind === 'accepted').length,
    tookMs: Date.now() - startedMs,
  };
}

/** What a year came to, for people: figures, what is parked, and every finding. */
export function yearText(
  { seed, tickets }: Pick<YearOptions, 'seed' | 'tickets'>,
  {
    wrong,
    parked,
    closed,
    updates,
    commits,
    madeLive,
    shared,
    byOthers,
    accepted,
    overridden,
    tookMs,
  }: YearReport,
): string {
  const reasons = new Map<string, number>();
  for (const line of parked) {
    const code = line.split(': ')[1] ?? line;
    reasons.set(code, (reasons.get(code) ?? 0) + 1);
  }
  const lines = [
    `year       seed ${seed}, ${tickets} tickets, ${Math.round(tookMs / 1000)} s`,
    `tickets    ${closed} closed, ${parked.length} parked at the year's end`,
    ...[...reasons].map(([code, count]) => `           ${count} × ${code}`),
    `calls      ${updates} Updates, ${commits} Commits, of these ${shared} for more than one change`,
    `live       ${madeLive} changes, of these ${byOthers} by others, ${overridden} by an override; ${accepted} acceptances`,
    `wrong      ${wrong.length === 0 ? 'nothing' : wrong.length}`,
    ...wrong.map(({ kind, text }) => `           ${kind}: ${text}`),
  ];
  return lines.join('\n');
}
