#!/usr/bin/env node
// A checkout runs its sources, so that an old build never answers; an image holds the build only.
import { existsSync } from 'node:fs';
import { register } from 'tsx/esm/api';

const source = new URL('../src/cli/main.ts', import.meta.url);
const built = new URL('../dist/src/cli/main.js', import.meta.url);

if (existsSync(source)) {
  register();
  await import(source.href);
} else {
  await import(built.href);
}
