/**
 * Whether mail may go to an address: `example.com` is every address there, `*.example.com` of every domain below it,
 * `ops@partner.example` that address alone, `*` any.
 */
export function isAllowedRecipient(address: string, allowed: readonly string[]): boolean {
  const wanted = address.toLowerCase();
  const domain = wanted.slice(wanted.lastIndexOf('@') + 1);
  return allowed.some((entry) => {
    const pattern = entry.toLowerCase();
    if (pattern === '*') return true;
    if (pattern.includes('@')) return wanted === pattern;
    return pattern.startsWith('*.') ? domain.endsWith(pattern.slice(1)) : domain === pattern;
  });
}
