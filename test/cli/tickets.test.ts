import {
  ClientError,
  type HistoryFact,
  type TicketFilter,
  type TicketSummary,
} from '../../packages/client/src/contract.js';
import type { Redraw } from '../../src/cli/context.js';
import type { ParkingView, TicketView } from '../../src/domain/view.js';
import { NOW, runSco } from '../support/cli-context.js';
import { targetViewOf, ticketViewOf } from '../support/ticket-view.js';

const HOUR = 3_600_000;

const PARKED = ticketViewOf({
  subject: 'Web \u001b[31mshop',
  step: 'Implementation',
  phase: 'commit',
  donePhases: ['design', 'riskCheck'],
  epoch: 2,
  process: { name: 'firewall-change', version: 'ab12cd34ef56' },
  waiting: {
    for: 'window',
    what: 'the window of ASA-EDGE opens',
    untilMs: NOW + 2 * HOUR,
    sinceMs: NOW - HOUR,
  },
  held: { by: 'o.brandt', reason: 'storm', sinceMs: NOW - 60_000 },
  risk: { verdict: 'needsApproval', severity: 'medium', reason: 'AR1 has medium risk' },
  approval: { by: ['a.kaya'], epoch: 2 },
  window: {
    calendar: 'nightly',
    zone: 'Europe/Berlin',
    next: { opensAtMs: NOW + 2 * HOUR, closesAtMs: NOW + 6 * HOUR },
  },
  savedNotPushed: ['ADOM-RETAIL'],
  itsm: { server: 'servicenow', number: 'CHG0030001', id: 'abc' },
  targets: [
    targetViewOf({ commit: 'unknown', message: 'was it sent?' }),
    targetViewOf({
      managementId: '40',
      name: 'ASA-EDGE',
      vendor: 'Cisco',
      laneKey: '40',
      laneName: 'ASA-EDGE',
      enforcedBy: 'update',
      commitBy: 'none',
      update: 'todo',
      commit: 'notNeeded',
      waiting: 'window',
    }),
  ],
  moreTargets: 3,
  outbox: [
    {
      number: 2,
      point: 'close change',
      server: 'servicenow',
      action: 'close',
      state: 'held',
      sinceMs: NOW - 60_000,
      sizeBytes: 512,
      message: '401',
    },
  ],
  needsAttention: {
    code: 'push.unknown',
    phase: 'commit',
    target: '21',
    targetName: 'DG-B',
    reason: 'it is unknown whether the Commit of DG-B was sent',
    advice: 'look at the manager of DG-B',
    evidence: 'no report after 09:00',
    sinceMs: NOW - HOUR,
    waysOut: [
      { command: 'decideUnknownPush', hint: 'sco ticket decide 4711 --target 21 --was-sent --reason "…"' },
    ],
  },
  timeline: [{ atMs: NOW - HOUR, what: 'Commit of DG-B begun' }],
});

