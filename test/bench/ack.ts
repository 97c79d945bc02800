import { Client, Connection } from '@temporalio/client';
import { Agent, request } from 'undici';

import { createIntake } from '../../packages/client/src/create-intake.js';
import { TASK_QUEUES, ticketWorkflowId } from '../../src/domain/ids.js';
import { connectTemporal } from '../../src/temporal/connect.js';
import { ticketReported, WORKFLOW_TYPES } from '../../workflows/messages.js';
import { startTestDevServer } from '../support/temporal-server.js';
import { callFor, latency, perSecond, together, type Called } from './callers.js';
import { cpuOf } from './cpu-used.js';
import { atLeast, atMost } from './goal.js';
import { startGatewayProcess } from './gateway-process.js';
import { mediatorBody, reportedEvent } from './reported-events.js';
import type { Figure, Report } from './report.js';
import { startTriggerService } from './trigger-service.js';

export interface AckOptions {
  readonly callers: readonly number[];
  /** Of each way at each number of callers, in slices. */
  readonly seconds: number;
  /** What the trigger service is measured with; absent: it is left out. */
  readonly triggerServiceSeconds?: number;
  /** Flags of Node for the gateway, such as `--cpu-prof`. */
  readonly gatewayFlags?: readonly string[];
  readonly log: (line: string) => void;
}

type Way = 'bare' | 'intake' | 'gateway';

/** As many as a ticket has in its life. */
const EVENTS_OF_A_TICKET = 10;
/** Slow drifts of the machine and the growing database then hit all ways alike. */
const SLICES = 4;
const WARM_UP_MS = 1_500;
const SERVICE_CALLERS = 10;
/** The least that a script can do, and the least that one in Python does. */
const SCRIPTS = [
  ['/bin/sh', ['/bin/sh', '-c', 'cat > /dev/null']],
  ['python3', ['python3', '-c', 'import sys, xml.etree.ElementTree as t; t.fromstring(sys.stdin.read())']],
] as const;

/**
 * Events acknowledged by the real gateway, a process of its own, against `signalWithStart` of the same event by the SDK's own
 * client on the same server. No worker runs: what is measured ends when Temporal has stored the event.
 */
