import type { PayloadProtection } from '../config/payload-keys.js';

/** How to reach Temporal with TLS: `true` for the authorities that the system trusts. */
export type TemporalTls =
  | boolean
  | null
  | {
      /** Name in the server's certificate, where it is not that of the address. */
      readonly serverNameOverride?: string;
      /** PEM. */
      readonly serverRootCACertificate?: Uint8Array;
      /** PEM, for mutual TLS. */
      readonly clientCertPair?: { readonly crt: Uint8Array; readonly key: Uint8Array };
    };

/** Where Temporal is; what is left out comes from the SDK's environment configuration (TEMPORAL_ADDRESS, …, or its TOML file). */
export interface TemporalAddress {
  /** `host:port`; default `localhost:7233`. */
  readonly address?: string;
  /** Default `default`. */
  readonly namespace?: string;
  readonly tls?: TemporalTls;
  /** How payloads are encrypted; what SCO_PAYLOAD_CODEC and SCO_PAYLOAD_KEYS say when absent. */
  readonly payloads?: PayloadProtection;
}
