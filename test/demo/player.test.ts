import pc from 'picocolors';
import type { CommandsClient } from '../../packages/client/src/gateway-commands.js';
import { countText, onceEach } from '../../src/demo/expectations.js';
import type { LiveView } from '../../src/demo/live-view.js';
import type { SimulatorClient, Write } from '../../src/demo/simulator-client.js';
import { play } from '../../src/demo/player.js';
import { renderReport } from '../../src/demo/report.js';
import { runDemo, UnknownScenario } from '../../src/demo/run.js';
import type { Scenario, Stage } from '../../src/demo/scenario.js';
import { scenarios } from '../../src/demo/scenarios/index.js';
import type { RunningDemo } from '../../src/demo/running-demo.js';
import type { ParkingView, TicketView } from '../../src/domain/view.js';
import { calendarsOf } from '../calendar/rules.js';
import { ticketViewOf } from '../support/ticket-view.js';

const silent: LiveView = { say: () => undefined, show: () => undefined, done: () => undefined };

function write(part: Partial<Write>): Write {
  return {
    seq: 1,
    atMs: 0,
    system: 'securechange',
    method: 'PUT',
    path: '/',
    user: null,
    action: 'commit',
    ticketId: 1,
    deviceId: 21,
    status: 202,
    applied: true,
    ...part,
  };
}

/** No servers: what a scenario asks is answered from these. */
function fakeDemo(writes: readonly Write[], view: TicketView = ticketViewOf()): RunningDemo {
  const simulator: Partial<SimulatorClient> = {
    writes: async () => writes,
    changes: async () => [],
    createTicket: async () => '1',
  };
  const client = {
    tickets: { get: async () => view, history: async () => [{ eventId: 7 }, { eventId: 3 }] },
  };
  return {
    simulator: simulator as SimulatorClient,
    client: client as unknown as RunningDemo['client'],
    operator: {} as CommandsClient,
    approver: {} as CommandsClient,
    sco: async () => ({}),
    itsm: async () => ({ status: 200, state: 'done', message: '-', ticketId: null }),
    product: { temporal: { uiUrl: undefined } } as unknown as RunningDemo['product'],
    dataDir: '/nowhere',
    configDir: '/nowhere',
    logFile: '/nowhere/demo.log',
    editCalendar: () => undefined,
    calendars: () => calendarsOf(),
    stop: async () => undefined,
  };
}

function story(play: (stage: Stage) => Promise<void>): Scenario {
  return { name: 'story', title: 'a story', story: '', play };
}

describe('playing a scenario', () => {
  it('passes when every expectation held, and returns what was written', async () => {
    const demo = fakeDemo([
      write({}),
      write({ system: 'itsm', action: 'create' }),
      write({ applied: false }),
    ]);
    const result = await play(
      story(async (stage) => {
        await stage.open({ subject: 'CRM', targets: [] });
        stage.expect('it is so', true, 'seen');
      }),
      demo,
      silent,
    );
    expect(result).toMatchObject({
      passed: true,
      expectations: [{ text: 'it is so', held: true, detail: 'seen' }],
      tickets: [{ ticketId: '4711' }],
      writes: { total: 3, applied: { 'securechange.commit': 1, 'itsm.create': 1 } },
      historyEvents: { '1': 7 },
    });
    expect(result.writes.pushes.map(({ applied }) => applied)).toEqual([true, false]);
  });

  it('does not pass when one expectation did not hold', async () => {
    const result = await play(
      story(async ({ expect: hold }) => {
        hold('this held', true);
        hold('that did not', false, 'two Commits');
      }),
      fakeDemo([]),
      silent,
    );
    expect(result.passed).toBe(false);
    const report = renderReport(result, [], { colours: pc.createColors(false), width: 0 });
    expect(report).toContain('✗ that did not  (two Commits)');
    expect(report).toContain('1 of 2 expectations held');
  });

  it('reports everything that a ticket is still parked for when the scenario is over', async () => {
    const parked = (targetName: string, reason: string): ParkingView => ({
      code: 'push.failed',
      phase: 'commit',
      target: targetName,
      targetName,
      reason,
      evidence: null,
      sinceMs: 0,
      waysOut: [],
    });
    const view = ticketViewOf({ parkings: [parked('DG-B', 'it failed'), parked('ADOM-RETAIL', 'locked')] });
    const result = await play(
      story(async (stage) => {
        await stage.open({ subject: 'CRM', targets: [] });
      }),
      fakeDemo([], view),
      silent,
    );
    const report = renderReport(result, [], { colours: pc.createColors(false), width: 0 });
    expect(report).toContain('needs attention: DG-B: it failed');
    expect(report).toContain('needs attention: ADOM-RETAIL: locked');
  });

  it('does not pass when the story breaks off, and says where', async () => {
    const result = await play(
      story(async ({ expect: hold }) => {
        hold('this held', true);
        throw new Error('simulator: no ticket 9');
      }),
      fakeDemo([]),
      silent,
    );
    expect(result.passed).toBe(false);
    expect(result.expectations.at(-1)).toEqual({
      text: 'the scenario plays to its end',
      held: false,
      detail: 'simulator: no ticket 9',
    });
  });

  it('does not pass when nothing was expected', async () => {
    const result = await play(
      story(async () => undefined),
      fakeDemo([]),
      silent,
    );
    expect(result.passed).toBe(false);
  });

  it('opens the window at a whole second, not before it was asked to', async () => {
    const set: number[] = [];
    const editCalendar: RunningDemo['editCalendar'] = (_, rules) => {
      const { oneOff } = rules as { oneOff: { opens: string }[] };
      set.push(...oneOff.map(({ opens }) => Date.parse(`${opens}Z`)));
    };
    const demo: RunningDemo = { ...fakeDemo([]), editCalendar };
    const before = Date.now();
    const result = await play(
      story(async (stage) => {
        stage.openWindowIn(2_000);
      }),
      demo,
      silent,
    );
    expect(set).toHaveLength(1);
    expect(set[0]! % 1_000).toBe(0);
    expect(set[0]! - before).toBeGreaterThanOrEqual(2_000);
    expect(set[0]! - before).toBeLessThanOrEqual(4_000);
    expect(result.window?.opensAtMs).toBe(set[0]);
  });
});

