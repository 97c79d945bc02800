import type { Secret } from '../domain/secret.js';
import { createHttp, type Http, type HttpOptions } from '../http/http.js';

export interface SecureChangeLogin {
  readonly secureChangeUser: string;
  readonly secureChangePassword: Secret;
  readonly secureChangeCaPem?: string | undefined;
}

/** A connection to SecureChange or SecureTrack as the settings say; `name` stands in failures. */
export function openHttp(
  { secureChangeUser: user, secureChangePassword: password, secureChangeCaPem: caPem }: SecureChangeLogin,
  name: 'securechange' | 'securetrack',
  baseUrl: string,
  timeouts?: HttpOptions['timeouts'],
): Http {
  return createHttp({
    name,
    baseUrl,
    auth: { kind: 'basic', user, password: password.reveal() },
    ...(caPem !== undefined && { tls: { caPem } }),
    ...(timeouts !== undefined && { timeouts }),
  });
}
