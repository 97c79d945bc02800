/**
 * Whether two logins are one user's, as SecureChange compares them: without case and surrounding blanks. A login that
 * one place shows with its domain (`CORP\anna`, `anna@corp.example`) and another without is the same; two different
 * domains are two users. An empty login is no user.
 */
export function sameLogin(one: string | null | undefined, other: string | null | undefined): boolean {
  const a = partsOf(one);
  const b = partsOf(other);
  if (a === null || b === null || a.name !== b.name) return false;
  return a.domain === null || b.domain === null || a.domain === b.domain;
}

/** Whether a login is among these. */
export function isLoginOf(logins: readonly string[], login: string | null): boolean {
  return logins.some((one) => sameLogin(one, login));
}

interface Parts {
  readonly name: string;
  readonly domain: string | null;
}

function partsOf(login: string | null | undefined): Parts | null {
  const text = login?.normalize('NFC').trim().toLowerCase() ?? '';
  if (text === '') return null;
  const down = /^([^\\@]+)\\([^\\@]+)$/.exec(text);
  if (down !== null) return { domain: down[1] ?? null, name: down[2] ?? '' };
  const up = /^([^\\@]+)@([^\\@]+)$/.exec(text);
  if (up !== null) return { domain: up[2] ?? null, name: up[1] ?? '' };
  return { domain: null, name: text };
}
