/** `readTicket` → `read ticket`; text that is not an identifier is returned unchanged. */
export function toWords(name: string): string {
  if (!/^[a-z][A-Za-z0-9]*$/.test(name)) return name;
  return name.replaceAll(
    /([a-z0-9])([A-Z])/g,
    (_, before: string, upper: string) => `${before} ${upper.toLowerCase()}`,
  );
}
