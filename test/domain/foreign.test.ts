import {
  acceptForeign,
  codeOf,
  foreignScope,
  judgeForeign,
  noteForeign,
  type Answer,
  type ForeignAcceptance,
  type ForeignCheck,
} from '../../src/domain/foreign.js';
import { newLane } from '../../src/domain/lane.js';

const HOUR = 3_600_000;
const NOVAK = { administrator: 'h.novak', location: 'device 21, revision 65' };

function check(part: Partial<ForeignCheck['seen']> = {}, policy: Partial<ForeignCheck['policy']> = {}) {
  return {
    policy: { known: 'block', notVisible: 'warn', ...policy },
    seen: { changes: [NOVAK], notVisible: 'no probe', revision: '21:65', ...part },
    newest: { '21': 66 },
  } satisfies ForeignCheck;
}
const acceptance: ForeignAcceptance = { by: 'anna', reason: 'agreed', atMs: 0, untilMs: HOUR };
const kindOf = (one: ForeignCheck, accepted: ForeignAcceptance | null = null, nowMs = 0) =>
  judgeForeign(one, accepted, nowMs).kind;

describe('saved changes of others', () => {
  it.each<[known: Answer, notVisible: Answer, kind: string]>([
    ['block', 'warn', 'blocked'],
    ['allow', 'block', 'blocked'],
    ['warn', 'allow', 'warned'],
    ['allow', 'warn', 'warned'],
    ['allow', 'allow', 'allowed'],
  ])('with known: %s and notVisible: %s are %s', (known, notVisible, kind) => {
    expect(kindOf(check({}, { known, notVisible }))).toBe(kind);
  });

  it('are judged by what is there: only what is not visible, or nothing at all', () => {
    expect(kindOf(check({ changes: [] }))).toBe('warned');
    expect(kindOf(check({ changes: [] }, { notVisible: 'block' }))).toBe('blocked');
    expect(kindOf(check({ changes: [], notVisible: null }, { notVisible: 'block' }))).toBe('none');
  });

  it('are named, with what is not visible', () => {
    expect(judgeForeign(check(), null, 0).text).toBe(
      'saved changes of others: h.novak (device 21, revision 65); not visible: no probe',
    );
  });

  it('are accepted until the acceptance expires', () => {
    expect(judgeForeign(check(), acceptance, HOUR - 1)).toMatchObject({
      kind: 'accepted',
      text: expect.stringContaining('accepted by anna: agreed') as string,
    });
    expect(kindOf(check(), acceptance, HOUR)).toBe('blocked');
  });
});

describe('an acceptance', () => {
  const lane = () => {
    const state = newLane('20', 'PANO-8');
    noteForeign(state, { target: '21', targetName: 'DG-B' }, check(), 0);
    return state;
  };
  const seen = codeOf(check().seen);

  it('is for exactly what was seen, by the id or the name of the target', () => {
    expect(acceptForeign(lane(), { target: '21', seen: '00000000' }, acceptance)).toBe('otherReading');
    expect(acceptForeign(lane(), { target: '22', seen }, acceptance)).toBe('nothingBlocked');
    const state = lane();
    const { version } = state;
    expect(acceptForeign(state, { target: 'DG-B', seen }, acceptance)).toBe('accepted');
    expect(state.version).toBeGreaterThan(version);
    expect(acceptForeign(state, { target: 'DG-B', seen }, acceptance)).toBe('nothingBlocked');
  });

  it('by a name that two targets of the lane have is refused; an id names one', () => {
    const state = lane();
    noteForeign(state, { target: '40', targetName: 'DG-B' }, check(), 0);
    expect(acceptForeign(state, { target: 'DG-B', seen }, acceptance)).toBe('severalNamed');
    expect(acceptForeign(state, { target: '40', seen }, acceptance)).toBe('accepted');
    expect(state.foreign.map(({ target, accepted }) => [target, accepted !== null])).toEqual([
      ['21', false],
      ['40', true],
    ]);
  });

  it.each([
    ['another change', { changes: [NOVAK, { ...NOVAK, administrator: 'x' }] }],
    ['another revision', { revision: '21:67' }],
    ['less to see', { notVisible: 'SecureTrack did not answer' }],
  ])('does not count for %s', (_what, part) => {
    const state = lane();
    acceptForeign(state, { target: '21', seen }, acceptance);
    expect(noteForeign(state, { target: '21', targetName: 'DG-B' }, check(), 1).accepted).toBe(acceptance);
    expect(noteForeign(state, { target: '21', targetName: 'DG-B' }, check(part), 1).accepted).toBeNull();
  });
});

it('the scope of foreign changes is the target and what it inherits from', () => {
  expect(foreignScope(['20', '21', '22'], '21')).toEqual(['20', '21']);
  expect(foreignScope([], '21')).toEqual(['21']);
});
