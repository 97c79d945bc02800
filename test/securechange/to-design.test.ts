import { laneOf, type Devices } from '../../src/securechange/device-tree.js';
import { actionsOf, toDesign } from '../../src/securechange/to-design.js';
import {
  designerSchema,
  deviceListSchema,
  fieldSchema,
  type WireField,
} from '../../src/securechange/wire.js';
import { shippedCapabilities } from '../support/shipped-capabilities.js';
import { fixtureNames, readJsonFixture, type Recorded } from './fixture.js';

const devices: Devices = new Map(
  deviceListSchema
    .parse(readJsonFixture('securetrack', 'devices.json'))
    .devices?.device.rows.map((device) => [device.id, device]),
);

const field = (status = 'designer success', more: object = {}): WireField =>
  fieldSchema.parse({
    '@xsi.type': 'multi_access_request',
    id: 81031,
    name: 'Required Access',
    designer_result: { status },
    access_request: { order: 'AR1', action: 'Accept' },
    ...more,
  });

const suggestionsOf = (results: unknown) =>
  designerSchema.parse(results).designer_results.suggestions_per_device;
const designOf = (results: unknown, of = field(), tree = devices) =>
  toDesign({
    field: of,
    suggestions: suggestionsOf(results),
    devices: tree,
    capabilities: shippedCapabilities(),
    commits: new Map(),
  });
const instructed = (...instruction: object[]) =>
  designOf({
    designer_results: {
      suggestions_per_device: {
        device_suggestion: {
          management_id: 21,
          suggestions_per_binding: {
            binding_suggestion: { binding_name: 'b', instructions: { instruction } },
          },
        },
      },
    },
  }).devices[0]?.touches;
const changes = (instruction_type: string, more: object = {}): object => ({
  status: 'DESIGN_SUCCESS',
  instruction_type,
  ...more,
});

describe('what a design changes of what is there', () => {
  it('is each rule and group by its uid, else its name; what is only added is nothing', () => {
    expect(
      instructed(
        changes('UPDATE_RULE', { rule: { uid: '{r-7}', name: 'Web' } }),
        changes('REMOVE_RULE', { rule: { name: 'Old' } }),
        changes('UPDATE_GROUP', { modified_object_name: 'Servers' }),
      ),
    ).toEqual(['group Servers', 'rule Old', 'rule {r-7}']);
    expect(
      instructed(changes('NEW_RULE', { rule: { name: 'New' } }), changes('ADD_OBJECT_TO_DEVICE')),
    ).toBeUndefined();
  });

  it('may be any rule where none is named, or more than ten are', () => {
    expect(instructed(changes('UPDATE_RULE'))).toEqual(['*']);
    const many = Array.from({ length: 11 }, (_, at) => changes('UPDATE_RULE', { rule: { name: `r${at}` } }));
    expect(instructed(...many)).toEqual(['*']);
  });
});

const recorded = (name: string) => readJsonFixture('securechange', `designer.${name}.json`);

