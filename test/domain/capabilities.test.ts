import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultScenario } from '../../packages/simulator/src/index.js';
import {
  ACTIONS,
  capabilityOf,
  coversModel,
  describeCapability,
  familyOf,
  NO_CAPABILITIES,
  type Action,
  type CapabilityMatrix,
} from '../../src/domain/capabilities.js';
import type { Ability } from '../../src/domain/provisioning.js';
import { shippedCapabilities } from '../support/shipped-capabilities.js';

const shipped = shippedCapabilities();

const COLUMNS: readonly Action[] = [
  'addAccess',
  'modifyGroup',
  'removeAccess',
  'decommission',
  'clonePolicy',
  'ruleDecommission',
  'ruleModification',
];

interface Cell {
  readonly platform: string;
  readonly vendor: string;
  readonly model: string;
  readonly live: string;
  readonly action: Action;
  readonly says: string;
}

const cells: readonly Cell[] = readFileSync(
  join(__dirname, '../fixtures/capabilities/vendor-pages.txt'),
  'utf8',
)
  .split('\n')
  .filter((line) => line.includes('|') && !line.startsWith('#'))
  .flatMap((line) => {
    const [platform = '', vendor = '', model = '', live = '', ...says] = line
      .split('|')
      .map((one) => one.trim());
    return COLUMNS.map((action, at) => ({ platform, vendor, model, live, action, says: says[at] ?? '' }));
  });

/** What the vendor's word means for us, where a Commit makes it live and where it does not. */
const MEANING: Readonly<Record<string, readonly [managed: readonly [Ability, Ability], direct: Ability]>> = {
  'P+C': [['automatic', 'automatic'], 'automatic'],
  P: [['automatic', 'manual'], 'automatic'],
  'by hand': [['manual', 'manual'], 'manual'],
  '-': [['refused', 'refused'], 'refused'],
  '?': [['unknown', 'unknown'], 'unknown'],
};
const LIVE: Readonly<Record<string, string>> = { Commit: 'commit', Update: 'update', '?': 'unknown' };

describe('the shipped capability matrix, cell by cell of what the vendor pages say', () => {
  it.each(cells)('$platform, $action: $says', ({ vendor, model, live, action, says }) => {
    const [managed, direct] = MEANING[says]!;
    const [update, commit] =
      live === 'Commit' ? managed : [direct, direct === 'unknown' ? 'unknown' : 'none'];
    const found = capabilityOf(shipped, { vendor, model }, [action]);
    expect(found).toMatchObject({ update, commit, enforcedBy: LIVE[live] });
    expect(found.reason).toContain('config/capabilities.yaml');
  });

  it('has no row that the vendor pages do not have', () => {
    for (const { name, models, actions } of shipped.families) {
      for (const pattern of models) {
        const read = cells.filter(({ model, says }) => coversModel(pattern, model) && says !== '?');
        const said = read.map(({ action }) => action);
        expect([name, ...new Set(said)].sort()).toEqual([name, ...Object.keys(actions)].sort());
      }
    }
  });

  it('has a family for every device of the simulator', () => {
    for (const { name, vendor, model } of defaultScenario.devices)
      expect([name, familyOf(shipped, { vendor, model })?.name]).toEqual([name, expect.any(String)]);
  });

  it('never commits what the Update enforces, and every family names its source', () => {
    for (const { name, source, enforcedBy, actions } of shipped.families) {
      expect([name, source]).toEqual([name, expect.stringMatching(/\S/)]);
      for (const { commit } of Object.values(actions)) {
        if (enforcedBy === 'commit') expect(commit).not.toBe('none');
        else expect(commit).toBe('none');
      }
    }
  });
});

const row = (update: Ability, commit: Ability, more: object = {}) => ({ update, commit, ...more });
const matrix: CapabilityMatrix = {
  version: '1',
  families: [
    {
      name: 'boxes',
      vendor: 'Acme',
      models: ['box_*'],
      enforcedBy: 'commit',
      source: 'tested on 2026-11-20',
      person: 'box team',
      actions: {
        addAccess: row('automatic', 'automatic'),
        removeAccess: row('automatic', 'manual', { person: 'n.weber', source: 'page 7' }),
        clonePolicy: row('refused', 'refused'),
      },
    },
  ],
};
const box = { vendor: 'ACME', model: 'box_9' };

describe('the capability of one device', () => {
  it('is that of its row, with who says so', () => {
    expect(capabilityOf(matrix, box, ['addAccess'])).toEqual({
      update: 'automatic',
      commit: 'automatic',
      enforcedBy: 'commit',
      reason: 'config/capabilities.yaml: boxes, addAccess: tested on 2026-11-20',
      person: 'box team',
    });
  });

  it('is the least of several actions, and names the row that decides and the person of that row', () => {
    expect(capabilityOf(matrix, box, ['addAccess', 'removeAccess'])).toMatchObject({
      update: 'automatic',
      commit: 'manual',
      reason: 'config/capabilities.yaml: boxes, removeAccess: page 7',
      person: 'n.weber',
    });
    expect(capabilityOf(matrix, box, ['addAccess', 'clonePolicy'])).toMatchObject({ update: 'refused' });
  });

  it.each([
    ['another vendor', { vendor: 'Other', model: 'box_9' }, 'no family for model box_9 of Other'],
    ['another model', { vendor: 'Acme', model: 'tower' }, 'no family for model tower of Acme'],
    ['no model', { vendor: 'Acme', model: null }, 'without a model'],
  ])('asks a person for %s, and names the file to edit', (_of, device, why) => {
    const found = capabilityOf(matrix, device, ['addAccess']);
    expect(found).toMatchObject({ update: 'unknown', commit: 'unknown', enforcedBy: 'unknown' });
    expect(found.reason).toContain(
      `config/capabilities.yaml has ${why.startsWith('no ') ? why : 'no family'}`,
    );
    expect(found.reason).toContain(why);
  });

  it('asks a person for an action without a row, a request of unknown kind, none, and without the file', () => {
    for (const actions of [['decommission'], ['unknown'], []] as const)
      expect(capabilityOf(matrix, box, actions)).toMatchObject({ update: 'unknown', enforcedBy: 'commit' });
    expect(capabilityOf(NO_CAPABILITIES, box, ['addAccess']).reason).toBe(
      'there is no config/capabilities.yaml',
    );
  });

  it('goes by the model alone where no vendor is shown', () => {
    expect(familyOf(matrix, { vendor: null, model: 'box_9' })?.name).toBe('boxes');
  });

  it('is said in one clause', () => {
    const said = (action: Action) => describeCapability(capabilityOf(matrix, box, [action]));
    expect(ACTIONS.map(said)).toEqual([
      'Update and Commit automatic',
      'Update automatic, Commit by n.weber',
      'not known: asks a person',
      'not known: asks a person',
      'refused',
      'not known: asks a person',
      'not known: asks a person',
    ]);
  });
});