describe('counting pushes', () => {
  const devices = [{ id: 21 }, { id: 31 }];

  it('wants each device once, with effect, and no other', () => {
    expect(onceEach([write({}), write({ deviceId: 31 })], devices)).toBe(true);
    expect(onceEach([write({})], devices)).toBe(false);
    expect(onceEach([write({}), write({})], devices)).toBe(false);
    expect(onceEach([write({}), write({ deviceId: 31, applied: false })], devices)).toBe(false);
    expect(onceEach([write({}), write({ deviceId: 31 }), write({ deviceId: 40 })], devices)).toBe(false);
    expect(onceEach([], [])).toBe(true);
  });

  it('says what it counted', () => {
    expect(countText([write({ deviceId: 31 }), write({}), write({})])).toBe('device 21 × 2, device 31 × 1');
    expect(countText([])).toBe('none');
  });
});

describe('the demo command', () => {
  const options = {
    scenario: 'happy',
    list: false,
    json: false,
    keep: false,
    stdout: process.stdout,
    stderr: process.stderr,
    colours: pc.createColors(false),
    searchAttributes: [],
    renderMediator: () => '',
    interrupted: new AbortController().signal,
  };

  it('names every scenario when asked for one there is not, before it starts anything', async () => {
    const asked = runDemo({ ...options, scenario: 'nope' });
    await expect(asked).rejects.toThrow(UnknownScenario);
    for (const { name } of scenarios) await expect(asked).rejects.toThrow(name);
  });

  it('has the scenarios that the documents name, each with a title and a story', () => {
    expect(scenarios.map(({ name }) => name)).toEqual([
      'happy',
      'cancelled-in-window-wait',
      'redo',
      'lost-events',
      'worker-killed-in-commit',
      'shared-manager',
      'sent-back-after-save',
      'different-windows',
      'collateral',
      'partial-commit',
      'waves',
      'conflicts',
      'manual-device',
      'securetrack-window',
      'securetrack-commits',
      'auto-step-would-push',
      'itsm-down',
      'itsm-leads',
      'itsm-approval',
      'mail',
      'risk-block',
      'autoclose',
      'freeze-lifted',
      'window-too-short',
      'dst-night',
      'two-approvals',
      'custom-script',
      'parallel-tasks',
      'rehearsal',
      'survey',
      'override',
      'emergency',
      'back-out',
      'mediator-test',
    ]);
    for (const { title, story } of scenarios) {
      expect(title).not.toBe('');
      expect(story).not.toBe('');
    }
  });
});
