import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { CODES, TUFIN_REASONS } from '../../src/domain/codes.js';

const TABLE = join('src', 'domain', 'codes.ts');

const SOURCES = ['src', 'workflows', 'activities', 'workers']
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((at) => join(folder, at)),
  )
  .filter((path) => path.endsWith('.ts') && path !== TABLE)
  .map((path) => readFileSync(path, 'utf8'))
  .join('\n');

/** Texts in quotes that can be a code or a part of one. */
const TEXTS = new Set([...SOURCES.matchAll(/(['"`])([a-z][\w.]*)\1/gi)].map(([, , text]) => text ?? ''));

/** `automation.${failure.tool}`: the part before and after what is filled in. */
const TEMPLATES = [...SOURCES.matchAll(/`([a-z_]*\.?)\$\{[^}`]*\}(\.?[a-z_]*)`/g)]
  .map(([, before = '', after = '']) => [before, after] as const)
  .filter(([before, after]) => before.endsWith('.') !== after.startsWith('.'));

const camelCase = (text: string): string =>
  text.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

function isMade(code: string): boolean {
  if (TEXTS.has(code)) return true;
  return TEMPLATES.some(([before, after]) => {
    if (!code.startsWith(before) || !code.endsWith(after)) return false;
    const part = code.slice(before.length, code.length - after.length);
    return TEXTS.has(part) || TEXTS.has(camelCase(part));
  });
}

describe('a code of the table', () => {
  it.each(Object.keys(CODES))('%s is made by code outside the table', (code) => {
    expect(isMade(code)).toBe(true);
  });

  it.each(Object.keys(TUFIN_REASONS))('securechange.%s is made by code outside the table', (reason) => {
    expect(
      TEXTS.has(reason) || TEXTS.has(`securechange.${reason}`) || TEXTS.has(`securetrack.${reason}`),
    ).toBe(true);
  });

  it('is missed when no code makes it', () => {
    expect(['gate.never_made', 'automation.never_made', 'never.made'].filter(isMade)).toEqual([]);
  });
});
