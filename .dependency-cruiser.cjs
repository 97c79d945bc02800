// The table of rooms: who may run code from where. One rule a row, named for what it protects.

const anyRoom = '^(src/|packages/|workflows/|activities/|workers/|test/|scripts/)';
const npm = '^node_modules/';
const temporal = '^node_modules/@temporalio/';
const main = '/main\\.ts$';

/** Code of `room` runs nothing of ours but `allowed`; types may be borrowed from anywhere the row does not forbid. */
function runsOnly(name, comment, room, allowed) {
  return {
    name,
    comment,
    severity: 'error',
    from: { path: `^${room}/`, pathNot: main },
    to: { path: anyRoom, pathNot: [`^${room}/`, ...allowed], dependencyTypesNot: ['type-only'] },
  };
}

/** Not even a type of `what` reaches `room`. */
function never(name, comment, room, what, except = []) {
  return {
    name,
    comment,
    severity: 'error',
    from: { path: `^${room}/`, pathNot: main },
    to: { path: what, pathNot: except },
  };
}

const domain = '^src/domain/';
const telemetry = '^src/telemetry/';
const parsers = [
  '^src/securechange/[^/]*(xml|event)[^/]*\\.ts$',
  '^src/integrations/[^/]*(inbound|itsm)[^/]*\\.ts$',
];

module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'Files that need each other to load cannot be read, tested or moved alone.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'nobody-imports-main',
      comment: 'A main.ts wires a process and has no logic of its own.',
      severity: 'error',
      from: { pathNot: '(^|/)test/' },
      to: { path: '^(src|workers|packages)/.*main\\.ts$' },
    },
    {
      name: 'only-what-package-json-names',
      comment: 'A package that is there by accident is gone after the next install.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'undetermined', 'unknown'] },
    },
    {
      name: 'only-what-exists',
      comment: 'An import that cannot be resolved.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },

    {
      name: 'domain-is-pure',
      comment:
        'Words and rules need no package, no Node and no other room; so they run in the workflow sandbox too.',
      severity: 'error',
      from: { path: domain },
      to: { pathNot: domain },
    },
    {
      name: 'workflows-run-domain-only',
      comment:
        'What is bundled must be deterministic and small: the SDK, the domain, and activities by type.',
      severity: 'error',
      from: { path: '^workflows/' },
      to: {
        pathNot: [
          '^workflows/',
          domain,
          '^node_modules/@temporalio/(workflow|common)/',
          '^activities/(index|effects)\\.ts$',
        ],
      },
    },
    {
      name: 'workflows-know-activities-by-type',
      comment:
        'Running an activity inside the sandbox would break replay. The table of effects is only data.',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { path: '^activities/', pathNot: '^activities/effects\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    runsOnly(
      'activities-get-their-world-handed-in',
      'createActivities(deps) is the only door.',
      'activities',
      [
        domain,
        '^src/(client|temporal|http|securechange|integrations|calendar|scripts|audit)/',
        '^workflows/(messages|search-attributes)\\.ts$',
        telemetry,
      ],
    ),
    never(
      'activities-never-see-gateway-or-cli',
      'Effects know nothing of who asked.',
      'activities',
      '^src/(gateway|cli)/',
    ),
    ...['securechange', 'integrations', 'scripts', 'calendar'].flatMap((room) => [
      runsOnly(`${room}-stands-alone`, 'Foreign systems are learned one at a time.', `src/${room}`, [
        domain,
        '^src/http/',
        telemetry,
      ]),
      never(`${room}-never-sees-temporal`, 'It must be usable from anywhere.', `src/${room}`, temporal),
    ]),
    runsOnly('audit-runs-domain-only', 'It turns plain facts into a timeline.', 'src/audit', [domain]),
    never(
      'audit-never-sees-temporal',
      'The trail must be readable without the server.',
      'src/audit',
      temporal,
    ),
    {
      name: 'config-runs-domain-zod-and-yaml-only',
      comment: 'Reading settings must not start anything.',
      severity: 'error',
      from: { path: '^src/config/' },
      to: {
        path: [anyRoom, npm],
        pathNot: ['^src/config/', domain, '^node_modules/(zod|yaml|@types/node)/'],
      },
    },
    runsOnly('client-is-a-library', 'Programs of others load it.', 'src/client', [
      domain,
      '^src/(temporal|audit)/',
      '^workflows/(messages|search-attributes)\\.ts$',
    ]),
    never(
      'client-never-sees-worker-or-server',
      'Reading a ticket must not bring a worker along.',
      'src/client',
      '^(workers/|activities/|src/embedded/|node_modules/@temporalio/worker/)',
    ),
    runsOnly(
      'gateway-is-thin',
      'Check the caller, check the input, one call through the client.',
      'src/gateway',
      ['^src/(client|calendar|audit)/', domain, telemetry, ...parsers],
    ),
    never('gateway-never-sees-temporal', 'The client speaks to Temporal.', 'src/gateway', temporal),
    runsOnly('http-runs-domain-only', 'The only way out, for everybody.', 'src/http', [domain]),
    never('http-never-sees-temporal', 'It knows bytes and failures.', 'src/http', temporal),
    runsOnly('temporal-runs-domain-and-config-only', 'Connection, codec and history facts.', 'src/temporal', [
      domain,
      '^src/config/',
    ]),
    runsOnly('embedded-stands-low', 'Servers start before anything else.', 'src/embedded', [
      domain,
      '^src/(config|temporal)/',
    ]),
    runsOnly('cli-goes-through-the-client', 'Commands go where everybody goes.', 'src/cli', [
      domain,
      '^src/(client|config|calendar|audit|embedded|securechange|integrations|http)/',
      telemetry,
    ]),
    runsOnly('demo-goes-through-the-client', 'The demo shows what a user can do.', 'src/demo', [
      domain,
      '^src/(client|config|calendar|audit|embedded)/',
      telemetry,
    ]),
    {
      name: 'simulator-is-a-stranger',
      comment: 'A stand-in that shares our types shares our mistakes.',
      severity: 'error',
      from: { path: '^packages/simulator/' },
      to: { path: anyRoom, pathNot: '^packages/simulator/' },
    },
    {
      name: 'nobody-leans-on-the-simulator',
      comment: 'What runs in production knows nothing of it.',
      severity: 'error',
      from: { path: anyRoom, pathNot: ['^packages/simulator/', '^test/', '^scripts/', main] },
      to: { path: '^packages/simulator/' },
    },
    runsOnly('telemetry-runs-domain-only', 'Everybody may log.', 'src/telemetry', [domain]),
    runsOnly('workers-wire-activities-and-workflows', 'A worker is put together here.', 'workers', [
      domain,
      '^(activities|workflows)/',
      '^src/(config|temporal|telemetry|http|securechange|integrations|calendar|scripts|audit)/',
    ]),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/|^packages/[^/]+/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['main', 'types'],
    },
    skipAnalysisNotInRules: true,
  },
};
