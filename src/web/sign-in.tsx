import type { VNode } from 'preact';

import { Page } from './document.js';
import type { Reader } from './instant.js';

/** Where a token becomes a session. `next` is the page that was asked for. */
export function SignIn({
  reader,
  next,
  refused,
}: {
  reader: Reader;
  next: string;
  refused: string | null;
}): VNode {
  return (
    <Page title="Sign in" section={null} reader={reader} visitor={null} stop={null}>
      {refused !== null && (
        <p class="notice bad" role="alert">
          {refused}
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
