const PORTS: ReadonlyMap<string, number> = new Map([
  ['https:', 443],
  ['http:', 80],
  ['smtps:', 465],
  ['smtp:', 587],
]);

/** The port of an address, or that of its scheme. */
export function portOf({ port, protocol }: URL): number {
  return Number(port || PORTS.get(protocol));
}