describe('sco ticket show', () => {
  it('says how many messages were ignored, which was the newest and why, and gives all to --json', async () => {
    const ignored = {
      count: 7,
      last: [
        { atMs: NOW - 2 * HOUR, message: 'laneNews', why: 'it has no valid signature of a worker' },
        { atMs: NOW - HOUR, message: 'ticketReported', why: 'name: is missing' },
      ],
    };
    const get = async (): Promise<TicketView> => ({ ...PARKED, ignored });
    const { out } = await runSco(['ticket', 'show', '4711'], { tickets: { get } });
    expect(out).toMatch(
      /ignored +7 messages; the newest 2026-11-22 13:00:00 \+01:00 \(1 h ago\): ticketReported: name: is missing/,
    );
    const { json } = await runSco(['ticket', 'show', '4711', '--json'], { tickets: { get } });
    expect(json()).toMatchObject({ ignored });
    const none = await runSco(['ticket', 'show', '4711'], { tickets: { get: async () => PARKED } });
    expect(none.out).not.toContain('ignored');
  });

  it('answers in one screen: state, wait with local time, devices, and what to type', async () => {
    const { code, out } = await runSco(['ticket', 'show', '4711'], { tickets: { get: async () => PARKED } });
    expect(code).toBe(0);
    for (const expected of [
      'Ticket 4711  Web [31mshop',
      'in progress · step Implementation · phase commit · epoch 2 (design ✓, risk check ✓)',
      'window: the window of ASA-EDGE opens',
      'opens 2026-11-22 16:00:00 +01:00 (in 2 h), since 1 h ago',
      'by o.brandt since 2026-11-22 13:59:00 +01:00 (1 m ago): storm',
      'needs approval, medium: AR1 has medium risk',
      'a.kaya (epoch 2)',
      'nightly (Europe/Berlin): opens 2026-11-22 16:00:00 +01:00 (in 2 h), closes 2026-11-22 20:00:00 +01:00',
      'ADOM-RETAIL',
      'CHG0030001 at servicenow',
      'NEEDS ATTENTION it is unknown whether the Commit of DG-B was sent',
      'to do: look at the manager of DG-B',
      'evidence: no report after 09:00',
      'sco ticket decide 4711 --target 21 --was-sent',
      '… and 3 more',
      '✗ held',
      '2026-11-22 13:00:00 +01:00  Commit of DG-B begun',
    ]) {
      expect(out).toContain(expected);
    }
    expect(out).toMatch(/DG-B +21 +PaloAltoNetworks +PANO-8 +at Commit +✓ done +\? unknown +was it sent\?/);
    expect(out).toMatch(/ASA-EDGE +40 +Cisco +ASA-EDGE +at Update +· to do +none +window/);
    expect(out).not.toContain('\u001b');
  });

  it.each([
    [-HOUR, 2 * HOUR, 'nightly (Europe/Berlin): open until 2026-11-22 16:00:00 +01:00 (in 2 h)'],
    [0, 2 * HOUR, 'nightly (Europe/Berlin): open until 2026-11-22 16:00:00 +01:00 (in 2 h)'],
    [-2 * HOUR, -HOUR, 'nightly (Europe/Berlin): closed since 2026-11-22 13:00:00 +01:00 (1 h ago)'],
  ])('says until when a window is open, and since when it is over', async (opens, closes, expected) => {
    const window = {
      calendar: 'nightly',
      zone: 'Europe/Berlin',
      next: { opensAtMs: NOW + opens, closesAtMs: NOW + closes },
    };
    const { out } = await runSco(['ticket', 'show', '4711'], {
      tickets: { get: async () => ({ ...PARKED, window }) },
    });
    expect(out).toContain(expected);
  });

  it('prints the whole view as one document with --json', async () => {
    const { code, json } = await runSco(['--json', 'ticket', 'show', '4711'], {
      tickets: { get: async () => PARKED },
    });
    expect(code).toBe(0);
    expect(json()).toEqual(PARKED);
  });

  it.each([
    ['ticketNotFound', 3],
    ['temporalAway', 4],
    ['workerAway', 4],
    ['notAllowed', 5],
    ['unexpected', 1],
  ] as const)('ends with the documented code for %s, in text and in JSON', async (error, expected) => {
    const get = async () => {
      throw new ClientError(error, 'temporal: ticket 1: what to do next');
    };
    const text = await runSco(['ticket', 'show', '1'], { tickets: { get } });
    expect([text.code, text.out, text.err]).toEqual([
      expected,
      '',
      'sco: temporal: ticket 1: what to do next\n',
    ]);
    const program = await runSco(['ticket', 'show', '1', '--json'], { tickets: { get } });
    expect(program.code).toBe(expected);
    expect(program.json()).toEqual({
      error: { code: error, message: 'temporal: ticket 1: what to do next' },
    });
  });
});

const question = (targetName: string, reason: string): ParkingView => ({
  code: 'push.failed',
  phase: 'update',
  target: targetName,
  targetName,
  reason,
  evidence: null,
  sinceMs: NOW - HOUR,
  waysOut: [
    { command: 'retry', hint: 'sco ticket retry 4711 --reason "…"' },
    {
      command: 'completeManual',
      hint: `sco ticket complete 4711 --target ${targetName} --evidence "…" --reason "…"`,
    },
  ],
});

