import { afterReading, dueFor, sentBy, type AlertReading, type KnownAlert } from '../src/domain/alerts.js';
import { cleanMarkdown, detailsPage } from '../src/domain/clean-text.js';
import { instantText } from '../src/domain/instant-text.js';
import type { TextEngine } from './engine.js';

export interface AlertsStart {
  readonly version: 1;
  readonly carry?: AlertsCarry;
}

export interface AlertsCarry {
  known: readonly KnownAlert[];
  /** By route: why its last message could not be sent; absent once one was. */
  problems: Readonly<Record<string, string>>;
  /** Why the last look at what waits failed; absent once one did not. */
  unreadable?: string;
}

const EVERY_MS = 60_000;
/** Without a route nothing is sent: a quiet system is left alone. */
const WITHOUT_ROUTES_MS = 600_000;

/** Alerts people to what waits for them: looks each minute, every 10 where no route is configured, and sends each event once to each route that is for it. */
export class AlertsRun {
  readonly engine: TextEngine;
  readonly state: AlertsCarry;

  constructor(engine: TextEngine, { carry }: AlertsStart) {
    this.engine = engine;
    this.state = carry ?? { known: [], problems: {} };
  }

  /** Returns the carried state when the history is long. */
  async untilLong(): Promise<AlertsCarry> {
    while (!this.engine.isNewRunDue()) {
      const everyMs = (await this.look()) ? EVERY_MS : WITHOUT_ROUTES_MS;
      this.show();
      await this.engine.condition(() => this.engine.isNewRunDue(), everyMs, 'until it looks again');
    }
    return this.state;
  }

  /** False when no route is configured. */
  private async look(): Promise<boolean> {
    const { engine, state } = this;
    let reading: AlertReading;
    try {
      reading = await engine.activities.readAlerts({});
    } catch (error) {
      const failure = engine.failureOf(error);
      if (failure === null) throw error;
      state.unreadable = failure.message;
      return true;
    }
    delete state.unreadable;
    const nowMs = engine.nowMs();
    state.known = afterReading(state.known, reading, nowMs);
    for (const route of reading.routes) {
      const due = dueFor(state.known, route, nowMs);
      if (due.length > 0) await this.send(route.name, due);
    }
    return reading.hasRoutes;
  }

  /** What was perhaps sent is sent again: an alert that is lost is worse than one that comes twice. */
  private async send(route: string, due: readonly KnownAlert[]): Promise<void> {
    const { engine, state } = this;
    const alerts = due.map(({ key, kind, sinceMs, reason, command }) => ({
      key,
      kind,
      sinceMs,
      reason,
      command,
    }));
    const { [route]: _problem, ...problems } = state.problems;
    try {
      await engine.activities.sendAlerts({ route, alerts });
      state.known = sentBy(state.known, route, due);
      state.problems = problems;
    } catch (error) {
      const failure = engine.failureOf(error);
      if (failure === null) throw error;
      state.problems = { ...problems, [route]: failure.message };
    }
  }

  private show(): void {
    const { known, problems, unreadable } = this.state;
    const lines = known
      .slice(0, 50)
      .map(
        ({ sinceMs, reason, sentBy: routes }) =>
          `* ${instantText(sinceMs)} ${cleanMarkdown(reason, 300)}: ${routes.length === 0 ? 'not sent' : cleanMarkdown(`sent by ${routes.join(', ')}`)}`,
      );
    const failed = Object.entries(problems).map(
      ([route, why]) =>
        `* **Needs attention**: route ${cleanMarkdown(route)} cannot send: ${cleanMarkdown(why, 300)}`,
    );
    const unread =
      unreadable === undefined
        ? []
        : [
            `* **Needs attention**: what waits for a person cannot be read, so nothing new is sent: ${cleanMarkdown(unreadable, 300)}`,
          ];
    this.engine.publishText(
      detailsPage([[...unread, ...failed, ...lines].join('\n') || 'Nothing to alert to.']),
    );
  }
}
