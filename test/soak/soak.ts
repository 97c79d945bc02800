import { setTimeout as sleep } from 'node:timers/promises';

import type { OrchestratorClient } from '../../packages/client/src/contract.js';
import type { CommandsClient } from '../../packages/client/src/gateway-commands.js';
import type { TicketView } from '../../src/domain/view.js';
import { failedReplays } from '../support/replay-everything.js';
import { startRunningProduct } from '../support/running-product.js';
import { DEVICES, type SimulatorClient, type Target } from '../support/simulator-client.js';
import { judge, type Ending, type Evidence, type SoakedTicket } from './judge.js';
import { planKills, VICTIMS } from './plan.js';

/** What is soaked: however its processes run, they can be killed and started again. */
export interface Soaked {
  readonly simulator: SimulatorClient;
  readonly client: OrchestratorClient;
  readonly commands: CommandsClient;
  /** Of Temporal. */
  readonly address: () => string;
  readonly victims: Readonly<Record<string, Victim>>;
}

export interface Victim {
  kill(): Promise<void>;
  /** Resolves when it does its work again. */
  start(): Promise<void>;
}

export interface SoakOptions {
  readonly seed: number;
  readonly kills: number;
  readonly tickets: number;
  /** What has not ended then is stuck. */
  readonly minutes: number;
  /** Tickets on one manager at the same time. */
  readonly atOnce: number;
  readonly log: (line: string) => void;
  /** What the processes write. */
  readonly onLine?: (line: string, processName: string) => void;
  /** Ends the run early; what is under way then is stuck. */
  readonly interrupted?: AbortSignal;
}

export interface SoakReport {
  readonly kills: Readonly<Record<string, number>>;
  /** Kills that met no ticket under way: they prove little. */
  readonly idleKills: number;
  readonly tickets: readonly SoakedTicket[];
  /** Pushes whose outcome a person was asked for. */
  readonly questions: number;
  readonly commits: number;
  /** What is wrong; empty when everything was done exactly once and nothing is stuck. */
  readonly wrong: readonly string[];
  readonly durationMs: number;
}

/** One target behind each of three managers. */
export const TARGETS: readonly Target[] = [DEVICES.dgB, DEVICES.adom, DEVICES.cma];
/** Long enough for kills to fall into them. */
const TIMINGS = { designMs: 1_500, updateMs: 3_000, commitMs: 4_500 };
const CHECK_EVERY_MS = 500;
/** A question that nothing answers within this time stays one. */
const PARKED_FOR_GOOD_MS = 90_000;
const MESSAGES_WITHIN_MS = 90_000;

/**
 * Tickets go through the whole product while its processes are killed with SIGKILL, one after the other. Judged by what
 * the simulator saw. The same seed gives the same order of kills.
 */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { onLine } = options;
  const running = await startRunningProduct(onLine === undefined ? {} : { onLine });
  const { product, simulator, client, commands } = running;
  const { temporal } = product;
  const victims = Object.fromEntries(
    VICTIMS.map((name): [string, Victim] => {
      if (name === 'temporal') return [name, { kill: () => temporal.kill(), start: () => temporal.revive() }];
      const found = product[name];
      if (found === undefined) throw new Error(`the product runs no ${name}`);
      return [name, found];
    }),
  );
  try {
    return await soakProcesses(
      { simulator, client, commands, address: () => temporal.address, victims },
      options,
    );
  } finally {
    await running.stop();
  }
}

/** The same with processes that run already. */
export async function soakProcesses(soaked: Soaked, options: SoakOptions): Promise<SoakReport> {
  return await new Soak(soaked, options).run();
}

class Soak {
  readonly #running: Soaked;
  readonly #options: SoakOptions;
  readonly #startedAtMs = Date.now();
  readonly #killed: Record<string, number>;
  #kills = 0;
  #active = 0;
  #idleKills = 0;
  #questions = 0;
  #failure: Error | null = null;

  constructor(running: Soaked, options: SoakOptions) {
    this.#running = running;
    this.#killed = Object.fromEntries(Object.keys(running.victims).map((name) => [name, 0]));
    this.#options = options;
  }

