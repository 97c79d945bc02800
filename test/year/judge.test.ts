import { DEFAULT_MANAGER } from '../../src/domain/lane.js';
import { DAY, HOUR, YEAR_STARTS_MS } from './draw.js';
import {
  judgeYear,
  type Change,
  type Claimed,
  type Evidence,
  type Said,
  type TicketEnding,
  type Wrong,
} from './judge.js';
import type { MadeLive, PushCallSeen } from './stand-in.js';

const OPENS = YEAR_STARTS_MS + DAY + 22 * HOUR;
const CLOSES = OPENS + 4 * HOUR;
const SENT = OPENS + 60_000;
const LANDED = SENT + 60_000;
const DONE = 'push 1';

const GROUPS = ['M1-G1', 'M1-G2'].map((name) => ({ name, path: ['M1', name] }));
const plan = {
  managers: [
    {
      key: 'M1',
      groups: GROUPS,
      policy: { ...DEFAULT_MANAGER, partialFailure: 'stop' as const },
      switches: {
        staleAfterUpdate: false,
        nothingToCommit: 'warns' as const,
        carries: 'ownOnly' as const,
        inherits: false,
      },
      slowness: 0,
    },
  ],
  calendars: new Map([
    [
      'nightly',
      [
        {
          fromMs: YEAR_STARTS_MS,
          ruleVersion: 'r1',
          intervals: [{ opensAtMs: OPENS, closesAtMs: CLOSES }],
        },
      ],
    ],
  ]),
  processes: [{ workflow: 'W', calendar: 'nightly', saves: 'inWindow' as const }],
  tickets: ['1', '2'].map((id) => ({
    id,
    workflow: 'W',
    priority: 'Normal',
    targets: ['M1-G1'],
    redoIds: 'new' as const,
  })),
};

function call(part: Partial<PushCallSeen> = {}): PushCallSeen {
  return {
    atMs: SENT,
    endedAtMs: LANDED,
    kind: 'commit',
    ticketId: '1',
    target: 'M1-G1',
    epoch: 1,
    push: 'push/M1/1',
    ended: 'done',
    carried: ['1/M1-G1'],
    ...part,
  };
}

function live(part: Partial<MadeLive> = {}): MadeLive {
  return {
    calledAtMs: SENT,
    atMs: LANDED,
    ticketId: '1',
    target: 'M1-G1',
    push: 'push/M1/1',
    visible: true,
    inherited: false,
    partly: false,
    ...part,
  };
}

const approved: Change = { atMs: OPENS - HOUR, kind: 'approved', ticketId: '1' };
const update = (part: Partial<PushCallSeen> = {}): PushCallSeen =>
  call({ kind: 'update', atMs: SENT - 50_000, endedAtMs: SENT - 10_000, carried: [], ...part });

const saved = update({ atMs: SENT - 2 * HOUR, endedAtMs: SENT - 2 * HOUR });
const accepted: Change = { atMs: SENT - HOUR, kind: 'accepted', ticketId: '1', lane: 'M1' };

function ending(part: Partial<TicketEnding> = {}): TicketEnding {
  return {
    ticketId: '1',
    final: true,
    outcome: 'closed',
    parked: null,
    held: false,
    waiting: null,
    untilMs: null,
    ...part,
  };
}

const claim = (live: boolean): Claimed => ({ key: '1/M1-G1', live, text: DONE });
function said(part: Partial<Said> = {}): Said {
  return {
    atMs: LANDED + HOUR,
    claims: [claim(true)],
    saved: [],
    ledgers: [{ lane: 'M1', entries: [] }],
    ...part,
  };
}

function found(part: Partial<Evidence> = {}): Wrong['kind'][] {
  const evidence: Evidence = {
    calls: [update(), call()],
    live: [live()],
    changes: [approved],
    said: [said()],
    endings: [ending()],
    endedAtMs: YEAR_STARTS_MS + 300 * DAY,
    ...part,
  };
  return judgeYear(plan, evidence).map(({ kind }) => kind);
}

it('finds nothing where a ticket was approved, committed once inside its window, and says so', () => {
  expect(found()).toEqual([]);
});

const overridden = {
  atMs: CLOSES + HOUR,
  kind: 'overridden',
  ticketId: '1',
  targets: ['M1-G1'],
  untilMs: CLOSES + 3 * HOUR,
  persons: ['olga', 'ida'],
} as const;

it('finds nothing where two persons overrode the window in time', () => {
  const sent = CLOSES + 2 * HOUR;
  const made = live({ calledAtMs: sent, atMs: sent });
  expect(found({ live: [made], said: [], changes: [approved, overridden] })).toEqual([]);
});

