import { createHash } from 'node:crypto';
import { rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCredentialsSource } from '../../src/config/credentials-source.js';
import type { CredentialsSource } from '../../src/config/credentials-source.js';
import { ConfigError } from '../../src/config/mistakes.js';
import { createReferences } from '../../src/config/secret-reference.js';
import { writeFolder } from './config-folder.js';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

function people(...logins: string[]): string {
  const each = logins.map(
    (login) =>
      `  - { login: ${login}, roles: [operator], credentials: [{ kind: bearer, sha256: ${hash(login)} }] }\n`,
  );
  return each.length === 0 ? 'people: []\n' : `people:\n${each.join('')}`;
}

let folder: string;
let nowMs: number;
let problems: string[];
let changes: { readonly gone: readonly string[]; readonly notices: readonly string[] }[];

const write = (name: string, text: string): void => {
  writeFileSync(join(folder, name), text);
};
const later = (): void => {
  nowMs += 1_000;
};

function open(): CredentialsSource {
  return createCredentialsSource(folder, {
    references: createReferences(folder, {}),
    now: () => nowMs,
    onProblem: (error) => problems.push(error.message),
    onChange: ({ notices }, gone) => changes.push({ gone, notices }),
  });
}

const loginsOf = (source: CredentialsSource): string[] =>
  source.current().credentials.map(({ login }) => login);

beforeEach(() => {
  folder = writeFolder({ 'people.yaml': people('olga', 'anna') });
  nowMs = 0;
  problems = [];
  changes = [];
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('people.yaml', () => {
  it('takes away access from whoever is removed, and gives it to whoever is added, a second later', () => {
    const source = open();
    write('people.yaml', people('anna', 'vera'));
    later();
    expect(loginsOf(source)).toEqual(['anna', 'vera']);
    expect(changes).toEqual([{ gone: ['olga'], notices: [] }]);
    expect(problems).toEqual([]);
  });

  it('is looked at once a second at most, and is the same object while nothing changed', () => {
    const source = open();
    const before = source.current();
    write('people.yaml', people());
    nowMs += 999;
    expect(source.current()).toBe(before);
    nowMs += 1;
    expect(loginsOf(source)).toEqual([]);
    later();
    const after = source.current();
    later();
    expect(source.current()).toBe(after);
  });

  it('is looked at when the clock was set back', () => {
    const source = open();
    write('people.yaml', people('anna'));
    nowMs = -60_000;
    expect(loginsOf(source)).toEqual(['anna']);
  });

  it('joins a person with one subject at the OpenID provider, at once, and a subject with one person', () => {
    const source = open();
    const joined = (login: string, subject: string) =>
      `  - { login: ${login}, roles: [viewer], oidcSubject: '${subject}' }\n`;
    write('people.yaml', `people:\n${joined('nora', 'one')}`);
    later();
    expect(source.current().subjects).toEqual([{ subject: 'one', login: 'nora', roles: ['viewer'] }]);
    write('people.yaml', `people:\n${joined('nora', 'one')}${joined('omar', 'one')}`);
    later();
    expect(source.current().subjects).toHaveLength(1);
    expect(problems).toEqual([expect.stringContaining('one is the subject of nora as well')]);
    write('people.yaml', 'people: []\n');
    later();
    expect(source.current().subjects).toEqual([]);
    expect(changes.at(-1)?.gone).toEqual(['nora']);
  });

  it.each([
    ['with a mistake', 'people:\n  - { login: olga }\n', 'people.yaml:2'],
    ['half written', 'people:\n  - { login: ol', 'people.yaml'],
    ['emptied', '', 'people.yaml'],
    ['with a login twice', people('olga', 'olga'), 'olga is there twice'],
    ['with a login in two forms', people('olga', 'Olga'), 'Olga is there twice, as olga'],
    [
      'with what a later release brings',
      `${people()}oidc: { issuer: i, audience: a, rolesClaim: r }\n`,
      'oidc',
    ],
  ])('%s leaves every credential as before, and is reported once, with its place', (_what, text, problem) => {
    const source = open();
    const before = source.current();
    write('people.yaml', text);
    for (let second = 0; second < 3; second += 1) {
      later();
      expect(source.current()).toBe(before);
    }
    expect(problems).toEqual([expect.stringContaining(problem)]);
    write('people.yaml', people('anna'));
    later();
    expect(loginsOf(source)).toEqual(['anna']);
    expect(problems).toHaveLength(1);
  });

  it('that goes away leaves every credential as before, and is reported each time', () => {
    const source = open();
    for (const times of [1, 2]) {
      unlinkSync(join(folder, 'people.yaml'));
      later();
      expect(loginsOf(source)).toEqual(['olga', 'anna']);
      expect(problems).toHaveLength(times);
      write('people.yaml', people('olga', 'anna'));
      later();
      expect(loginsOf(source)).toEqual(['olga', 'anna']);
    }
    expect(problems[0]).toContain('people.yaml: is gone');
  });

  it('counts although another file has a mistake', () => {
    const source = open();
    write('calendars.yaml', 'calendars: 1\n');
    write('people.yaml', people('anna'));
    later();
    expect(loginsOf(source)).toEqual(['anna']);
    expect(problems).toEqual([]);
  });

  it('that is wrong at the start starts nothing; while it is absent every caller is refused', () => {
    write('people.yaml', 'people: 1\n');
    expect(open).toThrow(ConfigError);
    unlinkSync(join(folder, 'people.yaml'));
    const source = open();
    expect(loginsOf(source)).toEqual([]);
    write('people.yaml', people('anna'));
    later();
    expect(loginsOf(source)).toEqual(['anna']);
  });

  it('counts as it is with the secrets it names as they are: replaced, or gone', () => {
    const named =
      'people: [{ login: mediator, roles: [mediator], credentials: [{ kind: basic, secretFile: pw }], signing: [{ secretFile: lost }] }]\n';
    write('people.yaml', named);
    write('pw', 'old\n');
    const source = open();
    write('pw', 'new\n');
    later();
    expect(source.current().credentials).toEqual([expect.objectContaining({ sha256: hash('new') })]);
    const { signing } = source.current();
    expect(signing['mediator']).toHaveLength(1);
    later();
    expect(source.current().signing).toBe(signing);
    unlinkSync(join(folder, 'pw'));
    later();
    expect(loginsOf(source)).toEqual([]);
    expect(changes.at(-1)).toMatchObject({
      gone: ['mediator'],
      notices: expect.arrayContaining([
        'mediator has no credential of kind basic: pw is not set',
      ]) as string[],
    });
  });
});
