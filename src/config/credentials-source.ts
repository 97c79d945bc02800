import { resolve } from 'node:path';
import { openConfigFolder } from './config-folder.js';
import type { ConfigFolder } from './config-folder.js';
import { gatewayCredentials } from './gateway-credentials.js';
import type { GatewayCredentials } from './gateway-credentials.js';
import { loadPeople, PEOPLE_FILE } from './load-people.js';
import type { LoadedPeople } from './load-people.js';
import { ConfigError } from './mistakes.js';
import type { References } from './secret-reference.js';

export interface CredentialsSource {
  /** Who may call, looked at again at most once a second; the same object as long as nothing changed. */
  current(): GatewayCredentials;
}

export interface CredentialsSourceOptions {
  readonly references: References;
  /** UTC milliseconds. */
  readonly now: () => number;
  /** Called once for each bad new content; the last good people stay. */
  readonly onProblem: (error: Error) => void;
  /** `gone`: logins that cannot call any more. */
  readonly onChange: (credentials: GatewayCredentials, gone: readonly string[]) => void;
}

const LOOK_EVERY_MS = 1_000;

/**
 * Credentials as `people.yaml` and the files it names say now: who was removed is out within a second. It is read by
 * itself, so that a mistake in another file never delays a removal. Throws `ConfigError` when the first content is bad.
 */
export function createCredentialsSource(path: string, options: CredentialsSourceOptions): CredentialsSource {
  const { references, now, onProblem, onChange } = options;
  const folder = openConfigFolder(resolve(path));

  let lookedAtMs = now();
  const first = folder.read(PEOPLE_FILE);
  let seen: Content = first;
  // A file that is absent at the start means no people; one that goes away later is a mistake.
  let people = usable(folder.path, loadPeople(first));
  let credentials = gatewayCredentials(people, references);

  function readAgain(): void {
    const content = contentOf(folder);
    if (isSame(content, seen)) return;
    seen = content;
    try {
      if (content instanceof Error) throw content;
      if (content === undefined) throw new ConfigError(folder.path, [GONE]);
      people = usable(folder.path, loadPeople(content));
    } catch (error) {
      onProblem(error instanceof Error ? error : new Error(String(error)));
    }
  }

  function look(): void {
    readAgain();
    // Also when the file is as before: the secrets it names may be others.
    const fresh = gatewayCredentials(people, references);
    if (JSON.stringify(fresh) === JSON.stringify(credentials)) return;
    const before = loginsOf(credentials);
    credentials = fresh;
    const after = loginsOf(fresh);
    onChange(
      fresh,
      before.filter((login) => !after.includes(login)),
    );
  }

  return {
    current: () => {
      const sinceMs = now() - lookedAtMs;
      // A clock that was set back must not delay a removal.
      if (sinceMs >= LOOK_EVERY_MS || sinceMs < 0) {
        lookedAtMs = now();
        look();
      }
      return credentials;
    },
  };
}

/** Of the file; undefined when there is none, an error when it cannot be read. */
type Content = string | undefined | Error;

function contentOf(folder: ConfigFolder): Content {
  try {
    return folder.read(PEOPLE_FILE);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function isSame(one: Content, other: Content): boolean {
  return one instanceof Error && other instanceof Error ? one.message === other.message : one === other;
}

const GONE = {
  file: PEOPLE_FILE,
  line: null,
  column: null,
  message: 'is gone; put it back (to refuse every caller, write `people: []`)',
} as const;

function usable(folder: string, loaded: LoadedPeople): LoadedPeople {
  if (loaded.mistakes.length > 0) throw new ConfigError(folder, loaded.mistakes);
  return loaded;
}

function loginsOf({ credentials, subjects }: GatewayCredentials): readonly string[] {
  return [...new Set([...credentials, ...subjects].map(({ login }) => login))];
}
