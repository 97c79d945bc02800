import fc from 'fast-check';

import {
  acceptLedger,
  beginPush,
  beginSaving,
  blockingLedger,
  endPush,
  endSaving,
  enrol,
  newLane,
  nextStep,
  replan,
  requeue,
  revoke,
  sameEnrolment,
  takeGrant,
  ticketEnded,
  tokenState,
  withdraw,
  type Enrolment,
  type LaneState,
  type PushKind,
} from '../../src/domain/lane.js';

const TICKETS = ['1', '2', '3'] as const;
const TARGETS = ['A', 'B'] as const;
const KINDS: readonly PushKind[] = ['commit', 'enforcingUpdate', 'savingUpdate'];
const RESULTS = ['done', 'partial', 'notSent', 'failed'] as const;

function enrolment(part: Partial<Enrolment> = {}): Enrolment {
  const target = part.target ?? 'A';
  return {
    ticketId: '1',
    epoch: 1,
    target,
    targetName: target,
    kind: 'commit',
    window: null,
    priority: 3,
    ...part,
  };
}

function windowOf(opensAtMs: number, closesAtMs: number) {
  return {
    calendar: 'nightly',
    ruleVersion: 'r1',
    intervals: [{ opensAtMs, closesAtMs }],
    minimumRemainingMs: 2,
  };
}

/** Grants what the lane would grant now; fails when it would grant nothing. */
function grantNext(lane: LaneState, nowMs = 0) {
  const step = nextStep(lane, nowMs);
  if (step.kind !== 'grant') throw new Error(`the lane would not grant but ${step.kind}`);
  return takeGrant(lane, step.enrolment, nowMs);
}

function saved(lane: LaneState, ticketId: string, target: string): void {
  const effectKey = `${ticketId}/${target}`;
  beginSaving(lane, { ticketId, target, effectKey }, 0);
  endSaving(lane, { ticketId, epoch: 1, target, targetName: target, effectKey, result: 'saved' }, 0);
}

type Operation =
  | {
      do: 'enrol';
      ticketId: string;
      target: string;
      kind: PushKind;
      priority: number;
      opensInMs: number | null;
    }
  | { do: 'withdraw'; ticketId: string; target: string | null }
  | { do: 'serve' }
  | { do: 'begin'; token: 'current' | 'older'; effectKey: string }
  | { do: 'end'; result: (typeof RESULTS)[number] }
  | { do: 'takeBack' }
  | { do: 'save'; ticketId: string; target: string }
  | { do: 'saved'; ticketId: string; target: string; result: 'saved' | 'notSaved' | 'unknown' }
  | { do: 'ticketEnds'; ticketId: string }
  | { do: 'accept'; ticketId: string | null }
  | { do: 'pause' | 'resume' }
  | { do: 'replan'; opensInMs: number }
  | { do: 'time'; ms: number };

const ticketId = fc.constantFrom(...TICKETS);
const target = fc.constantFrom(...TARGETS);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    do: fc.constant('enrol' as const),
    ticketId,
    target,
    kind: fc.constantFrom(...KINDS),
    priority: fc.integer({ min: 1, max: 4 }),
    opensInMs: fc.option(fc.integer({ min: 0, max: 20 })),
  }),
  fc.record({ do: fc.constant('withdraw' as const), ticketId, target: fc.option(target) }),
  fc.constant({ do: 'serve' } as const),
  fc.constant({ do: 'serve' } as const),
  fc.record({
    do: fc.constant('begin' as const),
    token: fc.constantFrom('current' as const, 'current' as const, 'older' as const),
    effectKey: fc.constantFrom('e1', 'e2'),
  }),
  fc.record({ do: fc.constant('end' as const), result: fc.constantFrom(...RESULTS) }),
  fc.constant({ do: 'takeBack' } as const),
  fc.record({ do: fc.constant('save' as const), ticketId, target }),
  fc.record({
    do: fc.constant('saved' as const),
    ticketId,
    target,
    result: fc.constantFrom('saved' as const, 'notSaved' as const, 'unknown' as const),
  }),
  fc.record({ do: fc.constant('ticketEnds' as const), ticketId }),
  fc.record({ do: fc.constant('accept' as const), ticketId: fc.option(ticketId) }),
  fc.constantFrom({ do: 'pause' } as const, { do: 'resume' } as const, { do: 'resume' } as const),
  fc.record({ do: fc.constant('replan' as const), opensInMs: fc.integer({ min: 0, max: 20 }) }),
  fc.record({ do: fc.constant('time' as const), ms: fc.integer({ min: 0, max: 10 }) }),
);

