/** Devices are ids, each in a domain: two devices of one ticket may have one name. */
import { cleanLine } from './clean-text.js';
import type { Target } from './provisioning.js';

/** The devices of a ticket that a person means by a management id or a name; a management id means that one alone. */
export function targetsNamed(targets: readonly Target[], named: string): readonly Target[] {
  const byId = targets.filter(({ managementId }) => managementId === named);
  return byId.length > 0 ? byId : targets.filter(({ name }) => name === named);
}

/** What to answer a person who named several devices by one name: which ids there are, and of which domain. */
export function severalNamed(found: readonly Target[], named: string): string {
  const ids = found.map(({ managementId, domain }) =>
    domain === undefined ? managementId : `${managementId} in domain ${domain}`,
  );
  return `the ticket has ${found.length} devices ${cleanLine(named, 100)}: give the management id (${ids.join(', ')})`;
}
