import {
  capabilityOf,
  describeCapability,
  type Action,
  type DeviceKind,
} from '../../src/domain/capabilities.js';
import { ConfigError, formatMistake } from '../../src/config/mistakes.js';
import { loadConfig } from '../../src/config/load-config.js';
import { readFileSync, rmSync } from 'node:fs';
import { PROCESS, writeFolder } from './config-folder.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function load(families: string | undefined) {
  const text = families === undefined ? undefined : `version: 2026-11-27\nfamilies:\n${families}`;
  const folder = writeFolder({ 'capabilities.yaml': text });
  folders.push(folder);
  return loadConfig(folder);
}

function mistakesOf(families: string): readonly string[] {
  try {
    load(families);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes.map(formatMistake);
    throw error;
  }
}

const family = (more: string): string => `  - { name: one, source: page 1, enforcedBy: commit, ${more} }\n`;

describe('capabilities.yaml', () => {
  it('says of each action who makes Update and Commit, in a word or in a row', () => {
    const actions =
      'actions: { addAccess: automatic, removeAccess: { update: automatic, commit: manual, person: n.weber, source: page 7 } }';
    expect(load(family(`models: [box_*], vendor: Acme, ${actions}`)).capabilities).toEqual({
      version: '2026-11-27',
      families: [
        {
          name: 'one',
          vendor: 'Acme',
          models: ['box_*'],
          enforcedBy: 'commit',
          source: 'page 1',
          actions: {
            addAccess: { update: 'automatic', commit: 'automatic' },
            removeAccess: { update: 'automatic', commit: 'manual', person: 'n.weber', source: 'page 7' },
          },
        },
      ],
    });
  });

  it('has no Commit where the Update enforces', () => {
    const text = family('models: [box], actions: { addAccess: automatic }').replace('commit,', 'update,');
    expect(load(text).capabilities.families[0]?.actions.addAccess).toEqual({
      update: 'automatic',
      commit: 'none',
    });
  });

  it('is missed loudly: without it nothing is pushed by itself', () => {
    expect(load(undefined).warnings).toContain(
      'there is no capabilities.yaml: a person does every Update and Commit by hand',
    );
  });

  it.each([
    [
      'a model in two families',
      family('models: [box_a]') + family('models: [box_*]'),
      'model box_* is in family "one" too',
    ],
    [
      'a Commit of what the Update enforces',
      family('models: [box], actions: { addAccess: { update: automatic, commit: manual } }').replace(
        'enforcedBy: commit',
        'enforcedBy: update',
      ),
      'there is no Commit: enforcedBy is update',
    ],
    ['a word that is none', family('models: [box], actions: { addAccess: maybe }'), 'addAccess'],
    ['an action that is none', family('models: [box], actions: { explode: manual }'), 'explode'],
    ['no source', '  - { name: one, models: [box], enforcedBy: commit }\n', 'source: is missing'],
    ['a star in the middle', family("models: ['b*x']"), 'with * at the end'],
  ])('refuses %s, with its line', (_what, text, message) => {
    const mistakes = mistakesOf(text);
    expect(mistakes.join('\n')).toContain(message);
    expect(mistakes[0]).toMatch(/^capabilities\.yaml:\d+:\d+/);
  });

  it('allows one model of two vendors', () => {
    const of = (vendor: string): string => family(`models: [box], vendor: ${vendor}`);
    expect(mistakesOf(of('Acme') + of('Bolt'))).toEqual([]);
  });
});

it('the example of config/README.md stands there word for word, and decides as it says', () => {
  const text = readFileSync('docs/examples/devices/capabilities.yaml', 'utf8');
  expect(readFileSync('config/README.md', 'utf8')).toContain(
    `\`\`\`yaml\n# capabilities.yaml\n${text}\`\`\``,
  );
  const folder = writeFolder({ 'capabilities.yaml': text });
  folders.push(folder);
  const matrix = loadConfig(folder).capabilities;
  const group = { vendor: 'PaloAltoNetworks', model: 'Panorama_device_group' };
  const said = (device: DeviceKind, action: Action) =>
    describeCapability(capabilityOf(matrix, device, [action]));
  expect(said(group, 'addAccess')).toBe('Update and Commit automatic');
  expect(said(group, 'removeAccess')).toBe('Update automatic, Commit by n.weber');
  expect(said(group, 'decommission')).toBe('Update and Commit by firewall-team');
  expect(said(group, 'clonePolicy')).toBe('refused');
  expect(said({ vendor: 'Amazon', model: 'aws_vpc' }, 'addAccess')).toBe('Update automatic');
  expect(said({ vendor: 'Amazon', model: 'aws_vpc' }, 'decommission')).toBe('not known: asks a person');
});

it.each(['RULE_RECERTIFICATION', 'GENERIC'])(
  'a ticket of type %s never enters a lane: its process may not design, save or make live',
  (type) => {
    const text = PROCESS.replace('ACCESS_REQUEST', type);
    const folder = writeFolder({ 'processes/web.yaml': text });
    folders.push(folder);
    const [faulty] = loadConfig(folder).faultyProcesses;
    const said = faulty?.mistakes.map(({ message }) => message).join('; ') ?? '';
    for (const phase of ['design', 'update', 'changeWindow', 'commit'])
      expect(said).toContain(`${phase}: a ticket of type ${type} changes no device; leave it out`);
  },
);
