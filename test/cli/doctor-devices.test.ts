import { defaultScenario } from '../../packages/simulator/src/index.js';
import { examineDevices } from '../../src/cli/doctor/devices.js';
import { NO_CAPABILITIES } from '../../src/domain/capabilities.js';
import { shippedCapabilities } from '../support/shipped-capabilities.js';

const devices = defaultScenario.devices.map(({ id, name, vendor, model, domain_name: domain = null }) => ({
  id: String(id),
  name,
  vendor,
  model,
  domain,
}));
const NO_NAMES = { processes: [], calendars: [], managers: [], tags: {}, pushRights: [] };
const check = (capabilities = shippedCapabilities(), list = devices) =>
  examineDevices({ listDevices: async () => list }, { ...NO_NAMES, capabilities });

describe('the devices of the simulator', () => {
  it('each have a row that says what would be done for every kind of request, and who says so', async () => {
    const [version, ...rows] = await check();
    expect(version).toMatchObject({ state: 'ok', found: expect.stringContaining('version 2026-11-27') });
    expect(rows).toHaveLength(devices.length);
    for (const row of rows) {
      expect(row).toMatchObject({ area: 'devices', state: 'ok' });
      for (const action of ['add access', 'remove access', 'modify group', 'decommission', 'clone policy'])
        expect(row.found).toContain(action);
    }
    expect(rows.find(({ check: name }) => name === 'DG-B (Panorama_device_group)')?.found).toBe(
      "Panorama Advanced, by Tufin's Palo Alto page. add access, modify group, rule decommission, rule modification: Update and Commit automatic. remove access: Update automatic, Commit by a person (the vendor's page names no Commit for it). decommission, clone policy: Update and Commit by a person (vendor's page - not in an automatic step)",
    );
  });

  it('that no family has are done by a person; the row says which file to edit', async () => {
    const unknown = { id: '9', name: 'NEW', vendor: 'Acme', model: 'box', domain: null };
    expect((await check(shippedCapabilities(), [unknown])).at(-1)).toMatchObject({
      state: 'note',
      found: 'a person does everything: config/capabilities.yaml has no family for model box of Acme',
      advice: 'add its model to config/capabilities.yaml',
    });
  });

  it('are a problem where the file is missing, and where the list cannot be read', async () => {
    expect(await check(NO_CAPABILITIES)).toMatchObject([{ state: 'problem' }]);
    const failing = { listDevices: () => Promise.reject(new Error('no route')) };
    const config = { ...NO_NAMES, capabilities: shippedCapabilities() };
    expect(await examineDevices(failing, config)).toMatchObject([{ state: 'problem', found: 'no route' }]);
  });

  it('are listed once, for the capabilities and for the names of the configuration', async () => {
    let lists = 0;
    const twice = ['1', '2'].map((id) => ({ id, name: 'EDGE', vendor: 'Acme', model: 'box', domain: null }));
    const secureChange = {
      listDevices: async () => {
        lists += 1;
        return twice;
      },
    };
    const config = { ...NO_NAMES, tags: { pci: ['EDGE'] }, capabilities: shippedCapabilities() };
    const rows = await examineDevices(secureChange, config);
    expect(rows.map(({ check: name }) => name)).toEqual(['capabilities', 'EDGE (box)', 'EDGE (box)', 'EDGE']);
    expect(lists).toBe(1);
  });
});
