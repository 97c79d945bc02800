import * as fc from 'fast-check';
import { seenStateOf, stepInstanceOf, type TicketFacts } from '../../src/domain/ticket.js';
import { UnknownVendorWord } from '../../src/securechange/words.js';
import { fixtureNames, readJsonFixture, type Recorded } from './fixture.js';
import { approvalStep, factsOf, plainStep, wireTicket } from './ticket-builder.js';

const ticket = (name: string) => readJsonFixture('securechange', `ticket.${name}.json`);
const history = readJsonFixture('securechange', 'history.json');

describe('a recorded ticket', () => {
  it('gives the same facts whether single entries come as objects or as arrays', () => {
    const asObject = factsOf(ticket('in-progress.single-as-object'), history);
    expect(factsOf(ticket('in-progress.single-as-array'), history)).toEqual(asObject);
    expect(asObject).toMatchObject({
      id: '1201',
      workflow: 'Managed firewall change',
      status: 'inProgress',
      createdAtMs: Date.parse('2025-11-22T09:00:00Z'),
      previousStepName: 'Approval',
      epoch: 1,
      expired: false,
      autoClosed: false,
      automationFailure: null,
      latestComment: null,
      provisionedBy: null,
      step: {
        id: '7104',
        name: 'Implementation',
        tasks: [
          { id: '7304', status: 'ASSIGNED', assignee: 'o.brandt', assigneeId: '57', pendingReason: null },
        ],
        fieldNames: ['Required Access', 'ITSM change'],
        request: {
          id: '81031',
          taskId: '7304',
          type: 'multi_access_request',
          designerStatus: 'designer success',
          risks: [{ order: 'AR1', status: 'hasRisk', severity: 'high' }],
          verifier: 'notRun',
        },
      },
    });
    expect(stepInstanceOf(asObject)).toBe('7104:7304:1');
    expect(seenStateOf(asObject)).toBe('inProgress/7104:7304:1');
  });

  it('with parallel tasks carries the request in the one that is ours, else in the first', () => {
    const task = (id: number, assignee: string) => ({
      ...{ id, name: 'Default', status: 'ASSIGNED', assignee },
      fields: {
        field: {
          '@xsi.type': 'multi_access_request',
          id: id * 10,
          name: 'Required Access',
          access_request: '',
        },
      },
    });
    const carrier = (...assignees: string[]) => {
      const tasks = assignees.map((assignee, at) => task(7301 + at, assignee));
      return factsOf(wireTicket([{ id: 7104, name: 'Implementation', tasks }], 7104)).step?.request?.taskId;
    };
    expect(carrier('n.weber', 'wf-api', 'b.jung')).toBe('7302');
    expect(carrier('n.weber', 'b.jung')).toBe('7301');
  });

  it('says who approved, in which step', () => {
    expect(factsOf(ticket('in-progress.single-as-object'), history).approvals).toEqual([
      {
        stepId: '7103',
        stepName: 'Approval',
        taskId: '7303',
        taskStatus: 'DONE',
        fieldName: 'Approve Access Request',
        approved: true,
        reason: 'CHG0041877 approved',
        by: 'a.kaya',
        skipped: false,
        redone: false,
        inEpoch: true,
        requestDigest: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      },
    ]);
  });

  it.each([
    ['update-pending', 'implementation running', 'PENDING'],
    ['update-succeeded', 'implementation success', 'ASSIGNED'],
    ['update-failed', 'implementation failure', 'ASSIGNED'],
    ['commit-pending', 'commit running', 'PENDING'],
    ['commit-succeeded', 'commit success', 'ASSIGNED'],
    ['commit-failed', 'commit failure', 'ASSIGNED'],
  ])('%s shows %s', (name, designerStatus, taskStatus) => {
    const { step } = factsOf(ticket(name), history);
    expect(step?.request?.designerStatus).toBe(designerStatus);
    expect(step?.tasks[0]?.status).toBe(taskStatus);
    expect(step?.tasks[0]?.pendingReason).toBe(taskStatus === 'PENDING' ? 'Apply Changes' : null);
  });

  it('has no step once it is closed, and keeps its newest comment', () => {
    const facts = factsOf(ticket('closed.empty-as-string'), history);
    expect(facts).toMatchObject({
      status: 'closed',
      step: null,
      latestComment: 'Change committed in window cw1',
    });
    expect(facts.autoClosed).toBe(false);
  });

  it('is covered by this file for every recorded form', () => {
    const names = fixtureNames('securechange').filter((name) => name.startsWith('ticket.'));
    for (const name of names)
      expect(['1201', '4711']).toContain(factsOf(readJsonFixture('securechange', name)).id);
    expect(names).toHaveLength(10);
  });

  it('asks for the same in every step, with the same risk where risk was analysed', () => {
    const steps = [7102, 7103, 7104];
    const digests = steps.map((id) => {
      const wire = ticket('in-progress.single-as-object');
      wire.ticket.current_step = { id, name: 'x' };
      const request = factsOf(wire, history).step?.request;
      return [request?.requestDigest, request?.riskDigest];
    });
    expect(new Set(digests.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(digests[0]?.[0]).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('what is asked', () => {
  const requestOf = (change: (access: Recorded) => void) => {
    const wire = ticket('in-progress.single-as-object');
    change(wire.ticket.steps.step[3].tasks.task.fields.field[0].access_request);
    const request = factsOf(wire).step?.request;
    return { request: request?.requestDigest, risk: request?.riskDigest };
  };
  const unchanged = requestOf(() => {});

  it.each<[string, (access: Recorded) => void]>([
    ['a source', (access) => (access.sources.source.ip_address = '10.20.4.16')],
    ['the order of destinations', (access) => access.destinations.destination.reverse()],
    ['a port', (access) => (access.services.service.port = 8444)],
    ['the action', (access) => (access.action = 'Drop')],
    ['a target', (access) => (access.targets.target.management_id = 22)],
    ['a user', (access) => (access.users.user = 'Finance')],
    ['something unknown', (access) => (access.new_vendor_option = { id: 4, mode: 'wide' })],
  ])('differs with %s', (_what, change) => {
    expect(requestOf(change).request).not.toBe(unchanged.request);
    expect(requestOf(change).risk).toBe(unchanged.risk);
  });

  it.each<[string, (access: Recorded) => void]>([
    ['ids', (access) => (access.sources.source.id = 1)],
    ['a comment', (access) => (access.comment = 'other')],
    ['the verifier', (access) => (access.verifier_result = { status: 'implemented' })],
    ['numbers as text', (access) => (access.services.service.port = '8443')],
    ['empty members', (access) => (access.additional = '')],
    [
      'the place of members',
      (access) => {
        const { action } = access;
        delete access.action;
        access.action = action;
      },
    ],
  ])('does not differ with %s', (_what, change) => {
    expect(requestOf(change)).toEqual(unchanged);
  });

  it('has a risk digest of its own, whatever order violations come in', () => {
    const violation = (severity: string) => ({ severity, security_zone_matrix: { name: severity } });
    const withRisk = (...severities: string[]) =>
      requestOf((access) => {
        access.risk_analysis_result.security_policy_violations.security_policy_violation =
          severities.map(violation);
      });
    expect(withRisk('LOW', 'HIGH')).toEqual(withRisk('HIGH', 'LOW'));
    expect(withRisk('LOW', 'HIGH').risk).not.toBe(withRisk('HIGH', 'CRITICAL').risk);
    expect(withRisk('LOW', 'HIGH').request).toBe(unchanged.request);
  });
});

describe('risk of a request', () => {
  const riskOf = (result: unknown) => {
    const wire = ticket('in-progress.single-as-object');
    wire.ticket.steps.step[3].tasks.task.fields.field[0].access_request.risk_analysis_result = result;
    return factsOf(wire).step?.request?.risks[0];
  };

  it.each([
    ['nothing', undefined, 'notRun', null],
    ['not run', { status: 'not run' }, 'notRun', null],
    ['no risk', { status: 'no risk' }, 'noRisk', null],
    ['not available', { status: 'not available' }, 'notAvailable', null],
    ['disregarded', { status: 'manually disregarded' }, 'disregarded', null],
    ['an unknown word', { status: 'kind of risky' }, 'notAvailable', null],
    ['an empty text', '', 'notRun', null],
    ['a risk without detail', { status: 'has risk' }, 'hasRisk', null],
    [
      'the worst of several',
      {
        status: 'has risk',
        security_policy_violations: {
          security_policy_violation: [{ severity: 'LOW' }, { severity: 'MEDIUM' }],
        },
      },
      'hasRisk',
      'medium',
    ],
    [
      'an unknown severity as the worst',
      {
        status: 'has risk',
        security_policy_violations: { security_policy_violation: { severity: 'SEVERE' } },
      },
      'hasRisk',
      'critical',
    ],
    [
      'an external analysis that finds what the own one does not',
      { status: 'no risk', external_risk_analysis: { status: 'HAS_RISK', severity: 'HIGH' } },
      'hasRisk',
      'high',
    ],
  ])('%s', (_what, result, status, severity) => {
    expect(riskOf(result)).toEqual({ order: 'AR1', status, severity });
  });
});

describe('a ticket as a whole', () => {
  it('closed without a last handler is an autoclose', () => {
    const last = { id: 7399, name: 'Default', assignee: 'N/A', status: 'N/A', fields: '' };
    const steps = [plainStep(7101, 'Open Request', 'DONE'), { id: 7102, name: 'Target', tasks: [last] }];
    expect(factsOf(wireTicket(steps, null)).autoClosed).toBe(true);
    expect(factsOf(wireTicket(steps, null, { status: 'Ticket Rejected' })).autoClosed).toBe(false);
  });

  it.each([
    ['EXPIRED', true],
    ['Expired', true],
    ['NOT_EXPIRED', false],
    ['EXPIRING', false],
    ['', false],
  ])('with expiration status %j is expired: %s', (expiration_status, expired) => {
    expect(factsOf(wireTicket([], 1, { expiration_status })).expired).toBe(expired);
  });

  it.each([
    ['Ticket Resolved', 'resolved'],
    ['Ticket Closed', 'closed'],
    ['Ticket Rejected', 'rejected'],
    ['Ticket Cancelled', 'cancelled'],
  ])('%s has no step, also when the server still names one', (status, expected) => {
    const facts = factsOf(wireTicket([plainStep(7101, 'Open Request')], 7101, { status }));
    expect(facts).toMatchObject({ status: expected, step: null });
  });

  it('takes the named request field, and says what there is when it is missing', () => {
    const wire = ticket('in-progress.single-as-object');
    expect(factsOf(wire, history, { requestField: null }).step?.request?.id).toBe('81031');
    const missing = factsOf(wire, history, { requestField: 'Access' }).step;
    expect(missing).toMatchObject({ request: null, fieldNames: ['Required Access', 'ITSM change'] });
  });

  it('with an unknown word is refused rather than guessed', () => {
    expect(() => factsOf(wireTicket([], 1, { status: 'Open' }))).toThrow(UnknownVendorWord);
    expect(() => factsOf(wireTicket([plainStep(1, 'X', 'SLEEPING')], 1))).toThrow(UnknownVendorWord);
    // An odd status in a step that was left long ago must not stop the ticket.
    expect(factsOf(wireTicket([plainStep(1, 'X', 'SLEEPING'), plainStep(2, 'Y')], 2)).step?.id).toBe('2');
  });

  it('takes the newest comment by its date, clipped', () => {
    const comment = [
      { content: 'x'.repeat(600), created: '2025-11-23T00:00:00.000+01:00' },
      { content: 'older', created: '2025-11-22T00:00:00.000+01:00' },
    ];
    const facts = factsOf(wireTicket([], 1, { comments: { comment } }));
    expect(facts.latestComment).toHaveLength(500);
  });

  it('checklist point 16: of 40 parallel tasks, 30 fields and very long names stays within a few tens of KB', () => {
    const long = 'n'.repeat(5000);
    const fields = {
      field: Array.from({ length: 30 }, (_, n) => ({
        '@xsi.type': 'text_area',
        id: n,
        name: `${n}${long}`,
        text: long,
      })),
    };
    const tasks = Array.from({ length: 40 }, (_, n) => ({
      id: n + 1,
      name: long,
      assignee: long,
      status: 'ASSIGNED',
      pending_reason: long,
      fields,
    }));
    const wire = wireTicket([{ id: 1, name: long, tasks }], 1, {
      subject: long,
      requester: long,
      comments: { comment: { content: long, created: null } },
    });
    expect(JSON.stringify(factsOf(wire)).length).toBeLessThan(40_000);
  });

  it('checklist point 16: of 150 access requests has the risk of each, a digest of all, and stays small', () => {
    const request = (at: number, port: number): Record<string, unknown> => ({
      order: `AR${at}`,
      sources: { source: [{ '@type': 'IP', ip_address: `10.0.${at}.1`, netmask: '255.255.255.255' }] },
      services: { service: [{ '@type': 'PROTOCOL', protocol: 'TCP', port }] },
      risk_analysis_result: { status: 'has risk', security_policy_violations: '' },
    });
    const facts = (lastPort: number): TicketFacts => {
      const requests = Array.from({ length: 150 }, (_, at) => request(at + 1, at === 149 ? lastPort : 443));
      const field = {
        '@xsi.type': 'multi_access_request',
        id: 9,
        name: 'Required Access',
        access_request: requests,
      };
      const task = { id: 1, name: 'Default', assignee: 'o.brandt', status: 'ASSIGNED', fields: { field } };
      return factsOf(wireTicket([{ id: 1, name: 'Design', tasks: [task] }], 1));
    };
    const read = facts(443);
    expect(read.step?.request?.risks).toHaveLength(150);
    expect(read.step?.request?.risks.at(-1)?.order).toBe('AR150');
    expect(facts(8443).step?.request?.requestDigest).not.toBe(read.step?.request?.requestDigest);
    expect(JSON.stringify(read).length).toBeLessThan(40_000);
  });

  it('reads any ticket whose empty and single entries come in any form', () => {
    const quirk = (value: unknown): unknown => {
      if (Array.isArray(value)) {
        const entries = value.map(quirk);
        return entries.length === 0 ? '' : entries.length === 1 ? entries[0] : entries;
      }
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, quirk(member)]));
    };
    const step = fc.record({
      id: fc.integer({ min: 1, max: 99 }),
      name: fc.string(),
      tasks: fc.constant(approvalStep(5).tasks),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 4 }), (steps) => {
        const named = steps.map((one, at) => ({ ...one, name: `${one.name}x${at}` }));
        const wire = wireTicket(named, named[0]?.id ?? 1);
        expect(factsOf(quirk(wire))).toEqual(factsOf(wire));
      }),
    );
  });
});
