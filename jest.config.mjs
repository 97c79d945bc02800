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
  testEnvironment: 'node',
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
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};

/** One project per layer; `folders` are below test/. */
function layer(displayName, folders, { seconds = 60, servers = false } = {}) {
  return {
    ...base,
    displayName,
    testMatch: folders.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
    globals: { layerSeconds: seconds },
    setupFilesAfterEnv: ['<rootDir>/scripts/jest-timeout.cjs'],
    ...(servers && { globalSetup: '<rootDir>/scripts/jest-servers.mjs' }),
  };
}

export default {
  // jest-haste-map would otherwise crawl the development server's data.
  watchPathIgnorePatterns: ['<rootDir>/data/', '<rootDir>/dist/'],
  projects: [
    layer('domain', ['domain', 'calendar', 'placeholders', 'config', 'audit']),
    layer('phases', ['phases'], { seconds: 60 }),
    layer('activities', ['activities']),
    layer('securechange', ['securechange', 'integrations', 'http', 'scripts', 'telemetry']),
    layer('simulator', ['simulator'], { seconds: 60 }),
    layer('gateway', ['gateway', 'cli', 'client', 'demo'], { seconds: 60 }),
    layer('replay', ['replay'], { seconds: 60 }),
    layer('repository', ['repository'], { seconds: 60 }),
    layer('mediator', ['mediator'], { seconds: 60 }),
    layer('embedded', ['embedded'], { seconds: 120, servers: true }),
    layer('temporal', ['temporal'], { seconds: 120, servers: true }),
    layer('end-to-end', ['end-to-end'], { seconds: 300, servers: true }),
  ],
};