describe('what a ticket waits for', () => {
  const shown = async (view: TicketView): Promise<string> =>
    (await runSco(['ticket', 'show', '4711'], { tickets: { get: async () => view } })).out;

  it('is shown whole: every parking with its ways out', async () => {
    const parkings = [question('DG-A', 'rejected'), question('DG-B', 'locked'), question('DG-C', 'refused')];
    const out = await shown(ticketViewOf({ parkings, moreParkings: 2 }));
    for (const name of ['DG-A', 'DG-B', 'DG-C'])
      expect(out).toContain(`sco ticket complete 4711 --target ${name} `);
    expect(out).toContain('NEEDS ATTENTION 2 of 5 locked');
    expect(out).toContain('… and 2 more');
  });

  it.each([
    ['securechange', 'since 1 h ago'],
    ['lane', 'since 1 h ago'],
    ['event', 'since 1 h ago'],
    ['operator', 'until a person acts, since 1 h ago'],
    ['approval', 'until a person acts, since 1 h ago'],
  ] as const)('says that a person must act only where one must: %s', async (waitingFor, expected) => {
    const waiting = { for: waitingFor, what: 'it goes on', untilMs: null, sinceMs: NOW - HOUR };
    const lines = (await shown(ticketViewOf({ waiting }))).split('\n').map((line) => line.trim());
    expect(lines).toContain(expected);
  });

  it('has no end where the calendar is always open', async () => {
    const next = { opensAtMs: NOW - HOUR, closesAtMs: NOW + 1_440 * HOUR };
    const window = { calendar: 'always', zone: 'UTC', next, openEnded: true } as const;
    expect(await shown(ticketViewOf({ window }))).toMatch(/window +always \(UTC\): open\n/);
  });

  it('shows no opening of a ticket that has ended', async () => {
    const next = { opensAtMs: NOW - HOUR, closesAtMs: NOW + HOUR };
    const window = { calendar: 'nightly', zone: 'UTC', next };
    expect(await shown(ticketViewOf({ window, outcome: 'closed' }))).toMatch(/window +nightly \(UTC\)\n/);
  });

  it('has one form of instants, also inside texts of the workflow', async () => {
    const targets = [
      targetViewOf({ waiting: 'the window that opens 2026-11-22 21:00:00 +00:00, and its turn' }),
    ];
    const timeline = [{ atMs: NOW, what: 'calendar edited: opens 2026-11-22T21:00:00.000Z' }];
    const out = await shown(ticketViewOf({ targets, timeline }));
    expect(out.match(/2026-11-22 22:00:00 \+01:00/g)).toHaveLength(2);
    expect(out).not.toMatch(/\d{4}-\d\d-\d\dT/);
  });
});

