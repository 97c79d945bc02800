import type { Client } from '@temporalio/client';
import { ClientError } from './contract.js';
import { callWithDeadline, type DeadlineScope } from './deadline.js';
import { isFailedQuery, toClientError, type Call } from './errors.js';

export interface TemporalReader {
  readonly client: Client;
  readonly connection: DeadlineScope;
  readonly deadlineMs: number;
}

/** One call with a deadline, a failed query a second time; whatever it throws becomes a ClientError. */
export async function askTemporal<T>(reader: TemporalReader, call: Call, run: () => Promise<T>): Promise<T> {
  const once = async (): Promise<T> => await callWithDeadline(reader.connection, reader.deadlineMs, run);
  try {
    return await once().catch(async (error: unknown) => {
      if (call.kind !== 'query' || !isFailedQuery(error)) throw error;
      return await once();
    });
  } catch (error) {
    const clientError = toClientError(error, call);
    // A query that got no answer in time may miss its worker or the whole server: the server itself knows.
    if (clientError.code !== 'workerAway' || (await answers(reader, 1_000))) throw clientError;
    throw new ClientError(
      'temporalAway',
      `temporal: ${call.what}: Temporal does not answer: check TEMPORAL_ADDRESS and that the server runs`,
      { cause: error },
    );
  }
}

/** Temporal answers at all, within `deadlineMs`. */
export async function answers(
  { client, connection }: Pick<TemporalReader, 'client' | 'connection'>,
  deadlineMs: number,
): Promise<boolean> {
  try {
    await callWithDeadline(connection, deadlineMs, () => client.workflowService.getSystemInfo({}));
    return true;
  } catch {
    return false;
  }
}
