/** `readTicket` → `read ticket`; what is no identifier stays as it is. */
export function toWords(name: string): string {
  if (!/^[a-z][A-Za-z0-9]*$/.test(name)) return name;
  return name.replaceAll(
    /([a-z0-9])([A-Z])/g,
    (_, before: string, upper: string) => `${before} ${upper.toLowerCase()}`,
  );
}
