import type { CalendarRules, TargetFilter } from '../../domain/calendar-rules.js';
import type { OperatorConfig } from '../../config/operator-config.js';
import type { KnownDevice } from '../../securechange/secure-change.js';
import { ok, problem, type DoctorRow } from './row.js';

const AREA = 'devices';
const MOST_NAMED = 5;

export type NamedInConfig = Pick<
  OperatorConfig,
  'processes' | 'calendars' | 'managers' | 'tags' | 'pushRights'
>;

interface Use {
  readonly name: string;
  readonly where: string;
  /** The rule is limited to these domains too; null: to none. */
  readonly domains: readonly string[] | null;
}

/**
 * Names in the configuration that several devices of SecureTrack have: what is written for one of them holds for the others too.
 * A rule that names the domain as well, or a management id, is for one.
 */
export function checkRepeatedNames(
  devices: readonly KnownDevice[],
  config: NamedInConfig,
): readonly DoctorRow[] {
  const uses = usesOf(config);
  const rows = uses.flatMap((use) => {
    // An id means one device, whatever the names of others are.
    if (devices.some(({ id }) => id === use.name)) return [];
    const found = devices.filter((device) => means(use, device));
    return found.length < 2 ? [] : [rowOf(use, found)];
  });
  return rows.length > 0 || uses.length === 0
    ? rows
    : [ok(AREA, 'names', `${uses.length} names in the configuration, each of one device at most`)];
}

function means({ name, domains }: Use, device: KnownDevice): boolean {
  const inDomain = domains?.some((one) => same(one, device.domain ?? '')) ?? true;
  return same(name, device.name) && inDomain;
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function rowOf({ name, where }: Use, found: readonly KnownDevice[]): DoctorRow {
  const ids = found
    .slice(0, MOST_NAMED)
    .map(({ id, domain }) => (domain === null ? id : `${id} in domain ${domain}`));
  const more = found.length > MOST_NAMED ? ` and ${found.length - MOST_NAMED} more` : '';
  return problem(
    AREA,
    name,
    `${where} means ${found.length} devices by this name: ${ids.join(', ')}${more}`,
    'write the management id in place of the name, or limit the rule to domains',
  );
}

function usesOf({ processes, calendars, managers, tags, pushRights }: NamedInConfig): readonly Use[] {
  return [
    ...managers.map(({ name }) => ({ name, where: 'managers.yaml', domains: null })),
    ...Object.entries(tags).flatMap(([tag, names]) =>
      names.map((name) => ({ name, where: `tag ${tag} of managers.yaml`, domains: null })),
    ),
    ...processes.flatMap(({ name: process, window }) =>
      Object.keys(window.perTarget).map((name) => ({
        name,
        where: `perTarget of process ${process}`,
        domains: null,
      })),
    ),
    ...pushRights.flatMap((right) => ofFilter(right.for, `right ${right.name} of people.yaml`)),
    ...calendars.flatMap(ofCalendar),
  ];
}

function ofCalendar({ name, weekly, oneOff, deny, freezes }: CalendarRules): readonly Use[] {
  return [...weekly, ...oneOff, ...deny, ...freezes].flatMap((rule) =>
    ofFilter(rule.for, `rule ${rule.name ?? 'without a name'} of calendar ${name}`),
  );
}

function ofFilter(filter: TargetFilter | null, where: string): readonly Use[] {
  const names = [...(filter?.devices ?? []), ...(filter?.managers ?? [])];
  return names.map((name) => ({ name, where, domains: filter?.domains ?? null }));
}
