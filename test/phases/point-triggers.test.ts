import type { IntegrationPoint } from '../../src/domain/process.js';
import { ofEvent, ofStep, pointsFor } from '../../workflows/outbox.js';
import { fakeEnvironment, MINUTE } from '../support/fake-environment.js';
import { firewallChange, POINTS } from '../support/firewall-change.js';

const [first] = POINTS;
const point = (name: string, when: IntegrationPoint['when'], part: Partial<IntegrationPoint> = {}) => ({
  ...first!,
  name,
  when,
  ...part,
});
const inStep = (event: string, step: string | null) => ({ kind: 'event', event, step }) as const;
const names = (due: readonly { readonly point: { readonly name: string } }[]): string[] =>
  due.map((one) => one.point.name);

describe('checklist point 6: integration points', () => {
  it('of a transition are due in order: the step that was left, steps passed unseen, events', () => {
    const points = [
      point('event', inStep('ADVANCE', null)),
      point('in-passed', { kind: 'inbound', step: 'Passed' }),
      point('out-passed', { kind: 'outbound', step: 'Passed' }),
      point('out-left', { kind: 'outbound', step: 'Left' }),
      point('in-left', { kind: 'inbound', step: 'Left' }),
    ];
    expect(names(pointsFor(points, { left: 'Left', passed: ['Passed'], events: ['ADVANCE'] }))).toEqual([
      'out-left',
      'in-passed',
      'out-passed',
      'event',
    ]);
    expect(names(ofStep(points, 'inbound', 'Left'))).toEqual(['in-left']);
  });

  it('a point of the step takes the place of a general one for the same event', () => {
    const points = [
      point('general', inStep('REJECT', null)),
      point('of-step', inStep('REJECT', 'Approval')),
      point('other-event', inStep('CANCEL', 'Approval')),
    ];
    expect(names(ofEvent(points, 'REJECT', 'Approval'))).toEqual(['of-step']);
    expect(names(ofEvent(points, 'REJECT', 'Implementation'))).toEqual(['general']);
    expect(names(ofEvent(points, 'REJECT', null))).toEqual(['general']);
  });

  it('that are switched off are not due, and take the place of none', () => {
    const points = [
      point('general', inStep('REJECT', null)),
      point('of-step', inStep('REJECT', 'Approval'), { enabled: false }),
      point('inbound', { kind: 'inbound', step: 'Approval' }, { enabled: false }),
    ];
    expect(names(ofEvent(points, 'REJECT', 'Approval'))).toEqual(['general']);
    expect(names(ofStep(points, 'inbound', 'Approval'))).toEqual([]);
  });

  it('for CLOSE are due for a ticket that closed by itself as well, those for AUTOCLOSE only then', () => {
    const points = [point('close', inStep('CLOSE', null)), point('auto', inStep('AUTOCLOSE', null))];
    expect(names(ofEvent(points, 'CLOSE', null))).toEqual(['close']);
    expect(names(ofEvent(points, 'AUTOCLOSE', null))).toEqual(['close', 'auto']);
  });

  it('send to several paths in order, and to each server that is named; without an action only the ticket is changed', async () => {
    const env = fakeEnvironment();
    const call = { method: 'POST', paths: ['/a', '/b'], accept: [200], repeatable: true } as const;
    const approval = { kind: 'inbound', step: 'Approval' } as const;
    env.processes.set(
      'Firewall change',
      firewallChange({
        integrationPoints: [
          point('paths', approval, { action: 'call', call, server: 'one' }),
          point('other', approval, { action: 'call', call: { ...call, paths: ['/c'] }, server: 'two' }),
          point('actions', approval, { action: 'none', after: ['cancel_ticket'] }),
        ],
      }),
    );
    const ticket = env.ticket();
    await env.reach(ticket, 'Approval').catch(() => undefined);
    await env.time.pass(MINUTE);
    expect(env.messages.map(({ server, point: name }) => `${server} ${name}`)).toEqual([
      'one paths',
      'one paths',
      'two other',
    ]);
    expect(ticket.status).toBe('cancelled');
  });
});
