import * as fc from 'fast-check';
import { seenStateOf, stepInstanceOf } from '../../src/domain/ticket.js';
import { UnknownVendorWord } from '../../src/securechange/words.js';
import { fixtureNames, readJsonFixture, type Recorded } from './fixture.js';
import { approvalStep, factsOf, plainStep, wireHistory, wireTicket } from './ticket-builder.js';

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

describe('the epoch', () => {
  it.each([
    ['Reverted request to a previous task'],
    ['Reopened request to a previous task'],
    ['Resubmit request'],
    ['Reverted request to the requester'],
    ['Ticket sent to j.meier to be resubmitted'],
  ])('grows with "%s"', (description) => {
    const lines = wireHistory([
      ['Implementation', description, 'o.brandt'],
      ['Open Request', 'Create request'],
    ]);
    const facts = factsOf(wireTicket([plainStep(7101, 'Open Request')], 7101), lines);
    expect(facts.epoch).toBe(2);
    expect(stepInstanceOf(facts)).toBe('7101:7301:2');
  });

  it('voids what was completed before it', () => {
    const steps = [approvalStep(7103), plainStep(7104, 'Implementation')];
    const approvedBefore: [string, string][] = [
      ['Implementation', 'Reverted request to a previous task'],
      ['Approval', "Complete request's task"],
    ];
    expect(factsOf(wireTicket(steps, 7104), wireHistory(approvedBefore)).approvals[0]?.inEpoch).toBe(false);
    const approvedAgain: [string, string][] = [['Approval', "Complete request's task"], ...approvedBefore];
    expect(factsOf(wireTicket(steps, 7104), wireHistory(approvedAgain)).approvals[0]?.inEpoch).toBe(true);
  });
});

describe('an approval', () => {
  const redone = (steps: Parameters<typeof wireTicket>[0], current: number) =>
    factsOf(wireTicket(steps, current)).approvals.map((one) => one.redone);

  it('is void while the ticket stands before it again (ids kept)', () => {
    expect(
      redone([plainStep(7102, 'Design'), approvalStep(7103), plainStep(7104, 'Implementation')], 7102),
    ).toEqual([true]);
    expect(
      redone([plainStep(7102, 'Design'), approvalStep(7103), plainStep(7104, 'Implementation')], 7104),
    ).toEqual([false]);
  });

  it('of an earlier pass is void (new ids), that of the new pass is not', () => {
    const steps = [
      plainStep(7102, 'Design'),
      approvalStep(7103),
      plainStep(7104, 'Implementation'),
      plainStep(7105, 'Design'),
    ];
    expect(redone(steps, 7105)).toEqual([true]);
    const later = [...steps, approvalStep(7106), plainStep(7107, 'Implementation')];
    expect(redone(later, 7107)).toEqual([true, false]);
  });

  it('is not void because of the redone flag of a step that was done again', () => {
    const steps = [{ ...approvalStep(7103), redone: true }, plainStep(7104, 'Implementation')];
    expect(redone(steps, 7104)).toEqual([false]);
  });

  it('of a skipped step is marked, by the step or by the history', () => {
    const steps = [approvalStep(7103), plainStep(7104, 'Implementation')];
    const flagged = [{ ...approvalStep(7103), skipped: true }, plainStep(7104, 'Implementation')];
    expect(factsOf(wireTicket(flagged, 7104)).approvals[0]?.skipped).toBe(true);
    const history = wireHistory([['Approval', 'Step was skipped']]);
    expect(factsOf(wireTicket(steps, 7104), history).approvals[0]?.skipped).toBe(true);
  });

  it('of a step that was skipped before the ticket went back counts when it was given since', () => {
    const steps = [approvalStep(7103), plainStep(7104, 'Implementation')];
    const history = wireHistory([
      ['Approval', "Complete request's task"],
      ['Implementation', 'Reverted request to a previous task'],
      ['Approval', 'Step was skipped'],
    ]);
    expect(factsOf(wireTicket(steps, 7104), history).approvals[0]).toMatchObject({
      skipped: false,
      inEpoch: true,
    });
  });

  it('comes from every parallel task, in the order of the steps whatever order they came in', () => {
    const parallel = {
      id: 7103,
      name: 'Approval',
      tasks: [...approvalStep(7103).tasks, ...approvalStep(8103, { approved: false }).tasks],
    };
    const facts = factsOf(wireTicket([plainStep(7104, 'Implementation'), parallel, approvalStep(999)], 7104));
    expect(facts.approvals.map((one) => [one.stepId, one.approved])).toEqual([
      ['999', true],
      ['7103', true],
      ['7103', false],
    ]);
    expect(facts.previousStepName).toBe('Approval');
  });
});

