import type { Secret } from './secret.js';

/** An ITSM (or other) server as integrations see it: references resolved, read live by name at each send. */
export interface OutboundServer {
  readonly name: string;
  readonly kind: 'servicenow';
  /** Without a path below the instance, no trailing slash. */
  readonly url: string;
  readonly auth:
    | { readonly kind: 'none' }
    | { readonly kind: 'basic'; readonly user: string; readonly password: Secret }
    | { readonly kind: 'bearer'; readonly token: Secret };
  /** PEM text of the certificate authority to trust besides the system's; null = the system's only. */
  readonly caPem: string | null;
  readonly verifyTls: boolean;
  readonly proxy: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Table of changes: `change_request`. */
  readonly table: string;
}
