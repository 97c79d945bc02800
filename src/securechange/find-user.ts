import { sameLogin } from '../domain/login.js';
import { API } from './paths.js';
import type { RestConnection } from './rest-connection.js';
import { usersSchema, type WireUser } from './wire.js';

/** The user with exactly this login, of those that the search shows; undefined when there is none. */
export async function findUserRow(
  securechange: RestConnection['securechange'],
  login: string,
  signal: AbortSignal | undefined,
): Promise<WireUser | undefined> {
  const found = await securechange.find(usersSchema, {
    path: `${API}/users`,
    query: { user_name: login, exact_name: true },
    operation: `find user ${login}`,
    signal,
  });
  return found?.users?.user.rows.find((one) => sameLogin(one.name, login));
}
