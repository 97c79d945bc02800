// The table of modules: which may run code of which. One rule a row, named for what it protects.

const anyModule = '^(src/|packages/|workflows/|activities/|workers/|test/|scripts/)';
const npm = '^node_modules/';
const temporal = '^node_modules/@temporalio/';
const main = '/main\\.ts$';

/** Code of `module` runs nothing of ours but `allowed`; it may import types from anywhere the row does not forbid. */
function runsOnly(name, comment, module, allowed) {
  return {
    name,
    comment,
    severity: 'error',
    from: { path: `^${module}/`, pathNot: main },
    to: { path: anyModule, pathNot: [`^${module}/`, ...allowed], dependencyTypesNot: ['type-only'] },
  };
}

/** Not even a type of `what` reaches `module`. */
function never(name, comment, module, what, except = []) {
  return {
    name,
    comment,
    severity: 'error',
    from: { path: `^${module}/`, pathNot: main },
    to: { path: what, pathNot: except },
  };
}

const domain = '^src/domain/';
const client = '^packages/client/src/';
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
      name: 'approval-is-judged-where-a-ticket-parks-and-in-the-gate',
      comment:
        'Each further place would be one more that can answer otherwise. A phase that needs an approval asks workflows/approvals.ts.',
      severity: 'error',
      from: {
        path: '^(src|workflows|activities|workers|packages)/',
        pathNot: ['^workflows/(approvals|phases/approval)\\.ts$', '^activities/gate\\.ts$'],
      },
      to: { path: '^src/domain/approval\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'main-is-not-imported',
      comment: 'A main.ts wires a process and has no logic of its own.',
      severity: 'error',
      from: { pathNot: '(^|/)test/' },
      to: { path: '^(src|workers|packages)/.*main\\.ts$' },
    },
    {
      name: 'only-what-package-json-names',
      comment: 'A package that is there by accident is missing after the next install.',
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
        'Words and rules need no package, no Node and no other module; so they run in the workflow sandbox too.',
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
      'activities-get-their-dependencies-as-arguments',
      'createActivities(deps) is the only entry.',
      'activities',
      [
        domain,
        '^src/(temporal|http|securechange|integrations|calendar|scripts|audit)/',
        client,
        '^workflows/(messages|message-shapes|search-attributes)\\.ts$',
        telemetry,
      ],
    ),
    never(
      'activities-never-see-gateway-or-cli',
      'An activity does not depend on who called it.',
      'activities',
      '^src/(gateway|cli)/',
    ),
    ...['securechange', 'integrations', 'scripts', 'calendar'].flatMap((module) => [
      runsOnly(
        `${module}-stands-alone`,
        'A change for one external system touches one folder.',
        `src/${module}`,
        [domain, '^src/http/', telemetry],
      ),
      never(`${module}-never-sees-temporal`, 'It must be usable from anywhere.', `src/${module}`, temporal),
    ]),
    runsOnly('audit-runs-domain-only', 'It turns plain facts into a timeline.', 'src/audit', [domain]),
    never(
      'audit-never-sees-temporal',
      'The timeline must be readable without the server.',
      'src/audit',
      temporal,
    ),
    {
      name: 'config-runs-domain-calendar-zod-and-yaml-only',
      comment:
        'Reading settings must not start anything. src/calendar is pure, and only it can tell whether an interval is empty.',
      severity: 'error',
      from: { path: '^src/config/' },
      to: {
        path: [anyModule, npm],
        pathNot: ['^src/(config|calendar)/', domain, '^node_modules/(zod|yaml|@types/node)/'],
      },
    },
    runsOnly('client-is-a-library', 'Other programs load it.', 'packages/client', [
      domain,
      '^src/(temporal|audit)/',
      '^workflows/(messages|search-attributes)\\.ts$',
    ]),
    never(
      'client-never-sees-worker-or-server',
      'Reading a ticket must not load a worker.',
      'packages/client',
      '^(workers/|activities/|src/embedded/|node_modules/@temporalio/worker/)',
    ),
    runsOnly(
      'gateway-is-thin',
      'Check the caller, check the input, one call through the client.',
      'src/gateway',
      ['^src/(calendar|audit|web|oidc)/', client, domain, telemetry, ...parsers],
    ),
    runsOnly('web-only-shows', 'Facts in, HTML out: what it shows was read by the gateway.', 'src/web', [
      domain,
      '^src/(calendar|audit)/',
    ]),
    never('web-never-sees-temporal', 'Only the client calls Temporal.', 'src/web', temporal),
    never('gateway-never-sees-temporal', 'Only the client calls Temporal.', 'src/gateway', temporal),
    runsOnly('http-runs-domain-only', 'The only HTTP client, used by every module.', 'src/http', [domain]),
    runsOnly('oidc-stands-alone', 'It knows the protocol, and neither people nor pages.', 'src/oidc', []),
    never('http-never-sees-temporal', 'It has bytes and failures only.', 'src/http', temporal),
    runsOnly('temporal-runs-domain-and-config-only', 'Connection, codec and history facts.', 'src/temporal', [
      domain,
      '^src/config/',
    ]),
    runsOnly(
      'embedded-runs-domain-config-and-temporal-only',
      'Servers start before anything else.',
      'src/embedded',
      [domain, '^src/(config|temporal)/'],
    ),
    runsOnly('cli-goes-through-the-client', 'Commands use the client, as other programs do.', 'src/cli', [
      domain,
      '^src/(config|calendar|audit|embedded|scripts|securechange|integrations|http|web|oidc)/',
      client,
      telemetry,
    ]),
    runsOnly('demo-goes-through-the-client', 'The demo shows what a user can do.', 'src/demo', [
      domain,
      '^src/(config|calendar|audit|embedded)/',
      client,
      telemetry,
    ]),
    {
      name: 'simulator-is-independent',
      comment: 'A simulator that shares our types shares our mistakes.',
      severity: 'error',
      from: { path: '^packages/simulator/' },
      to: { path: anyModule, pathNot: '^packages/simulator/' },
    },
    {
      name: 'nothing-depends-on-the-simulator',
      comment: 'What runs in production must not need it.',
      severity: 'error',
      from: { path: anyModule, pathNot: ['^packages/simulator/', '^test/', '^scripts/', main] },
      to: { path: '^packages/simulator/' },
    },
    runsOnly('telemetry-runs-domain-only', 'Every module may log.', 'src/telemetry', [domain]),
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