/** Lives through the operations, checking after each what must never be otherwise. */
function live(operations: readonly Operation[]): void {
  const lane = newLane('boss', 'boss');
  let nowMs = 0;
  let lastToken = 0;
  let versions = 1;
  const sent = new Set<number>();
  for (const op of operations) {
    const begunBefore = lane.grant?.begun ? lane.grant : null;
    switch (op.do) {
      case 'enrol': {
        const opensAtMs = nowMs + (op.opensInMs ?? 0);
        const window =
          op.kind === 'savingUpdate' || op.opensInMs === null ? null : windowOf(opensAtMs, opensAtMs + 10);
        enrol(lane, enrolment({ ...op, targetName: op.target, window }), nowMs);
        break;
      }
      case 'withdraw':
        withdraw(lane, op.ticketId, op.target);
        break;
      case 'serve': {
        const free = lane.grant === null && lane.saving.length === 0 && lane.paused === null;
        const step = nextStep(lane, nowMs);
        if (!free) expect(step.kind).toBe('rest');
        if (step.kind === 'missed') lane.queue = lane.queue.filter(({ seq }) => seq !== step.enrolment.seq);
        if (step.kind === 'sleep') expect(step.untilMs).toBeGreaterThan(nowMs);
        if (step.kind !== 'grant') break;
        expect(nowMs).toBeGreaterThanOrEqual(lane.settledAtMs);
        expect(blockingLedger(lane, step.enrolment)).toEqual([]);
        for (const { opensAtMs, closesAtMs } of step.enrolment.window?.intervals ?? []) {
          expect(opensAtMs).toBeLessThanOrEqual(nowMs);
          expect(closesAtMs).toBeGreaterThan(nowMs);
        }
        const { token } = takeGrant(lane, step.enrolment, nowMs);
        expect(token).toBeGreaterThan(lastToken);
        lastToken = token;
        break;
      }
      case 'begin': {
        const token = op.token === 'current' ? (lane.grant?.token ?? lastToken) : lastToken - 1;
        const result = beginPush(lane, { token, effectKey: op.effectKey, baseline: 'none' }, nowMs);
        if (result.kind === 'begun' && result.first) {
          expect(sent.has(token)).toBe(false);
          expect(lane.grant?.token).toBe(token);
          expect(lane.saving).toEqual([]);
          expect(lane.paused).toBeNull();
          expect(blockingLedger(lane, lane.grant!.enrolment)).toEqual([]);
          sent.add(token);
        }
        break;
      }
      case 'end':
        if (lane.grant) {
          const { token, enrolment: ended } = lane.grant;
          endPush(lane, { token, ticketId: ended.ticketId, result: op.result, settleMs: 3 }, nowMs);
          expect(tokenState(lane, token)).toEqual({ grant: null, ended: op.result });
          expect(beginPush(lane, { token, effectKey: 'e1', baseline: '' }, nowMs).kind).toBe('stale');
        }
        continue;
      case 'takeBack': {
        const taken = revoke(lane);
        if (taken) requeue(lane, taken);
        break;
      }
      case 'save': {
        const effectKey = `${op.ticketId}/${op.target}`;
        const result = beginSaving(lane, { ...op, effectKey }, nowMs);
        const known = lane.saving.some((saving) => saving.effectKey === effectKey);
        expect(result.kind).toBe(known ? 'recorded' : 'pushing');
        break;
      }
      case 'saved': {
        const effectKey = `${op.ticketId}/${op.target}`;
        endSaving(lane, { ...op, epoch: 1, targetName: op.target, effectKey }, nowMs);
        expect(
          lane.ledger.some((entry) => entry.ticketId === op.ticketId && entry.target === op.target) ||
            op.result === 'notSaved',
        ).toBe(true);
        break;
      }
      case 'ticketEnds':
        ticketEnded(lane, op.ticketId);
        expect(lane.queue.some((queued) => queued.ticketId === op.ticketId)).toBe(false);
        expect(lane.ledger.some((entry) => entry.ticketId === op.ticketId && entry.state === 'alive')).toBe(
          false,
        );
        break;
      case 'accept':
        acceptLedger(lane, op.ticketId, 'anna', 'checked');
        break;
      case 'pause':
        lane.paused = { by: 'olga', reason: 'x', sinceMs: nowMs };
        break;
      case 'resume':
        lane.paused = null;
        break;
      case 'replan': {
        versions += 1;
        const intervals = [{ opensAtMs: nowMs + op.opensInMs, closesAtMs: nowMs + op.opensInMs + 10 }];
        replan(lane, [{ calendar: 'nightly', ruleVersion: `r${versions}`, intervals }]);
        break;
      }
      case 'time':
        nowMs += op.ms;
        break;
    }
    // A begun push is ended by `end` alone, whatever else happens.
    if (begunBefore) expect(lane.grant).toEqual(begunBefore);
    for (const [index, queued] of lane.queue.entries()) {
      expect(lane.queue.findIndex((other) => sameEnrolment(other, queued))).toBe(index);
    }
  }
}

