import { CallFailure, type FailureFacts } from '../../src/domain/failure.js';

/** What a call failed with; throws when it succeeded, or failed with anything but a `CallFailure`. */
export async function failureOf(call: Promise<unknown>): Promise<FailureFacts> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CallFailure)) throw new Error(`expected a CallFailure, got ${String(error)}`);
  return error.facts;
}
