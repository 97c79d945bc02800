import { z } from 'zod';
import {
  ACTIONS,
  coversModel,
  type Action,
  type CapabilityMatrix,
  type CapabilityRow,
  type DeviceFamily,
} from '../domain/capabilities.js';
import type { Mistake } from './mistakes.js';
import { name } from './schema-parts.js';
import type { YamlFile } from './yaml-file.js';

const ability = z
  .enum(['automatic', 'manual', 'refused'])
  .describe(
    'automatic: the orchestrator calls the API. manual: a person does it and gives evidence. refused: the ticket parks, nothing is done.',
  );
const source = z.string().min(1).max(80).describe('Who says so: a page of the vendor, a test of your own.');
const person = name.describe('Login or team that does by hand what is manual or not known.');

const row = z.union([
  ability,
  z.strictObject({
    update: ability,
    commit: ability.optional().describe('For devices that a Commit makes live. Default: as update.'),
    source: source.optional(),
    person: person.optional(),
  }),
]);

const family = z.strictObject({
  name: z.string().min(1).max(60).describe('Shown in every explanation.'),
  vendor: name.optional().describe('As SecureTrack names it, without case. Default: any.'),
  models: z
    .array(
      z.string().regex(/^[A-Za-z0-9_.-]+\*?$/, {
        error: 'must be a model of SecureTrack, or its beginning with * at the end',
      }),
    )
    .min(1)
    .describe(
      'Models as SecureTrack names them (sco doctor shows yours); aws_* is every model that begins so.',
    ),
  enforcedBy: z
    .enum(['update', 'commit', 'unknown'])
    .describe('What makes a change live. unknown: its Update waits for window and lane like a Commit.'),
  source,
  person: person.optional(),
  actions: z
    .partialRecord(z.enum(ACTIONS), row)
    .default({})
    .describe('What may be done for each kind of request. What is not here asks a person.'),
});

export const capabilitiesSchema = z.strictObject({
  version: z.string().min(1).max(40).describe('Of this content; shown by sco doctor.'),
  families: z.array(family).max(200).default([]).describe('Devices that can do the same.'),
});

export type CapabilitiesFile = z.output<typeof capabilitiesSchema>;
type FamilyFile = CapabilitiesFile['families'][number];

export function toCapabilities({ version, families }: CapabilitiesFile): CapabilityMatrix {
  return { version, families: families.map(toFamily) };
}

function toFamily(file: FamilyFile): DeviceFamily {
  const actions: Partial<Record<Action, CapabilityRow>> = {};
  for (const action of ACTIONS) {
    const written = file.actions[action];
    if (written !== undefined) actions[action] = toRow(written, file.enforcedBy);
  }
  return {
    name: file.name,
    vendor: file.vendor ?? null,
    models: file.models,
    enforcedBy: file.enforcedBy,
    source: file.source,
    ...(file.person !== undefined && { person: file.person }),
    actions,
  };
}

function toRow(written: z.output<typeof row>, enforcedBy: DeviceFamily['enforcedBy']): CapabilityRow {
  const long: Exclude<z.output<typeof row>, string> = typeof written === 'string'
    ? { update: written }
    : written;
  return {
    update: long.update,
    commit: enforcedBy === 'commit' ? (long.commit ?? long.update) : 'none',
    ...(long.source !== undefined && { source: long.source }),
    ...(long.person !== undefined && { person: long.person }),
  };
}

/** What the form alone does not show: two families for one model, a Commit where none exists. */
export function checkCapabilities(yaml: YamlFile, { families }: CapabilitiesFile): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  families.forEach((one, index) => {
    for (const earlier of families.slice(0, index)) {
      const model = one.models.find((pattern) => earlier.models.some((other) => overlap(pattern, other)));
      if (model === undefined || !sameVendor(one, earlier)) continue;
      const message = `model ${model} is in family "${earlier.name}" too; a device may be in one only`;
      mistakes.push(yaml.mistake(['families', index, 'models'], message));
    }
    for (const [action, written] of Object.entries(one.actions)) {
      if (typeof written === 'string' || written.commit === undefined || one.enforcedBy === 'commit')
        continue;
      const message = `there is no Commit: enforcedBy is ${one.enforcedBy}`;
      mistakes.push(yaml.mistake(['families', index, 'actions', action, 'commit'], message));
    }
  });
  return mistakes;
}

function sameVendor(one: FamilyFile, other: FamilyFile): boolean {
  if (one.vendor === undefined || other.vendor === undefined) return true;
  return one.vendor.toLowerCase() === other.vendor.toLowerCase();
}

function overlap(one: string, other: string): boolean {
  const [bare, otherBare] = [one.replace(/\*$/, ''), other.replace(/\*$/, '')];
  return coversModel(one, otherBare) || coversModel(other, bare);
}