describe('a lane, whatever happens to it,', () => {
  it('grants one at a time, with growing tokens, inside windows, and ends a begun push only by its end', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        live(operations);
      }),
      { numRuns: 1_000 },
    );
  });

  it('starves nobody: among equals the one that waited longest is served first', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...TICKETS), { minLength: 3, maxLength: 12 }), (comers) => {
        const lane = newLane('boss', 'boss');
        for (const [index, comer] of comers.entries()) {
          enrol(lane, enrolment({ ticketId: comer, target: `${index}` }), index);
        }
        // Whoever was served comes again at once, and has to wait for all others.
        for (let round = 0; round < 3 * comers.length; round += 1) {
          const longest = Math.min(...lane.queue.map(({ seq }) => seq));
          const { enrolment: next, token } = grantNext(lane, 100);
          expect(next.seq).toBe(longest);
          endPush(lane, { token, ticketId: next.ticketId, result: 'done', settleMs: 0 }, 100);
          enrol(lane, next, 100);
        }
      }),
    );
  });

  it('is blocked by a dead ticket’s saved Update exactly for the Commits of other tickets', () => {
    const entries = fc.array(fc.record({ ticketId, target, ends: fc.boolean(), accepted: fc.boolean() }), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(entries, ticketId, fc.constantFrom(...KINDS), (ledger, comer, kind) => {
        const lane = newLane('boss', 'boss');
        for (const entry of ledger) {
          saved(lane, entry.ticketId, entry.target);
          if (entry.ends) ticketEnded(lane, entry.ticketId);
          if (entry.accepted) acceptLedger(lane, entry.ticketId, 'anna', 'checked');
        }
        enrol(lane, enrolment({ ticketId: comer, kind }), 0);
        const dead = lane.ledger.filter((entry) => entry.state === 'dead' && entry.ticketId !== comer);
        expect(nextStep(lane, 0).kind).toBe(kind === 'commit' && dead.length > 0 ? 'rest' : 'grant');
      }),
    );
  });
});

describe('enrolling', () => {
  it('again keeps the place and renews window and epoch', () => {
    const lane = newLane('boss', 'boss');
    enrol(lane, enrolment({ ticketId: '1' }), 0);
    enrol(lane, enrolment({ ticketId: '2' }), 1);
    enrol(lane, enrolment({ ticketId: '1', epoch: 2, window: windowOf(5, 50) }), 2);
    expect(lane.queue).toMatchObject([
      { ticketId: '1', seq: 1, epoch: 2, enrolledAtMs: 0, window: { intervals: [{ opensAtMs: 5 }] } },
      { ticketId: '2', seq: 2 },
    ]);
  });

  it('what is granted already changes nothing, unless it is for a new epoch: then the old turn is worth nothing', () => {
    const lane = newLane('boss', 'boss');
    enrol(lane, enrolment(), 0);
    const { token } = grantNext(lane);
    enrol(lane, enrolment(), 1);
    expect(lane).toMatchObject({ queue: [], grant: { token } });
    enrol(lane, enrolment({ epoch: 2 }), 2);
    expect(lane).toMatchObject({ queue: [{ epoch: 2 }], grant: null, ended: [{ token, result: 'revoked' }] });
  });
});

