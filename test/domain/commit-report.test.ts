import { judgeParts, type CommitPart } from '../../src/domain/commit-report.js';

const part = (
  policy: string | null,
  firewall: string | null,
  outcome: CommitPart['outcome'],
): CommitPart => ({
  policy,
  firewall,
  outcome,
  text: outcome === 'done' ? null : 'not connected',
});
const shops = part('shops', 'fw-1', 'done');
const depots = part('depots', 'fw-2', 'done');
const depotsFailed = part('depots', 'fw-2', 'failed');
const members = { '1/21': ['shops'], '2/21': ['Depots'], '3/21': ['shops', 'depots'], '4/21': [] };

describe('the report of a Commit that failed on some firewalls', () => {
  it('finishes the members whose policies are on all their firewalls, and no other', () => {
    expect(judgeParts([shops, depotsFailed], [], members)).toMatchObject({
      kind: 'apart',
      finished: ['1/21'],
    });
  });

  it.each<[string, CommitPart[]]>([
    ['the target as a whole failed', [shops, depots, part(null, null, 'failed')]],
    ['no firewall of the policy is in it', [part('other', 'fw-1', 'done'), depotsFailed]],
    ['one of its firewalls is unknown', [shops, part('shops', 'fw-9', 'unknown'), depotsFailed]],
    ['one of its firewalls went back to what it had', [shops, part('shops', 'fw-9', 'reverted')]],
    ['the policy failed above good firewalls', [shops, part('shops', null, 'failed'), depotsFailed]],
  ])('finishes no member when %s', (_what, parts) => {
    expect(judgeParts(parts, [], { '1/21': ['shops'] })).toMatchObject({ finished: [] });
  });

  it('names what failed and what is live', () => {
    expect(judgeParts([shops, depotsFailed], [], {})).toMatchObject({
      message: 'fw-2 failed: not connected; live on fw-1',
    });
  });

  it('names a ticket only when its policies alone failed and those of all others are known', () => {
    const text = (policies: Record<string, string[]>) =>
      JSON.stringify(judgeParts([shops, depotsFailed], [], policies));
    expect(text({ '1/21': ['shops'], '2/21': ['depots'] })).toContain('only ticket 2 changes what failed');
    expect(text({ '1/21': ['depots'], '2/21': ['depots'] })).not.toContain('only ticket');
    expect(text({ '1/21': [], '2/21': ['depots'] })).not.toContain('only ticket');
    expect(text({ '2/21': ['depots'] })).not.toContain('only ticket');
  });
});

describe('a tolerated firewall', () => {
  const tolerate = [{ firewall: 'FW-2', owner: 'n.weber' }];

  it('does not stop the others from being live, and is named with its owner', () => {
    expect(judgeParts([shops, depotsFailed], tolerate, members)).toEqual({
      kind: 'live',
      warning: 'not on fw-2 (tolerated, owner n.weber: not connected)',
    });
  });

  it('is found by either of its names', () => {
    const named = { ...depotsFailed, firewall: '0123', displayName: 'fw-2' };
    expect(judgeParts([shops, named], tolerate, members)).toMatchObject({ kind: 'live' });
  });

  it.each<[string, CommitPart[]]>([
    ['nothing else is in the report', [depotsFailed]],
    ['another firewall failed as well', [shops, depotsFailed, part('depots', 'fw-3', 'failed')]],
    ['the target as a whole failed', [shops, depotsFailed, part(null, null, 'failed')]],
    ['it took the change and went back', [shops, part('depots', 'fw-2', 'reverted')]],
    ['its outcome is unknown', [shops, part('depots', 'fw-2', 'unknown')]],
  ])('excuses nothing when %s', (_what, parts) => {
    expect(judgeParts(parts, tolerate, members)).toMatchObject({ kind: 'apart' });
  });
});
