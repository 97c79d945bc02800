import type { TemporalAddress } from '../../../src/temporal/address.js';
import { clientOf } from './client-of.js';
import type { OrchestratorClient } from './contract.js';
import { openReader } from './open-reader.js';

export interface ClientOptions extends TemporalAddress {
  /** How long one answer may take, in ms; default 10 s. */
  readonly deadlineMs?: number;
}

/**
 * Opens the typed client for reading: tickets, lanes, stop switch. Nothing is sent before the first call. The address is
 * the one given, else what the SDK's environment configuration says (TEMPORAL_ADDRESS, …). Every error is a ClientError.
 */
export function createClient(options: ClientOptions = {}): OrchestratorClient {
  return clientOf(openReader(options));
}
