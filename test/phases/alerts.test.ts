import type { Alert, AlertReading } from '../../src/domain/alerts.js';
import { AlertsRun, type AlertsCarry } from '../../workflows/alerts-run.js';
import { START_MS } from '../support/fake-environment.js';
import { FakeActivityFailure, FakeEngine } from '../support/fake-engine.js';
import { VirtualTime } from '../support/virtual-time.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ALL = ['parked', 'windowMissed', 'stopped', 'unknownPush', 'credential'] as const;
const OPERATORS = { name: 'operators', kinds: ALL, afterMs: 0 };

function alert(part: Partial<Alert> = {}): Alert {
  return {
    key: 'parked/7/risk.high/-',
    kind: 'parked',
    sinceMs: 0,
    reason: 'Ticket 7: high risk',
    command: 'sco ticket retry 7',
    ...part,
  };
}

/** The workflow beside an installation that is edited while it runs. */
function running() {
  const time = new VirtualTime(START_MS);
  const now: { -readonly [K in keyof AlertReading]: AlertReading[K] } = {
    alerts: [],
    unread: [],
    hasRoutes: true,
    routes: [OPERATORS],
  };
  const sent: string[] = [];
  const state = { blind: false, texts: [] as string[], failures: 0, isLong: false, looks: 0 };
  const start = (carry?: AlertsCarry) => {
    const engine = new FakeEngine(time, async (name, input) => {
      if (name === 'readAlerts') {
        state.looks += 1;
        if (state.blind)
          throw new FakeActivityFailure({
            kind: 'transient',
            system: 'temporal',
            operation: 'read',
            code: 'http.connect_timeout',
            message: 'no answer',
          });
        return structuredClone(now);
      }
      if (state.failures > 0) {
        state.failures -= 1;
        throw new FakeActivityFailure({
          kind: 'transient',
          system: 'mail',
          operation: 'send',
          code: 'mail.unknown',
          message: 'busy',
        });
      }
      const { route, alerts } = input as { route: string; alerts: readonly Alert[] };
      sent.push(...alerts.map(({ key }) => `${route}: ${key}`));
      return { said: 'ok' };
    });
    engine.isLong = () => state.isLong;
    engine.publishText = (text) => void state.texts.push(text);
    const run = new AlertsRun(engine, { version: 1, ...(carry && { carry }) });
    const ended = engine.enter(async () => run.untilLong());
    return { run, ended };
  };
  return { time, now, sent, state, start, looks: () => state.looks, ...start() };
}

it('looks each minute, and leaves a system without routes alone for 10', async () => {
  const { time, now, looks } = running();
  await time.pass(10 * MINUTE);
  expect(looks()).toBe(10);
  now.routes = [];
  now.hasRoutes = false;
  await time.pass(HOUR);
  expect(looks()).toBeLessThanOrEqual(10 + 7);
});

it('looks each minute in quiet hours too, so that a route that opens sends at once', async () => {
  const { time, now, looks } = running();
  now.routes = [];
  await time.pass(10 * MINUTE);
  expect(looks()).toBe(10);
});