describe('the order', () => {
  it('is priority, then place; who can not go now is passed over', () => {
    const lane = newLane('boss', 'boss');
    enrol(lane, enrolment({ ticketId: '1', priority: 1, window: windowOf(100, 200) }), 0);
    enrol(lane, enrolment({ ticketId: '2', priority: 3, window: windowOf(0, 200) }), 0);
    enrol(lane, enrolment({ ticketId: '3', priority: 2, window: windowOf(0, 200) }), 0);
    enrol(lane, enrolment({ ticketId: '4', priority: 2, window: windowOf(0, 200) }), 0);
    enrol(lane, enrolment({ ticketId: '5', priority: 3, window: windowOf(0, 200) }), 0);
    const order: string[] = [];
    while (nextStep(lane, 0).kind === 'grant') {
      const { token, enrolment: granted } = grantNext(lane);
      order.push(granted.ticketId);
      endPush(lane, { token, ticketId: granted.ticketId, result: 'done', settleMs: 0 }, 0);
    }
    expect(order).toEqual(['3', '4', '2', '5']);
  });

  it('sleeps until the first opening, and after a push until the manager has settled', () => {
    const lane = newLane('boss', 'boss');
    enrol(lane, enrolment({ ticketId: '1', window: windowOf(100, 200) }), 0);
    enrol(lane, enrolment({ ticketId: '2', window: windowOf(50, 200) }), 0);
    expect(nextStep(lane, 0)).toEqual({ kind: 'sleep', untilMs: 50 });
    const { token } = grantNext(lane, 60);
    endPush(lane, { token, ticketId: '2', result: 'done', settleMs: 70 }, 65);
    expect(nextStep(lane, 66)).toEqual({ kind: 'sleep', untilMs: 135 });
    expect(nextStep(lane, 135).kind).toBe('grant');
  });

  it('does not make a manager settle that was sent nothing', () => {
    const lane = newLane('boss', 'boss');
    enrol(lane, enrolment(), 0);
    const { token } = grantNext(lane);
    endPush(lane, { token, ticketId: '1', result: 'notSent', settleMs: 70 }, 0);
    expect(lane.settledAtMs).toBe(0);
  });

  it('tells who missed the window, also while a ledger entry blocks', () => {
    const lane = newLane('boss', 'boss');
    saved(lane, '9', 'B');
    ticketEnded(lane, '9');
    enrol(lane, enrolment({ window: windowOf(0, 10) }), 0);
    expect(nextStep(lane, 9)).toMatchObject({ kind: 'missed', enrolment: { ticketId: '1' } });
  });
});

describe('a push', () => {
  it('is begun once; asked again with the same effect it gives its baseline, with another one nothing', () => {
    const lane = newLane('boss', 'boss');
    enrol(lane, enrolment(), 0);
    const { token } = grantNext(lane);
    expect(beginPush(lane, { token, effectKey: 'e', baseline: 'b1' }, 5)).toEqual({
      kind: 'begun',
      first: true,
      atMs: 5,
      baseline: 'b1',
    });
    expect(beginPush(lane, { token, effectKey: 'e', baseline: 'b2' }, 9)).toEqual({
      kind: 'begun',
      first: false,
      atMs: 5,
      baseline: 'b1',
    });
    expect(beginPush(lane, { token, effectKey: 'other', baseline: 'b' }, 9)).toEqual({
      kind: 'stale',
      currentToken: token,
    });
    expect(beginPush(lane, { token: token + 1, effectKey: 'e', baseline: 'b' }, 9).kind).toBe('stale');
  });

  it('can not be ended by another ticket or an older token', () => {
    const lane = newLane('boss', 'boss');
    enrol(lane, enrolment(), 0);
    const { token } = grantNext(lane);
    endPush(lane, { token, ticketId: '2', result: 'done', settleMs: 0 }, 0);
    endPush(lane, { token: token - 1, ticketId: '1', result: 'done', settleMs: 0 }, 0);
    expect(lane.grant?.token).toBe(token);
  });

  it.each<[PushKind, (typeof RESULTS)[number], number]>([
    ['commit', 'done', 1],
    ['commit', 'partial', 3],
    ['commit', 'failed', 3],
    ['commit', 'notSent', 3],
    ['enforcingUpdate', 'done', 3],
  ])(
    'of kind %s that ended %s leaves %i ledger entries: a finished Commit carries what was saved for its target',
    (kind, result, left) => {
      const lane = newLane('boss', 'boss');
      saved(lane, '1', 'A');
      saved(lane, '2', 'A');
      saved(lane, '2', 'B');
      enrol(lane, enrolment({ kind }), 0);
      const { token } = grantNext(lane);
      endPush(lane, { token, ticketId: '1', result, settleMs: 0 }, 0);
      expect(lane.ledger.length).toBe(left);
    },
  );

  it('keeps what is remembered of it bounded', () => {
    const lane = newLane('boss', 'boss');
    for (let round = 0; round < 150; round += 1) {
      enrol(lane, enrolment({ ticketId: `${round}` }), round);
      const { token } = grantNext(lane, round);
      endPush(lane, { token, ticketId: `${round}`, result: 'done', settleMs: 0 }, round);
    }
    expect(lane.ended.length).toBe(100);
    expect(lane.recent.length).toBe(20);
    expect(tokenState(lane, 150)).toEqual({ grant: null, ended: 'done' });
  });
});

