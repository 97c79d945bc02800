import { ApplicationFailure } from '@temporalio/common';

import { toApplicationFailure, translateFailures } from '../../activities/failures.js';
import { CallFailure, FAILURE_KINDS, type FailureKind } from '../../src/domain/failure.js';
import { refused } from '../support/fake-secure-change.js';
import { runActivity } from './activity-environment.js';

const RETRIED: readonly FailureKind[] = ['transient', 'busy', 'ambiguous'];

it.each(FAILURE_KINDS)(
  'a failure of kind %s becomes the one error type that Temporal understands',
  (kind) => {
    const failure = refused({ kind, code: 'securechange.general', holder: 'n.weber', status: 400 });
    const translated = toApplicationFailure(failure, 1);

    expect(translated).toBeInstanceOf(ApplicationFailure);
    expect(translated).toMatchObject({
      type: kind,
      nonRetryable: !RETRIED.includes(kind),
      details: [failure.facts],
      message: 'securechange: call: refused',
    });
  },
);

it('what a system says about when to come back is kept', () => {
  expect(toApplicationFailure(refused({ kind: 'busy', retryAfterMs: 7_000 }), 1)).toMatchObject({
    nextRetryDelay: 7_000,
  });
});

it('an unexpected answer to a read is read again a few times, then the activity fails', () => {
  const odd = refused({ kind: 'bug', mayPass: true });
  const attempts = [1, 2, 3, 4, 5, 6, 7].map((attempt) => toApplicationFailure(odd, attempt));
  expect(attempts.map((one) => (one as ApplicationFailure).nonRetryable)).toEqual([
    ...[false, false, false, false, false],
    ...[true, true],
  ]);
});

it('another error is returned unchanged', () => {
  const error = new TypeError('a bug');
  expect(toApplicationFailure(error, 1)).toBe(error);
});

it('every activity converts its failures and returns its results unchanged', async () => {
  const { good, bad } = translateFailures({
    good: (input: number) => Promise.resolve(input + 1),
    bad: (_: number): Promise<number> => Promise.reject(refused({ kind: 'auth' })),
  });
  expect(await runActivity(good, 1)).toBe(2);
  await expect(runActivity(bad, 1)).rejects.toMatchObject({ type: 'auth' });
});

it('a failure names system, operation and reason, and nothing else', () => {
  const failure = new CallFailure(refused().facts, { cause: new Error('a body with a secret') });
  const translated = toApplicationFailure(failure, 1) as ApplicationFailure;
  expect(translated.message + JSON.stringify(translated.details)).not.toContain('secret');
});
