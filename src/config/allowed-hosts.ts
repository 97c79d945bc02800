/** null: any host. `*.example.com` is every host below example.com, not example.com itself. */
export function isAllowedHost(hostname: string, allowed: readonly string[] | null): boolean {
  if (allowed === null) return true;
  const host = hostname.toLowerCase();
  return allowed.some((pattern) =>
    pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern,
  );
}
