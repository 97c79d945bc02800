import { judgeApproval } from '../../src/domain/approval.js';
import type { ApprovalPolicy } from '../../src/domain/process.js';
import type { ApprovalFacts } from '../../src/domain/ticket.js';

const POLICY: ApprovalPolicy = {
  name: 'approval',
  covers: 'requestAndDesign',
  needed: 'byRisk',
  roles: [],
  step: 'Approval',
  field: 'Approve',
  onReject: 'park',
  requesterMayApprove: false,
};

const PEOPLE = { serviceAccounts: ['automation'], approvers: { security: ['b.jung'] } };

function field(part: Partial<ApprovalFacts> = {}): ApprovalFacts {
  return {
    stepId: 's3',
    stepName: 'Approval',
    taskId: 't1',
    taskStatus: 'DONE',
    fieldName: 'Approve',
    approved: true,
    reason: null,
    by: 'a.schmidt',
    skipped: false,
    redone: false,
    inEpoch: true,
    ...part,
  };
}

const judge = (approvals: readonly ApprovalFacts[], policy: Partial<ApprovalPolicy> = {}) =>
  judgeApproval({ approvals, requester: 'r.meier' }, { ...POLICY, ...policy }, PEOPLE);

it('is given when every parallel task says yes, by people', () => {
  expect(judge([field(), field({ taskId: 't2', by: 'b.jung' })])).toEqual({
    kind: 'approved',
    by: ['a.schmidt', 'b.jung'],
  });
});

it('names each person once, and no service account beside them', () => {
  expect(judge([field(), field({ taskId: 't2' }), field({ taskId: 't3', by: 'automation' })])).toEqual({
    kind: 'approved',
    by: ['a.schmidt'],
  });
});

it('compares people as SecureChange does: without case, with or without their domain', () => {
  const by = (...logins: string[]) =>
    judge(logins.map((login, at) => field({ taskId: `t${at}`, by: login })));
  expect(by('R.Meier')).toMatchObject({ kind: 'invalid', reason: expect.stringContaining('requester') });
  expect(by('CORP\\r.meier')).toMatchObject({ kind: 'invalid' });
  expect(by('Automation')).toMatchObject({ kind: 'invalid', reason: expect.stringContaining('service') });
  expect(by('a.schmidt', 'A.Schmidt')).toEqual({ kind: 'approved', by: ['a.schmidt'] });
});

it('is invalid when the ticket names no requester: whether they approved is unknown', () => {
  const withoutPerson = { approvals: [field()], requester: '' };
  expect(judgeApproval(withoutPerson, POLICY, PEOPLE)).toMatchObject({ kind: 'invalid' });
  expect(judgeApproval(withoutPerson, { ...POLICY, requesterMayApprove: true }, PEOPLE)).toMatchObject({
    kind: 'approved',
  });
});

it.each<[string, ApprovalFacts[], object]>([
  ['nothing was asked yet', [], { kind: 'waiting', tasks: 0 }],
  ['only another step has such a field', [field({ stepName: 'Review' })], { kind: 'waiting', tasks: 0 }],
  ['only another field was answered', [field({ fieldName: 'Other' })], { kind: 'waiting', tasks: 0 }],
  [
    'one of two has not answered',
    [field(), field({ taskId: 't2', approved: null })],
    { kind: 'waiting', tasks: 1 },
  ],
  [
    'the answer is there and the task is not done',
    [field({ taskStatus: 'ASSIGNED' })],
    { kind: 'waiting', tasks: 1 },
  ],
  ['it was given in an older epoch', [field({ inEpoch: false })], { kind: 'waiting', tasks: 0 }],
  ['the step was redone since', [field({ redone: true })], { kind: 'waiting', tasks: 0 }],
])('is waited for while %s', (_, fields, verdict) => {
  expect(judge(fields)).toEqual(verdict);
});

