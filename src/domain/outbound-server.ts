import type { RecordRules } from './record-rules.js';
import type { RefreshTokenRules } from './refresh-token.js';
import type { Secret } from './secret.js';

/** OAuth 2.0: the token is fetched, and renewed before it expires. */
export type OAuthGrant = {
  readonly kind: 'oauth';
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** Where the client's credentials stand in the token request: in its body or as Basic. */
  readonly clientAuth: 'body' | 'basic';
  readonly scope: string | null;
} & (
  | { readonly grant: 'clientCredentials' }
  | { readonly grant: 'password'; readonly user: string; readonly password: Secret }
  | {
      readonly grant: 'refreshToken';
      readonly refreshToken: Secret;
      readonly refreshRules: RefreshTokenRules;
    }
);

/** An ITSM (or other) server as integrations see it: references resolved, read live by name at each send. */
export interface OutboundServer {
  readonly name: string;
  readonly kind: 'servicenow' | 'http' | 'mail';
  /** Without a path below the instance, no trailing slash; of kind `mail` smtp://host or smtps://host. */
  readonly url: string;
  readonly auth:
    | { readonly kind: 'none' }
    | { readonly kind: 'basic'; readonly user: string; readonly password: Secret }
    | { readonly kind: 'bearer'; readonly token: Secret }
    | OAuthGrant
    /** A registered script prints the token. */
    | { readonly kind: 'tokenScript'; readonly script: string };
  /** PEM text of the certificate authority to trust besides the system's; null = the system's only. */
  readonly caPem: string | null;
  readonly verifyTls: boolean;
  /** PEM texts with which we prove who we are in TLS; null: we do not. */
  readonly clientCertificate: { readonly certPem: string; readonly keyPem: string } | null;
  readonly proxy: string | null;
  /** Ranges such as 10.0.0.0/8 that it may be connected at; null: any but link-local ones. */
  readonly allowedAddresses: readonly string[] | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Most calls under way at once, of each worker. */
  readonly concurrency: number;
  /** Most calls a minute, of each worker; null: no limit. */
  readonly perMinute: number | null;
  /** ServiceNow: the table of changes, `change_request`. */
  readonly table: string;
  /** ServiceNow: the states of its model, in their order; null: any state may follow any other. */
  readonly states: readonly string[] | null;
  /** ServiceNow: the field of a change that lists the tickets it owns; null: each ticket has a change of its own. */
  readonly ticketsField: string | null;
  /** Of kind `http`: how its records are found and changed; null for ServiceNow, and where only calls are made. */
  readonly records: RecordRules | null;
  /** Of kind `mail`. */
  readonly mail?: {
    readonly from: string;
    /** Who may get a mail; see `isAllowedRecipient`. */
    readonly recipients: readonly string[];
    /** Without TLS, when the server offers none. */
    readonly mayBePlain: boolean;
  };
}
