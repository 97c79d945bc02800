import { stepInstanceOf } from '../../src/domain/ticket.js';
import { readJsonFixture } from './fixture.js';
import { approvalStep, factsOf, plainStep, wireHistory, wireTicket } from './ticket-builder.js';

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
