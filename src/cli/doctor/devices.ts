import {
  ACTIONS,
  CAPABILITIES_FILE,
  capabilityOf,
  describeCapability,
  familyOf,
  type Action,
  type CapabilityMatrix,
} from '../../domain/capabilities.js';
import { toWords } from '../../domain/words.js';
import type { KnownDevice, SecureChange } from '../../securechange/secure-change.js';
import { checkRepeatedNames, type NamedInConfig } from './repeated-names.js';
import { messageOf, note, ok, problem, type DoctorRow } from './row.js';

const AREA = 'devices';

/** What concerns devices: they are listed once for all of it. */
export async function examineDevices(
  secureChange: Pick<SecureChange, 'listDevices'>,
  config: NamedInConfig & { readonly capabilities: CapabilityMatrix },
): Promise<readonly DoctorRow[]> {
  let devices: readonly KnownDevice[];
  try {
    devices = await secureChange.listDevices();
  } catch (error) {
    return [problem(AREA, 'list of devices', messageOf(error), 'check SECURETRACK_URL')];
  }
  return [...checkDevices(devices, config.capabilities), ...checkRepeatedNames(devices, config)];
}

/** For each device that SecureTrack knows: what would be done for each kind of request, and who says so. */
function checkDevices(devices: readonly KnownDevice[], matrix: CapabilityMatrix): readonly DoctorRow[] {
  if (matrix.version === null) {
    const found = `there is no ${CAPABILITIES_FILE}: a person does every Update and Commit by hand`;
    return [problem(AREA, 'capabilities', found, 'copy the shipped file and compare it with your vendors')];
  }
  const inFile = `${matrix.families.length} families in ${CAPABILITIES_FILE}, version ${matrix.version}`;
  return [ok(AREA, 'capabilities', inFile), ...devices.map((device) => rowOf(device, matrix))];
}

function rowOf(device: KnownDevice, matrix: CapabilityMatrix): DoctorRow {
  const check = `${device.name} (${device.model ?? 'no model'})`;
  const family = familyOf(matrix, device);
  if (family === null) {
    const { reason = '' } = capabilityOf(matrix, device, ['addAccess']);
    return note(AREA, check, `a person does everything: ${reason}`, `add its model to ${CAPABILITIES_FILE}`);
  }
  // Actions with the same answer share one clause.
  const clauses = new Map<string, Action[]>();
  for (const action of ACTIONS) {
    const capability = capabilityOf(matrix, device, [action]);
    const source = family.actions[action]?.source;
    const text = `${describeCapability(capability)}${source === undefined ? '' : ` (${source})`}`;
    clauses.set(text, [...(clauses.get(text) ?? []), action]);
  }
  const said = [...clauses].map(([text, actions]) => `${actions.map(toWords).join(', ')}: ${text}`);
  return ok(AREA, check, `${family.name}, by ${family.source}. ${said.join('. ')}`);
}
