import type { Actor, Command } from '../domain/commands.js';
import { isLoginOf } from '../domain/login.js';

/** What people.yaml says of a caller, where a second person is needed. */
export interface SecondPersonRules {
  readonly serviceAccounts: readonly string[];
  readonly startAlone: readonly {
    readonly name: string;
    readonly logins: readonly string[];
    readonly calendar: string | null;
  }[];
}

/** Whether a calendar is open now. It may throw. */
export type IsOpen = (calendar: string) => boolean;

/** The actor as it is signed into the command, with what people.yaml says of it at this moment. */
export function actorFor(
  { login, roles }: Actor,
  { kind }: Command,
  { serviceAccounts, startAlone }: SecondPersonRules,
  isOpen: IsOpen,
): Actor {
  const rule =
    kind !== 'start'
      ? undefined
      : startAlone.find(
          ({ logins, calendar }) =>
            isLoginOf(logins, login) && (calendar === null || opens(isOpen, calendar)),
        );
  return {
    login,
    roles,
    ...(rule !== undefined && { startsAlone: rule.name }),
    ...(isLoginOf(serviceAccounts, login) && { machine: true }),
  };
}

/** A calendar that cannot be read is not open: then another person starts. */
function opens(isOpen: IsOpen, calendar: string): boolean {
  try {
    return isOpen(calendar);
  } catch {
    return false;
  }
}
