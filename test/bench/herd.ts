import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { NativeConnection } from '@temporalio/worker';

import { replanLanes } from '../../activities/lanes-in-step.js';
import { laneWorkflowId, ticketWorkflowId } from '../../src/domain/ids.js';
import { fewAtOnce } from '../../src/domain/few-at-once.js';
import { startTestDevServer } from '../support/temporal-server.js';
import { TestEnvironment } from '../support/test-environment.js';
import { manager } from '../support/firewall-change.js';
import { atMost, exactly } from './goal.js';
import { endsOf } from './ends-of-tickets.js';
import { untilAllSaved, withUpdatesByPersons } from './saved-ahead.js';
import { watchCpu } from './cpu-used.js';
import { runBareLanes } from './run-bare-lanes.js';
import type { Figure, Report } from './report.js';
import { AT_ONCE, percentile, seconds, pushesSince, storyOf, tasksBetween } from './seen-in-histories.js';

export interface HerdOptions {
  readonly tickets: number;
  readonly managers: number;
  readonly commitMs: number;
  /** How long before its opening the window is known; when absent 15 s, or 20 ms for each ticket: the edit reaches all of them. */
  readonly noticeMs?: number;
  /** Persons make the Updates in SecureChange. We save one after the other, which takes a second for each ticket. */
  readonly savedByPersons?: boolean;
  /** How long after the opening its figures are taken, also when tickets are still under way; 15 minutes when absent. */
  readonly deadlineMs?: number;
  readonly log: (line: string) => void;
}

const HOUR = 3_600_000;
const UPDATE_MS = 20;

/**
 * All tickets wait, saved ahead, for one window on shared managers; the calendar is edited so that it opens soon. Real
 * workflows, workers and activities on a development server; SecureChange is the fake of the tests.
 */