describe('the recorded Designer results', () => {
  it('before the Update', () => {
    const design = designOf(recorded('designed'));
    expect(design).toMatchObject({ designerStatus: 'designer success', cannotComputeReason: null });
    expect(design.devices).toEqual([
      {
        managementId: '21',
        name: 'DG-B',
        vendor: 'PaloAltoNetworks',
        model: 'Panorama_device_group',
        domain: 'Default',
        laneKey: '20',
        laneName: 'PANO-8',
        capability: {
          update: 'automatic',
          commit: 'automatic',
          enforcedBy: 'commit',
          reason: "config/capabilities.yaml: Panorama Advanced, addAccess: Tufin's Palo Alto page",
        },
        design: 'computed',
        designMessage: null,
        instructions: 2,
        instructionDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
        policies: [expect.any(String)],
        newRevisionArrived: false,
        offline: false,
        path: ['20', '21'],
        update: 'none',
        updateMessage: null,
        commit: { state: 'none', reportStart: null, message: null },
      },
    ]);
  });

  it.each([
    ['updated', 'updated', null],
    ['committed', 'updated', null],
    ['update-failed', 'failed', 'object is locked by another administrator'],
    ['new-revision-arrived', 'none', null],
  ])('%s shows the device as %s', (name, update, updateMessage) => {
    expect(designOf(recorded(name)).devices[0]).toMatchObject({
      update,
      updateMessage,
      newRevisionArrived: name === 'new-revision-arrived',
    });
  });

  it('of two devices give one design each, in their own lanes', () => {
    const { devices: designs } = designOf(recorded('two-devices'));
    expect(designs.map((one) => [one.managementId, one.laneName])).toEqual([
      ['21', 'PANO-8'],
      [expect.any(String), expect.any(String)],
    ]);
    expect(new Set(designs.map((one) => one.managementId)).size).toBe(2);
  });

  it('are all read by this file', () => {
    for (const name of fixtureNames('securechange').filter((one) => one.startsWith('designer.'))) {
      expect(designOf(readJsonFixture('securechange', name)).devices.length).toBeGreaterThan(0);
    }
  });

  it('have one digest through Update and Commit', () => {
    const digests = ['designed', 'updated', 'update-failed', 'committed'].map(
      (name) => designOf(recorded(name)).designDigest,
    );
    expect(new Set(digests).size).toBe(1);
    expect(designOf(recorded('two-devices')).designDigest).not.toBe(digests[0]);
  });
});

describe('the digest of instructions', () => {
  const digestWith = (change: (instruction: Recorded) => void): string | undefined => {
    const results = recorded('designed');
    const { device_suggestion } = results.designer_results.suggestions_per_device;
    change(device_suggestion.suggestions_per_binding.binding_suggestion.instructions.instruction[1]);
    return designOf(results).devices[0]?.instructionDigest;
  };
  const unchanged = digestWith(() => {});

  it.each<[string, (instruction: Recorded) => void]>([
    ['ids', (one) => (one.id = 1)],
    ['states', (one) => (one.status = 'DESIGN_FULLY_IMPLEMENTED')],
    ['uids of objects that do not exist yet', (one) => (one.rule.uid = '-77')],
    ['warnings', (one) => (one.warning_message = 'shadowed')],
  ])('does not change with %s', (_what, change) => {
    expect(digestWith(change)).toBe(unchanged);
  });

  it.each<[string, (instruction: Recorded) => void]>([
    ['the action', (one) => (one.rule.action = 'DROP')],
    ['the place', (one) => (one.rule_order = '6')],
    ['an existing object', (one) => (one.rule.uid = '{real-uid}')],
    ['a destination', (one) => (one.rule.destination_objects.destination_object.ip = '10.0.0.1')],
  ])('changes with %s', (_what, change) => {
    expect(digestWith(change)).not.toBe(unchanged);
  });
});

describe('a device', () => {
  const suggestion = (more: object) => ({
    designer_results: {
      suggestions_per_device: {
        device_suggestion: { management_id: 40, management_name: 'ASA-EDGE', ...more },
      },
    },
  });
  const instructed = (...statuses: string[]) => ({
    suggestions_per_binding: {
      binding_suggestion: {
        instructions: { instruction: statuses.map((status) => ({ status, error_message: 'no route' })) },
      },
    },
  });
  const one = (more: object, status?: string) => designOf(suggestion(more), field(status)).devices[0];

  it('is failed, implemented or computed by its instructions', () => {
    expect(one(instructed('DESIGN_SUCCESS', 'DESIGN_FULLY_IMPLEMENTED'))?.design).toBe('computed');
    expect(one(instructed('DESIGN_FULLY_IMPLEMENTED'))?.design).toBe('fullyImplemented');
    expect(one(instructed('DESIGN_SUCCESS', 'DESIGN_FAILED'))).toMatchObject({
      design: 'failed',
      designMessage: 'no route',
    });
    expect(one({})?.design).toBe('failed');
    expect(one({}, 'designer fully implement')?.design).toBe('fullyImplemented');
  });

  it.each([
    ['Device update succeeded', 'updated'],
    ['Device update failed', 'failed'],
    ['Device not updated', 'failed'],
    ['Device update in progress', 'none'],
    ['', 'none'],
  ])('with push status %j is %s', (push_status, update) => {
    expect(one({ push_status })?.update).toBe(update);
  });

  it('directly managed is its own lane and enforced by the Update', () => {
    expect(one({})).toMatchObject({
      laneKey: '40',
      laneName: 'ASA-EDGE',
      capability: { update: 'automatic', commit: 'none', enforcedBy: 'update' },
    });
  });

  it('unknown to SecureTrack asks a person and takes the lane of the ancestor it names', () => {
    const unknownDevice = {
      management_id: 999,
      management_name: 'NEW',
      ancestor_management_id: 51,
      ancestor_management_name: 'CMA-DE',
    };
    expect(one(unknownDevice)).toMatchObject({
      laneKey: '50',
      laneName: 'MDS-1',
      model: null,
      capability: { update: 'unknown', commit: 'unknown', enforcedBy: 'unknown' },
    });
  });

  it('two hundred of them with very long names stay far below what an activity may return', () => {
    const long = 'ü'.repeat(3000);
    const many = Array.from({ length: 200 }, (_, at) => ({
      ...suggestion({ ...instructed('DESIGN_SUCCESS') }).designer_results.suggestions_per_device
        .device_suggestion,
      management_id: 1000 + at,
      management_name: `${at}${long}`,
      vendor_name: long,
      ancestor_management_id: 5000,
      ancestor_management_name: long,
      push_status: long,
      push_status_reason: long,
    }));
    const design = designOf({ designer_results: { suggestions_per_device: { device_suggestion: many } } });
    expect(design.devices).toHaveLength(200);
    expect(Buffer.byteLength(JSON.stringify(design))).toBeLessThan(224 * 1024);
  });
});