describe('finds what went live beyond an override', () => {
  const at = (ms: number) => ({ live: [live({ calledAtMs: ms, atMs: ms })], said: [] });
  it.each<[string, Partial<Evidence>, Wrong['kind'][]]>([
    ['after it had ended', { ...at(CLOSES + 4 * HOUR), changes: [approved, overridden] }, ['outsideWindow']],
    [
      'before it was confirmed',
      { ...at(CLOSES + HOUR / 2), changes: [approved, overridden] },
      ['outsideWindow'],
    ],
    [
      'on another target',
      { ...at(CLOSES + 2 * HOUR), changes: [approved, { ...overridden, targets: ['M1-G2'] }] },
      ['outsideWindow'],
    ],
    [
      'of an earlier epoch',
      {
        ...at(CLOSES + 2 * HOUR),
        changes: [
          { atMs: CLOSES, kind: 'approvalVoid', ticketId: '1' },
          overridden,
          { atMs: CLOSES + 1.5 * HOUR, kind: 'approvalVoid', ticketId: '1' },
          { ...approved, atMs: CLOSES + 1.6 * HOUR },
        ],
      },
      ['outsideWindow'],
    ],
    [
      'a second time',
      {
        ...at(CLOSES + 2 * HOUR),
        calls: [update(), call({ atMs: CLOSES + 1.5 * HOUR, ended: 'failed' })],
        changes: [approved, overridden],
      },
      ['outsideWindow'],
    ],
    ['of one person', { changes: [approved, { ...overridden, persons: ['olga', 'olga'] }] }, ['onePerson']],
  ])('%s', (_, part, kinds) => {
    expect(found(part)).toEqual(kinds);
  });
});

describe('of a Commit after one of the same ticket that failed', () => {
  const failed = call({ ended: 'failed', carried: [] });
  const next = call({ target: 'M1-G2', atMs: LANDED + 1, endedAtMs: LANDED + 2, push: 'push/M1/2' });
  const after = (...changes: readonly Change[]): Wrong['kind'][] =>
    found({ calls: [failed, next], live: [], said: [], changes: [approved, ...changes] });

  it('finds that the policy of the manager should have held it back', () => {
    expect(after()).toContain('afterFailure');
  });

  it('finds nothing where a person let it go on', () => {
    expect(after({ atMs: LANDED, kind: 'wentOn', ticketId: '1' })).not.toContain('afterFailure');
  });
});

describe('finds what went live', () => {
  it.each<[string, Partial<Evidence>, Wrong['kind'][]]>([
    [
      'outside the window',
      { live: [live({ calledAtMs: CLOSES + HOUR, atMs: CLOSES + HOUR })], said: [] },
      ['outsideWindow'],
    ],
    ['without an approval', { changes: [] }, ['notApproved']],
    [
      'with the approval of an earlier epoch',
      { changes: [approved, { atMs: SENT - HOUR / 2, kind: 'approvalVoid', ticketId: '1' }] },
      ['notApproved'],
    ],
    [
      'after the ticket was cancelled',
      { changes: [approved, { atMs: SENT - HOUR / 2, kind: 'ended', ticketId: '1' }] },
      ['notApproved'],
    ],
    [
      'while the ticket was held',
      { changes: [approved, { atMs: SENT - HOUR / 2, kind: 'hold', ticketId: '1' }] },
      ['held'],
    ],
    [
      'after the ticket was aborted',
      { changes: [approved, { atMs: SENT - HOUR / 2, kind: 'abort', ticketId: '1' }] },
      ['held'],
    ],
    [
      'by an acceptance for another manager',
      { calls: [saved, call()], changes: [{ ...accepted, lane: 'M2' }] },
      ['notApproved'],
    ],
    [
      'by an acceptance of what an earlier epoch had saved',
      {
        calls: [saved, update({ epoch: 2, atMs: SENT - HOUR / 2, endedAtMs: SENT - HOUR / 2 }), call()],
        changes: [accepted],
      },
      ['notApproved'],
    ],
    [
      'by an acceptance that was used',
      {
        calls: [saved, call()],
        changes: [accepted],
        live: [live({ atMs: SENT - HOUR / 2, push: null }), live()],
      },
      ['notApproved'],
    ],
    ['after sco stop', { changes: [approved, { atMs: SENT - HOUR / 2, kind: 'stop' }] }, ['stopped']],
  ])('%s', (_, part, kinds) => {
    expect(found(part)).toEqual(kinds);
  });

  it.each<[string, Partial<Evidence>]>([
    ['a person had accepted what it had saved', { calls: [saved, call()], changes: [accepted] }],
    ['another user committed it', { live: [live({ push: null, calledAtMs: CLOSES + DAY })], changes: [] }],
    [
      'the hold came while the gate had read already',
      { changes: [approved, { atMs: SENT - 5_000, kind: 'hold', ticketId: '1' }] },
    ],
    [
      'the ticket was resumed before',
      {
        changes: [
          approved,
          { atMs: SENT - HOUR / 2, kind: 'hold', ticketId: '1' },
          { atMs: SENT - HOUR / 4, kind: 'resume', ticketId: '1' },
        ],
      },
    ],
  ])('but not where %s', (_, part) => {
    expect(found(part)).toEqual([]);
  });
});

