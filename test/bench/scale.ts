import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';

import { SEARCH_ATTRIBUTES } from '../../workflows/search-attributes.js';
import { startCluster, type Cluster } from '../cluster/cluster.js';
import { DEVICES } from '../support/simulator-client.js';
import { cpuOfTrees } from './cpu-used.js';
import { atLeast, exactly } from './goal.js';
import type { Figure, Report } from './report.js';
import { limitOf, perSecond, together, USERS, type Round, type User } from './scale-limit.js';
import { seconds } from './seen-in-histories.js';

export interface ScaleOptions {
  /** Of each round; there are two rounds with one worker and two with two. */
  readonly tickets: number;
  readonly inFlight: number;
  readonly log: (line: string) => void;
}

const GOAL = 1.7;
const DAY_MS = 86_400_000;
const WARM_UP = 10;
const LOOK_EVERY_MS = 250;
const ROUND_WITHIN_MS = 10 * 60_000;
const TARGETS = [DEVICES.dgB, DEVICES.adom, DEVICES.cma, DEVICES.asa];
const WAITS_FOR_WINDOW =
  `WorkflowType = 'ticket' AND ExecutionStatus = 'Running' AND ` +
  `${SEARCH_ATTRIBUTES.waitingFor.name} = 'window'`;

/**
 * Tickets from their creation to the wait for their window, through the cluster of `npm run test:cluster`, with one worker and with
 * two: design, risk, approval, messages to the ITSM and enrolment. That is what loads workers; from the window on a manager takes
 * one Commit after the other, however many workers there are.
 */
export async function scale({ tickets, inFlight, log }: ScaleOptions): Promise<Report> {
  const cluster = await startCluster({
    // Nothing but the tickets is to be done.
    env: { SCO_SWEEP_INTERVAL_S: '3600' },
    log,
  });
  const connection = await Connection.connect({ address: cluster.address() });
  const temporal = new Client({ connection });
  try {
    cluster.setWindow('nightly', Date.now() + DAY_MS);
    await cluster.simulator.timings({ designMs: 50 });
    const second = cluster.victims['worker-2'];
    const play = createPlayer(cluster, temporal, inFlight);
    await play(WARM_UP);
    log('warm');
    await second.stop();
    const measured = async (workers: number): Promise<Round> => {
      const round = await measure(cluster, async () => play(tickets), tickets);
      log(`${workers} workers: ${perSecond(round).toFixed(2)} tickets/s, ${seconds(round.tookMs)} s`);
      return round;
    };
    // In this order a slow drift of the machine and the growing database hit both alike.
    const first = await measured(1);
    await second.start();
    await play(WARM_UP);
    const two = together([await measured(2), await measured(2)]);
    await second.stop();
    const one = together([first, await measured(1)]);
    return {
      part: `scale: ${tickets} tickets to their window, ${inFlight} in flight, PostgreSQL`,
      figures: [
        {
          name: 'tickets waiting for their window',
          value: (await temporal.workflow.count(WAITS_FOR_WINDOW)).count,
          unit: '',
          goal: exactly(4 * tickets + 2 * WARM_UP),
        },
        { name: 'with one worker', value: rounded(perSecond(one)), unit: '/s' },
        { name: 'with two workers', value: rounded(perSecond(two)), unit: '/s' },
        {
          name: 'two workers to one',
          value: rounded(perSecond(two) / perSecond(one)),
          unit: 'x',
          goal: atLeast(GOAL),
        },
        ...cpuFigures('with one worker', one),
        ...cpuFigures('with two workers', two),
      ],
      says: limitOf(one, two, { cores: cpus().length, goal: GOAL }),
    };
  } finally {
    await connection.close();
    await cluster.stop();
  }
}

/** Plays so many more tickets to the wait for their window, so many in flight; persons approve each of them. */
function createPlayer(
  { simulator }: Cluster,
  temporal: Client,
  inFlight: number,
): (tickets: number) => Promise<void> {
  let started = 0;
  const approved = new Set<string>();
  const approveAll = async (): Promise<void> => {
    const state = (await (await simulator.call('GET', '/simulator/state')).json()) as {
      readonly tickets: readonly { readonly id: number; readonly step: { readonly name: string } | null }[];
    };
    for (const { id, step } of state.tickets) {
      if (step?.name !== 'Approval' || approved.has(String(id))) continue;
      approved.add(String(id));
      await simulator.act(String(id), { as: 'a.kaya', do: 'approve', reason: 'fine' });
    }
  };
  return async (tickets) => {
    const wanted = started + tickets;
    const untilMs = Date.now() + ROUND_WITHIN_MS;
    for (;;) {
      // One question for all: asking each ticket would be work for its worker.
      const { count: waiting } = await temporal.workflow.count(WAITS_FOR_WINDOW);
      if (waiting >= wanted) return;
      if (Date.now() > untilMs)
        throw new Error(
          `only ${waiting} of ${wanted} tickets wait for their window after ${ROUND_WITHIN_MS / 60_000} minutes`,
        );
      const more = Math.min(wanted - started, inFlight - (started - waiting));
      await Promise.all(
        Array.from({ length: Math.max(0, more) }, async () => {
          const target = TARGETS[started % TARGETS.length];
          started += 1;
          await simulator.createTicket({
            subject: `scale ${started}`,
            ...(target !== undefined && { targets: [target] }),
          });
        }),
      );
      await approveAll();
      await sleep(LOOK_EVERY_MS);
    }
  };
}

async function measure(cluster: Cluster, play: () => Promise<void>, tickets: number): Promise<Round> {
  const [cpuBefore, machineBefore, beganMs] = [cpuOfUsers(cluster), machine(), performance.now()];
  await play();
  const [cpuAfter, machineAfter, endedMs] = [cpuOfUsers(cluster), machine(), performance.now()];
  const users = Object.keys(USERS) as User[];
  return {
    tickets,
    tookMs: endedMs - beganMs,
    cpuMs: Object.fromEntries(users.map((user) => [user, cpuAfter[user] - cpuBefore[user]])) as Record<
      User,
      number
    >,
    busy: 1 - (machineAfter.idleMs - machineBefore.idleMs) / (machineAfter.allMs - machineBefore.allMs),
  };
}

function cpuOfUsers({ victims }: Cluster): Readonly<Record<User, number>> {
  const { user, system } = process.cpuUsage();
  return {
    workers: cpuOfTrees([victims['worker-1'].pid, victims['worker-2'].pid]),
    temporal: cpuOfTrees([victims.temporal.pid]),
    postgresql: cpuOfTrees([victims.postgresql.pid]),
    gateways: cpuOfTrees([victims['gateway-1'].pid, victims['gateway-2'].pid]),
    simulator: cpuOfTrees([victims.simulator.pid]),
    bench: (user + system) / 1_000,
  };
}

function machine(): { readonly idleMs: number; readonly allMs: number } {
  const times = cpus().map((cpu) => cpu.times);
  const sum = (values: readonly number[]): number => values.reduce((all, each) => all + each, 0);
  return {
    idleMs: sum(times.map(({ idle }) => idle)),
    allMs: sum(times.map(({ user, nice, sys, idle, irq }) => user + nice + sys + idle + irq)),
  };
}

function cpuFigures(when: string, { cpuMs, tickets }: Round): readonly Figure[] {
  return (Object.keys(USERS) as User[]).map((user) => ({
    name: `${when}: CPU for a ticket, ${USERS[user]}`,
    value: Math.round(cpuMs[user] / tickets),
    unit: 'ms',
  }));
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}