describe('sco ticket list', () => {
  const ROW: TicketSummary = {
    ticketId: '4711',
    runId: 'r',
    running: true,
    startedAtMs: NOW,
    closedAtMs: null,
    subject: 'Web shop',
    workflow: 'Firewall change',
    step: 'Implementation',
    phase: 'changeWindow',
    waitingFor: 'window',
    requester: 'j.meier',
    risk: 'medium',
    itsmId: 'CHG0030001',
    devices: ['DG-B'],
    windowOpensAtMs: NOW + 2 * HOUR,
    needsAttention: true,
    outcome: null,
  };

  it('asks for running tickets unless an option says otherwise', async () => {
    const filters: (TicketFilter | undefined)[] = [];
    const list = async (filter?: TicketFilter) => {
      filters.push(filter);
      return [ROW];
    };
    const { out } = await runSco(['ticket', 'list'], { tickets: { list } });
    expect(out).toMatch(
      /4711 +Web shop +runs +Implementation +change window +window +! yes +medium +in 2 h +CHG0030001/,
    );
    await runSco(['ticket', 'list', '--all', '--limit', '7'], { tickets: { list } });
    await runSco(
      [
        'ticket',
        'list',
        '--closed',
        '--device',
        'DG-B',
        '--itsm-id',
        'C1',
        '--needs-attention',
        '--step',
        'S',
      ],
      { tickets: { list } },
    );
    expect(filters).toEqual([
      { open: true, limit: 100 },
      { limit: 7 },
      { open: false, needsAttention: true, step: 'S', device: 'DG-B', itsmId: 'C1', limit: 100 },
    ]);
  });

  it.each([0, -HOUR])('says of an opening %i ms from now that it was, not when', async (fromNowMs) => {
    const list = async () => [{ ...ROW, windowOpensAtMs: NOW + fromNowMs }];
    expect((await runSco(['ticket', 'list'], { tickets: { list } })).out).toMatch(
      /medium +opened +CHG0030001/,
    );
  });

  it('fits a terminal of 80 columns and keeps the subject; into a pipe it goes whole, unless COLUMNS says otherwise', async () => {
    const subject = 'Payroll portal for the branch offices in Zürich and Genève';
    const list = async () => [{ ...ROW, subject }];
    let screen = '';
    const stdout = { write: (text: string) => (screen += text), isTTY: true, columns: 80 };
    await runSco(['ticket', 'list'], { tickets: { list }, context: { stdout } });
    for (const line of screen.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(screen).toMatch(/4711 +Payroll.*… +runs .*! yes/);
    expect((await runSco(['ticket', 'list'], { tickets: { list } })).out).toContain(subject);
    const narrow = await runSco(['ticket', 'list'], {
      tickets: { list },
      context: { environment: { COLUMNS: '80' } },
    });
    expect(narrow.out).toBe(screen);
  });

  it('says on standard error which tickets lack something that cannot be decoded', async () => {
    const undecodable = ['memo subject (encoding binary/\u001b[31munheard-of)'];
    const { out, err } = await runSco(['ticket', 'list'], {
      tickets: { list: async () => [ROW, { ...ROW, ticketId: '9', subject: null, undecodable }] },
    });
    expect(out).toMatch(/^9 /m);
    expect(err).toMatch(/^ticket 9 cannot be decoded: memo subject \(encoding binary\/.*; see sco doctor$/m);
    expect(err).not.toContain('\u001b');
  });

  it('says on standard error what is not in it because it cannot be read', async () => {
    const odd = ['ticket 2: workflow', 'lane/20: its workflow code fails'];
    const unread = async () => ({ odd, oddCount: 4, cut: true });
    const { out, err } = await runSco(['ticket', 'list', '--json'], {
      tickets: { list: async () => [] },
      status: { unread },
    });
    expect(out).toBe('[]\n');
    expect(err).toBe(
      'not readable in SecureChange: ticket 2: workflow\nnot brought up to date by the sweep: lane/20: its workflow code fails\nand 2 more\nSecureChange has more open tickets than one sweep reads\n',
    );
  });

  it('says when the limit cut it', async () => {
    const list = async () => [ROW, { ...ROW, ticketId: '4712' }];
    const { out } = await runSco(['ticket', 'list', '--limit', '2'], { tickets: { list } });
    expect(out).toContain('Only the first 2; --limit shows more.');
  });

  it.each([
    ['--step', 'Aproval', /--step: no ticket has Aproval; there are: Implementation/],
    ['--workflow', 'Nope', /--workflow: no ticket has Nope; there are: Firewall change/],
    ['--device', 'FW9', /--device: no ticket has FW9; there are: DG-B/],
    ['--itsm-id', 'X', /--itsm-id: no ticket has X; there are: CHG0030001/],
    ['--phase', 'fly', /There are design, riskCheck, approval, changeWindow/],
  ])('refuses a value that no ticket has, and says which there are: %s', async (option, value, message) => {
    const list = async (filter: TicketFilter = {}) => (Object.keys(filter).join() === 'limit' ? [ROW] : []);
    const { code, out, err } = await runSco(['ticket', 'list', option, value], { tickets: { list } });
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
  });

  it('is empty, and no mistake, where tickets have the value and not the rest', async () => {
    const phases: (string | undefined)[] = [];
    const list = async (filter: TicketFilter = {}) => {
      phases.push(filter.phase);
      return Object.keys(filter).join() === 'limit' ? [ROW] : [];
    };
    const argv = ['ticket', 'list', '--step', 'Implementation', '--phase', 'change window'];
    expect((await runSco(argv, { tickets: { list } })).code).toBe(0);
    expect(phases[0]).toBe('changeWindow');
  });

  it('says so when there is none, and prints an empty list for programs', async () => {
    const list = async () => [];
    expect((await runSco(['ticket', 'list'], { tickets: { list } })).out).toMatch(/^No ticket/);
    expect((await runSco(['ticket', 'list', '--json'], { tickets: { list } })).json()).toEqual([]);
    expect((await runSco(['ticket', 'list', '--limit', '0'], { tickets: { list } })).code).toBe(2);
  });
});

describe('sco ticket watch', () => {
  const CHANGES: readonly TicketView[] = [
    ticketViewOf({ step: 'Approval', timeline: [{ atMs: NOW, what: 'event CREATE' }] }),
    ticketViewOf({
      step: 'Approval',
      phase: 'approval',
      timeline: [
        { atMs: NOW, what: 'event CREATE' },
        { atMs: NOW + 1_000, what: 'approved by a.kaya' },
      ],
    }),
    ticketViewOf({ status: 'closed', outcome: 'closed' }),
  ];
  const watch = async function* () {
    yield* CHANGES;
  };

  it('prints what is new and nothing twice where there is no terminal', async () => {
    const { code, out } = await runSco(['ticket', 'watch', '1'], { tickets: { watch } });
    expect(code).toBe(0);
    expect(out.match(/event CREATE/g)).toHaveLength(1);
    expect(out).toContain('2026-11-22 14:00:01 +01:00  approved by a.kaya');
    expect(out.trim().split('\n').at(-1)).toContain('closed · epoch 1; outcome closed');
  });

  it('prints one document a line with --json', async () => {
    const { out } = await runSco(['ticket', 'watch', '1', '--json'], { tickets: { watch } });
    const documents = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as TicketView);
    expect(documents).toEqual(CHANGES);
  });

  it('keeps state, wait and attention on 80×24 and cuts events', async () => {
    const drawn: string[] = [];
    const redraw = (): Redraw => ({ draw: (text) => drawn.push(text), done: () => undefined });
    const busy = ticketViewOf({
      ...PARKED,
      outcome: 'closed',
      parkings: [question('DG-A', 'rejected by the device'), question('DG-B', 'locked by n.weber')],
      targets: Array.from({ length: 60 }, (_, index) =>
        targetViewOf({ managementId: String(index), name: `FW-${index}` }),
      ),
      timeline: Array.from({ length: 40 }, (_, index) => ({ atMs: NOW, what: `event ${index}` })),
    });
    const stdout = { write: () => true, isTTY: true, columns: 80, rows: 24 };
    const one = async function* () {
      yield busy;
    };
    await runSco(['ticket', 'watch', '1'], { tickets: { watch: one }, context: { redraw, stdout } });
    const screen = drawn.at(-1) ?? '';
    const rows = screen.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / 80)), 0);
    expect(rows).toBeLessThanOrEqual(23);
    expect(screen).toContain('step Implementation');
    expect(screen).toContain('the window of ASA-EDGE opens');
    expect(screen).toContain('rejected by the device');
    expect(screen).not.toContain('event 39');
    expect(screen).toContain('sco ticket show 4711 prints everything');
  });

  it('draws over itself on a terminal and leaves the last picture', async () => {
    const drawn: string[] = [];
    let ended = 0;
    const redraw = (): Redraw => ({ draw: (text) => drawn.push(text), done: () => (ended += 1) });
    const { out } = await runSco(['ticket', 'watch', '1'], { tickets: { watch }, context: { redraw } });
    expect(out).toBe('');
    expect(drawn.at(-1)).toContain('outcome');
    expect(ended).toBe(1);
  });
});

