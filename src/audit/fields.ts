import { cleanLine } from '../domain/clean-text.js';

/** Longer than any text of ours: whoever prints a text cuts it. */
export const TEXT_WIDTH = 4_000;

/** A text member of a value of any form, safe to print; null when it is absent, empty or not a text. */
export function textField(value: unknown, name: string): string | null {
  const member = field(value, name);
  return typeof member === 'string' && member !== '' ? cleanLine(member, TEXT_WIDTH) : null;
}

export function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

/** A value of any form as a list; empty when it is not one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}