describe('the lane', () => {
  const none = { id: null, name: null };

  it.each([
    ['21', '20', 'PANO-8'],
    ['22', '20', 'PANO-8'],
    ['31', '30', 'FMG-EU'],
    ['52', '50', 'MDS-1'],
    ['50', '50', 'MDS-1'],
    ['41', '41', 'SRX 100 FireWall'],
  ])('of device %s is its topmost manager %s', (id, key, name) => {
    expect(laneOf(devices, { id, name: 'x' }, none)).toEqual({ key, name });
  });

  it('does not turn for ever in a circle', () => {
    const device = (id: string, parent_id: string) =>
      [id, { id, name: id, vendor: null, model: null, parent_id, domain_name: null }] as const;
    const circle = new Map([device('1', '2'), device('2', '1')]);
    expect(['1', '2']).toContain(laneOf(circle, { id: '1', name: '1' }, none).key);
  });

  it('follows the ancestor for a device whose manager SecureTrack does not show', () => {
    const alone = new Map(
      [...devices].map(([id, one]) => [id, id === '21' ? { ...one, parent_id: null } : one] as const),
    );
    expect(laneOf(alone, { id: '21', name: 'DG-B' }, { id: '20', name: 'PANO-8' })).toEqual({
      key: '20',
      name: 'PANO-8',
    });
  });

  it('of an unknown device is the device itself, or the unknown one above it', () => {
    expect(laneOf(new Map(), { id: '9', name: 'X' }, none)).toEqual({ key: '9', name: 'X' });
    expect(laneOf(new Map(), { id: '9', name: 'X' }, { id: '8', name: 'M' })).toEqual({
      key: '8',
      name: 'M',
    });
  });
});

describe('what a request asks of its devices', () => {
  it.each([
    ['Accept', ['addAccess']],
    ['Drop', ['addAccess']],
    ['Remove', ['removeAccess']],
    ['Explode', ['unknown']],
  ])('an access request to %s is %j', (action, actions) => {
    expect(actionsOf(field('not run', { access_request: [{ action }, { action }] }))).toEqual(actions);
  });

  it.each([
    ['multi_group_change', 'modifyGroup'],
    ['multi_server_decommission_request', 'decommission'],
    ['clone_server_policy_request', 'clonePolicy'],
    ['rule_decommission', 'ruleDecommission'],
    ['rule_modification_field', 'ruleModification'],
    ['ns3:multi_group_change', 'modifyGroup'],
    ['text_area', 'unknown'],
  ])('a %s is %s', (type, action) => {
    expect(actionsOf(field('not run', { '@xsi.type': type }))).toEqual([action]);
  });
});