export async function ack(options: AckOptions): Promise<Report> {
  const { callers, seconds, log } = options;
  const server = await startTestDevServer();
  const gateway = await startGatewayProcess(server.address, options.gatewayFlags);
  const connection = await Connection.connect({ address: server.address });
  const bare = new Client({ connection });
  const temporal = await connectTemporal({ address: server.address, identity: 'bench' });
  const intake = createIntake(temporal);
  const agent = new Agent({ connections: Math.max(...callers, SERVICE_CALLERS) });
  const post = async (url: string, authorization: string, ticketId: string): Promise<void> => {
    const answer = await request(`${url}/trigger_file`, {
      dispatcher: agent,
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: mediatorBody(ticketId),
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 200)
      throw new Error(`${url}: HTTP ${answer.statusCode}: ${text.slice(0, 300)}`);
  };
  const calls: Readonly<Record<Way, (ticketId: string) => Promise<unknown>>> = {
    bare: async (ticketId) =>
      await bare.workflow.signalWithStart(WORKFLOW_TYPES.ticket, {
        workflowId: ticketWorkflowId(ticketId),
        taskQueue: TASK_QUEUES.main,
        args: [{ version: 1, ticketId }],
        signal: ticketReported,
        signalArgs: [reportedEvent(ticketId)],
      }),
    intake: async (ticketId) => await intake.report(reportedEvent(ticketId), { deadlineMs: 10_000 }),
    gateway: async (ticketId) => await post(gateway.url, gateway.authorization, ticketId),
  };
  const ticketOf = createTickets();
  const measure = async (way: Way, howMany: number, forMs: number): Promise<Called> =>
    await callFor(howMany, forMs, async (caller) => calls[way](ticketOf(`${way}/${caller}`)));
  const gatewayCpu = createMeter(() => cpuOf(gateway.pid));
  const serverCpu = createMeter(() => cpuOf(server.pid));
  try {
    for (const way of WAYS) await measure(way, 10, WARM_UP_MS);
    const figures: Figure[] = [];
    for (const howMany of callers) {
      const slices: Record<Way, Called[]> = { bare: [], intake: [], gateway: [] };
      for (let slice = 0; slice < SLICES; slice += 1) {
        const order = slice % 2 === 0 ? WAYS : WAYS.toReversed();
        for (const way of order) {
          const run = async (): Promise<Called> => await measure(way, howMany, (seconds * 1_000) / SLICES);
          slices[way].push(way === 'gateway' ? await gatewayCpu(async () => serverCpu(run)) : await run());
        }
      }
      const of = {
        bare: together(slices.bare),
        intake: together(slices.intake),
        gateway: together(slices.gateway),
      };
      figures.push(...figuresOf(howMany, of));
      const rates = WAYS.map((way) => `${way} ${Math.round(perSecond(of[way]))}/s`).join(', ');
      log(`${howMany} callers: ${rates}`);
    }
    const ownMs = gatewayCpu.perCallMs();
    const withServerMs = ownMs + serverCpu.perCallMs();
    figures.push({ name: 'CPU of the gateway for an event', value: round(ownMs), unit: 'ms' });
    figures.push({
      name: 'CPU of gateway and Temporal for an event',
      value: round(withServerMs),
      unit: 'ms',
    });
    const { triggerServiceSeconds } = options;
    if (triggerServiceSeconds !== undefined) {
      for (const [name, command] of SCRIPTS) {
        const service = await startTriggerService(command);
        const cpu = createMeter(() => cpuOf(service.pid, { withChildren: true }));
        try {
          await cpu(async () =>
            callFor(SERVICE_CALLERS, triggerServiceSeconds * 1_000, async (caller) =>
              post(service.url, service.authorization, ticketOf(`service/${caller}`)),
            ),
          );
        } finally {
          await service.stop();
        }
        const serviceMs = cpu.perCallMs();
        log(`trigger service with ${name}: ${round(serviceMs)} ms CPU for an event`);
        figures.push(
          {
            name: `CPU of a trigger service that runs ${name}, for an event`,
            value: round(serviceMs),
            unit: 'ms',
          },
          {
            name: `events per CPU second, gateway to a service that runs ${name}`,
            value: round(serviceMs / ownMs),
            unit: 'x',
            goal: atLeast(10),
          },
          {
            name: `… with the CPU of Temporal counted for the gateway`,
            value: round(serviceMs / withServerMs),
            unit: 'x',
          },
        );
      }
    }
    return { part: `ack: ${seconds} s each way for ${callers.join(', ')} callers`, figures };
  } finally {
    await agent.close();
    await gateway.stop();
    await temporal.close();
    await connection.close();
    await server.stop();
  }
}

const WAYS: readonly Way[] = ['bare', 'intake', 'gateway'];

function figuresOf(callers: number, of: Readonly<Record<Way, Called>>): Figure[] {
  const who = callers === 1 ? '1 caller' : `${callers} callers`;
  const bare = perSecond(of.bare);
  return [
    {
      name: `${who}: events acknowledged`,
      value: Math.round(perSecond(of.gateway)),
      unit: '/s',
      bare: Math.round(bare),
    },
    {
      name: `${who}: throughput against bare`,
      value: round(perSecond(of.gateway) / bare),
      unit: 'x',
      goal: atLeast(0.9),
    },
    {
      name: `${who}: throughput of the typed intake alone against bare`,
      value: round(perSecond(of.intake) / bare),
      unit: 'x',
    },
    {
      name: `${who}: p50`,
      value: round(latency(of.gateway, 0.5)),
      unit: 'ms',
      bare: round(latency(of.bare, 0.5)),
    },
    {
      name: `${who}: p99`,
      value: round(latency(of.gateway, 0.99)),
      unit: 'ms',
      bare: round(latency(of.bare, 0.99)),
    },
    {
      name: `${who}: p99 against bare`,
      value: round(latency(of.gateway, 0.99) / latency(of.bare, 0.99)),
      unit: 'x',
      goal: atMost(1.25),
    },
  ];
}

/** Each caller has a ticket of its own, and after some events the next one. */
function createTickets(): (who: string) => string {
  const sent = new Map<string, { id: number; events: number }>();
  let last = 1_000_000;
  return (who) => {
    const now = sent.get(who);
    const fits = now !== undefined && now.events < EVENTS_OF_A_TICKET;
    const next = fits ? { id: now.id, events: now.events + 1 } : { id: (last += 1), events: 1 };
    sent.set(who, next);
    return String(next.id);
  };
}

interface Meter {
  (run: () => Promise<Called>): Promise<Called>;
  perCallMs(): number;
}

/** CPU time of a process over the calls of all runs. */
function createMeter(cpuMs: () => number | null): Meter {
  let usedMs = 0;
  let calls = 0;
  const meter = async (run: () => Promise<Called>): Promise<Called> => {
    const before = cpuMs() ?? Number.NaN;
    const called = await run();
    usedMs += (cpuMs() ?? Number.NaN) - before;
    calls += called.calls;
    return called;
  };
  return Object.assign(meter, { perCallMs: () => usedMs / calls });
}

function round(value: number): number {
  return Number(value.toFixed(2));
}
