import { groupUseLines } from '../../src/domain/group-uses.js';

describe('who uses a group that a ticket changes', () => {
  it('is a line for each device that has it, with its rules and the groups that hold it', () => {
    const devices = [
      { device: 'DG-B', rules: ['Standard: Web in #4', 'Standard: Monitoring #11'], groups: ['All servers'] },
      { device: 'DG-C', rules: [], groups: [] },
    ];
    expect(groupUseLines({ uses: [{ group: 'Web servers', devices, complete: true }], left: 0 })).toEqual([
      'group Web servers on DG-B: used by 2 rules: Standard: Web in #4, Standard: Monitoring #11; in 1 groups: All servers',
      'group Web servers on DG-C: used by no rule; in no other group',
    ]);
  });

  it('never passes an incomplete reading for all of them', () => {
    const none = { group: 'Web servers', devices: [], complete: false };
    expect(groupUseLines({ uses: [none], left: 2 })).toEqual([
      'group Web servers: SecureTrack does not show it; look on the device who uses it',
      '2 more groups are changed; look at their uses in SecureTrack',
    ]);
    const some = { ...none, devices: [{ device: 'DG-B', rules: [], groups: [] }] };
    expect(groupUseLines({ uses: [some], left: 0 }).at(-1)).toContain('may know more uses');
  });

  it('names ten rules, and how many more there are', () => {
    const rules = Array.from({ length: 12 }, (_, at) => `rule ${at}`);
    const [line] = groupUseLines({
      uses: [{ group: 'g', devices: [{ device: 'd', rules, groups: [] }], complete: true }],
      left: 0,
    });
    expect(line).toContain('12 rules: rule 0');
    expect(line).toContain('rule 9 and 2 more');
  });
});
