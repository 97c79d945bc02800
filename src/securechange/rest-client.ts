import { createRestConnection, type SecureChangeOptions } from './rest-connection.js';
import { createReads } from './rest-reads.js';
import { createWrites } from './rest-writes.js';
import type { SecureChange } from './secure-change.js';

/** SecureChange and SecureTrack over REST: JSON, one attempt a call, failures as `CallFailure` by the vendor's texts. */
export function createSecureChange(options: SecureChangeOptions): SecureChange {
  const connection = createRestConnection(options);
  return {
    ...createReads(connection, options),
    ...createWrites(connection),
    clockDifference: () => connection.clockDifference(),
  };
}
