/** What is registered for the mediator in SecureChange, and what should be. */

/** One script that SecureChange runs, and for which events of which workflows. */
export interface Registration {
  readonly name: string;
  readonly path: string;
  readonly workflows: readonly { readonly workflow: string; readonly events: readonly string[] }[];
}

export interface Registered extends Registration {
  readonly id: string;
}

export interface Difference {
  /** One line each: `+ Firewall change: CREATE, ADVANCE`. */
  readonly lines: readonly string[];
  /** Present registrations that go. */
  readonly remove: readonly Registered[];
  /** null: nothing is added. */
  readonly add: Registration | null;
}

/** How the registrations named `name` come to be the wanted one; null for wanted: none stays. */
export function differenceOf(
  present: readonly Registered[],
  name: string,
  wanted: Omit<Registration, 'name'> | null,
): Difference {
  const own = present.filter((one) => one.name === name || one.name === second(name));
  const [first] = own;
  if (wanted === null) return { lines: own.flatMap((one) => linesOf('-', one)), remove: own, add: null };
  const unchanged = own.find((one) => textOf(one) === textOf({ name: one.name, ...wanted }));
  const remove = own.filter((one) => one !== unchanged);
  const gone = remove.flatMap((one) => linesOf('-', one));
  if (unchanged !== undefined) return { lines: gone, remove, add: null };
  // SecureChange changes no registration and takes no name twice: the new one is there before the old one goes.
  const add = { ...wanted, name: first?.name === name ? second(name) : name };
  return { lines: [...gone, ...linesOf('+', add)], remove, add };
}

function second(name: string): string {
  return `${name}-2`;
}

function textOf({ path, workflows }: Registration): string {
  const sorted = workflows
    .map(({ workflow, events }) => ({ workflow, events: [...events].sort() }))
    .sort((one, other) => one.workflow.localeCompare(other.workflow));
  return JSON.stringify({ path, sorted });
}

function linesOf(sign: '+' | '-', { name, path, workflows }: Registration): string[] {
  return workflows.map(
    ({ workflow, events }) => `${sign} ${name} ${path}: ${workflow}: ${events.join(', ')}`,
  );
}
