import fc from 'fast-check';

import type { RiskPolicy } from '../../src/domain/process.js';
import { judgeRisk, worstSeverity } from '../../src/domain/risk.js';
import type { RequestRisk, Severity } from '../../src/domain/ticket.js';

const POLICY: RiskPolicy = { requests: 'all', approvalFrom: 'medium', blockFrom: 'critical' };
const SEVERITIES: readonly Severity[] = ['low', 'medium', 'high', 'critical'];

const risk = (severity: Severity | null, part: Partial<RequestRisk> = {}): RequestRisk => ({
  order: 'AR1',
  status: severity === null ? 'noRisk' : 'hasRisk',
  severity,
  ...part,
});
const judge = (risks: readonly RequestRisk[], policy: Partial<RiskPolicy> = {}, type = 'ACCESS_REQUEST') =>
  judgeRisk(risks, { ...POLICY, ...policy }, type);

it.each<[Severity | null, string]>([
  [null, 'allow'],
  ['low', 'allow'],
  ['medium', 'needsApproval'],
  ['high', 'needsApproval'],
  ['critical', 'block'],
])('of severity %s is judged: %s', (severity, verdict) => {
  expect(judge([risk(severity)]).kind).toBe(verdict);
});

it.each(['notRun', 'notAvailable'] as const)('that is %s is unknown, never "no risk"', (status) => {
  expect(judge([risk(null), risk(null, { order: 'AR2', status })])).toEqual({
    kind: 'unknown',
    reason: 'no risk result for AR2',
  });
});

it('of a ticket without any request is unknown', () => {
  expect(judge([]).kind).toBe('unknown');
});

it('without a severity counts as critical', () => {
  expect(judge([risk(null, { status: 'hasRisk' })])).toMatchObject({ kind: 'block', severity: 'critical' });
});

it('that an operator disregarded in SecureChange does not count', () => {
  expect(judge([risk('high', { status: 'disregarded' })])).toEqual({ kind: 'allow', severity: 'high' });
});

it('checklist point 15: is judged by the worst request, or by the best where the process says so', () => {
  const both = [risk('low'), risk('critical', { order: 'AR2' })];
  expect(judge(both).kind).toBe('block');
  expect(judge(both, { requests: 'any' }).kind).toBe('allow');
});

it('asks always for approval where the policy says always, and never where it says never', () => {
  expect(judge([risk(null)], { approvalFrom: 'always' }).kind).toBe('needsApproval');
  expect(judge([risk('critical')], { approvalFrom: 'never', blockFrom: 'never' }).kind).toBe('allow');
});

it.each(['MODIFY_GROUP', 'RULE_DECOMMISSION', 'GENERIC'])(
  'of a %s ticket asks a person, because it has none',
  (type) => {
    expect(judge([], {}, type)).toMatchObject({ kind: 'needsApproval', severity: null });
    expect(judge([], { approvalFrom: 'never' }, type)).toEqual({ kind: 'allow', severity: null });
  },
);

it('never gets milder when a request gets worse or another one comes', () => {
  const RANK = { allow: 0, needsApproval: 1, block: 2, unknown: 3 } as const;
  const severity = fc.constantFrom(null, ...SEVERITIES);
  const threshold = fc.constantFrom(...SEVERITIES, 'never' as const);
  fc.assert(
    fc.property(
      fc.array(severity, { minLength: 1, maxLength: 5 }),
      severity,
      threshold,
      threshold,
      (all, more, approvalFrom, blockFrom) => {
        const policy = { approvalFrom, blockFrom };
        const before = judge(
          all.map((each) => risk(each)),
          policy,
        );
        const after = judge(
          [...all, more].map((each) => risk(each)),
          policy,
        );
        expect(RANK[after.kind]).toBeGreaterThanOrEqual(RANK[before.kind]);
      },
    ),
  );
});

it('the worst severity of many is the worst', () => {
  expect(worstSeverity([null, 'low', 'critical', 'high'])).toBe('critical');
  expect(worstSeverity([null])).toBeNull();
});
