/** The names of one person in SecureChange and LDAP, in the ITSM and at sign-in, so that four eyes are two persons. */
import { isLoginOf, sameLogin } from './login.js';

/** For each person all names, the login in SecureChange first. Empty: no person has another name, and names are compared. */
export type Identities = readonly (readonly string[])[];

export function samePerson(identities: Identities, one: string, other: string): boolean {
  return (
    sameLogin(one, other) || identities.some((names) => isLoginOf(names, one) && isLoginOf(names, other))
  );
}

/** All names of the person with this one; the name alone where it is listed nowhere. */
function namesOf(identities: Identities, name: string): readonly string[] {
  return identities.find((names) => isLoginOf(names, name)) ?? [name];
}

/** Where names are listed, one that is not does not prove that it is of another person. */
export function isProven(identities: Identities, name: string): boolean {
  return identities.length === 0 || identities.some((names) => isLoginOf(names, name));
}

/** Whether people.yaml lists the person with this name, or with another name of theirs, under one of the roles. */
export function holdsOneOf(
  roles: readonly string[],
  login: string,
  {
    approvers,
    identities = [],
  }: {
    readonly approvers: Readonly<Record<string, readonly string[]>>;
    readonly identities?: Identities;
  },
): boolean {
  const listed = roles.flatMap((role) => approvers[role] ?? []);
  return namesOf(identities, login).some((name) => isLoginOf(listed, name));
}
