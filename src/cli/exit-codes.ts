import type { CommandResult } from '../domain/commands.js';
import { ClientError, type ClientErrorCode } from '../../packages/client/src/contract.js';

/** The one table of exit codes; `sco --help` prints it. */
export const EXIT_CODES = [
  { name: 'ok', code: 0, means: 'done, or nothing to do' },
  { name: 'problem', code: 1, means: 'a problem was found, or the command was refused' },
  { name: 'usage', code: 2, means: 'the command line or a setting is wrong' },
  { name: 'notFound', code: 3, means: 'no such ticket, lane or history' },
  { name: 'away', code: 4, means: 'Temporal, its worker or the gateway does not answer' },
  { name: 'notAllowed', code: 5, means: 'the token is missing, or its role does not allow this' },
  {
    name: 'unknown',
    code: 6,
    means: 'the command was sent and its outcome is not known: repeat it with --key',
  },
] as const;

export type ExitName = (typeof EXIT_CODES)[number]['name'];
export type ExitCode = (typeof EXIT_CODES)[number]['code'];

export const EXIT = Object.fromEntries(EXIT_CODES.map(({ name, code }) => [name, code])) as Readonly<
  Record<ExitName, ExitCode>
>;

const BY_CLIENT_ERROR: Readonly<Record<ClientErrorCode, ExitName>> = {
  temporalAway: 'away',
  workerAway: 'away',
  gatewayAway: 'away',
  ticketNotFound: 'notFound',
  laneNotFound: 'notFound',
  pushNotFound: 'notFound',
  historyGone: 'notFound',
  notAllowed: 'notAllowed',
  commandUnknown: 'unknown',
  deadlineExceeded: 'problem',
  refused: 'problem',
  payloadUnreadable: 'problem',
  unexpected: 'problem',
};

export function exitCodeOfError(error: unknown): ExitCode {
  if (error instanceof ClientError) return EXIT[BY_CLIENT_ERROR[error.code]];
  return error instanceof UsageError ? EXIT.usage : EXIT.problem;
}

export function exitCodeOfResult({ accepted, code }: CommandResult): ExitCode {
  if (accepted) return EXIT.ok;
  switch (code) {
    case 'notAllowed':
    case 'unverified':
      return EXIT.notAllowed;
    case 'notFound':
      return EXIT.notFound;
    case 'wrongState':
    case 'done':
    case 'keyReused':
    case 'tooOld':
    case 'undone':
    case 'secondPerson':
    case 'tooMany':
      return EXIT.problem;
  }
}

/** The command line or a setting is wrong; the message says what to type. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

export function exitCodeTable(): string {
  return EXIT_CODES.map(({ code, means }) => `  ${code}  ${means}`).join('\n');
}