export async function herd(options: HerdOptions): Promise<Report> {
  const {
    tickets,
    commitMs,
    log,
    noticeMs = Math.max(15_000, options.tickets * 20),
    savedByPersons = false,
    deadlineMs = 15 * 60_000,
  } = options;
  // A manager without a ticket has no lane.
  const managers = Math.min(options.managers, tickets);
  const server = await startTestDevServer();
  const connection = await NativeConnection.connect({ address: server.address });
  const env = await TestEnvironment.start({ address: server.address });
  const cpu = watchCpu(() => server.pid);
  try {
    const bare = await runBareLanes(env.temporal.client, connection, {
      tickets,
      managers,
      commitMs,
      enrolMs: noticeMs + tickets * 20,
    });
    const bareCpu = cpu.between(bare.opensAtMs, bare.opensAtMs + bare.recordedMs);
    log('bare lanes ended');

    env.open('nightly', env.nowMs() + 6 * HOUR);
    env.secureChange.pushMs = UPDATE_MS;
    if (savedByPersons) env.fake.processes.set('Firewall change', withUpdatesByPersons());
    const ids = Array.from({ length: tickets }, (_, index) => String(1_000 + index));
    const groups = Array.from({ length: managers }, (_, index) => `GROUP-${index}`);
    const lanes = groups.map((group) => `manager-of-${group}`);
    const startedAt = Date.now();
    await fewAtOnce(
      ids,
      async (id, index) => {
        const ticket = env.ticket(id, {
          devices: [manager(groups[index % managers]!, savedByPersons ? { update: 'updated' } : {})],
        });
        await env.reach(ticket, 'Implementation');
      },
      AT_ONCE,
    );
    log(`all in Implementation after ${seconds(Date.now() - startedAt)} s`);
    await untilAllSaved(env, lanes, tickets, log);
    const preparedMs = Date.now() - startedAt;

    env.secureChange.pushMs = commitMs;
    const { opensAtMs } = env.open('nightly', env.nowMs() + noticeMs);
    env.fake.ruleVersions.set('nightly', 'edited');
    const editedAtMs = Date.now();
    await replanLanes({
      ...env.fake.deps(),
      temporal: env.temporal.client,
      clock: { now: () => env.nowMs(), sleep: async (ms) => sleep(ms) },
    });
    log(`saved after ${seconds(preparedMs)} s; opens in ${seconds(noticeMs)} s`);

    await sleep(Math.max(0, opensAtMs - Date.now()));
    const load = Number((loadavg()[0] ?? 0).toFixed(1));
    const { parked, closed } = await endsOf(env, ids, opensAtMs + deadlineMs);
    const seenUntilMs = Date.now();
    log(`${closed} of ${tickets} closed, ${parked} parked`);
    // A late worker would slow down the reading, and go on changing what is read.
    await env.stopWorkers();
    const commits = env.secureChange.effects.filter(({ kind }) => kind === 'commit');
    const stories = await fewAtOnce(ids, async (id) => storyOf(env, id), AT_ONCE);
    // Until the deadline: the worker goes on while the histories are read.
    const recorded = stories.map(({ recordedAtMs }) =>
      recordedAtMs === null || recordedAtMs > seenUntilMs ? Number.POSITIVE_INFINITY : recordedAtMs,
    );
    const missing = recorded.filter((atMs) => !Number.isFinite(atMs)).length;
    const signalledMs = stories.map(({ editAtMs }) => (editAtMs ?? Number.NaN) - editedAtMs);
    // A lane signals its tickets when it has decided.
    const decidedMs = groups.map((_, group) =>
      Math.min(...signalledMs.filter((__, index) => index % managers === group)),
    );
    const { sent: pushes, notSent } = await pushesSince(env, opensAtMs);
    const judged = Math.min(...pushes.map(({ judgedAtMs }) => judgedAtMs)) - opensAtMs;
    const sends = commits.map(({ atMs }) => atMs - opensAtMs);
    const recordedMs = Math.max(...recorded) - opensAtMs;
    // Lanes commit beside each other, so one Commit each takes as long as the fullest lane.
    const oneEachMs = Math.ceil(tickets / managers) * commitMs;
    const ticketEvents = stories.map(({ events }) => events);
    const laneEvents = await fewAtOnce(lanes, async (key) => env.historyLength(laneWorkflowId(key)), AT_ONCE);
    const untilMs = Math.min(opensAtMs + recordedMs, seenUntilMs);
    const used = cpu.between(opensAtMs, untilMs);
    const tasksOf = async (workflowIds: readonly string[]): Promise<readonly number[]> =>
      await fewAtOnce(workflowIds, async (id) => tasksBetween(env, id, opensAtMs, untilMs), AT_ONCE);
    const laneTasks = await tasksOf(lanes.map(laneWorkflowId));
    const pushTasks = await tasksOf(pushes.map(({ workflowId }) => workflowId));
    const ticketTasks = await fewAtOnce(
      ids,
      async (id, index) =>
        // A late event may have started another run.
        tasksBetween(
          env,
          ticketWorkflowId(id),
          opensAtMs,
          Math.min(stories[index]?.recordedAtMs ?? untilMs, untilMs),
          stories[index]?.runId,
        ),
      AT_ONCE,
    );
    const figures: Figure[] = [
      { name: 'Commits', value: commits.length, unit: '', goal: exactly(managers) },
      { name: 'pushes that sent nothing', value: notSent, unit: '', goal: exactly(0) },
      { name: 'parked', value: parked, unit: '', goal: exactly(0) },
      { name: 'closed', value: closed, unit: '', goal: exactly(tickets) },
      { name: 'tickets without a recorded result', value: missing, unit: '', goal: exactly(0) },
      { name: 'opening to first judge', value: judged, unit: 'ms', goal: atMost(1_000) },
      {
        name: 'opening to send, p50',
        value: percentile(sends, 0.5),
        unit: 'ms',
        bare: percentile(bare.sendsMs, 0.5),
      },
      {
        name: 'opening to send, max',
        value: Math.max(...sends),
        unit: 'ms',
        goal: atMost(3_000),
        bare: Math.max(...bare.sendsMs),
      },
      {
        name: 'opening to result of the Commit read, max',
        value: Math.max(...pushes.map(({ followedAtMs }) => followedAtMs)) - opensAtMs,
        unit: 'ms',
      },
      {
        name: 'opening to push ended in its lane, max',
        value: Math.max(...pushes.map(({ endedAtMs }) => endedAtMs)) - opensAtMs,
        unit: 'ms',
      },
      {
        name: 'opening to all recorded committed',
        value: recordedMs,
        unit: 'ms',
        goal: atMost(oneEachMs / 4),
        bare: bare.recordedMs,
      },
      {
        name: 'opening to half of them recorded committed',
        value: percentile(recorded, 0.5) - opensAtMs,
        unit: 'ms',
      },
      {
        name: 'of one Commit each',
        value: Number((recordedMs / oneEachMs).toFixed(3)),
        unit: 'x',
        goal: atMost(0.25),
      },
      {
        name: 'calendar edit to decided, last lane',
        value: Math.max(...decidedMs),
        unit: 'ms',
        goal: atMost(5_000),
      },
      { name: 'calendar edit to signalled, last ticket', value: Math.max(...signalledMs), unit: 'ms' },
      {
        name: 'tickets signalled for the edit',
        value: Math.round((tickets * 1_000) / Math.max(...signalledMs)),
        unit: '/s',
      },
      {
        name: 'workflow tasks from opening to recorded, lane, p50',
        value: percentile(laneTasks, 0.5),
        unit: '',
      },
      {
        name: 'workflow tasks from opening to recorded, push, p50',
        value: percentile(pushTasks, 0.5),
        unit: '',
      },
      {
        name: 'workflow tasks from opening to recorded, ticket, p50',
        value: percentile(ticketTasks, 0.5),
        unit: '',
      },
      {
        name: 'CPU of the server until recorded',
        value: used.serverMs,
        unit: 'ms',
        bare: bareCpu.serverMs,
      },
      {
        name: 'CPU of worker, fake SecureChange and bench until recorded',
        value: Math.round(used.ownMs),
        unit: 'ms',
        bare: Math.round(bareCpu.ownMs),
      },
      {
        name: 'tickets closed by then',
        value: stories.filter(({ endedAtMs }) => endedAtMs !== null && endedAtMs <= untilMs).length,
        unit: '',
      },
      { name: 'figures taken after the opening', value: seenUntilMs - opensAtMs, unit: 'ms' },
      { name: 'load average at the opening', value: load, unit: '' },
      { name: 'all saved ahead', value: preparedMs, unit: 'ms' },
      { name: 'events of a ticket, p50', value: percentile(ticketEvents, 0.5), unit: '' },
      { name: 'events of a lane (newest run), p50', value: percentile(laneEvents, 0.5), unit: '' },
      {
        name: 'events of a push with a Commit, p50',
        value: percentile(
          pushes.map(({ events }) => events),
          0.5,
        ),
        unit: '',
      },
    ];
    const saved = savedByPersons ? ', saved by persons' : '';
    return {
      part: `herd: ${tickets} tickets${saved}, ${managers} managers, Commit ${commitMs} ms`,
      figures,
    };
  } finally {
    cpu.stop();
    await env.stop();
    await connection.close();
    await server.stop();
  }
}
