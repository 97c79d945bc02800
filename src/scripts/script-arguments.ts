import { LONGEST_SCRIPT_ARGUMENT, MOST_SCRIPT_ARGUMENTS } from '../domain/event.js';
import type { ScriptArgument, ScriptEntry } from '../domain/script-entry.js';

type Declared = Pick<ScriptEntry, 'arguments'>;

/**
 * Why these arguments may not be handed to the script; null when they may. Never echoes them. No shell ever sees
 * arguments: without a declaration one that begins with a dash is an argument like others.
 */
export function refusedArgs({ arguments: declared }: Declared, args: readonly string[]): string | null {
  if (args.length > MOST_SCRIPT_ARGUMENTS) return `more than ${MOST_SCRIPT_ARGUMENTS} arguments`;
  for (const arg of args) {
    if (arg.length > LONGEST_SCRIPT_ARGUMENT)
      return `an argument of more than ${LONGEST_SCRIPT_ARGUMENT} characters`;
    if (arg.includes('\0')) return 'an argument with a NUL character';
  }
  return declared === null ? null : undeclared(declared, args);
}

function undeclared(declared: readonly ScriptArgument[], args: readonly string[]): string | null {
  for (const [at, arg] of args.entries()) {
    const argument = argumentAt(declared, at);
    if (argument === undefined)
      return `${args.length} arguments, but scripts.yaml declares ${declared.length}`;
    const { name, pattern } = argument;
    if (pattern === null && arg.startsWith('-')) return `argument ${name} begins with a dash`;
    if (pattern !== null && !wholly(pattern).test(arg))
      return `argument ${name} does not match its pattern in scripts.yaml`;
  }
  const missing = declared[args.length];
  return missing === undefined || missing.optional ? null : `argument ${missing.name} is missing`;
}

/** As people may see them. */
export function shownArgs({ arguments: declared }: Declared, args: readonly string[]): string[] {
  return args.map((arg, at) =>
    declared !== null && argumentAt(declared, at)?.masked !== false ? '***' : arg,
  );
}

/** Throws for what is not a regular expression. */
export function wholly(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, 'u');
}

function argumentAt(declared: readonly ScriptArgument[], at: number): ScriptArgument | undefined {
  const last = declared.at(-1);
  return declared[at] ?? (last?.many === true ? last : undefined);
}
