import {
  Client,
  Connection,
  type ConnectionOptions,
  type WorkflowClientInterceptor,
} from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { payloadProtectionOf } from '../config/payload-keys.js';
import type { TemporalAddress } from './address.js';
import { clientDataConverter, codecOf } from './data-converter.js';
import { createGrpcRetries } from './grpc-retries.js';
import { withReadableRows } from './readable-rows.js';

/** An open (or lazy) way to one namespace of one Temporal. */
export interface TemporalAccess {
  readonly connection: Connection;
  readonly client: Client;
  readonly namespace: string;
  readonly close: () => Promise<void>;
}

export interface ConnectOptions extends TemporalAddress {
  /** Shown in every event of a history: `gateway@host`, `sco@host`. */
  readonly identity: string;
  /** Do not wait for Temporal: the first call connects. For the gateway, which starts while Temporal is away. */
  readonly lazy?: boolean;
  /** How often a call that does not get through is sent in all; default 10, about 8 s. */
  readonly attempts?: number;
  /** Of starts, signals and updates. */
  readonly interceptors?: readonly WorkflowClientInterceptor[];
}

/**
 * Connects to Temporal, by default as the SDK's environment configuration says.
 * Without `lazy` it rejects with the SDK's error when the server does not answer within 10 s.
 */
export async function connectTemporal(options: ConnectOptions): Promise<TemporalAccess> {
  const access = openTemporal(options);
  if (options.lazy) return access;
  try {
    await access.connection.ensureConnected();
  } catch (error) {
    await access.close();
    throw error;
  }
  return access;
}

/** The same without waiting: nothing is sent before the first call. */
export function openTemporal(options: ConnectOptions): TemporalAccess {
  const { connectionOptions, namespace } = connectionOptionsOf(options);
  const retries = createGrpcRetries(options.attempts ?? 10);
  const connection = Connection.lazy({ ...connectionOptions, interceptors: retries.interceptors });
  const client = clientOn(connection, { ...options, namespace });
  const close = async (): Promise<void> => {
    await retries.stop();
    await connection.close();
  };
  return { connection, client, namespace, close };
}

/** Every client of ours is made here: it has the codec, and readable rows. */
function clientOn(
  connection: Connection,
  {
    namespace,
    identity,
    payloads,
    interceptors,
  }: Pick<ConnectOptions, 'namespace' | 'identity' | 'payloads' | 'interceptors'>,
): Client {
  const client = new Client({
    connection,
    namespace: namespace ?? 'default',
    identity,
    dataConverter: clientDataConverter(payloads ?? payloadProtectionOf()),
    ...(interceptors !== undefined && { interceptors: { workflow: [...interceptors] } }),
  });
  withReadableRows(connection, codecOf(client));
  return client;
}

/** The address in use, for messages to people; never holds a credential. */
export function temporalAddressOf(address: TemporalAddress = {}): string {
  return connectionOptionsOf(address).connectionOptions.address ?? 'localhost:7233';
}

function connectionOptionsOf(given: TemporalAddress): {
  connectionOptions: ConnectionOptions;
  namespace: string;
} {
  const loaded = loadClientConnectConfig();
  // envconfig types its result for the worker's native connection; the fields it sets are common to both kinds.
  const fromEnvironment = withoutUndefined(loaded.connectionOptions) as ConnectionOptions;
  return {
    namespace: given.namespace ?? loaded.namespace ?? 'default',
    connectionOptions: {
      ...fromEnvironment,
      ...(given.address !== undefined && { address: given.address }),
      ...(given.tls !== undefined && { tls: given.tls }),
      channelArgs: {
        // After an outage gRPC would wait up to two minutes before it tries again.
        'grpc.initial_reconnect_backoff_ms': 200,
        'grpc.max_reconnect_backoff_ms': 1_000,
        // A page of a large ticket's history is over gRPC's own 4 MB; the SDK means to set this and misspells it.
        'grpc.max_receive_message_length': 128 * 1024 * 1024,
      },
    },
  };
}

function withoutUndefined(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
