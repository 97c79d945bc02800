import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { capabilityOf } from '../../src/domain/capabilities.js';
import type { Capability } from '../../src/domain/provisioning.js';
import {
  carriesNoRisk,
  WORKFLOW_TYPES,
  type WorkflowType,
  type WorkflowTypeName,
} from '../../src/domain/workflow-types.js';
import { actionsOf } from '../../src/securechange/to-design.js';
import { fieldSchema } from '../../src/securechange/wire.js';
import { shippedCapabilities } from '../support/shipped-capabilities.js';

const MODELS = [
  { vendor: 'PaloAltoNetworks', model: 'Panorama_device_group' },
  { vendor: 'Checkpoint', model: 'cp_domain_r80plus' },
  { vendor: 'Cisco', model: 'asa' },
  { vendor: 'Cisco', model: 'fmc' },
] as const;

const lines = readFileSync(join(__dirname, '../fixtures/capabilities/workflow-types.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split('|').map((cell) => cell.trim()));

const rows = lines.flatMap(([type = '', field = '', action = '', risk = '', ...outcomes]) =>
  MODELS.map((device, at) => ({ type, field, action, risk, device, outcome: outcomes[at] ?? '' })),
);

function outcomeOf({ update, commit }: Capability): string {
  if (update !== 'automatic') return 'a person';
  if (commit === 'none') return 'enforced';
  return commit === 'automatic' ? 'saved and committed' : 'saved, a person commits';
}

describe('each type of workflow, each request, each kind of device', () => {
  it.each(rows)(
    '$type, $field $action on $device.model: $outcome',
    ({ type, field, action, device, outcome }) => {
      const found: WorkflowType = WORKFLOW_TYPES[type as WorkflowTypeName];
      const request = { action };
      const asked = actionsOf(
        fieldSchema.parse({ '@xsi.type': field, id: 1, name: 'x', access_request: [request] }),
      );
      if (found.actions.length === 0) {
        expect('no device').toBe(outcome);
        expect(asked).toEqual(['unknown']);
        return;
      }
      expect(found.actions).toContain(asked[0]);
      expect(outcomeOf(capabilityOf(shippedCapabilities(), device, asked))).toBe(outcome);
    },
  );

  it('has a row for every type and for every action of it', () => {
    expect(new Set(rows.map(({ type }) => type))).toEqual(new Set(Object.keys(WORKFLOW_TYPES)));
    for (const [type, { actions }] of Object.entries(WORKFLOW_TYPES)) {
      const tested = lines
        .filter(([name]) => name === type)
        .flatMap(([, field, action]) =>
          actionsOf(
            fieldSchema.parse({ '@xsi.type': field, id: 1, name: 'x', access_request: [{ action }] }),
          ),
        )
        .filter((one) => one !== 'unknown');
      expect([type, ...new Set(tested)].sort()).toEqual([type, ...actions].sort());
    }
  });

  it('carries risk results or does not, as the vendor says; an unknown type never counts as without', () => {
    for (const { type, risk } of rows) expect([type, carriesNoRisk(type)]).toEqual([type, risk === 'no']);
    expect(carriesNoRisk('TOMORROW')).toBe(false);
    expect(carriesNoRisk('toString')).toBe(false);
  });
});
