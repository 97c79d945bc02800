import { createDeviceTree } from './device-tree.js';
import { createProvisioningReads } from './provisioning-reads.js';
import { createRestConnection, type SecureChangeOptions } from './rest-connection.js';
import { createNewTickets } from './new-tickets.js';
import { createBackOut } from './back-out.js';
import { createWrites } from './rest-writes.js';
import type { SecureChange } from './secure-change.js';
import { createTicketReads } from './ticket-reads.js';

/** SecureChange and SecureTrack over REST: JSON, one attempt a call, failures as `CallFailure` by the vendor's texts. */
export function createSecureChange(options: SecureChangeOptions): SecureChange {
  const connection = createRestConnection(options);
  const devices = createDeviceTree(
    connection.securetrack,
    () => options.clock.now(),
    options.deviceListMaxAgeMs,
  );
  return {
    ...createTicketReads(connection, options, devices),
    ...createProvisioningReads(connection, options, devices),
    ...createWrites(connection),
    ...createNewTickets(connection),
    ...createBackOut(connection),
    clockDifference: () => connection.clockDifference(),
    secureTrackClockDifference: () => connection.secureTrackClockDifference(),
  };
}
