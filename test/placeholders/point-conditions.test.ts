import type { PointCondition } from '../../src/domain/process.js';
import type { RequestRisk, Severity } from '../../src/domain/ticket.js';
import { conditionsNeedContent, conditionThatFails } from '../../src/integrations/point-conditions.js';
import { context } from './context.js';

type Written = PointCondition extends infer C ? (C extends unknown ? Omit<C, 'not'> : never) : never;

function holds(written: Written, changes: Parameters<typeof context>[0] = {}): boolean {
  const condition = { not: false, ...written } as PointCondition;
  const why = conditionThatFails({ join: 'all', of: [condition] }, context(changes));
  const turned = conditionThatFails({ join: 'any', of: [{ ...condition, not: true }] }, context(changes));
  // A condition and its opposite never agree.
  expect(turned === null).toBe(why !== null);
  return why === null;
}

it.each<[string, Written, boolean]>([
  ['a field, in any letter case', { kind: 'field', name: 'COST centre', is: ['x', ' 0815 '] }, true],
  ['a field of the step of the event first', { kind: 'field', name: 'Reviewer', is: ['x.one, y.two'] }, true],
  ['a choice', { kind: 'field', name: 'Zone', is: ['dmz'] }, true],
  ['a checkbox by its value', { kind: 'field', name: 'Urgent', is: ['true'] }, true],
  ['a checkbox as the Workflow Integrator wrote it', { kind: 'field', name: 'Urgent', is: ['[V]'] }, true],
  ['another value', { kind: 'field', name: 'Zone', is: ['LAN'] }, false],
  ['a field that is not there', { kind: 'field', name: 'Nothing', is: ['DMZ'] }, false],
  ['a device that the request names', { kind: 'device', is: ['DG-B'] }, true],
  ['another device', { kind: 'device', is: ['DG-C'] }, false],
  ['the step', { kind: 'step', is: ['Approval'] }, true],
  ['the event', { kind: 'event', is: ['CLOSE', 'ADVANCE'] }, true],
  ['a step that was skipped', { kind: 'skipped', is: ['Review', 'business approval'] }, true],
  ['a step that was not skipped', { kind: 'skipped', is: ['Approval'] }, false],
  ['another event', { kind: 'event', is: ['CLOSE'] }, false],
])('%s', (_what, condition, expected) => {
  expect(holds(condition)).toBe(expected);
});

describe('a risk', () => {
  const facts = context().facts;
  const withRisks = (...risks: Partial<RequestRisk>[]): Parameters<typeof context>[0] => ({
    facts: {
      ...facts,
      step: { ...facts.step!, request: { ...facts.step!.request!, risks: risks as RequestRisk[] } },
    },
  });
  const found = (severity: Severity | null): Partial<RequestRisk> => ({ status: 'hasRisk', severity });

  it.each<[string, Partial<RequestRisk>[], Severity, boolean]>([
    ['at the severity', [found('high')], 'high', true],
    ['above it', [found('low'), found('critical')], 'high', true],
    ['below it', [found('medium')], 'high', false],
    ['none at all', [{ status: 'noRisk', severity: null }], 'low', false],
    ['of no known severity counts as critical', [found(null)], 'critical', true],
    ['that was not analysed counts as critical', [{ status: 'notRun', severity: null }], 'critical', true],
    ['of a ticket without a request counts as critical', [], 'critical', true],
  ])('%s', (_what, risks, least, expected) => {
    expect(holds({ kind: 'risk', is: [least] }, withRisks(...risks))).toBe(expected);
  });
});

it('all of them must hold, or one of them; the first that does not is named', () => {
  const step = { kind: 'step', is: ['Approval'], not: false } as const;
  const event = { kind: 'event', is: ['CLOSE'], not: false } as const;
  expect(conditionThatFails({ join: 'any', of: [event, step] }, context())).toBeNull();
  expect(conditionThatFails({ join: 'all', of: [step, event] }, context())).toBe('event is one of CLOSE');
  const field = { kind: 'field', name: 'Zone', is: ['LAN'], not: false } as const;
  expect(conditionThatFails({ join: 'any', of: [event, field] }, context())).toBe('event is one of CLOSE');
  expect(conditionThatFails(undefined, context())).toBeNull();
});

it('fields are read only for conditions that speak of them', () => {
  const step = { kind: 'step', is: ['Approval'], not: false } as const;
  const field = { kind: 'field', name: 'Zone', is: ['LAN'], not: false } as const;
  expect(conditionsNeedContent({ join: 'all', of: [step] })).toBe(false);
  expect(conditionsNeedContent({ join: 'all', of: [step, field] })).toBe(true);
  expect(conditionsNeedContent(undefined)).toBe(false);
});
