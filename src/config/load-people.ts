import { isLoginOf, sameLogin } from '../domain/login.js';
import type { Mistake } from './mistakes.js';
import type { ConfiguredPerson, StartAloneRule } from './operator-config.js';
import { peopleSchema } from './people-schema.js';
import type { PushRight } from '../domain/push-rights.js';
import { checkYaml, parseYaml } from './yaml-file.js';

export const PEOPLE_FILE = 'people.yaml';

export interface LoadedPeople {
  readonly people: readonly ConfiguredPerson[];
  readonly serviceAccounts: readonly string[];
  readonly startAlone: readonly StartAloneRule[];
  readonly approvers: Readonly<Record<string, readonly string[]>>;
  readonly pushRights: readonly PushRight[];
  readonly mistakes: readonly Mistake[];
}

/** The people in this text of `people.yaml`; an empty list when there is no such file or nothing of it can be used. */
export function loadPeople(text: string | undefined): LoadedPeople {
  const none = { people: [], serviceAccounts: [], startAlone: [], approvers: {}, pushRights: [] };
  if (text === undefined) return { ...none, mistakes: [] };
  const { yaml, mistakes: unreadable } = parseYaml(PEOPLE_FILE, text);
  if (yaml === null) return { ...none, mistakes: unreadable };
  const { value, mistakes: wrong } = checkYaml(yaml, peopleSchema);
  if (value === null) return { ...none, mistakes: wrong };
  const mistakes: Mistake[] = [];
  const people: ConfiguredPerson[] = [];
  value.people.forEach((person, index) => {
    const { login, roles, credentials, signing, alsoKnownAs } = person;
    const other = people.find((earlier) => sameLogin(earlier.login, login));
    if (other !== undefined) {
      const as = other.login === login ? '' : `, as ${other.login}`;
      mistakes.push(yaml.mistake(['people', index, 'login'], `${login} is there twice${as}`));
    }
    const named = people.find((one) => isLoginOf(one.alsoKnownAs ?? [], login));
    if (named !== undefined)
      mistakes.push(yaml.mistake(['people', index, 'login'], `${login} is a name of ${named.login} as well`));
    alsoKnownAs.forEach((name, at) => {
      const taken = people.find((one) => isLoginOf([one.login, ...(one.alsoKnownAs ?? [])], name));
      if (taken !== undefined)
        mistakes.push(
          yaml.mistake(['people', index, 'alsoKnownAs', at], `${name} is a name of ${taken.login} as well`),
        );
    });
    const { oidcSubject } = person;
    const same =
      oidcSubject === undefined ? undefined : people.find((one) => one.oidcSubject === oidcSubject);
    if (same !== undefined)
      mistakes.push(
        yaml.mistake(
          ['people', index, 'oidcSubject'],
          `${oidcSubject} is the subject of ${same.login} as well`,
        ),
      );
    people.push({
      ...(oidcSubject !== undefined && { oidcSubject }),
      ...(alsoKnownAs.length > 0 && { alsoKnownAs }),
      ...(person.mail !== undefined && { mail: person.mail }),
      login,
      name: person.name ?? login,
      roles,
      credentials,
      signing,
    });
  });
  value.startAlone.forEach(({ logins }, rule) => {
    logins.forEach((login, index) => {
      const here = ['startAlone', rule, 'logins', index];
      const person = people.find((one) => sameLogin(one.login, login));
      if (person === undefined) mistakes.push(yaml.mistake(here, `${login} is not among people`));
      else if (!person.roles.includes('operator'))
        mistakes.push(yaml.mistake(here, `${login} is no operator, and only operators start`));
    });
  });
  const startAlone = value.startAlone.map((rule) => ({ ...rule, calendar: rule.calendar ?? null }));
  const { serviceAccounts, approvers, pushRights } = value;
  pushRights.forEach(({ name, roles }, index) => {
    if (pushRights.findIndex((other) => other.name === name) < index)
      mistakes.push(yaml.mistake(['pushRights', index, 'name'], `two rights have the name ${name}`));
    for (const role of roles.filter((one) => !Object.hasOwn(approvers, one)))
      mistakes.push(
        yaml.mistake(
          ['pushRights', index, 'roles'],
          `there is no role ${role} under approvers (it has: ${Object.keys(approvers).join(', ') || 'none'})`,
        ),
      );
  });
  return { people, serviceAccounts, startAlone, approvers, pushRights, mistakes };
}
