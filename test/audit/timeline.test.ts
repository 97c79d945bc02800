import { durationText } from '../../src/audit/duration-text.js';
import { onOneLine, toWords } from '../../src/audit/plain-words.js';
import { renderTimeline } from '../../src/audit/render-text.js';
import { toTimeline } from '../../src/audit/timeline.js';
import type { HistoryFact } from '../../src/client/contract.js';
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

const told = (facts: readonly HistoryFact[]) =>
  toTimeline(facts).map(({ offset, what, who, detail }) => [offset, what, who, detail]);

describe('a timeline', () => {
  it('tells events with their step and comment, and who reported them', () => {
    const info = { stage: { name: 'Approval' }, comment: 'please hurry' };
    const facts = history(
      { kind: 'started', name: 'ticket', identity: 'gateway@a', summary: 'Ticket 1: Web shop' },
      {
        kind: 'signal',
        name: 'ticketReported',
        input: [{ name: 'ADVANCE', source: 'mediator', info }],
        at: 1_500,
      },
    );
    expect(told(facts)).toEqual([
      ['+0 s', 'taken up', 'gateway@a', 'Ticket 1: Web shop'],
      ['+1 s', 'event ADVANCE', 'mediator', 'step Approval; please hurry'],
    ]);
  });

  it('tells an activity once: what, how it ended, attempts, how long', () => {
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
    expect(told(facts)).toEqual([
      [
        '+0 s',
        'Commit DG-B',
        null,
        'committed: report of 09:00:05; 3 attempts, before: securechange: read ticket 1: no answer; took 9 s',
      ],
      ['+9 s', 'read ticket', null, 'Activity task failed: 401'],
      ['+9 s', 'read ticket', null, 'under way'],
    ]);
  });

  it('folds spans in which nothing happened, and counts quiet repeats', () => {
    const read = (at: number, id: number) => [
      { kind: 'activityScheduled' as const, name: 'readTicket', at },
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
    expect(told(facts)).toEqual([
      ['+0 s', 'read ticket × 3', null, null],
      ['+2 d 4 h', 'waits for the window', null, 'for 3 h'],
      ['+2 d 4 h', '⋯ 3 h ⋯', null, null],
      ['+2 d 7 h', 'read ticket', null, null],
    ]);
    const spaced = history(...read(0, 1), {
      kind: 'completed',
      result: { outcome: 'closed' },
      at: 52 * HOUR,
    });
    expect(told(spaced)).toEqual([
      ['+0 s', 'read ticket', null, null],
      ['+0 s', '⋯ 2 d 4 h ⋯', null, null],
      ['+2 d 4 h', 'ended', null, 'closed'],
    ]);
  });

  it('names the person the gateway vouches for, and never believes anybody else', () => {
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
      { kind: 'updateResult', refersTo: 3, result: { accepted: false, message: 'nobody vouches for you' } },
    );
    expect(told(facts)).toEqual([
      ['+0 s', 'command accept ledger', 'a.kaya', '"checked on the manager" → done: 1 entry accepted'],
      [
        '+0 s',
        'command accept ledger',
        'unverified:temporal-ui',
        '"checked on the manager" → refused: nobody vouches for you',
      ],
    ]);
  });

  it('tells changes of step, phase and attention, and no repetition of them', () => {
    const facts = history(
      {
        kind: 'searchAttributes',
        input: { ScoStep: ['Approval'], ScoPhase: 'riskCheck', ScoNeedsAttention: false },
      },
      {
        kind: 'searchAttributes',
        input: { ScoStep: 'Approval', ScoPhase: ['changeWindow'], ScoNeedsAttention: true },
      },
      { kind: 'searchAttributes', input: { ScoNeedsAttention: [false] } },
      { kind: 'searchAttributes', input: { ScoPhase: '-' } },
    );
    expect(told(facts).map(([, what]) => what)).toEqual([
      'step Approval',
      'phase risk check',
      'phase change window',
      'needs attention',
      'no longer needs attention',
    ]);
  });

  it('tells lanes, waits that were cut short, new runs and bad ends', () => {
    const facts = history(
      { kind: 'started', name: 'ticket' },
      { kind: 'signal', name: 'laneGranted', input: [{ laneKey: '20', target: '21', token: 4 }] },
      { kind: 'signal', name: 'laneRefused', input: [{ laneKey: '30', message: 'the window is over' }] },
      { kind: 'timerStarted', summary: 'asks again', input: { durationMs: HOUR } },
      { kind: 'timerCanceled', refersTo: 4, at: 2_000 },
      { kind: 'timerStarted', input: { durationMs: 100 }, at: 2_000 },
      { kind: 'timerFired', refersTo: 6, at: 2_100 },
      { kind: 'externalSignal', name: 'laneEnrol', result: 'lane/20', at: 3_000 },
      { kind: 'other', name: 'workflowTaskFailed', failure: 'TypeError: x', at: 3_000 },
      { kind: 'continuedAsNew', result: 'run-2', at: 4_000 },
      { kind: 'started', name: 'ticket', runId: 'r2', at: 4_000 },
      { kind: 'terminated', identity: 'admin@b', failure: 'by mistake', runId: 'r2', at: 5_000 },
      { kind: 'started', name: 'ticket', runId: 'r3', at: 6_000 },
      { kind: 'failed', failure: 'boom', runId: 'r3', at: 7_000 },
    );
    expect(told(facts).map(([, what, who, detail]) => [what, who, detail])).toEqual([
      ['taken up', null, null],
      ['turn granted by lane 20', null, 'target 21, token 4'],
      ['turn refused by lane 30', null, 'the window is over'],
      ['asks again', null, 'woken after 2 s'],
      ['lane enrol → lane/20', null, null],
      ['workflow code failed', null, 'TypeError: x'],
      ['goes on in a new run', null, 'run-2'],
      ['terminated by hand', 'admin@b', 'by mistake'],
      ['taken up again', null, null],
      ['workflow failed', null, 'boom'],
    ]);
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
    expect(names).toEqual(expect.arrayContaining(['ScoStep', 'ScoPhase', 'ScoNeedsAttention']));
  });
});

describe('rendering', () => {
  it('aligns instants and offsets, leaves idle rows without, and cuts at the width', () => {
    const rows = toTimeline(
      history({ kind: 'started' }, { kind: 'completed', result: 'closed', at: 2 * HOUR }),
    );
    expect(renderTimeline(rows).split('\n')).toEqual([
      '2026-11-22T09:00:00.000Z  +0 s  taken up',
      '                                ⋯ 2 h ⋯',
      '2026-11-22T11:00:00.000Z  +2 h  ended  closed',
    ]);
    const narrow = renderTimeline(rows, { width: 30, mark: (kind, line) => `${kind}:${line}` });
    expect(narrow.split('\n')[0]).toBe('state:2026-11-22T09:00:00.000Z  +0 …');
  });
});

describe('words', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1_000, '1 s'],
    [62_000, '1 m 2 s'],
    [2 * HOUR, '2 h'],
    [52 * HOUR + 59_000, '2 d 4 h'],
    [-90_000, '1 m 30 s'],
  ])('%i ms is %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it('come from identifiers, and leave everything else as it is', () => {
    expect(toWords('laneBeginPush')).toBe('lane begin push');
    expect(toWords('AUTOMATION_FAILED')).toBe('AUTOMATION_FAILED');
    expect(onOneLine('  a\tb ')).toBe('a b');
  });
});
