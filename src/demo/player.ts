import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isReadable } from '../../packages/client/src/contract.js';
import type { TicketView } from '../domain/view.js';
import { windowRows } from '../domain/window-report.js';
import type { Expectation } from './expectations.js';
import type { OnStage } from './frame.js';
import type { LiveView } from './live-view.js';
import type { Act, ItsmChange, Write } from './simulator-client.js';
import type { Scenario, Stage } from './scenario.js';
import { once, type RunningDemo } from './running-demo.js';

/** What one showing came to; `--json` prints it. */
export interface Result {
  readonly scenario: string;
  readonly title: string;
  readonly passed: boolean;
  readonly expectations: readonly Expectation[];
  readonly tickets: readonly TicketView[];
  readonly window: { readonly opensAtMs: number; readonly closesAtMs: number } | null;
  readonly writes: {
    readonly total: number;
    /** Calls that took effect, by system and action. */
    readonly applied: Readonly<Record<string, number>>;
    /** Every Update and Commit call, also those that came to nothing. */
    readonly pushes: readonly Pick<
      Write,
      'atMs' | 'ticketId' | 'deviceId' | 'action' | 'status' | 'applied'
    >[];
  };
  readonly itsmChanges: readonly ItsmChange[];
  readonly historyEvents: Readonly<Record<string, number>>;
  readonly startedAtMs: number;
  readonly durationMs: number;
}

/** Promised for every scenario, from the moment everything runs. */
const LONGEST_MS = 60_000;
const WINDOW_MINUTES = 10;
const READ_EVERY_MS = 300;
const ASK_EVERY_MS = 100;

/** Plays a scenario to its end; whatever goes wrong on the way is an expectation that did not hold. */
export async function play(scenario: Scenario, demo: RunningDemo, screen: LiveView): Promise<Result> {
  const startedAtMs = Date.now();
  const showing = new Showing(scenario, demo, screen, startedAtMs);
  try {
    await scenario.play(showing.stage);
  } catch (error) {
    showing.expectations.push({
      text: 'the scenario plays to its end',
      held: false,
      detail: error instanceof Error ? error.message : String(error),
    });
  }
  const durationMs = Date.now() - startedAtMs;
  await showing.readLast();
  const { expectations } = showing;
  const writes = await demo.simulator.writes();
  return {
    scenario: scenario.name,
    title: scenario.title,
    passed: expectations.length > 0 && expectations.every(({ held }) => held),
    expectations,
    tickets: showing.views(),
    window: showing.window,
    writes: summarise(writes),
    itsmChanges: await demo.simulator.changes(),
    historyEvents: await showing.historyEvents(),
    startedAtMs,
    durationMs,
  };
}

class Showing {
  readonly expectations: Expectation[] = [];
  readonly stage: Stage;
  window: Result['window'] = null;
  readonly #demo: RunningDemo;
  readonly #screen: LiveView;
  readonly #scenario: Scenario;
  readonly #startedAtMs: number;
  readonly #onStage = new Map<string, OnStage>();
  #reading = true;
  #workerAway = false;
  readonly #readings: Promise<void>;

  constructor(scenario: Scenario, demo: RunningDemo, screen: LiveView, startedAtMs: number) {
    this.#demo = demo;
    this.#screen = screen;
    this.#scenario = scenario;
    this.#startedAtMs = startedAtMs;
    this.stage = this.#setStage();
    this.#readings = this.#keepReading();
  }

