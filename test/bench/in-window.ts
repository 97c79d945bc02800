import { setTimeout as sleep } from 'node:timers/promises';

import { fewAtOnce } from '../../src/domain/few-at-once.js';
import type { LaneView } from '../../src/domain/view.js';
import { firewallChange, manager } from '../support/firewall-change.js';
import { startTestDevServer } from '../support/temporal-server.js';
import { TestEnvironment } from '../support/test-environment.js';
import { between, exactly } from './goal.js';
import { endsOf } from './ends-of-tickets.js';
import type { Report } from './report.js';
import { AT_ONCE, seconds } from './seen-in-histories.js';

export interface InWindowOptions {
  readonly tickets: number;
  /** Lengths of a real Panorama are divided by this. */
  readonly scale: number;
  readonly noticeMs?: number;
  readonly log: (line: string) => void;
}

const UPDATE_MS = 90_000;
const COMMIT_MS = 240_000;
/** From an Update until its revision has arrived and the designs of the other tickets are stale. */
const REVISION_MS = 120_000;
const HOUR = 3_600_000;
const GROUP = 'GROUP';
const LANE = `manager-of-${GROUP}`;

/**
 * All tickets change one device group, and nothing is saved before the window opens. Each Update makes the designs of the
 * others stale. The estimate is what the lane says before the opening.
 */
export async function inWindow(options: InWindowOptions): Promise<Report> {
  const { tickets, scale, log, noticeMs = 15_000 } = options;
  const server = await startTestDevServer();
  const env = await TestEnvironment.start({ address: server.address });
  try {
    env.fake.processes.set('Firewall change', firewallChange({ saveUpdates: 'inWindow' }));
    env.fake.managers.set(LANE, { expectedSaveMs: UPDATE_MS / scale, expectedPushMs: COMMIT_MS / scale });
    slowAndStale(env, scale);
    env.open('nightly', env.nowMs() + 6 * HOUR);
    const ids = Array.from({ length: tickets }, (_, index) => String(1_000 + index));
    await fewAtOnce(
      ids,
      async (id) => env.reach(env.ticket(id, { devices: [manager(GROUP)] }), 'Implementation'),
      AT_ONCE,
    );
    await untilAllQueued(env, tickets);
    const { opensAtMs } = env.open('nightly', env.nowMs() + noticeMs);
    await env.replan('nightly', LANE);
    const estimateMs = await estimateFor(env, opensAtMs);
    log(`all wait; by the estimate of the lane ${seconds(estimateMs)} s`);

    const deadlineMs = opensAtMs + 3 * estimateMs + 120_000;
    const { parked, closed } = await endsOf(env, ids, deadlineMs);
    const { past } = await env.lane(LANE);
    const pushes = past.filter(({ kind }) => kind === 'commit');
    const tookMs = Math.max(...pushes.map(({ endedAtMs }) => endedAtMs)) - opensAtMs;
    const made = (kind: string): number =>
      env.secureChange.effects.filter((effect) => effect.kind === kind).length;
    return {
      part: `inWindow: ${tickets} tickets, one device group, lengths of a Panorama divided by ${scale}`,
      figures: [
        { name: 'parked', value: parked, unit: '', goal: exactly(0) },
        { name: 'closed', value: closed, unit: '', goal: exactly(tickets) },
        { name: 'Updates', value: made('update'), unit: '', goal: exactly(tickets) },
        { name: 'Commits', value: made('commit'), unit: '', goal: exactly(1) },
        { name: 'redesigns', value: made('redesign'), unit: '' },
        { name: 'estimate', value: estimateMs, unit: 'ms' },
        { name: 'opening to last push ended', value: tookMs, unit: 'ms' },
        {
          name: 'estimate of what it took',
          value: Number((estimateMs / tookMs).toFixed(3)),
          unit: 'x',
          goal: between(0.8, 1.2),
        },
      ],
    };
  } finally {
    await env.stop();
    await server.stop();
  }
}

/** Updates and Commits take their own time, and a landed Update makes the designs of all others stale. */
function slowAndStale(env: TestEnvironment, scale: number): void {
  const { secureChange, fake } = env;
  const update = secureChange.update.bind(secureChange);
  const commit = secureChange.commit.bind(secureChange);
  secureChange.update = async (ref, target) => {
    secureChange.pushMs = UPDATE_MS / scale;
    await update(ref, target);
    fake.time.at(fake.time.nowMs + (UPDATE_MS + REVISION_MS) / scale, () => {
      for (const ticket of secureChange.tickets.values())
        for (const device of ticket.devices)
          if (ticket.id !== ref.ticketId && device.update === 'none') device.newRevisionArrived = true;
    });
  };
  secureChange.commit = async (ref, target) => {
    secureChange.pushMs = COMMIT_MS / scale;
    await commit(ref, target);
  };
}

async function untilAllQueued(env: TestEnvironment, tickets: number): Promise<void> {
  await lane(env, `${tickets} places`, ({ queue }) => queue.length === tickets);
}

async function estimateFor(env: TestEnvironment, opensAtMs: number): Promise<number> {
  const view = await lane(env, 'the edited window', ({ preflight }) => preflight?.opensAtMs === opensAtMs);
  return view.preflight?.needsMs ?? Number.NaN;
}

async function lane(
  env: TestEnvironment,
  what: string,
  holds: (view: LaneView) => boolean,
): Promise<LaneView> {
  const until = Date.now() + 60_000;
  for (;;) {
    const view = await env.lane(LANE).catch(() => null);
    if (view !== null && holds(view)) return view;
    if (Date.now() > until) throw new Error(`the lane never had ${what}`);
    await sleep(200);
  }
}
