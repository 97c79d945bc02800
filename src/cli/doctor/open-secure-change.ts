import type { SettingsOf } from '../../config/settings.js';
import { createHttp } from '../../http/http.js';
import { createSecureChange } from '../../securechange/rest-client.js';
import type { SecureChangeUnderTest } from './securechange.js';
import { readTriggers } from './triggers.js';

/** The SecureChange of the settings, for reading; null when its address or credential is not set. */
export function openSecureChange(
  settings: SettingsOf<'cli'>,
): (SecureChangeUnderTest & { close: () => Promise<void> }) | null {
  const { secureChangeUrl, secureChangeUser, secureChangePassword, secureChangeCaPem } = settings;
  if (secureChangeUrl === undefined || secureChangeUser === undefined || secureChangePassword === undefined) {
    return null;
  }
  const http = createHttp({
    name: 'securechange',
    baseUrl: secureChangeUrl,
    auth: { kind: 'basic', user: secureChangeUser, password: secureChangePassword.reveal() },
    ...(secureChangeCaPem !== undefined && { tls: { caPem: secureChangeCaPem } }),
    timeouts: { connectMs: 3_000, headersMs: 10_000, bodyMs: 10_000 },
  });
  return {
    // The doctor asks nothing that SecureTrack answers.
    secureChange: createSecureChange({
      http,
      secureTrackHttp: http,
      webUrl: secureChangeUrl,
      login: secureChangeUser,
      clock: { now: () => Date.now() },
    }),
    readTriggers: () => readTriggers(http),
    close: () => http.close(),
  };
}