  views(): TicketView[] {
    return [...this.#onStage.values()].flatMap(({ view }) => (view === null ? [] : [view]));
  }

  async historyEvents(): Promise<Record<string, number>> {
    const lengths: Record<string, number> = {};
    for (const id of this.#onStage.keys()) {
      lengths[id] = await this.stage.historyLength(id).catch(() => 0);
    }
    return lengths;
  }

  async readLast(): Promise<void> {
    this.#reading = false;
    await this.#readings;
    await this.#read();
    this.#draw();
  }

  #setStage(): Stage {
    const { simulator, operator, approver, itsm, sco, configDir, product, client } = this.#demo;
    return {
      simulator,
      operator,
      approver,
      itsm,
      sco,
      readConfigFile: (name) => readFileSync(join(configDir, name), 'utf8'),
      worker: {
        kill: async () => {
          this.#workerAway = true;
          await product.worker.kill();
        },
        start: async () => {
          await product.worker.start();
          this.#workerAway = false;
        },
      },
      expect: (text, held, detail) => {
        this.expectations.push({ text, held, detail: detail ?? null });
      },
      say: (text) => {
        this.#screen.say(text, Date.now() - this.#startedAtMs);
      },
      open: async (ask) => {
        const id = await simulator.createTicket(ask);
        this.stage.follow(id, ask.subject);
        this.stage.say(`Jana Meier opens ticket ${id}: ${ask.subject}`);
        return id;
      },
      follow: (ticketId, subject) => {
        this.#onStage.set(ticketId, { ticketId, subject, view: null, done: new Set() });
      },
      approve: async (ticketId) => {
        await this.stage.eventually(`ticket ${ticketId} asks for an approval`, async () => {
          return (await simulator.ticket(ticketId)).step?.name === 'Approval';
        });
        const act: Act = { as: 'a.kaya', do: 'approve', reason: 'as agreed with the service owner' };
        const atMs = Date.now();
        await simulator.act(ticketId, act);
        this.stage.say(`Aylin Kaya approves ticket ${ticketId}`);
        return atMs;
      },
      openWindowIn: (ms, calendar = 'nightly') => {
        const opensAtMs = Math.ceil((Date.now() + ms) / 1_000) * 1_000;
        const opening = { opensAtMs, closesAtMs: opensAtMs + WINDOW_MINUTES * 60_000 };
        this.stage.editCalendar(calendar, once(opensAtMs, WINDOW_MINUTES), opening);
        return opensAtMs;
      },
      editCalendar: (calendar, rules, opening) => {
        this.#demo.editCalendar(calendar, rules);
        this.window = opening;
      },
      explain: (calendar) =>
        this.#demo.calendars().explain({ calendars: [calendar], target: null, atMs: Date.now() }),
      openings: (calendar, fromMs, horizonDays) =>
        this.#demo.calendars().plan({ calendars: [calendar], target: null, fromMs, horizonDays }).intervals,
      lane: async (key) => client.lanes.get(key),
      windowReport: async () => windowRows((await client.lanes.windows()).filter(isReadable), 0),
      until: async (ticketId, what, holds) => {
        let last: TicketView | null = null;
        return this.stage.eventually(
          `ticket ${ticketId}: ${what}`,
          async () => {
            last = await client.tickets.get(ticketId);
            return holds(last) ? last : undefined;
          },
          () => stateOf(last),
        );
      },
      ended: async (ticketId) => {
        await this.stage.until(ticketId, 'ends', ({ outcome }) => outcome !== null);
        await this.stage.eventually(`the workflow of ticket ${ticketId} has ended`, async () => {
          return (await client.tickets.history(ticketId)).at(-1)?.kind === 'completed';
        });
        return client.tickets.get(ticketId);
      },
      eventually: async (what, ask, instead?: () => string) => this.#eventually(what, ask, instead),
      historyLength: async (ticketId) => {
        const facts = await client.tickets.history(ticketId);
        return facts.reduce((most, { eventId }) => Math.max(most, eventId), 0);
      },
    };
  }

  async #eventually<T>(
    what: string,
    ask: () => Promise<T>,
    instead: (() => string) | undefined,
  ): Promise<Exclude<T, undefined | false>> {
    let trouble: unknown;
    for (;;) {
      try {
        const answer = await ask();
        if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
        trouble = undefined;
      } catch (error) {
        trouble = error;
      }
      if (Date.now() - this.#startedAtMs > LONGEST_MS) {
        const seen = trouble instanceof Error ? trouble.message : instead?.();
        const text = seen === undefined ? '' : `; last seen: ${seen}`;
        throw new Error(`not within ${LONGEST_MS / 1_000} s: ${what}${text}`);
      }
      await sleep(ASK_EVERY_MS);
    }
  }

  async #keepReading(): Promise<void> {
    while (this.#reading) {
      if (!this.#workerAway) await this.#read();
      this.#draw();
      await sleep(READ_EVERY_MS);
    }
  }

  async #read(): Promise<void> {
    for (const one of this.#onStage.values()) {
      // A ticket whose workflow has not begun gives no answer, nor does any while the worker is away: the last view stays.
      const view = await this.#demo.client.tickets.get(one.ticketId).catch(() => one.view);
      if (view === null) continue;
      if (one.view !== null && view.epoch !== one.view.epoch) one.done.clear();
      for (const phase of view.donePhases) one.done.add(phase);
      one.view = view;
    }
  }

  #draw(): void {
    this.#screen.show({
      scenario: this.#scenario,
      nowMs: Date.now(),
      startedAtMs: this.#startedAtMs,
      webUi: this.#demo.product.temporal.uiUrl ?? null,
      pageUrl: this.#demo.product.gatewayUrl,
      window: this.window,
      workerAway: this.#workerAway,
      tickets: [...this.#onStage.values()],
    });
  }
}

function summarise(writes: readonly Write[]): Result['writes'] {
  const applied: Record<string, number> = {};
  for (const write of writes.filter((one) => one.applied)) {
    const key = `${write.system}.${write.action}`;
    applied[key] = (applied[key] ?? 0) + 1;
  }
  const pushes = writes
    .filter(({ action }) => action === 'update' || action === 'commit')
    .map(({ atMs, ticketId, deviceId, action, status, applied: tookEffect }) => ({
      atMs,
      ...(ticketId !== undefined && { ticketId }),
      ...(deviceId !== undefined && { deviceId }),
      action,
      status,
      applied: tookEffect,
    }));
  return { total: writes.length, applied, pushes };
}

function stateOf(view: TicketView | null): string {
  if (view === null) return 'nothing';
  const devices = view.targets.map(({ name, update, commit }) => `${name} ${update}/${commit}`);
  const parts = [
    view.outcome ?? view.status,
    view.step,
    view.phase,
    view.waiting?.what,
    view.needsAttention?.reason,
    ...devices,
  ];
  return parts.filter((part) => part !== null && part !== undefined).join(', ');
}
