/** Who uses a group that a ticket changes, as SecureTrack shows it. */
export interface GroupUse {
  readonly group: string;
  /** Every device that has the group. */
  readonly devices: readonly {
    readonly device: string;
    /** `policy: name #number`; those of the groups that hold it included. */
    readonly rules: readonly string[];
    /** Groups that hold it. */
    readonly groups: readonly string[];
  }[];
  /** false: SecureTrack shows more than was read, something that cannot be read, or no such group. */
  readonly complete: boolean;
}

export interface GroupUses {
  readonly uses: readonly GroupUse[];
  /** How many changed groups were not looked at. */
  readonly left: number;
}

const MOST_NAMED = 10;

/** One line for each device of each group, for the people who approve. */
export function groupUseLines({ uses, left }: GroupUses): readonly string[] {
  const lines = uses.flatMap(({ group, devices, complete }) => [
    ...devices.map(
      ({ device, rules, groups }) =>
        `group ${group} on ${device}: used by ${named(rules, 'no rule', 'rules')}; in ${named(groups, 'no other group', 'groups')}`,
    ),
    ...(complete
      ? []
      : [
          devices.length === 0
            ? `group ${group}: SecureTrack does not show it; look on the device who uses it`
            : `group ${group}: SecureTrack may know more uses; look at it there`,
        ]),
  ]);
  return left === 0
    ? lines
    : [...lines, `${left} more groups are changed; look at their uses in SecureTrack`];
}

function named(all: readonly string[], none: string, what: string): string {
  if (all.length === 0) return none;
  const more = all.length > MOST_NAMED ? ` and ${all.length - MOST_NAMED} more` : '';
  return `${all.length} ${what}: ${all.slice(0, MOST_NAMED).join(', ')}${more}`;
}
