import { DefaultFailureConverter } from '@temporalio/common';

/** Messages and stacks of errors become payloads, which the codec encrypts. The SDK asks for this name. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
