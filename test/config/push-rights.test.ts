import { readFileSync } from 'node:fs';
import { loadPeople } from '../../src/config/load-people.js';

const TEXT = readFileSync('config/people.yaml', 'utf8');
const loaded = (more: string) => {
  const { pushRights, mistakes } = loadPeople(`${TEXT}\n${more}`);
  return { pushRights, mistakes: mistakes.map(({ message }) => message) };
};

it('rights to push are read with their devices and roles', () => {
  const { pushRights, mistakes } = loaded(
    'pushRights:\n  - { name: PCI, for: { domains: [PCI], tags: [edge] }, roles: [security] }\n',
  );
  expect(mistakes).toEqual([]);
  expect(pushRights).toEqual([
    { name: 'PCI', for: { domains: ['PCI'], tags: ['edge'] }, roles: ['security'] },
  ]);
});

it.each([
  [
    'an unknown role',
    '{ name: A, for: { tags: [x] }, roles: [secops] }',
    'there is no role secops under approvers',
  ],
  ['no role', '{ name: A, for: { tags: [x] }, roles: [] }', 'Too small'],
  ['no device', '{ name: A, for: {}, roles: [security] }', 'names no target'],
])('a right with %s is a mistake', (_, right, message) => {
  expect(loaded(`pushRights:\n  - ${right}\n`).mistakes.join('\n')).toContain(message);
});

it('two rights have different names', () => {
  const right = '  - { name: A, for: { tags: [x] }, roles: [security] }\n';
  expect(loaded(`pushRights:\n${right}${right}`).mistakes).toEqual(['two rights have the name A']);
});

describe('other names of a person', () => {
  const named = (more: string) =>
    loadPeople(
      `people:\n  - { login: a.kaya, roles: [viewer], alsoKnownAs: [Aylin Kaya] }\n  - { login: o.brandt, roles: [viewer]${more} }\n`,
    );

  it('are read', () => {
    expect(named('').mistakes).toEqual([]);
    expect(named('').people.map(({ alsoKnownAs }) => alsoKnownAs)).toEqual([['Aylin Kaya'], undefined]);
  });

  it('are no login of another person', () => {
    const text =
      'people:\n  - { login: a.kaya, roles: [viewer], alsoKnownAs: [o.brandt] }\n  - { login: o.brandt, roles: [viewer] }\n';
    expect(loadPeople(text).mistakes.map(({ message }) => message)).toEqual([
      'o.brandt is a name of a.kaya as well',
    ]);
  });

  it('are names of one person only', () => {
    expect(named(', alsoKnownAs: [aylin kaya]').mistakes.map(({ message }) => message)).toEqual([
      'aylin kaya is a name of a.kaya as well',
    ]);
  });
});
