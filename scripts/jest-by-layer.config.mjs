// What `npm run verify` runs: the same tests, but a layer at a time, because loading what they import costs more than most
// of them. `npm test` gives every file modules of its own, so that none comes to lean on another.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { layers, project, testFolder } from '../jest.config.mjs';
import { serverless } from './test-layers.mjs';

const root = join(import.meta.dirname, '..');
const support = join(root, 'test/support');

/** Modules of test/support with hooks: these are for every file that imports the module, not only for the first. */
const hooked = readdirSync(support).filter((file) =>
  /^(?:before|after)(?:Each|All)\(/m.test(readFileSync(join(support, file), 'utf8')),
);

function asOneFile(layer) {
  const files = layer.folders.flatMap((folder) =>
    readdirSync(join(root, testFolder(folder)), { recursive: true })
      .filter((file) => file.endsWith('.test.ts'))
      .sort()
      .map((file) => join(testFolder(folder), file)),
  );
  const text = files.map((file) => readFileSync(join(root, file), 'utf8')).join('\n');
  const hooks = hooked.filter((file) => text.includes(`support/${file.replace(/\.ts$/, '')}.js`));
  const { globals, setupFilesAfterEnv, ...rest } = project(layer);
  return {
    ...rest,
    testMatch: ['<rootDir>/scripts/jest-layer.cjs'],
    globals: { ...globals, layerFiles: Object.fromEntries(files.map((file) => [file, join(root, file)])) },
    setupFilesAfterEnv: [...setupFilesAfterEnv, ...hooks.map((file) => join(support, file))],
  };
}

/** Those first that wait most, so that others compute meanwhile. */
const waiting = ['mediator', 'gateway', 'securechange', 'simulator'];
const others = serverless.filter((name) => !waiting.includes(name) && name !== 'verify');
const order = [...waiting, ...others];

export default {
  projects: order.map((name, place) => {
    const { globals, ...rest } = asOneFile(layers.find((layer) => layer.name === name));
    return { ...rest, globals: { ...globals, layerPlace: place } };
  }),
  testSequencer: join(import.meta.dirname, 'jest-sequencer.cjs'),
};