describe('an automatic step', () => {
  const at = (lines: Parameters<typeof wireHistory>[0]) =>
    factsOf(wireTicket([plainStep(7102, 'Auto Design and Risk')], 7102), wireHistory(lines))
      .automationFailure;
  const step = 'Auto Design and Risk';

  it('that failed says which tool, and why', () => {
    const failed = readJsonFixture('securechange', 'history.auto-step-failed.json');
    const facts = factsOf(wireTicket([plainStep(7102, step)], 7102), failed);
    expect(facts.automationFailure).toEqual({ tool: 'design', reason: 'no relevant targets' });
  });

  it.each([
    ['Automatic step: Target suggestion failed due to: x', 'target'],
    ['Automatic step: Verifier failed due to: x', 'verifier'],
    ['Automatic step: Designer (Design stage) failed due to: x', 'design'],
    ['Automatic step: Risk failed due to: x', 'risk'],
    ['Automatic step: Designer (Update stage) failed due to: x', 'update'],
    ['Automatic step: Something new failed due to: x', 'unknown'],
  ])('%s', (description, tool) => {
    expect(at([[step, description]])).toEqual({ tool, reason: 'x' });
  });

  it('that failed without a reason is seen all the same', () => {
    const failed = readJsonFixture('securechange', 'history.auto-step-failed-without-reason.json');
    const facts = factsOf(wireTicket([plainStep(7104, 'Implementation')], 7104), failed);
    expect(facts.automationFailure).toEqual({ tool: 'update', reason: 'none given' });
  });

  it.each([
    'Automatic step: Risk failed',
    'Automatic step: Risk failed.',
    'Automatic step: Risk failed due to:',
    'Automatic step: Risk failed due to: ',
    'automatic step: Risk FAILED due to',
  ])('%j gives no reason', (description) => {
    expect(at([[step, description]])).toEqual({ tool: 'risk', reason: 'none given' });
  });

  it('is forgotten once it ran on, ran again, was left, or the ticket went back', () => {
    const failed: [string, string] = [step, 'Automatic step: Risk failed due to: x'];
    expect(at([[step, 'Automatic step: Risk completed'], failed])).toBeNull();
    expect(at([[step, 'Move task to the pending status (Executing automatic tasks)'], failed])).toBeNull();
    expect(at([['Other step', 'Automatic step: Risk failed due to: x']])).toBeNull();
    expect(at([['Approval', 'Reverted request to a previous task'], failed])).toBeNull();
    expect(at([['Other step', 'Update D succeeded'], failed])).not.toBeNull();
  });
});

describe('what the history shows', () => {
  it('names steps that were left with their epoch, what began an epoch, and each failure', () => {
    const lines: Parameters<typeof wireHistory>[0] = [
      ['Approval', "Complete request's task"],
      ['Design', 'Move to the next step'],
      ['Design', "Complete request's task"],
      ['Approval', 'Reverted request to a previous task'],
      ['Design', 'Automatic step: Risk failed due to: y'],
      ['Design', 'Automatic step: Risk failed due to: x'],
      ['Design', "Complete request's task"],
    ];
    const { shownEvents } = factsOf(wireTicket([plainStep(7104, 'Approval')], 7104), wireHistory(lines));
    expect(shownEvents).toEqual([
      { event: 'ADVANCE', step: 'Approval', nth: 2 },
      { event: 'ADVANCE', step: 'Design', nth: 2 },
      { event: 'REDO', step: null, nth: 2 },
      { event: 'AUTOMATION_FAILED', step: 'Design', nth: 2 },
      { event: 'AUTOMATION_FAILED', step: 'Design', nth: 1 },
      { event: 'ADVANCE', step: 'Design', nth: 1 },
    ]);
  });
});

describe('the person behind an Update or Commit', () => {
  const steps = [plainStep(7103, 'Design', 'DONE'), plainStep(7104, 'Implementation')];
  const facts = (lines: Parameters<typeof wireHistory>[0]) =>
    factsOf(wireTicket(steps, 7104), wireHistory(lines));
  const by = (lines: Parameters<typeof wireHistory>[0]) => facts(lines).provisionedBy;
  const at = 'Implementation';

  it('is the newest one, never the system or our own user', () => {
    expect(by([])).toBeNull();
    expect(by([[at, 'Update DG-B succeeded', 'System']])).toBeNull();
    expect(by([[at, 'Update DG-B succeeded', 'WF-API']])).toBeNull();
    expect(by([[at, 'Commit DG-B succeeded', 'n.weber']])).toBe('n.weber');
    expect(
      by([
        [at, 'Update DG-B succeeded', 'System'],
        [at, 'Update device', 'o.brandt'],
        [at, 'update DG-B failed due to: x', 'j.meier'],
      ]),
    ).toBe('o.brandt');
  });

  it('is not the person who changed something else, however it is called', () => {
    const recorded = readJsonFixture('securechange', 'history.expiration-after-update.json');
    expect(factsOf(wireTicket(steps, 7104), recorded).provisionedBy).toBeNull();
    expect(by([[at, 'Update field with ID 65,019 using PUT method in REST API', 'h.carr']])).toBeNull();
    expect(by([[at, 'Updated priority', 'h.carr']])).toBeNull();
    expect(by([[at, 'Publish succeeded', 'h.carr']])).toBeNull();
  });

  it.each([
    'Update device failed',
    'update DG-B failed due to: x',
    'Update DG-B did not run',
    'Update device',
  ])('is not named by "%s": only what succeeded has a doer', (description) => {
    expect(by([[at, description, 'o.brandt']])).toBeNull();
  });

  it('is of this step and epoch; what was done in the step before is kept apart', () => {
    const before: [string, string, string] = ['Design', 'Update DG-B succeeded', 'o.brandt'];
    expect(facts([before])).toMatchObject({ provisionedBy: null, provisionedBefore: 'o.brandt' });
    const sentBack: [string, string] = [at, 'Reverted request to a previous task'];
    expect(facts([sentBack, [at, 'Update DG-B succeeded', 'o.brandt'], before])).toMatchObject({
      provisionedBy: null,
      provisionedBefore: null,
    });
  });

  it('is not whoever clicked before our own Update succeeded', () => {
    expect(
      by([
        [at, 'Update DG-B succeeded', 'System'],
        [at, 'Update device', 'wf-api'],
        [at, 'update DG-B failed due to: locked', 'System'],
        [at, 'Update device', 'o.brandt'],
      ]),
    ).toBeNull();
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

  it('of 40 parallel tasks, 30 fields and very long names stays within a few tens of KB', () => {
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
