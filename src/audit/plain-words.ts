/** `readTicket` → `read ticket`; what is no identifier stays as it is. */
export function toWords(name: string): string {
  if (!/^[a-z][A-Za-z0-9]*$/.test(name)) return name;
  return name.replaceAll(
    /([a-z0-9])([A-Z])/g,
    (_, before: string, upper: string) => `${before} ${upper.toLowerCase()}`,
  );
}

/** A text member of something that may be anything; control characters become spaces, so that no input draws on a terminal. */
export function textField(value: unknown, name: string): string | null {
  const member = field(value, name);
  return typeof member === 'string' && member !== '' ? onOneLine(member) : null;
}

export function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

/** Safe to print: one line, no escape sequences. */
export function onOneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
}