describe('saving', () => {
  it('holds back every grant until it ended, and is refused while a push has begun', () => {
    const lane = newLane('boss', 'boss');
    enrol(lane, enrolment(), 0);
    beginSaving(lane, { ticketId: '2', target: 'B', effectKey: 's' }, 0);
    expect(nextStep(lane, 0).kind).toBe('rest');
    endSaving(
      lane,
      { ticketId: '2', epoch: 1, target: 'B', targetName: 'B', effectKey: 's', result: 'notSaved' },
      0,
    );
    expect(lane.ledger).toEqual([]);
    const { token } = grantNext(lane);
    beginPush(lane, { token, effectKey: 'e', baseline: '' }, 0);
    expect(beginSaving(lane, { ticketId: '2', target: 'B', effectKey: 's' }, 0)).toEqual({
      kind: 'pushing',
      by: 'ticket 1',
    });
  });

  it('of which nobody knows the end counts as saved', () => {
    const lane = newLane('boss', 'boss');
    endSaving(
      lane,
      { ticketId: '2', epoch: 1, target: 'B', targetName: 'B', effectKey: 's', result: 'unknown' },
      7,
    );
    expect(lane.ledger).toMatchObject([{ ticketId: '2', state: 'alive', savedAtMs: 7 }]);
  });
});

describe('an edited calendar', () => {
  it('renews the windows of those who wait, and names whose changed', () => {
    const lane = newLane('boss', 'boss');
    enrol(lane, enrolment({ ticketId: '1', window: windowOf(100, 200) }), 0);
    enrol(lane, enrolment({ ticketId: '2', window: { ...windowOf(100, 200), calendar: 'weekend' } }), 0);
    enrol(lane, enrolment({ ticketId: '3' }), 0);
    const plan = { calendar: 'nightly', ruleVersion: 'r2', intervals: [{ opensAtMs: 5, closesAtMs: 50 }] };
    expect(replan(lane, [plan]).map((changed) => changed.ticketId)).toEqual(['1']);
    expect(replan(lane, [plan])).toEqual([]);
    expect(lane.queue[0]?.window).toEqual({ ...plan, minimumRemainingMs: 2 });
  });
});

describe('the end of a saving', () => {
  const begin = (lane: LaneState): unknown =>
    beginSaving(lane, { ticketId: '1', target: 'A', effectKey: 'e' }, 0);
  const end = (lane: LaneState, effectKey = 'e'): void => {
    endSaving(lane, { ticketId: '1', epoch: 1, target: 'A', targetName: 'A', effectKey, result: 'saved' }, 9);
  };

  it('never makes a dead entry alive, whether it was awaited or not', () => {
    const lane = newLane('boss', 'boss');
    saved(lane, '1', 'A');
    ticketEnded(lane, '1');
    end(lane, 'nobody awaits it');
    begin(lane);
    end(lane);
    expect(lane.ledger).toMatchObject([{ ticketId: '1', state: 'dead' }]);
  });

  it('that nobody awaits changes no entry, and adds what the ledger lacks', () => {
    const lane = newLane('boss', 'boss');
    end(lane, 'nobody awaits it');
    expect(lane.ledger).toMatchObject([{ ticketId: '1', state: 'alive', savedAtMs: 9 }]);
    lane.ledger = lane.ledger.map((entry) => ({ ...entry, state: 'accepted', acceptedBy: 'anna' }));
    end(lane, 'nobody awaits it');
    expect(lane.ledger).toMatchObject([{ state: 'accepted' }]);
  });

  it('is still awaited after its ticket has ended', () => {
    const lane = newLane('boss', 'boss');
    begin(lane);
    ticketEnded(lane, '1');
    expect(lane.saving).toMatchObject([{ ticketId: '1' }]);
  });
});