  async run(): Promise<SoakReport> {
    await this.#running.simulator.timings(TIMINGS);
    const killing = this.#killAll().catch((error: unknown) => {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    });
    const tickets = await this.#playTickets();
    await killing;
    const evidence = await this.#evidence(tickets);
    const wrong = judge(tickets, evidence);
    if (this.#failure === null) {
      const failed = await failedReplays(this.#running.address());
      wrong.push(...failed.map((run) => `cannot be replayed: ${run}`));
    } else wrong.push(`a process did not come back: ${this.#failure.message}`);
    if (this.#kills < this.#options.kills) wrong.push(`only ${this.#kills} kills in the time given`);
    return {
      kills: this.#killed,
      idleKills: this.#idleKills,
      tickets,
      questions: this.#questions,
      commits: evidence.writes.filter(({ action, applied }) => action === 'commit' && applied).length,
      wrong,
      durationMs: Date.now() - this.#startedAtMs,
    };
  }

  get #timeIsUp(): boolean {
    const { minutes, interrupted } = this.#options;
    if (this.#failure !== null || interrupted?.aborted === true) return true;
    return Date.now() - this.#startedAtMs > minutes * 60_000;
  }

  // — kills —

  async #killAll(): Promise<void> {
    const { victims } = this.#running;
    const [first, ...others] = Object.keys(victims);
    if (first === undefined) return;
    const { seed, kills } = this.#options;
    for (const { victim, afterMs, downMs } of planKills(seed, kills, [first, ...others])) {
      await sleep(afterMs);
      if (this.#timeIsUp) return;
      if (this.#active === 0) this.#idleKills += 1;
      await victims[victim]?.kill();
      this.#kills += 1;
      this.#killed[victim] = (this.#killed[victim] ?? 0) + 1;
      this.#options.log(
        `kill ${this.#kills} of ${this.#options.kills}: ${victim}, with ${this.#active} tickets under way`,
      );
      await sleep(downMs);
      await victims[victim]?.start();
    }
  }

  // — tickets —

  /** Spread over the kills, so that most of them meet a ticket; never more than `atOnce` on one manager. */
  async #playTickets(): Promise<SoakedTicket[]> {
    const busy = new Map<Target, number>();
    const { tickets, kills, atOnce } = this.#options;
    return await Promise.all(
      Array.from({ length: tickets }, async (_, index) => {
        const target = TARGETS[index % TARGETS.length] ?? DEVICES.dgB;
        const turn = Math.floor((index * kills) / tickets);
        while ((this.#kills < turn && this.#active > 0) || (busy.get(target) ?? 0) >= atOnce) {
          if (this.#timeIsUp) return { id: `number ${index + 1}`, deviceId: target.id, ending: NEVER_OPENED };
          await sleep(CHECK_EVERY_MS);
        }
        busy.set(target, (busy.get(target) ?? 0) + 1);
        this.#active += 1;
        const ticket = await this.#playTicket(`soak ${index + 1}`, target);
        busy.set(target, (busy.get(target) ?? 1) - 1);
        this.#active -= 1;
        return ticket;
      }),
    );
  }

  async #playTicket(subject: string, target: Target): Promise<SoakedTicket> {
    const id = await this.#open(subject, target);
    if (id === null) return { id: subject, deviceId: target.id, ending: NEVER_OPENED };
    const ending = await this.#lookAfter(id, target);
    const reason = ending.kind === 'closed' ? '' : `: ${ending.reason}`;
    this.#options.log(`ticket ${id} on ${target.name} ${ending.kind}${reason}`);
    return { id, deviceId: target.id, ending };
  }

  /** A ticket whose answer was lost with the simulator is found by its subject, not opened twice. */
  async #open(subject: string, target: Target): Promise<string | null> {
    const { simulator } = this.#running;
    while (!this.#timeIsUp) {
      try {
        const known = (await this.#state()).tickets.find((ticket) => ticket.subject === subject);
        return known === undefined
          ? await simulator.createTicket({ subject, targets: [target] })
          : String(known.id);
      } catch {
        await sleep(CHECK_EVERY_MS);
      }
    }
    return null;
  }

  /** What approver and operator do, until the ticket has ended. */
  async #lookAfter(id: string, target: Target): Promise<Ending> {
    let last: TicketView | null = null;
    let parkedSinceMs: number | null = null;
    while (!this.#timeIsUp) {
      await this.#approve(id).catch(() => undefined);
      // Whatever was just killed does not answer.
      const view = await this.#running.client.tickets.get(id).catch(() => null);
      last = view ?? last;
      if (view?.outcome === 'closed') return { kind: 'closed' };
      const question = view?.needsAttention ?? null;
      if (question === null) parkedSinceMs = view === null ? parkedSinceMs : null;
      else if (question.code === 'push.unknown') await this.#answer(id, target).catch(() => undefined);
      else {
        parkedSinceMs ??= Date.now();
        if (question.code === 'push.failed' && (await this.#isLive(id, target)))
          return { kind: 'parked', reason: question.reason };
        if (Date.now() - parkedSinceMs > PARKED_FOR_GOOD_MS)
          return { kind: 'stuck', reason: question.reason };
      }
      await sleep(CHECK_EVERY_MS);
    }
    const waits = last?.needsAttention?.reason ?? last?.waiting?.what ?? 'no view of it';
    return { kind: 'stuck', reason: `${last?.step ?? 'no step'}: ${waits}` };
  }

  async #approve(id: string): Promise<void> {
    const { simulator } = this.#running;
    if ((await simulator.ticket(id)).step?.name !== 'Approval') return;
    await simulator.act(id, { as: 'a.kaya', do: 'approve', reason: 'fine' });
  }

  /** With what SecureChange really did, as an operator would after a look at the device. */
  async #answer(id: string, target: Target): Promise<void> {
    const { simulator, commands } = this.#running;
    const view = await this.#running.client.tickets.get(id);
    const question = view.needsAttention;
    if (question?.code !== 'push.unknown' || question.target === null) return;
    const asking = view.targets.find(({ managementId }) => managementId === question.target);
    if (asking === undefined || asking.push === null) return;
    // The call of a push is on the task of any of its tickets.
    const { push } = await this.#running.client.lanes.get(asking.laneKey);
    const carriers = push?.n === asking.push ? push.tickets : [id];
    const sent = (await simulator.writes()).some(
      (write) =>
        write.applied &&
        carriers.includes(String(write.ticketId)) &&
        write.deviceId === target.id &&
        write.action === question.phase,
    );
    const { code } = await commands.push(
      asking.laneKey,
      asking.push,
      { kind: 'decideUnknownPush', answer: sent ? 'wasSent' : 'wasNotSent' },
      { reason: 'looked at the device' },
    );
    if (code === 'done') this.#questions += 1;
  }

  async #isLive(id: string, target: Target): Promise<boolean> {
    const { devices } = await this.#state();
    const device = devices.find((one) => one.id === target.id);
    return device?.enforced.some(({ ticketId }) => String(ticketId) === id) === true;
  }

  // — evidence —

  async #state(): Promise<State> {
    const response = await this.#running.simulator.call('GET', '/simulator/state');
    return (await response.json()) as State;
  }

  /** The closing message to the ITSM goes out after the ticket ended. */
  async #evidence(tickets: readonly SoakedTicket[]): Promise<Evidence> {
    const { simulator } = this.#running;
    const untilMs = this.#timeIsUp ? 0 : Date.now() + MESSAGES_WITHIN_MS;
    for (;;) {
      const [{ tickets: states, devices }, writes, changes] = await Promise.all([
        this.#state(),
        simulator.writes(),
        simulator.changes(),
      ]);
      const evidence = { tickets: states, devices, writes, changes };
      if (judge(tickets, evidence).length === 0 || Date.now() > untilMs) return evidence;
      await sleep(CHECK_EVERY_MS);
    }
  }
}

const NEVER_OPENED: Ending = { kind: 'stuck', reason: 'the time was up before it was opened' };

type State = Pick<Evidence, 'devices'> & {
  readonly tickets: readonly { readonly id: number; readonly status: string; readonly subject: string }[];
};
