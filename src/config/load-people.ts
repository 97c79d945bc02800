import { sameLogin } from '../domain/login.js';
import type { Mistake } from './mistakes.js';
import type { ConfiguredPerson } from './operator-config.js';
import { peopleSchema } from './people-schema.js';
import { refuseKeys } from './unavailable.js';
import { checkYaml, parseYaml } from './yaml-file.js';

export const PEOPLE_FILE = 'people.yaml';

export interface LoadedPeople {
  readonly people: readonly ConfiguredPerson[];
  readonly serviceAccounts: readonly string[];
  readonly mistakes: readonly Mistake[];
}

/** The people in this text of `people.yaml`; an empty list when there is no such file or nothing of it can be used. */
export function loadPeople(text: string | undefined): LoadedPeople {
  const none = { people: [], serviceAccounts: [] };
  if (text === undefined) return { ...none, mistakes: [] };
  const { yaml, mistakes: unreadable } = parseYaml(PEOPLE_FILE, text);
  if (yaml === null) return { ...none, mistakes: unreadable };
  const { value, mistakes: wrong } = checkYaml(yaml, peopleSchema);
  if (value === null) return { ...none, mistakes: wrong };
  const mistakes = refuseKeys(yaml, [], value, { oidc: 'single sign-on' });
  const people: ConfiguredPerson[] = [];
  value.people.forEach((person, index) => {
    const { login, roles, credentials, signing } = person;
    const other = people.find((earlier) => sameLogin(earlier.login, login));
    if (other !== undefined) {
      const as = other.login === login ? '' : `, as ${other.login}`;
      mistakes.push(yaml.mistake(['people', index, 'login'], `${login} is there twice${as}`));
    }
    people.push({ login, name: person.name ?? login, roles, credentials, signing });
  });
  return { people, serviceAccounts: value.serviceAccounts, mistakes };
}
