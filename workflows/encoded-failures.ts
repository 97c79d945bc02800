import { defaultPayloadConverter, type ProtoFailure } from '@temporalio/common';
import { getActivator } from '@temporalio/workflow/lib/global-attributes.js';

/**
 * Where payloads are encrypted, activities fail with their messages in a payload. The SDK decodes it for us, and would write the
 * message in clear when the workflow itself fails with it. So what came encoded leaves encoded, with everything that wraps it.
 * (Whether payloads are encrypted, no workflow knows.)
 */
export function keepFailuresEncoded(): void {
  const activator = getActivator();
  const { failureConverter } = activator;
  activator.failureConverter = {
    failureToError: (...given) => failureConverter.failureToError(...given),
    errorToFailure: (...given) => {
      const failure = failureConverter.errorToFailure(...given);
      return isEncoded(failure) ? encoded(failure) : failure;
    },
  };
}

function isEncoded(failure: ProtoFailure | null | undefined): boolean {
  if (!failure) return false;
  return Boolean(failure.encodedAttributes) || isEncoded(failure.cause);
}

function encoded(failure: ProtoFailure): ProtoFailure {
  const { message, stackTrace, encodedAttributes, cause } = failure;
  return {
    ...failure,
    message: 'Encoded failure',
    stackTrace: '',
    // What wraps it came in clear; what came encoded is as it came.
    encodedAttributes:
      encodedAttributes ?? defaultPayloadConverter.toPayload({ message, stack_trace: stackTrace }),
    ...(cause && { cause: encoded(cause) }),
  };
}