describe('an alert', () => {
  it('is sent once, however often the event is seen', async () => {
    const { time, now, sent } = running();
    now.alerts = [alert({ sinceMs: time.nowMs })];
    await time.pass(2 * HOUR);
    expect(sent).toEqual(['operators: parked/7/risk.high/-']);
  });

  it('is sent once also when the workflow continues as new', async () => {
    const { time, now, sent, state, start, ended } = running();
    now.alerts = [alert({ sinceMs: time.nowMs })];
    await time.pass(5 * MINUTE);
    state.isLong = true;
    await time.pass(2 * MINUTE);
    const carry = JSON.parse(JSON.stringify(await ended)) as AlertsCarry;
    state.isLong = false;
    start(carry);
    await time.pass(HOUR);
    expect(sent).toEqual(['operators: parked/7/risk.high/-']);
  });

  it('is sent again when the event ended and came back an hour later, not when it only flickers', async () => {
    const { time, now, sent } = running();
    const one = alert({ sinceMs: time.nowMs });
    for (const present of [true, false, true, false]) {
      now.alerts = present ? [one] : [];
      await time.pass(10 * MINUTE);
    }
    expect(sent).toHaveLength(1);
    await time.pass(2 * HOUR);
    now.alerts = [{ ...one, sinceMs: time.nowMs }];
    await time.pass(10 * MINUTE);
    expect(sent).toHaveLength(2);
  });

  it('is not sent again because what it is about could not be read for hours', async () => {
    const { time, now, sent } = running();
    const one = alert({ sinceMs: time.nowMs });
    now.alerts = [one];
    await time.pass(5 * MINUTE);
    now.alerts = [];
    now.unread = ['parked/'];
    await time.pass(5 * HOUR);
    now.alerts = [one];
    now.unread = [];
    await time.pass(5 * MINUTE);
    expect(sent).toHaveLength(1);
  });

  it('is sent again when it came back after hours, while another ticket cannot be read', async () => {
    const { time, now, sent } = running();
    const one = alert({ sinceMs: time.nowMs });
    now.unread = ['parked/8/'];
    for (const alerts of [[one], [], [{ ...one, sinceMs: time.nowMs + 3 * HOUR }]]) {
      now.alerts = alerts;
      await time.pass(2 * HOUR);
    }
    expect(sent).toHaveLength(2);
  });

  it('goes to the routes for its kind only', async () => {
    const { time, now, sent } = running();
    now.routes = [
      { name: 'duty', kinds: ['unknownPush', 'stopped'], afterMs: 0 },
      { name: 'desk', kinds: ['parked'], afterMs: 0 },
    ];
    now.alerts = [
      alert(),
      alert({ key: 'unknown/1', kind: 'unknownPush' }),
      alert({ key: 'token/1', kind: 'credential' }),
    ];
    await time.pass(10 * MINUTE);
    expect(sent.sort()).toEqual(['desk: parked/7/risk.high/-', 'duty: unknown/1']);
  });

  it('is escalated once it has lasted long enough, and not when it was answered before', async () => {
    const { time, now, sent } = running();
    now.routes = [OPERATORS, { name: 'head', kinds: ['parked'], afterMs: 4 * HOUR }];
    const stays = alert({ sinceMs: time.nowMs });
    now.alerts = [stays, alert({ key: 'answered', sinceMs: time.nowMs })];
    await time.pass(3 * HOUR);
    expect(sent.sort()).toEqual(['operators: answered', 'operators: parked/7/risk.high/-']);
    now.alerts = [stays];
    await time.pass(3 * HOUR);
    expect(sent.filter((one) => one.startsWith('head'))).toEqual(['head: parked/7/risk.high/-']);
  });

  it('of quiet hours is sent after them, where it still holds', async () => {
    const { time, now, sent } = running();
    now.routes = [];
    const stays = alert({ sinceMs: time.nowMs });
    now.alerts = [stays, alert({ key: 'gone by morning', sinceMs: time.nowMs })];
    await time.pass(8 * HOUR);
    now.alerts = [stays];
    await time.pass(MINUTE);
    now.routes = [OPERATORS];
    await time.pass(10 * MINUTE);
    expect(sent).toEqual(['operators: parked/7/risk.high/-']);
  });

  it('that could not be sent is sent later, and holds up no other route', async () => {
    const { time, now, sent, state } = running();
    now.routes = [OPERATORS, { name: 'chat', kinds: ALL, afterMs: 0 }];
    state.failures = 1;
    now.alerts = [alert({ sinceMs: time.nowMs })];
    await time.pass(MINUTE / 2);
    await time.pass(10 * MINUTE);
    expect(sent).toEqual(['chat: parked/7/risk.high/-', 'operators: parked/7/risk.high/-']);
  });

  it('is sent once also where there are more than are kept, whatever their order; a stop is among them', async () => {
    const { time, now, sent } = running();
    const parked = Array.from({ length: 700 }, (_, index) =>
      alert({ key: `k${index}`, sinceMs: time.nowMs }),
    );
    for (let minute = 0; minute < 20; minute += 1) {
      now.alerts = [...parked.slice(minute * 35), ...parked.slice(0, minute * 35)];
      await time.pass(MINUTE);
    }
    now.alerts = [...parked, alert({ key: 'stopped/1', kind: 'stopped', sinceMs: time.nowMs })];
    await time.pass(5 * MINUTE);
    expect(sent.length).toBe(new Set(sent).size);
    expect(sent).toContain('operators: stopped/1');
  });

  it('comes with the others of the same minute in one message', async () => {
    const { time, now, sent, run } = running();
    now.alerts = Array.from({ length: 700 }, (_, index) => alert({ key: `k${index}`, sinceMs: time.nowMs }));
    await time.pass(10 * MINUTE);
    expect(sent).toHaveLength(500);
    expect(JSON.stringify(run.state).length).toBeLessThan(256 * 1024);
  });
});

it('says in its details that it cannot read what waits, until it can', async () => {
  const { time, state } = running();
  state.blind = true;
  await time.pass(2 * MINUTE);
  expect(state.texts.at(-1)).toContain('what waits for a person cannot be read');
  state.blind = false;
  await time.pass(2 * MINUTE);
  expect(state.texts.at(-1)).not.toContain('cannot be read');
});
