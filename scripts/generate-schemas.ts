// Writes .env.example, config/schema/*.schema.json, docs/codes.md, docs/openapi.json and the table of docs/settings.md; with --check only says which are stale.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format } from 'prettier';
import { jsonSchemas } from '../src/config/json-schemas.js';
import { openApi } from '../src/gateway/open-api.js';
import { CODES, TUFIN_REASONS } from '../src/domain/codes.js';
import { generateEnvExample, generateSettingsMarkdown } from '../src/config/settings-table.js';

const root = join(import.meta.dirname, '..');
const folder = 'config/schema';
const wanted = new Map([
  ['.env.example', generateEnvExample()],
  ['docs/codes.md', await withCodes()],
  ['docs/openapi.json', `${JSON.stringify(openApi(), null, 2)}\n`],
  ['docs/settings.md', withSettings(read('docs/settings.md') ?? '')],
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

/** Every failure and parking code with its sentence, as Prettier leaves it. */
function withCodes(): Promise<string> {
  const table = (first: string, rows: Readonly<Record<string, string>>): string =>
    [
      `| ${first} | What it says |`,
      '| --- | --- |',
      ...Object.entries(rows).map(([code, text]) => `| \`${code}\` | ${text} |`),
    ].join('\n');
  const text = `# Codes

Why a call failed or a ticket waits for a person: \`domain.snake_reason\`. Made from \`src/domain/codes.ts\` by \`npm run schemas\`.
What to do about a parked ticket: [A ticket is parked](runbook.md#a-ticket-is-parked).

${table('Code', CODES)}

## What SecureChange and SecureTrack say

With the system in front: \`securechange.locked\`, \`securetrack.locked\`.

${table('Reason', TUFIN_REASONS)}
`;
  return format(text, { parser: 'markdown', printWidth: 120, proseWrap: 'always' });
}

/** The page with the table of settings between its two marks. */
function withSettings(page: string): string {
  return page.replace(
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
