import { renderTimeline } from '../../src/audit/render-text.js';
import { toTimeline } from '../../src/audit/timeline.js';
import type { HistoryFact } from '../../packages/client/src/contract.js';
import { searchAttributeTable } from '../../workflows/search-attributes.js';

const START = Date.UTC(2026, 10, 22, 9);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Facts in order; `at` in ms after the start. */
function history(...facts: readonly (Partial<HistoryFact> & Pick<HistoryFact, 'kind'> & { at?: number })[]) {
  return facts.map(({ at = 0, ...fact }, index): HistoryFact => ({
    runId: 'r1',
    eventId: index + 1,
    atMs: START + at,
    name: '',
    summary: null,
    identity: null,
    attempt: null,
    input: null,
    result: null,
    failure: null,
    ...fact,
  }));
}

const rowsOf = (facts: readonly HistoryFact[]) =>
  toTimeline(facts).map(({ offset, what, who, detail }) => [offset, what, who, detail]);

describe('a timeline', () => {
  it('shows events with their step and comment, and who reported them', () => {
    const info = { stage: { name: 'Approval' }, comment: 'please hurry' };
    const facts = history(
      { kind: 'started', name: 'ticket', identity: 'gateway@a', summary: 'Ticket 1: Web shop' },
      {
        kind: 'signal',
        name: 'ticketReported',
        input: [{ name: 'ADVANCE', source: 'mediator', info, signature: 'a' }],
        at: 1_500,
      },
      { kind: 'signal', name: 'ticketReported', input: [{ name: 'REDO', source: 'mediator' }], at: 1_500 },
    );
    expect(rowsOf(facts)).toEqual([
      ['+0 s', 'workflow started', 'gateway@a', 'Ticket 1: Web shop'],
      ['+1 s', 'event ADVANCE', 'mediator', 'step Approval; please hurry'],
      ['+1 s', 'event REDO', 'unverified:mediator', null],
    ]);
  });

  it('shows of a custom script how it ended, how long it ran, its arguments, its file and what it wrote', () => {
    const result = {
      ran: true,
      outcome: 'exited',
      exitCode: 3,
      stdout: 'looked at 2 servers\n',
      stderr: 'no route',
      stdoutSha256: 'b'.repeat(64),
      sha256: 'a'.repeat(64),
      owner: 'network team',
      shownArgs: ['north', '***'],
      startedAtMs: START,
      endedAtMs: START + 1_200,
    };
    const ran = (what: object): unknown =>
      rowsOf(
        history(
          { kind: 'activityScheduled', name: 'runScript', summary: 'notify on ADVANCE' },
          { kind: 'activityStarted', refersTo: 1, attempt: 1 },
          { kind: 'activityCompleted', refersTo: 1, result: what },
        ),
      )[0];
    expect(ran(result)).toEqual([
      '+0 s',
      'custom script notify on ADVANCE',
      null,
      `exit code 3 after 1 s; arguments north ***; file ${'a'.repeat(11)}…; owner network team; ` +
        `output: looked at 2 servers; errors: no route; output hash ${'b'.repeat(11)}…`,
    ]);
    expect(ran({ ran: false, why: 'the ticket is not driven' })).toEqual([
      '+0 s',
      'custom script notify on ADVANCE',
      null,
      'not run: the ticket is not driven',
    ]);
  });

  it('shows an activity in one row: what, how it ended, attempts, how long', () => {
    const facts = history(
      { kind: 'activityScheduled', name: 'pushCommit', summary: 'Commit DG-B' },
      {
        kind: 'activityStarted',
        refersTo: 1,
        attempt: 3,
        failure: 'securechange: read ticket 1: no answer',
        at: 4_000,
      },
      {
        kind: 'activityCompleted',
        refersTo: 1,
        result: { kind: 'committed', message: 'report of 09:00:05' },
        at: 9_000,
      },
      { kind: 'activityScheduled', name: 'readTicket', at: 9_500 },
      { kind: 'activityStarted', refersTo: 4, attempt: 1, at: 9_500 },
      { kind: 'activityFailed', refersTo: 4, failure: 'Activity task failed: 401', at: 9_600 },
      { kind: 'activityScheduled', name: 'readTicket', at: 9_700 },
    );
    expect(rowsOf(facts)).toEqual([
      [
        '+0 s',
        'Commit DG-B',
        null,
        'committed: report of 09:00:05; 3 attempts, before: securechange: read ticket 1: no answer; took 9 s',
      ],
      ['+9 s', 'read the ticket', null, 'Activity task failed: 401'],
      ['+9 s', 'read the ticket', null, 'under way'],
    ]);
  });

  it('folds spans in which nothing happened, and counts quiet repeats', () => {
    const read = (at: number, id: number) => [
      { kind: 'activityScheduled' as const, name: 'lookAround', at },
      { kind: 'activityCompleted' as const, refersTo: id, result: {}, at },
    ];
    const facts = history(
      ...read(0, 1),
      ...read(100, 3),
      ...read(52 * HOUR, 5),
      {
        kind: 'timerStarted',
        summary: 'waits for the window',
        input: { durationMs: 3 * HOUR },
        at: 52 * HOUR,
      },
      { kind: 'timerFired', refersTo: 7, at: 55 * HOUR },
      ...read(55 * HOUR, 9),
    );
    expect(rowsOf(facts)).toEqual([
      ['+0 s', 'look around × 3', null, 'over 2 d 4 h'],
      ['+2 d 4 h', 'waits for the window', null, 'for 3 h'],
      ['+2 d 4 h', '⋯ 3 h ⋯', null, null],
      ['+2 d 7 h', 'look around', null, null],
    ]);
    const spaced = history(...read(0, 1), {
      kind: 'completed',
      result: { outcome: 'closed' },
      at: 52 * HOUR,
    });
    expect(rowsOf(spaced)).toEqual([
      ['+0 s', 'look around', null, null],
      ['+0 s', '⋯ 2 d 4 h ⋯', null, null],
      ['+2 d 4 h', 'ended', null, 'closed'],
    ]);
  });

  it('names the person of a signed command, and marks every other one as unverified', () => {
    const signed = (signature: string | null) => [
      {
        command: { kind: 'acceptLedger' },
        reason: 'checked on the manager',
        actor: { login: 'a.kaya' },
        signature,
      },
    ];
    const facts = history(
      { kind: 'update', name: 'operateLane', identity: 'gateway@a', input: signed('abc') },
      { kind: 'updateResult', refersTo: 1, result: { accepted: true, message: '1 entry accepted' } },
      { kind: 'update', name: 'operateLane', identity: 'temporal-ui', input: signed(null) },
      { kind: 'updateResult', refersTo: 3, result: { accepted: false, message: 'the signature is missing' } },
    );
    expect(rowsOf(facts)).toEqual([
      ['+0 s', 'command accept ledger', 'a.kaya', '"checked on the manager" → done: 1 entry accepted'],
      [
        '+0 s',
        'command accept ledger',
        'unverified:temporal-ui',
        '"checked on the manager" → refused: the signature is missing',
      ],
    ]);
  });

  it('does not trust a signature that a worker found wrong', () => {
    const signed = [
      { command: { kind: 'hold' }, actor: { login: 'a.kaya' }, key: 'k1', signature: 'made up' },
    ];
    const facts = history(
      { kind: 'update', name: 'operateTicket', identity: 'temporal-ui', input: signed },
      { kind: 'activityScheduled', name: 'checkActor', summary: 'hold by a.kaya', input: signed },
      { kind: 'activityCompleted', name: 'checkActor', refersTo: 2, result: { verified: false, why: 'x' } },
      { kind: 'updateResult', refersTo: 1, result: { accepted: true, message: 'held' } },
    );
    expect(rowsOf(facts)).toEqual([['+0 s', 'command hold', 'unverified:temporal-ui', 'done: held']]);
  });

  it('says what a command was about, with the name of its device', () => {
    const items = [
      { target: '31', targetName: 'ADOM-RETAIL', laneKey: '30', laneName: 'FMG-EU', kind: 'commit' },
    ];
    const command = { kind: 'decideUnknownPush', target: '31', answer: 'wasNotSent' };
    const facts = history(
      { kind: 'activityScheduled', name: 'enrol', input: [{ items }] },
      {
        kind: 'update',
        name: 'operateTicket',
        input: [{ command, actor: { login: 'olga' }, signature: 'a' }],
      },
    );
    expect(rowsOf(facts).at(-1)).toEqual([
      '+0 s',
      'command decide unknown push: was not sent, ADOM-RETAIL',
      'olga',
      null,
    ]);
  });

  it('shows what changed in one row: step, phase, risk, what a person waits for; and attention', () => {
    const facts = history(
      {
        kind: 'searchAttributes',
        input: { ScoStep: ['Approval'], ScoPhase: 'riskCheck', ScoRisk: 'high', ScoNeedsAttention: false },
      },
      {
        kind: 'searchAttributes',
        input: {
          ScoStep: 'Approval',
          ScoPhase: ['approval'],
          ScoWaitingFor: 'approval',
          ScoNeedsAttention: true,
        },
      },
      { kind: 'searchAttributes', input: { ScoNeedsAttention: [false] } },
      { kind: 'searchAttributes', input: { ScoPhase: '-', ScoWaitingFor: '-' } },
      { kind: 'searchAttributes', input: { ScoWaitingFor: 'securechange' } },
      { kind: 'searchAttributes', input: { ScoWaitingFor: 'approval' } },
      {
        kind: 'searchAttributes',
        input: { ScoWaitingFor: 'window', ScoWindowOpensAt: '2026-11-22T22:00:00.000Z' },
      },
    );
    expect(rowsOf(facts).map(([, what]) => what)).toEqual([
      'step Approval, phase risk check, risk high',
      'phase approval, waits for approval',
      'needs attention',
      'no longer needs attention',
      'waits for approval',
      'waits for the window, opens 2026-11-22 22:00:00 +00:00',
    ]);
  });

  it('shows a phase once a step: with several devices the attribute goes back and forth', () => {
    const phases = ['changeWindow', 'commit', 'changeWindow', 'commit', 'advance'].map((ScoPhase) => ({
      kind: 'searchAttributes' as const,
      input: { ScoPhase },
    }));
    const redone = {
      kind: 'searchAttributes' as const,
      input: { ScoSeenState: 'inProgress/7:8:2', ScoPhase: 'commit' },
    };
    expect(rowsOf(history(...phases, redone)).map(([, what]) => what)).toEqual([
      'phase change window',
      'phase commit',
      'phase commit',
    ]);
  });

  it('shows lanes by name, waits that were cut short, new runs and bad ends', () => {
    const items = [
      { target: '21', targetName: 'DG-B', laneKey: '20', laneName: 'PANO-8', kind: 'commit' },
      { target: '31', targetName: 'ADOM-RETAIL', laneKey: '30', laneName: 'FMG-EU', kind: 'commit' },
    ];
    const news = (part: object) => ({
      kind: 'signal' as const,
      name: 'laneNews',
      input: [{ laneKey: '20', target: '21', ...part }],
    });
    const hindered = {
      laneKey: '30',
      target: '31',
      kind: 'notice',
      notice: { kind: 'hindered', message: 'ticket 9 (it has ended)' },
    };
    const facts = history(
      { kind: 'started', name: 'ticket' },
      { kind: 'activityScheduled', name: 'enrol', input: [{ items }] },
      news({ kind: 'carried', n: 4 }),
      news({ kind: 'asks', n: 4, message: 'the outcome is unknown' }),
      news(hindered),
      { kind: 'activityScheduled', name: 'enrol', input: [{ items: items.slice(0, 1) }] },
      news(hindered),
      news({ ...hindered, notice: null }),
      { kind: 'timerStarted', summary: 'asks again', input: { durationMs: HOUR } },
      { kind: 'timerCanceled', refersTo: 9, at: 2_000 },
      { kind: 'timerStarted', input: { durationMs: HOUR }, at: 2_000 },
      { kind: 'timerFired', refersTo: 11, at: 2_100 },
      { kind: 'externalSignal', name: 'laneEnrol', result: 'lane/20', at: 3_000 },
      { kind: 'other', name: 'workflowTaskFailed', failure: 'TypeError: x', at: 3_000 },
      { kind: 'continuedAsNew', result: 'run-2', at: 4_000 },
      { kind: 'started', name: 'ticket', runId: 'r2', at: 4_000 },
      { kind: 'terminated', identity: 'admin@b', failure: 'by mistake', runId: 'r2', at: 5_000 },
      { kind: 'started', name: 'ticket', runId: 'r3', at: 6_000 },
      { kind: 'failed', failure: 'boom', runId: 'r3', at: 7_000 },
    );
    expect(rowsOf(facts).map(([, what, who, detail]) => [what, who, detail])).toEqual([
      ['workflow started', null, null],
      ['enrols for Commit DG-B, Commit ADOM-RETAIL', null, 'under way'],
      ['lane PANO-8 starts a push for DG-B', null, 'push 4'],
      ['push 4 of lane PANO-8 asks about DG-B', null, 'the outcome is unknown'],
      ['lane FMG-EU on ADOM-RETAIL', null, 'ticket 9 (it has ended)'],
      ['enrols for Commit DG-B', null, 'under way'],
      ['lane FMG-EU: nothing hinders ADOM-RETAIL any more', null, null],
      ['asks again', null, 'ended early after 2 s'],
      ['lane enrol → lane/20', null, null],
      ['workflow code failed', null, 'TypeError: x'],
      ['continued in a new run', null, 'run-2'],
      ['terminated by hand', 'admin@b', 'by mistake'],
      ['workflow started again', null, null],
      ['workflow failed', null, 'boom'],
    ]);
  });

  it('counts the rounds of a loop: asked twelve times until it was free', () => {
    const round = (index: number) => {
      const at = index * 31_000;
      const id = index * 6;
      return [
        {
          kind: 'signal' as const,
          name: 'laneNews',
          input: [{ laneKey: '20', target: '21', kind: 'carried', n: index + 1 }],
          at,
        },
        { kind: 'activityScheduled' as const, name: 'send', summary: 'Commit DG-B', at },
        {
          kind: 'activityCompleted' as const,
          refersTo: id + 2,
          result: { kind: 'refused', failure: { message: 'locked by j.doe' } },
          at: at + 900 + index,
        },
        {
          kind: 'timerStarted' as const,
          summary: 'held by j.doe',
          input: { durationMs: 30_000 },
          at: at + 1_000,
        },
        { kind: 'timerFired' as const, refersTo: id + 4, at: at + 31_000 },
        {
          kind: 'searchAttributes' as const,
          input: { ScoWaitingFor: 'handler' },
          at: at + 1_000,
        },
      ];
    };
    const rounds = Array.from({ length: 12 }, (_, index) => round(index)).flat();
    const end = [
      { kind: 'activityScheduled' as const, name: 'send', summary: 'Commit DG-B', at: 12 * 31_000 },
      {
        kind: 'activityCompleted' as const,
        refersTo: rounds.length + 1,
        result: { kind: 'sent', accepted: true },
        at: 12 * 31_000,
      },
    ];
    expect(rowsOf(history(...rounds, ...end))).toEqual([
      ['+0 s', 'lane 20 starts a push for 21 × 12', null, 'push 1 to push 12; over 5 m 41 s'],
      ['+0 s', 'Commit DG-B × 12', null, 'refused: locked by j.doe; over 5 m 41 s'],
      ['+1 s', 'held by j.doe × 12', null, 'for 6 m in all; over 5 m 41 s'],
      ['+6 m 12 s', 'Commit DG-B', null, 'sent'],
    ]);
  });

  it('shows a reading only when it found an answer, failed, was repeated or took long', () => {
    const approval = {
      stepName: 'Approval',
      taskId: '7',
      approved: true,
      by: 'a.kaya',
      reason: 'agreed',
      inEpoch: true,
    };
    const facts = (...approvals: object[]) => ({ found: true, facts: { epoch: 1, approvals } });
    const read = (id: number, result: object, at: number, tookMs = 10) => [
      { kind: 'activityScheduled' as const, name: 'readTicket', summary: 'look at the ticket', at },
      { kind: 'activityCompleted' as const, refersTo: id, result, at: at + tookMs },
    ];
    const history1 = history(
      ...read(1, facts(), 0),
      ...read(3, facts({ ...approval, approved: null }, { ...approval, taskId: '8', skipped: true }), 100),
      ...read(5, facts(approval), 200),
      ...read(7, facts(approval, { ...approval, taskId: '9', redone: true }), 300),
      ...read(9, facts(approval), 400, 45_000),
      ...read(11, { found: false }, 60_000),
    );
    expect(rowsOf(history1)).toEqual([
      ['+0 s', 'approved in step Approval', 'a.kaya', '"agreed"'],
      ['+0 s', 'read the ticket', null, 'took 45 s'],
      ['+59 s', 'read the ticket', null, 'SecureChange does not know it'],
    ]);
  });

  it('says that a script of an event was refused, and why', () => {
    const facts = history({
      kind: 'signal',
      name: 'ticketReported',
      input: [
        {
          name: 'REDO',
          source: 'mediator',
          scriptRefused: { name: 'notify', reason: 'more than 32 arguments' },
        },
      ],
    });
    expect(renderTimeline(toTimeline(facts))).toContain('script notify is not run: more than 32 arguments');
  });

  it('never lets what came from outside draw on the terminal', () => {
    const facts = history({
      kind: 'signal',
      name: 'ticketReported',
      input: [{ name: 'REDO', source: 'mediator', info: { comment: 'a\u001b[31mred\r\nb\u202e' } }],
    });
    expect(renderTimeline(toTimeline(facts))).not.toMatch(/\p{Cc}|\p{Cf}/u);
  });

  it('reads the search attributes by the names they are registered under', () => {
    const names = searchAttributeTable().map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'ScoStep',
        'ScoPhase',
        'ScoRisk',
        'ScoSeenState',
        'ScoWaitingFor',
        'ScoWindowOpensAt',
        'ScoNeedsAttention',
      ]),
    );
  });
});

describe('rendering', () => {
  it('aligns instants and offsets, leaves idle rows without, and cuts at the width', () => {
    const rows = toTimeline(
      history({ kind: 'started' }, { kind: 'completed', result: 'closed', at: 2 * HOUR }),
    );
    expect(renderTimeline(rows).split('\n')).toEqual([
      '2026-11-22T09:00:00.000Z  +0 s  workflow started',
      '                                ⋯ 2 h ⋯',
      '2026-11-22T11:00:00.000Z  +2 h  ended  closed',
    ]);
    const narrow = renderTimeline(rows, { width: 30, mark: (kind, line) => `${kind}:${line}` });
    expect(narrow.split('\n')[0]).toBe('state:2026-11-22T09:00:00.000Z  +0 …');
  });
});
