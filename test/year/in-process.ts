import { laneViewOf } from '../../src/domain/lane-view.js';
import { MINUTE } from '../support/fake-environment.js';
import { FakeEnvironment } from '../support/fake-environment.js';
import { signedCommand, type FakeTemporal } from '../support/fake-temporal.js';
import { pushWorkflowId } from '../../src/domain/ids.js';
import { viewOf } from '../../workflows/ticket-view.js';
import { YEAR_STARTS_MS } from './draw.js';
import { runYear, type YearOptions, type YearReport } from './run.js';
import { YearSecureChange } from './stand-in.js';
import type { Vehicle } from './vehicle.js';
import { planYear } from './plan.js';

/** The year on the in-process engine: the real ticket, lane and push code on a clock that jumps. Deterministic. */
export async function yearInProcess(options: YearOptions): Promise<YearReport> {
  const plan = planYear(options.seed, options.tickets);
  const env = new FakeEnvironment(
    (time) => new YearSecureChange(time, plan, { shortMs: 4_000, longMs: 4 * MINUTE }),
  );
  env.time.nowMs = YEAR_STARTS_MS;
  env.settings = { ...env.settings, pollEveryMs: 10_000 };
  const secureChange = env.secureChange as YearSecureChange;
  const { time, temporal } = env;
  const runs = new RunsByTicket(temporal);
  const vehicle: Vehicle = {
    env,
    secureChange,
    nowMs: () => time.nowMs,
    caughtUp: async () => {
      await time.runDue();
    },
    ticket: async (ticketId) => {
      const newest = runs.newestOf(ticketId);
      return newest === null ? null : viewOf(newest.run.state);
    },
    lane: async (key) => {
      await time.runDue();
      const lane = temporal.lanes.get(key);
      return lane === undefined ? null : laneViewOf(lane.state, time.nowMs);
    },
    operateTicket: async (ticketId, command, by) => await temporal.operate(ticketId, command, by),
    operateLane: async (key, command) => {
      const result = temporal.lane(key).operate(command, 'olga');
      await time.runDue();
      return result;
    },
    operatePush: async (key, n, command) => {
      const id = pushWorkflowId(key, n);
      const result = temporal.pushes.get(id)!.run.command(signedCommand(command, id, time.nowMs), 'olga');
      await time.runDue();
      return result;
    },
    sweep: async () => {
      await env.sweep();
    },
    stopSwitch: async (on) => {
      temporal.turnSwitch(on ? 'stop' : 'start', 'because of the year');
      await time.runDue();
    },
    // Its activities' attempts die by mishap; a workflow of the in-process engine has no worker.
    replaceWorkers: async () => {},
    loseLane: async (key) => {
      if (!temporal.lanes.has(key)) return;
      temporal.terminateLane(key);
      await time.runDue();
    },
  };
  try {
    const report = await runYear(plan, vehicle, options, async (atMs) => {
      if (atMs > time.nowMs) await time.pass(atMs - time.nowMs);
      // Every call is kept for tests that look at them; a year has too many.
      (env.worker.calls as unknown[]).length = 0;
    });
    options.inspect?.(env, plan);
    return report;
  } finally {
    env.close();
  }
}

/** People look at every ticket four times a day: each look must not go through the runs of all. */
class RunsByTicket {
  private readonly all: FakeTemporal['runs'];
  private readonly byTicket = new Map<string, FakeTemporal['runs'][number][]>();
  private known = 0;

  constructor({ runs }: FakeTemporal) {
    this.all = runs;
  }

  newestOf(ticketId: string): FakeTemporal['runs'][number] | null {
    for (; this.known < this.all.length; this.known += 1) {
      const run = this.all[this.known]!;
      this.byTicket.set(run.ticketId, [...(this.byTicket.get(run.ticketId) ?? []), run]);
    }
    const own = this.byTicket.get(ticketId) ?? [];
    return own.findLast(({ outcome }) => outcome !== 'lateEvent') ?? own.at(-1) ?? null;
  }
}
