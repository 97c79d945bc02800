/** Shorter ones would be found where they do not stand. */
const SHORTEST = 4;
const REDACTED = '[secret]';

/** Every form in which a program prints a secret that it was handed, the longest first. */
export function formsOf(secrets: readonly string[]): readonly string[] {
  const forms = secrets.flatMap((secret) => [
    secret,
    ...partsOf(secret),
    Buffer.from(secret).toString('base64'),
  ]);
  const encoded = forms.flatMap((form) => [form, encodeURIComponent(form)]);
  return [...new Set(encoded)]
    .filter((form) => form.length >= SHORTEST)
    .toSorted((one, other) => other.length - one.length);
}

/** The password of `user:password`, and of an address that holds both. */
function partsOf(secret: string): string[] {
  if (!secret.includes(':')) return [];
  const [, password = ''] = /^[a-z]+:\/\/[^/@]*?:([^/@]*)@/.exec(secret) ?? [];
  if (password !== '') return [password, decoded(password)];
  return secret.includes('://') ? [] : [secret.slice(secret.indexOf(':') + 1)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The first `length` characters of `text`, without the secrets that begin in them. */
export function withoutSecrets(text: string, forms: readonly string[], length = text.length): string {
  let clean = '';
  for (let at = 0; at < length;) {
    const found = nextIn(text, forms, at);
    if (found === undefined || found.at >= length) return clean + text.slice(at, length);
    clean += text.slice(at, found.at) + REDACTED;
    at = found.at + found.length;
  }
  return clean;
}

function nextIn(
  text: string,
  forms: readonly string[],
  from: number,
): { readonly at: number; readonly length: number } | undefined {
  let next: { at: number; length: number } | undefined;
  for (const form of forms) {
    const at = text.indexOf(form, from);
    // Of two that begin at the same place the longer one, which comes first.
    if (at >= 0 && (next === undefined || at < next.at)) next = { at, length: form.length };
  }
  return next;
}
