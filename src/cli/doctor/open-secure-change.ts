import { NO_CAPABILITIES } from '../../domain/capabilities.js';
import type { SettingsOf } from '../../config/settings.js';
import { openHttp, type SecureChangeLogin } from '../../securechange/open-http.js';
import { createSecureChange } from '../../securechange/rest-client.js';
import type { SecureChangeUnderTest } from './securechange.js';
import { readTriggers } from './triggers.js';

/** The SecureChange of the settings, for reading; null when its address or credential is not set. */
export function openSecureChange(
  settings: SettingsOf<'cli'>,
): (SecureChangeUnderTest & { close: () => Promise<void> }) | null {
  const login = loginOf(settings);
  if (login === null) return null;
  const timeouts = { connectMs: 3_000, headersMs: 10_000, bodyMs: 10_000 };
  const http = openHttp(login, 'securechange', login.secureChangeUrl, timeouts);
  const secureTrackUrl = settings.secureTrackUrl;
  const secureTrackHttp = openHttp(login, 'securetrack', secureTrackUrl, timeouts);
  return {
    // The doctor reads no Designer results.
    secureChange: createSecureChange({
      http,
      secureTrackHttp,
      webUrl: login.secureChangeUrl,
      login: login.secureChangeUser,
      clock: { now: () => Date.now() },
      capabilities: () => NO_CAPABILITIES,
    }),
    readTriggers: () => readTriggers(http),
    close: async () => {
      await Promise.all([http.close(), secureTrackHttp.close()]);
    },
  };
}

/** null when the address or the credential of SecureChange is not set. */
export function loginOf({
  secureChangeUrl,
  secureChangeUser,
  secureChangePassword,
  secureChangeCaPem,
}: SettingsOf<'cli'>): (SecureChangeLogin & { readonly secureChangeUrl: string }) | null {
  if (secureChangeUrl === undefined || secureChangeUser === undefined || secureChangePassword === undefined)
    return null;
  return { secureChangeUrl, secureChangeUser, secureChangePassword, secureChangeCaPem };
}
