/** Packages without a CommonJS build, and what they import; everything else in node_modules runs as it is. */
const esmOnly = [
  'ansi-escapes',
  'ansi-regex',
  'ansi-styles',
  'cli-cursor',
  'environment',
  'get-east-asian-width',
  'is-fullwidth-code-point',
  'log-update',
  'mimic-function',
  'onetime',
  'restore-cursor',
  'slice-ansi',
  'string-width',
  'strip-ansi',
  'temporal-polyfill',
  'temporal-spec',
  'temporal-utils',
  'wrap-ansi',
];

const base = {
  rootDir: import.meta.dirname,
  roots: ['<rootDir>/scripts', '<rootDir>/test', '<rootDir>/packages'],
  testEnvironment: '<rootDir>/scripts/jest-environment.cjs',
  transform: {
    '^.+\\.[cm]?[jt]s$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        // CommonJS, because jest's own ES modules need an experimental flag; it also rewrites import.meta.url.
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(?:.*/node_modules/)?(?:${esmOnly.join('|')})/)`],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/packages/[^/]+/dist/'],
};

/** `folders` are below test/; those of a package are named from the top. */
export const layers = [
  { name: 'domain', folders: ['domain', 'calendar', 'placeholders', 'config', 'audit'] },
  { name: 'phases', folders: ['phases'] },
  { name: 'activities', folders: ['activities'] },
  { name: 'securechange', folders: ['securechange', 'integrations', 'http', 'scripts', 'telemetry'] },
  { name: 'simulator', folders: ['packages/simulator/test'] },
  { name: 'gateway', folders: ['gateway', 'cli', 'client', 'demo'] },
  { name: 'replay', folders: ['replay'] },
  { name: 'repository', folders: ['repository'] },
  { name: 'verify', folders: ['verify'] },
  { name: 'mediator', folders: ['mediator'] },
  { name: 'embedded', folders: ['embedded'], seconds: 120, servers: true },
  { name: 'temporal', folders: ['temporal'], seconds: 120, servers: true },
  { name: 'end-to-end', folders: ['end-to-end'], seconds: 300, servers: true },
];

/** Where a layer's folder is, from the top. */
export function testFolder(folder) {
  return folder.startsWith('packages/') ? folder : `test/${folder}`;
}

/** One project per layer. */
export function project({ name, folders, seconds = 60, servers = false }) {
  return {
    ...base,
    displayName: name,
    testMatch: folders.map((folder) => `<rootDir>/${testFolder(folder)}/**/*.test.ts`),
    globals: { layerSeconds: seconds },
    setupFilesAfterEnv: ['<rootDir>/scripts/jest-timeout.cjs'],
    ...(servers && { globalSetup: '<rootDir>/scripts/jest-servers.mjs' }),
  };
}

export default { projects: layers.map(project) };
