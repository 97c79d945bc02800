import { createActivities } from '../../activities/index.js';
import { judgeVerification, type PushedDevice } from '../../activities/verify.js';
import { stepInstanceOf } from '../../src/domain/ticket.js';
import type { VerifierFacts, VerifierTarget } from '../../src/securechange/secure-change.js';
import { fakeEnvironment } from '../support/fake-environment.js';
import { runActivity } from './activity-environment.js';

const DEVICE: PushedDevice = {
  managementId: '21',
  name: 'DG-B',
  vendor: 'PaloAltoNetworks',
  done: true,
  revisionBefore: 65,
  committedUntil: '2025-11-22T23:41:03.000+01:00',
};
const SEEN: VerifierTarget = {
  managementId: '21',
  name: 'DG-B',
  status: 'implemented',
  revision: 66,
  revisionAt: null,
};

const pushed = (part: Partial<PushedDevice> = {}): PushedDevice => ({ ...DEVICE, ...part });
const says = (
  targets: readonly Partial<VerifierTarget>[],
  state: VerifierFacts['state'] = 'implemented',
): VerifierFacts => ({
  state,
  message: state === 'implemented' ? null : 'AR1: not implemented on DG-B',
  targets: targets.map((part) => ({ ...SEEN, ...part })),
});

it('is implemented when the verifier checked a revision after the push', () => {
  expect(judgeVerification(says([{}]), [pushed()])).toEqual({ state: 'implemented', message: null });
});

it.each<[string, readonly Partial<VerifierTarget>[], Partial<PushedDevice>]>([
  ['checked revision 65 of DG-B, which is older than the push', [{ revision: 65 }], {}],
  ['checked revision 64 of DG-B', [{ revision: 66 }, { revision: 64 }], {}],
  ['does not say which revision of DG-B', [{ revision: null }], {}],
  ['does not say that it checked DG-B', [], {}],
  ['does not say that it checked DG-B', [{ managementId: '22' }], {}],
  ['the saved or the installed policy of DG-B', [{}], { vendor: 'Checkpoint' }],
  ['the push of DG-B is not complete', [{}], { done: false }],
  ['the revision of DG-B before the push is unknown', [{}], { revisionBefore: null, committedUntil: null }],
])('is unverified, never implemented: %s', (reason, targets, device) => {
  const { state, message } = judgeVerification(says(targets), [pushed(device)]);
  expect([state, message]).toEqual(['unverified', expect.stringContaining(reason)]);
});

it('is unverified when one of several devices is in doubt, and names only some of many', () => {
  const others = Array.from({ length: 5 }, (_, at) => pushed({ managementId: `${at}`, name: `FW${at}` }));
  const { state, message } = judgeVerification(says([{}]), [pushed(), ...others]);
  expect(state).toBe('unverified');
  expect(message).toMatch(/FW0; .*FW2; and 2 more$/);
});

it.each([
  ['2025-11-22T23:41:03.000', 'implemented'],
  ['2025-11-23T00:10:00.000', 'implemented'],
  ['2025-11-22T23:40:00.000', 'unverified'],
  [null, 'unverified'],
  ['22.11.2025 23:59', 'unverified'],
])('goes by the time of the revision where none is known before the push: %s', (revisionAt, state) => {
  const device = pushed({ revisionBefore: null });
  expect(judgeVerification(says([{ revisionAt }]), [device]).state).toBe(state);
});

it("uses the verifier's result when no device needed a push, and none when the pushes are unknown", () => {
  expect(judgeVerification(says([{}]), []).state).toBe('implemented');
  expect(judgeVerification(says([{}]), null)).toEqual({
    state: 'unverified',
    message: 'it is unknown what was pushed, or when',
  });
});

it('returns not implemented with what the verifier checked', () => {
  const stale = says([{ revision: 65 }], 'notImplemented');
  expect(judgeVerification(stale, [pushed()])).toEqual({
    state: 'notImplemented',
    message:
      'AR1: not implemented on DG-B (the verifier checked revision 65 of DG-B, which is older than the push)',
  });
  expect(judgeVerification(says([{}], 'notImplemented'), [pushed()]).message).toBe(
    'AR1: not implemented on DG-B; a revision after the push shows it: the change was reverted, or replaced',
  );
  expect(judgeVerification(says([{}], 'notImplemented'), []).message).toBe('AR1: not implemented on DG-B');
  expect(judgeVerification(says([{}], 'notImplemented'), null).state).toBe('notImplemented');
});

it('reads the verifier of the step it is asked for', async () => {
  const env = fakeEnvironment();
  const ticket = env.ticket();
  const { verify } = createActivities(env.deps());
  const step = {
    ticketId: ticket.id,
    stepInstance: stepInstanceOf(ticket.facts(null))!,
    requestField: 'Required Access',
  };
  const device = { ...DEVICE, managementId: 'm-FW1', name: 'FW1' };
  expect(await runActivity(verify, { ...step, pushed: [{ ...device, revisionBefore: 99 }] })).toEqual({
    state: 'implemented',
    message: null,
  });
  expect(await runActivity(verify, { ...step, pushed: [{ ...device, revisionBefore: 100 }] })).toMatchObject({
    state: 'unverified',
  });
});
