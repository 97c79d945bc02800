import type { VNode } from 'preact';

import { Page } from './document.js';
import type { Reader } from './instant.js';

/** Where a token, or an account at the OpenID provider, becomes a session. `next` is the page that was asked for. */
export function SignIn({
  reader,
  next,
  refused,
  provider,
}: {
  reader: Reader;
  next: string;
  refused: string | null;
  /** null: sign-in is by token only. */
  provider: { readonly issuer: string; readonly href: string } | null;
}): VNode {
  return (
    <Page title="Sign in" section={null} reader={reader} visitor={null} stop={null}>
      {refused !== null && (
        <p class="notice bad" role="alert">
          {refused}
        </p>
      )}
      {provider !== null && (
        <p class="box">
          <a class="button" href={provider.href}>
            {`Sign in at ${new URL(provider.issuer).host}`}
          </a>
        </p>
      )}
      <form method="post" action="/sign-in" class="box">
        <input type="hidden" name="next" value={next} />
        <label>
          Token
          <input type="password" name="token" required autocomplete="off" maxLength={4_096} />
        </label>
        <p>
          Your token: the one whose hash is in people.yaml. sco reads it from SCO_TOKEN or SCO_TOKEN_FILE.
        </p>
        <button type="submit">Sign in</button>
      </form>
    </Page>
  );
}