describe('sco ticket history', () => {
  const FACT: HistoryFact = {
    runId: 'r1',
    eventId: 1,
    atMs: NOW,
    kind: 'signal',
    name: 'ticketReported',
    summary: null,
    identity: 'gateway@a',
    attempt: null,
    input: [{ name: 'CREATE', source: 'mediator', signature: 'a' }],
    result: null,
    failure: null,
  };
  const history = async () => [FACT, { ...FACT, eventId: 2, atMs: NOW + 2 * HOUR }];

  it('prints the timeline in local time with idle spans folded', async () => {
    const { out } = await runSco(['ticket', 'history', '1'], { tickets: { history } });
    expect(
      out
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean),
    ).toEqual([
      '2026-11-22 14:00:00 +01:00  +0 s  event CREATE  (mediator)',
      '⋯ 2 h ⋯',
      '2026-11-22 16:00:00 +01:00  +2 h  event CREATE  (mediator)',
    ]);
  });

  it('gives programs the rows, or every fact', async () => {
    const rows = await runSco(['ticket', 'history', '1', '--json'], { tickets: { history } });
    expect(rows.json()).toHaveLength(3);
    const facts = await runSco(['ticket', 'history', '1', '--json', '--facts'], { tickets: { history } });
    expect(facts.json()).toEqual(await history());
  });
});
