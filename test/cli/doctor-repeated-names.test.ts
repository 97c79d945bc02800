import { loadConfig } from '../../src/config/load-config.js';
import { checkRepeatedNames, type NamedInConfig } from '../../src/cli/doctor/repeated-names.js';
import { shownDevice as device } from '../support/shown-device.js';

const shipped = loadConfig('config');
const NOTHING = { processes: [], calendars: [], managers: [], tags: {}, pushRights: [] };
const devices = [
  device({ id: '12', name: 'EDGE', domain: 'DE' }),
  device({ id: '40', name: 'edge', domain: 'FR' }),
  device({ id: '41', name: 'CORE', domain: 'FR' }),
];
const check = (part: Partial<NamedInConfig>) => checkRepeatedNames(devices, { ...NOTHING, ...part });

describe('a name of the configuration that two devices have', () => {
  const right = (scope: object) => ({ pushRights: [{ name: 'PCI', for: scope, roles: ['security'] }] });

  it('is a problem that names file, ids and domains, wherever it is written', () => {
    const [process] = shipped.processes;
    const perTarget = { EDGE: 'nightly' };
    const [calendar] = shipped.calendars;
    const [manager] = shipped.managers.length > 0 ? shipped.managers : [{ name: 'EDGE', policy: null }];
    const rows = check({
      managers: [{ ...manager, name: 'EDGE' } as (typeof shipped.managers)[number]],
      tags: { pci: ['EDGE'] },
      processes: [{ ...process!, name: 'web', window: { ...process!.window, perTarget } }],
      calendars: [
        {
          ...calendar!,
          name: 'nightly',
          weekly: [],
          oneOff: [],
          deny: [],
          freezes: [
            {
              name: 'audit',
              zone: null,
              for: { managers: ['EDGE'] },
              from: '2027-01-05',
              to: '2027-01-06',
              owner: null,
              reason: null,
              overridableBy: [],
            },
          ],
        },
      ],
      ...right({ devices: ['EDGE'] }),
    });
    expect(rows.map(({ state, check, found }) => [state, check, found.split(' means ')[0]])).toEqual([
      ['problem', 'EDGE', 'managers.yaml'],
      ['problem', 'EDGE', 'tag pci of managers.yaml'],
      ['problem', 'EDGE', 'perTarget of process web'],
      ['problem', 'EDGE', 'right PCI of people.yaml'],
      ['problem', 'EDGE', 'rule audit of calendar nightly'],
    ]);
    expect(rows[0]?.found).toContain('2 devices by this name: 12 in domain DE, 40 in domain FR');
    expect(rows[0]?.advice).toContain('management id');
  });

  it('is none where the rule names the domain, the id is written, or one device has it', () => {
    for (const scope of [{ devices: ['EDGE'], domains: ['fr'] }, { devices: ['12'] }, { devices: ['CORE'] }])
      expect(check(right(scope))).toMatchObject([{ state: 'ok' }]);
  });

  it('is not looked for without names', () => {
    expect(check({})).toEqual([]);
  });
});
