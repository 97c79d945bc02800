import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const nodeBuiltins = [
  'assert',
  'async_hooks',
  'buffer',
  'child_process',
  'crypto',
  'dns',
  'events',
  'fs',
  'fs/promises',
  'http',
  'https',
  'net',
  'os',
  'path',
  'perf_hooks',
  'process',
  'stream',
  'timers',
  'timers/promises',
  'tls',
  'url',
  'util',
  'worker_threads',
  'zlib',
];

/** What exists in the workflow sandbox but answers differently on replay, or does not exist there at all. */
const sandboxGlobals = [
  'process',
  'fetch',
  'crypto',
  'Buffer',
  'require',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'structuredClone',
  'performance',
  'Event',
  'AbortSignal',
  'WeakRef',
  'FinalizationRegistry',
  'SharedArrayBuffer',
  'Atomics',
  'Intl',
].map((name) => ({ name, message: 'Not in the workflow sandbox: do it in an activity.' }));

const sandboxSyntax = [
  {
    selector: 'CallExpression[callee.property.name=/^toLocale/]',
    message: 'Locale and zone come from the process: format outside the workflow.',
  },
  {
    selector:
      'CallExpression[callee.property.name=/^(getTimezoneOffset|getHours|getMinutes|getDay|getDate|getMonth|getFullYear|setHours)$/]',
    message: 'Local date parts depend on the process: use the UTC ones, or an activity.',
  },
  {
    selector: 'CallExpression[callee.object.name="Date"][callee.property.name="parse"]',
    message: 'Parse in an activity.',
  },
  {
    selector:
      'CallExpression[callee.object.name="Promise"][callee.property.name=/^(all|allSettled|any|race)$/]',
    message: 'A cancelled one leaves a begun write behind: use workflows/together.ts.',
  },
];

/** Modules of the bundle are loaded once for all runs of a worker: what one run would write there, all others would read. */
const moduleState = [
  'VariableDeclaration[kind=/^(let|var)$/]',
  'VariableDeclarator[init.type="NewExpression"][init.callee.name=/^(Map|Set|WeakMap|WeakSet|Array)$/]' +
    ':not([id.typeAnnotation.typeAnnotation.typeName.name=/^Readonly/])',
  'VariableDeclarator[init.type="ArrayExpression"][init.elements.length=0]',
  'VariableDeclarator[init.type="ObjectExpression"][init.properties.length=0]',
]
  .flatMap((declared) => {
    const inside = declared.startsWith('VariableDeclaration[')
      ? declared
      : `VariableDeclaration > ${declared}`;
    return [`Program > ${inside}`, `Program > ExportNamedDeclaration > ${inside}`];
  })
  .concat('PropertyDefinition[static=true]')
  .map((selector) => ({
    selector,
    message: 'All runs of a worker share it (workers/bundle-workflows.decision.md): keep state in the run.',
  }));

/**
 * The types of the pages' renderer declare a browser's globals everywhere: without this a forgotten variable of such a name compiles.
 */
const browserGlobals = [
  ...[
    'close',
    'closed',
    'document',
    'event',
    'find',
    'frames',
    'history',
    'length',
    'location',
    'name',
    'navigator',
  ],
  ...[
    'open',
    'opener',
    'origin',
    'parent',
    'print',
    'scroll',
    'screen',
    'self',
    'status',
    'stop',
    'top',
    'window',
  ],
].map((name) => ({ name, message: 'Only in a browser: declare it, or import it.' }));

const environment = {
  selector: 'MemberExpression[object.name="process"][property.name="env"]',
  message:
    'Only src/config, main.ts files and src/embedded read the environment; everything else is handed values.',
};

export default tseslint.config(
  { ignores: ['**/dist/', 'coverage/', 'data/', 'node_modules/'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: true }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unnecessary-type-arguments': 'off',
      // Slow, and about what we do not have (enums) or what the compiler says as well.
      '@typescript-eslint/no-deprecated': 'off',
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      'no-restricted-syntax': ['error', environment],
      'no-restricted-globals': ['error', ...browserGlobals],
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['src/config/**', '**/main.ts', 'src/embedded/**', 'scripts/**', '**/test/**'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['**/main.ts', 'src/cli/**', 'src/demo/**', 'scripts/**', '**/test/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['workflows/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...browserGlobals, ...sandboxGlobals],
      'no-restricted-imports': [
        'error',
        {
          paths: nodeBuiltins.map((name) => ({
            name,
            message: 'Node built-ins are not in the workflow sandbox.',
          })),
          patterns: [
            { group: ['node:*'], message: 'Node built-ins are not in the workflow sandbox.' },
            {
              group: ['@temporalio/*', '!@temporalio/workflow', '!@temporalio/common'],
              message: 'Only @temporalio/workflow and @temporalio/common are made for the sandbox.',
            },
          ],
        },
      ],
      'no-restricted-syntax': ['error', environment, ...sandboxSyntax, ...moduleState],
    },
  },
  {
    files: ['workflows/**/*.ts'],
    ignores: ['workflows/handle.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        environment,
        ...sandboxSyntax,
        ...moduleState,
        {
          selector: 'ImportSpecifier[imported.name=/^set.*Handler$/]',
          message: 'handle() registers every handler: it checks the form of each message first.',
        },
      ],
    },
  },
  {
    files: ['src/domain/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...browserGlobals, ...sandboxGlobals],
      'no-restricted-syntax': [
        'error',
        environment,
        ...sandboxSyntax.slice(0, 2),
        ...moduleState,
        {
          selector: 'CallExpression[callee.object.name="Date"][callee.property.name="now"]',
          message: 'The domain has no clock: take nowMs as an argument.',
        },
        {
          selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
          message: 'The domain has no clock.',
        },
      ],
    },
  },
  {
    files: ['activities/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        environment,
        {
          selector: 'CallExpression[callee.object.name="Date"][callee.property.name="now"]',
          message: 'Activities take their clock from deps.',
        },
      ],
    },
  },
  {
    files: ['**/test/**/*.ts'],
    rules: {
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      'no-control-regex': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
    },
  },
  {
    files: ['src/web/assets/**'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          ...['document', 'DOMParser', 'EventSource', 'fetch', 'history', 'location', 'navigator'],
          ...['addEventListener', 'setInterval', 'URLSearchParams'],
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', module: 'writable' },
    },
    rules: { 'no-control-regex': 'off' },
  },
  {
    files: ['**/*.mts', '**/*.cts', '**/*.jsx'],
    languageOptions: { parser: tseslint.parser },
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'Program', message: 'Sources are .ts or .tsx: other checks see nothing else.' },
      ],
    },
  },
);
