/** Packages without a CommonJS build, and what they import; everything else in node_modules runs as it is. */
const esmOnly = [
  '@seriousme/openapi-schema-validator',
  'ical.js',
  'oauth4webapi',
  'preact',
  'preact-render-to-string',
  'rrule-temporal',
  'temporal-polyfill',
  'temporal-spec',
  'temporal-utils',
];

/** CommonJS that imports while it runs, which needs a flag of Node in jest's modules. */
const importing = ['@opentelemetry/otlp-exporter-base'];

const base = {
  rootDir: import.meta.dirname,
  roots: ['<rootDir>/scripts', '<rootDir>/test', '<rootDir>/packages'],
  transform: {
    '^.+\\.[cm]?[jt]sx?$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', tsx: true },
          transform: { react: { runtime: 'automatic', importSource: 'preact' } },
          target: 'es2022',
        },
        // CommonJS, because jest's own ES modules need an experimental flag; it also rewrites import.meta.url.
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  transformIgnorePatterns: [
    `/node_modules/(?!(?:.*/node_modules/)?(?:${[...esmOnly, ...importing].join('|')})/)`,
  ],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/packages/[^/]+/dist/'],
};

/** One project a layer. */
const layers = [
  {
    name: 'domain',
    folders: ['test/domain', 'test/calendar', 'test/placeholders', 'test/config', 'test/audit'],
  },
  { name: 'phases', folders: ['test/phases'] },
  { name: 'year', folders: ['test/year'] },
  { name: 'activities', folders: ['test/activities'] },
  {
    name: 'securechange',
    folders: ['test/securechange', 'test/integrations', 'test/http', 'test/scripts', 'test/telemetry'],
  },
  { name: 'simulator', folders: ['packages/simulator/test'] },
  { name: 'gateway', folders: ['test/gateway', 'test/cli', 'test/client', 'test/demo'] },
  { name: 'replay', folders: ['test/replay'], setUp: 'jest-workflows.mjs' },
  { name: 'repository', folders: ['test/repository'] },
  { name: 'mediator', folders: ['test/mediator'] },
  { name: 'web', folders: ['test/web'], setUp: 'jest-browser.mjs' },
  { name: 'embedded', folders: ['test/embedded', 'test/cluster'], setUp: 'jest-servers.mjs' },
  { name: 'temporal', folders: ['test/temporal'], setUp: 'jest-servers.mjs' },
  { name: 'end-to-end', folders: ['test/end-to-end', 'test/soak'], setUp: 'jest-servers.mjs' },
];

function project({ name, folders, setUp }) {
  return {
    ...base,
    displayName: name,
    testMatch: folders.map((folder) => `<rootDir>/${folder}/**/*.test.ts`),
    ...(setUp !== undefined && { globalSetup: `<rootDir>/scripts/${setUp}` }),
  };
}

export default {
  projects: layers.map(project),
  reporters: ['default', '<rootDir>/scripts/jest-count-reporter.cjs'],
  // One for all: jest does not take it from a project. What a test waits for has limits of its own that name it (`eventually`).
  testTimeout: 600_000,
  // Two also on larger machines: the suites on servers wait for real processes, and their deadlines are real.
  maxWorkers: 2,
  maxConcurrency: 2,
  // Every suite loads the SDK again, and Node 20 keeps each copy's AsyncLocalStorage for ever: after 40 suites a promise
  // costs a hundred times as much. A worker this large is replaced by a new one.
  workerIdleMemoryLimit: '300MB',
};
