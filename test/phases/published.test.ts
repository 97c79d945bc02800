import { isWorthAnEvent, type Published } from '../../workflows/published.js';

const before: Published = {
  subject: 'CRM',
  attributes: {
    workflowName: 'Firewall change',
    step: 'Implementation',
    phase: 'changeWindow',
    waitingFor: 'window',
    requester: 'r.meier',
    risk: 'low',
    itsmId: '-',
    outcome: '-',
    seenState: 'inProgress/1',
    devices: ['FW1'],
    windowOpensAt: null,
    needsAttention: false,
  },
  windowBasis: null,
  details: '',
};

const then = (part: Partial<Published['attributes']>): boolean =>
  isWorthAnEvent(before, { ...before, attributes: { ...before.attributes, ...part } });

describe('what a list shows of a ticket', () => {
  it.each(['update', 'changeWindow', 'commit', 'verify'])(
    'says at once that SecureChange or the lane is waited for in %s, which may take hours',
    (phase) => {
      expect(then({ phase, waitingFor: 'securechange' })).toBe(true);
      expect(then({ phase, waitingFor: 'lane' })).toBe(true);
    },
  );

  it.each(['design', 'riskCheck', 'advance', '-'])('says with the next change that it is in %s', (phase) => {
    expect(then({ phase, waitingFor: 'securechange' })).toBe(false);
    expect(then({ phase, waitingFor: '-' })).toBe(false);
  });

  it('says at once what else it waits for, in which phase, and what became of it', () => {
    expect(then({ phase: 'advance', waitingFor: 'operator' })).toBe(true);
    expect(then({ waitingFor: '-', needsAttention: true })).toBe(true);
    expect(then({ waitingFor: '-', outcome: 'closed' })).toBe(true);
    expect(then({})).toBe(false);
  });
});
