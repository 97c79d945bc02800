import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { generateEnvExample, SETTINGS_TABLE } from '../../src/config/settings-table.js';

const known = new Set(SETTINGS_TABLE.flatMap((row) => [row.name, `${row.name}_FILE`]));

/** Of the system, of our own tests, or set for a child process of ours: nothing an operator sets for us. */
const notSettings = new Set([
  'HOME',
  'LANG',
  'NO_COLOR',
  'FORCE_COLOR',
  'COLUMNS',
  'PATH',
  'TMPDIR',
  'XDG_CACHE_HOME',
  'CGO_ENABLED',
  'GOBIN',
  'GOTOOLCHAIN',
]);

function tracked(...patterns: string[]): string[] {
  return execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...patterns], {
    encoding: 'utf8',
  })
    .split('\n')
    .filter((path) => path !== '');
}

describe('settings', () => {
  it('are all in .env.example, as the schema has them', () => {
    expect(readFileSync('.env.example', 'utf8')).toBe(generateEnvExample());
  });

  it('have a name once', () => {
    const names = SETTINGS_TABLE.map((row) => row.name);

    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('are nowhere read that no document names', () => {
    const read = tracked(
      'src/**/*.ts',
      'workers/*.ts',
      'activities/**/*.ts',
      'deploy/container/*.mjs',
    ).flatMap((path) =>
      [
        ...readFileSync(path, 'utf8').matchAll(
          /\benv(?:ironment)?(?:\.([A-Z][A-Z0-9_]+)|\['([A-Z][A-Z0-9_]+)'\])/g,
        ),
      ].map(([, dotted, quoted]) => ({ path, name: dotted ?? quoted! })),
    );

    expect(read.length).toBeGreaterThan(5);
    expect(read.filter(({ name }) => !known.has(name) && !notSettings.has(name))).toEqual([]);
  });

  it('that are secrets have no default', () => {
    expect(SETTINGS_TABLE.filter((row) => row.secret && row.default !== null)).toEqual([]);
  });
});