it('is refused by a single no, with its reason, whatever the others say', () => {
  const no = field({ taskId: 't2', approved: false, by: 'b.jung', reason: 'too broad' });
  expect(judge([field(), no])).toEqual({ kind: 'rejected', by: 'b.jung', reason: 'too broad' });
});

it.each<[string, Partial<ApprovalFacts>, RegExp]>([
  ['the step was skipped', { skipped: true }, /a skipped step is no approval/],
  ['only a service account gave it', { by: 'automation' }, /a person must/],
  ['no approver is named', { by: null }, /a person must/],
  ['the requester gave it alone', { by: 'r.meier' }, /another person must/],
])('is invalid when %s', (_, part, reason) => {
  expect(judge([field(part)])).toEqual({ kind: 'invalid', reason: expect.stringMatching(reason) as string });
});

it('counts the requester where the process says so, or beside another person', () => {
  expect(judge([field({ by: 'r.meier' })], { requesterMayApprove: true })).toMatchObject({
    kind: 'approved',
  });
  expect(judge([field({ by: 'r.meier' }), field({ taskId: 't2' })])).toMatchObject({ kind: 'approved' });
});

it('counts only the last pass through the step', () => {
  const first = field({ stepId: 's3', approved: false });
  const second = field({ stepId: 's6', taskId: 't9', by: 'b.jung' });
  expect(judge([first, second])).toEqual({ kind: 'approved', by: ['b.jung'] });
  expect(judge([field({ stepId: 's3' }), field({ stepId: 's6', approved: null })])).toEqual({
    kind: 'waiting',
    tasks: 1,
  });
});

it('does not wait for a task that SecureChange made invalid', () => {
  expect(judge([field(), field({ taskId: 't2', approved: null, taskStatus: 'INVALID' })])).toMatchObject({
    kind: 'approved',
  });
});

it('counts only people with one of the roles, where the process asks for a role', () => {
  const policy = { roles: ['security'] };
  expect(judge([field({ by: 'b.jung' })], policy)).toEqual({ kind: 'approved', by: ['b.jung'] });
  expect(judge([field(), field({ taskId: 't2', by: 'b.jung' })], policy)).toEqual({
    kind: 'approved',
    by: ['b.jung'],
  });
  expect(judge([field()], policy)).toEqual({
    kind: 'invalid',
    reason: 'a.schmidt approved without the role security (approvers in people.yaml)',
  });
  expect(judge([field()], { roles: ['another'] })).toMatchObject({ kind: 'invalid' });
});

describe('of an earlier epoch, with only later steps run again', () => {
  const before = field({ inEpoch: false, before: true, requestDigest: 'r1' });

  it('stands for the request alone, and says which request it was', () => {
    expect(judge([before], { covers: 'request' })).toEqual({
      kind: 'approved',
      by: ['a.schmidt'],
      requestDigest: 'r1',
    });
    expect(judge([before], { covers: 'risk' })).toEqual({ kind: 'waiting', tasks: 0 });
    expect(judge([before])).toEqual({ kind: 'waiting', tasks: 0 });
  });

  it('is void when its task does not show the request, its step was skipped, or it is on the way again', () => {
    const { requestDigest: _, ...hidden } = before;
    expect(judge([hidden], { covers: 'request' })).toEqual({ kind: 'waiting', tasks: 0 });
    expect(judge([{ ...before, skipped: true }], { covers: 'request' })).toMatchObject({ kind: 'invalid' });
    expect(judge([{ ...before, redone: true }], { covers: 'request' })).toEqual({
      kind: 'waiting',
      tasks: 0,
    });
  });
});

it('is invalid when parallel tasks approved different requests', () => {
  const tasks = [field({ requestDigest: 'r1' }), field({ taskId: 't2', by: 'b.jung', requestDigest: 'r2' })];
  expect(judge(tasks)).toMatchObject({
    kind: 'invalid',
    reason: expect.stringContaining('different') as string,
  });
});
