/** Settings of a gateway at start. Times are milliseconds. */
export interface GatewaySettings {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** PEM texts; null serves plain HTTP, which is refused on anything but loopback unless `allowPlainHttp`. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly allowPlainHttp: boolean;
  /** Shared with the workers: what signs commands. At least 16 characters. */
  readonly actorKey: string;
  /** Of our namespace in the Temporal Web UI, for links of pages; null: there are none. */
  readonly temporalUiUrl: string | null;
  readonly limits?: Partial<GatewayLimits>;
}

export interface GatewayLimits {
  /** How long Temporal may take to store an event; then the mediator gets 503 and sends it again. */
  readonly reportDeadlineMs: number;
  readonly commandDeadlineMs: number;
  readonly readDeadlineMs: number;
  readonly maxBodyBytes: number;
  readonly maxXmlBytes: number;
  /** Calls to Temporal under way; further ones are refused with Retry-After. */
  readonly maxInFlight: number;
  /** Of these, calls that wait for the result of a script; further ones are answered once the event is stored. */
  readonly maxWaitingForScripts: number;
  readonly failuresPerMinute: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly checkConnectionsEveryMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly maxRequestsPerSocket: number;
  readonly maxHeaders: number;
  readonly maxConnections: number;
  /** How long calls under way may take to finish when the gateway stops. */
  readonly stopGraceMs: number;
}

export const DEFAULT_LIMITS: GatewayLimits = {
  // The mediator gets its answer within 2 s; the difference is for the network.
  reportDeadlineMs: 1_600,
  commandDeadlineMs: 5_000,
  readDeadlineMs: 10_000,
  maxBodyBytes: 256 * 1024,
  maxXmlBytes: 192 * 1024,
  maxInFlight: 256,
  maxWaitingForScripts: 64,
  failuresPerMinute: 10,
  // Node's own defaults (60 s, 300 s, every 30 s, any number of sockets) let a few hundred dribbling clients in.
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 15_000,
  checkConnectionsEveryMs: 1_000,
  keepAliveTimeoutMs: 5_000,
  maxRequestsPerSocket: 1_000,
  maxHeaders: 50,
  maxConnections: 512,
  stopGraceMs: 10_000,
};

/** What the gateway needs of a logger; pino fits. */
export interface GatewayLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface GatewayClock {
  now(): number;
}
