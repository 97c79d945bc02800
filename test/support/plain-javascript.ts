import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { transformFileSync } from '@swc/core';

const ROOT = join(__dirname, '../..');

/** Some of our folders as plain JavaScript, below `folder`: a process started there loses no time with compiling. */
export interface PlainJavaScript {
  readonly folder: string;
  readonly remove: () => void;
}

export function plainJavaScript(...folders: string[]): PlainJavaScript {
  const out = mkdtempSync(join(tmpdir(), 'sco-plain-'));
  writeFileSync(join(out, 'package.json'), '{ "type": "module" }');
  symlinkSync(join(ROOT, 'node_modules'), join(out, 'node_modules'));
  const sources = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => join(folder, file)),
  );
  for (const source of sources) {
    const { code } = transformFileSync(join(ROOT, source), {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'es6' },
    });
    const target = join(out, source.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, code);
  }
  return { folder: out, remove: () => rmSync(out, { recursive: true }) };
}
