// Writes .env.example, config/schema/*.schema.json and the settings of README.md; with --check only says which are stale.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { jsonSchemas } from '../src/config/json-schemas.js';
import { generateEnvExample, generateSettingsMarkdown } from '../src/config/settings-table.js';

const root = join(import.meta.dirname, '..');
const folder = 'config/schema';
const wanted = new Map([
  ['.env.example', generateEnvExample()],
  ['README.md', withSettings(read('README.md') ?? '')],
  ...[...jsonSchemas()].map(([name, schema]): [string, string] => [
    `${folder}/${name}`,
    `${JSON.stringify(schema, null, 2)}\n`,
  ]),
]);

const stale = [...wanted].filter(([path, text]) => read(path) !== text).map(([path]) => path);
const left = list(folder).filter((name) => !wanted.has(`${folder}/${name}`));

if (process.argv.includes('--check')) {
  for (const path of stale) console.error(`${path} is stale: npm run schemas`);
  for (const name of left) console.error(`${folder}/${name} belongs to no schema: remove it`);
  process.exitCode = stale.length + left.length === 0 ? 0 : 1;
} else {
  for (const path of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), wanted.get(path) ?? '');
    console.log(`wrote ${path}`);
  }
  if (stale.length === 0) console.log('everything is up to date');
}

/** The README with the table of settings between its two marks. */
function withSettings(readme: string): string {
  return readme.replace(
    /(<!-- settings: [^\n]*-->\n)[\s\S]*?(<!-- end of settings -->)/,
    (_all, start: string, end: string) => `${start}\n${generateSettingsMarkdown()}\n${end}`,
  );
}

function read(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return undefined;
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(join(root, path));
  } catch {
    return [];
  }
}