describe('finds a call that', () => {
  it.each<[string, Partial<Evidence>, Wrong['kind'][]]>([
    [
      'is the second Commit of a push',
      { calls: [update(), call(), call({ atMs: SENT + 1 })] },
      ['sentTwice'],
    ],
    [
      'commits what is live already',
      {
        calls: [
          update(),
          call(),
          call({ push: 'push/M1/2', atMs: LANDED + HOUR, endedAtMs: LANDED + HOUR, ended: 'nothing' }),
        ],
      },
      ['sentTwice'],
    ],
    [
      'commits although nothing was saved',
      { calls: [call({ ended: 'nothing' })], live: [], said: [] },
      ['sentTwice'],
    ],
    [
      'saves what is saved already',
      { calls: [update({ atMs: SENT - HOUR, endedAtMs: SENT - HOUR }), update(), call()] },
      ['sentTwice'],
    ],
    [
      'saves while another Update runs',
      { calls: [update(), update({ ticketId: '2', atMs: SENT - 30_000 }), call()] },
      ['updatesAtOnce'],
    ],
  ])('%s', (_, part, kinds) => {
    expect(found(part)).toEqual(kinds);
  });

  it('but not where it is made again after it failed, or after a person decided', () => {
    const again = [update({ atMs: SENT - HOUR, endedAtMs: SENT - HOUR, ended: 'failed' }), update(), call()];
    expect(found({ calls: again })).toEqual([]);
    const decided: Change = { atMs: SENT - HOUR / 2, kind: 'decided', ticketId: '1', target: 'M1-G1' };
    const answered = [update({ atMs: SENT - HOUR, endedAtMs: SENT - HOUR }), update(), call()];
    expect(found({ calls: answered, changes: [approved, decided] })).toEqual([]);
  });
});

describe('finds what is said and not true', () => {
  it.each<[string, Partial<Evidence>, Wrong['kind'][]]>([
    [
      'live, and it is only saved',
      {
        calls: [update()],
        live: [],
        said: [said({ saved: ['1/M1-G1'], ledgers: [{ lane: 'M1', entries: ['1/M1-G1'] }] })],
      },
      ['saidLive'],
    ],
    [
      'saved only, and our own push made it live',
      { said: [said({ claims: [claim(false)] })] },
      ['saidNotLive'],
    ],
    [
      'saved only in the ledger',
      { said: [said({ ledgers: [{ lane: 'M1', entries: ['1/M1-G1'] }] })] },
      ['saidNotLive'],
    ],
    [
      'nothing, while it is saved on the manager',
      { live: [], said: [said({ claims: [], saved: ['1/M1-G1'] })] },
      ['notInLedger'],
    ],
  ])('%s', (_, part, kinds) => {
    expect(found(part)).toEqual(kinds);
  });

  it.each<[string, MadeLive]>([
    ['others made it live', live({ push: null })],
    ['the manager inherits it', live({ inherited: true })],
    ['a firewall was offline', live({ partly: true })],
  ])('but not where it cannot be known: %s', (_, one) => {
    expect(found({ live: [one], said: [said({ claims: [claim(false)] })] })).toEqual([]);
  });
});

describe('finds a ticket that', () => {
  it.each<[string, TicketEnding]>([
    ['SecureChange has closed and whose run goes on', ending({ outcome: null, parked: 'push.failed' })],
    ['is neither done nor parked', ending({ final: false, outcome: null })],
    [
      'waits for an instant that has passed',
      ending({ final: false, outcome: null, waiting: 'the opening', untilMs: YEAR_STARTS_MS }),
    ],
  ])('%s', (_, one) => {
    expect(found({ endings: [one] })).toEqual(['stuck']);
  });

  it.each<[string, TicketEnding]>([
    ['is parked with a reason', ending({ final: false, outcome: null, parked: 'window.none' })],
    ['is held by a person', ending({ final: false, outcome: null, held: true })],
    [
      'waits for an opening to come',
      ending({
        final: false,
        outcome: null,
        waiting: 'the opening',
        untilMs: YEAR_STARTS_MS + 310 * DAY,
      }),
    ],
  ])('but not one that %s', (_, one) => {
    expect(found({ endings: [one] })).toEqual([]);
  });
});
