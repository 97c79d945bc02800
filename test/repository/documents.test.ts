import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

import type { IRoute, Router } from 'express';

import { EXIT_CODES } from '../../src/cli/exit-codes.js';
import { generateSettingsMarkdown, SETTINGS_TABLE } from '../../src/config/settings-table.js';
import { ROLES, type OperatorTicketCommand } from '../../src/domain/commands.js';
import { CODES, TUFIN_REASONS } from '../../src/domain/codes.js';
import { gateCode } from '../../src/domain/gate-code.js';
import { PHASES, WAITS } from '../../src/domain/phase.js';
import { itsmRoutes } from '../../src/gateway/itsm-routes.js';
import { commandRoutes } from '../../src/gateway/command-routes.js';
import { readRoutes } from '../../src/gateway/read-routes.js';
import { VENDOR_TEXTS } from '../../src/securechange/vendor-texts.js';
import { switchesSchema } from '../../packages/simulator/src/switches.js';
import { GATE_REASONS } from '../../src/domain/gate.js';
import { WORKFLOW_TYPES } from '../../workflows/messages.js';
import { SEARCH_ATTRIBUTES } from '../../workflows/search-attributes.js';
import { runSco } from '../support/cli-context.js';

const text = (path: string): string => readFileSync(path, 'utf8');

function tracked(...patterns: string[]): string[] {
  return execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...patterns], {
    encoding: 'utf8',
  })
    .split('\n')
    .filter((path) => path !== '' && existsSync(path));
}

const documents = tracked('*.md');
const readme = text('README.md');
const commandsPage = text('docs/commands.md');

/** Every match of `pattern` in every document, with the document it stands in. */
function named(pattern: RegExp): { document: string; match: RegExpMatchArray }[] {
  return documents.flatMap((document) =>
    [...text(document).matchAll(pattern)].map((match) => ({ document, match })),
  );
}

/** Rows of the Markdown tables of a text, cells without blanks around them. */
function rowsOf(markdown: string): string[][] {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[\s|:-]+\|$/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

const codeIn = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);

describe('the README', () => {
  it('gives the two commands word for word, before anything else can be tried', () => {
    const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)\n```/g)].map(([, block]) => block);

    expect(blocks.slice(0, 2)).toEqual(['npm ci && npm run demo', 'npm ci && npm test']);
    expect(readme.slice(0, readme.indexOf('npm ci && npm test')).split('\n').length).toBeLessThan(60);
  });

  it('takes a minute to read, and leads to every page of docs', () => {
    const pages = tracked('docs/*.md');

    expect(readme.split('\n').length).toBeLessThanOrEqual(155);
    expect(pages.length).toBeGreaterThan(7);
    expect(pages.filter((page) => !readme.includes(`(${page})`))).toEqual([]);
  });

  it('leads to how a Python script with a virtual environment and a credential is registered', () => {
    expect(readme).toMatch(
      /Python, its virtual environment and its credential \| \[[^\]]+\]\(config\/README\.md#a-custom-script\)/,
    );
    const section = /\n## A custom script\n([\s\S]*?)\n## /.exec(text('config/README.md'))![1]!;
    for (const named of [
      '/venv',
      'secret:',
      '| `PATH` ',
      '| working folder',
      '| environment ',
      'npm run scripts:hash',
    ])
      expect(section).toContain(named);
  });

  it('shows what the demo prints', () => {
    const scenario = text('src/demo/scenarios/happy.ts');
    const shown = /```text\n([\s\S]*?)\n```/.exec(readme)![1]!.split('\n');
    const said = shown.flatMap((line) => /^ *\+\d+ [ms](?: \d+ s)? {2}(\S.*)$/.exec(line)?.[1] ?? []);
    const expected = shown.flatMap((line) => /^✓ (.*?)(?: {2}\(.*)?$/.exec(line)?.[1] ?? []);

    expect(expected.length).toBeGreaterThan(2);
    expect(expected.filter((line) => !scenario.includes(`'${line}'`))).toEqual([]);
    expect(said.length).toBeGreaterThan(2);
    // What people do is printed by the stage, with their names.
    expect(
      said.filter((line) => !/^(Jana Meier|Aylin Kaya) /.test(line) && !scenario.includes(line)),
    ).toEqual([]);
  });

  it('draws every phase', () => {
    const diagram = /```mermaid\n([\s\S]*?)\n```/.exec(readme)![1]!;

    expect(PHASES.filter((phase) => !new RegExp(`\\b${phase}\\b`).test(diagram))).toEqual([]);
  });
});

describe('the pages in docs', () => {
  it('have the settings as the schema has them; npm run schemas writes them', () => {
    expect(text('docs/settings.md')).toContain(`\n${generateSettingsMarkdown()}\n<!-- end of settings -->`);
  });

  it('have every phase, each with its file', () => {
    const index = text('workflows/phases/index.ts');
    const found = new Map(
      rowsOf(text('docs/ticket-life.md')).flatMap(([name = '', , file = '']): [string, string][] =>
        file.includes('workflows/phases/') ? [[codeIn(name)[0]!, codeIn(file)[0]!]] : [],
      ),
    );

    expect([...found.keys()].sort()).toEqual([...PHASES].sort());
    for (const [phase, file] of found) {
      const module = file.replace('workflows/phases/', './').replace(/ts$/, 'js');
      expect(index).toContain(`import { ${phase}Phase } from '${module}'`);
    }
  });

  it('have the exit codes of sco', () => {
    const codes = rowsOf(commandsPage).filter(([code]) => /^\d$/.test(code ?? ''));

    expect(codes.map(([code, means]) => [Number(code), means!.replaceAll('`', '')])).toEqual(
      EXIT_CODES.map(({ code, means }) => [code, means]),
    );
  });

  it('have every command there is on a ticket', () => {
    const verbs: Record<OperatorTicketCommand['kind'], string> = {
      retry: 'retry',
      skip: 'skip',
      hold: 'hold',
      resume: 'resume',
      abort: 'abort',
      adopt: 'adopt',
      decidePartial: 'decide',
      completeManual: 'complete',
      override: 'override',
      confirm: 'confirm',
      recordApproval: 'record-approval',
      backOut: 'backout',
      retryMessage: 'outbox retry',
      dropMessage: 'outbox drop',
    };
    const listed = /Commands on a ticket:([^;]+);/.exec(commandsPage)?.[1] ?? '';

    expect(codeIn(listed).sort()).toEqual([...new Set(Object.values(verbs))].sort());
  });

  it('have a row for every module', () => {
    const modules = [
      ...new Set(
        tracked('src/*/*.ts', 'packages/*/src/*.ts', 'workflows/*.ts', 'activities/*.ts', 'workers/*.ts'),
      ),
    ].map((path) => /^((src|packages)\/[^/]+|[^/]+)/.exec(path)![0]);
    const table = rowsOf(text('docs/modules.md')).flatMap(([first = '']) => codeIn(first));

    expect([...new Set(modules)].filter((module) => !table.includes(module))).toEqual([]);
  });
});

describe('the HTTP addresses', () => {
  const unused = {} as never;
  const routesOf = (router: Router): IRoute[] =>
    router.stack.flatMap(({ route }) => (route === undefined ? [] : [route]));
  const reads = routesOf(readRoutes(unused, unused, 1_000));
  const commands = routesOf(commandRoutes(unused));

  it('of an ITSM are in docs/itsm.md', () => {
    const ofItsm = routesOf(itsmRoutes(unused)).map(({ path }) => path);
    const page = text('docs/itsm.md');
    expect(ofItsm.length).toBeGreaterThan(6);
    expect(ofItsm.filter((path) => !page.includes(`/v1/itsm${path}\``))).toEqual([]);
  });

  it('are in docs/commands.md', () => {
    expect(reads.length).toBeGreaterThan(5);
    const named = (path: string): boolean => new RegExp(`[\`\\s]/v1${path}\``).test(commandsPage);
    expect(reads.map(({ path }) => path).filter((path) => !named(path))).toEqual([]);
    expect(commands.map(({ path }) => path).filter((path) => !path.endsWith('/commands'))).toEqual([]);
    expect(commandsPage).toContain('`POST …/commands`');
  });

  it('answer every other method with what they take', () => {
    for (const { path, stack } of [...reads, ...commands, ...routesOf(itsmRoutes(unused))]) {
      expect([path, stack.at(-1)?.method]).toEqual([path, undefined]);
    }
  });
});

describe('every document', () => {
  it('names npm scripts that exist', () => {
    const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> };
    const runs = named(/npm run (?:--silent |-s )?([a-z][a-z:-]*)/g);

    expect(runs.length).toBeGreaterThan(20);
    expect(
      runs
        .filter(({ match }) => !Object.hasOwn(scripts, match[1]!))
        .map(({ document, match }) => `${document}: ${match[0]}`),
    ).toEqual([]);
  });

  it('names commands and options of sco that exist', async () => {
    const calls = named(/\bsco ((?:ticket|lane|mediator) [a-z][a-z-]*|stop|start|doctor)\b([^`\n#;]*)/g);
    const helps = new Map<string, string>();
    const wrong: string[] = [];
    for (const { document, match } of calls) {
      const [, command, rest] = match;
      const help = helps.get(command!) ?? (await runSco([...command!.split(' '), '--help'])).out;
      helps.set(command!, help);
      if (!help.startsWith(`Usage: sco ${command!} `)) wrong.push(`${document}: sco ${command!}`);
      for (const [option] of rest!.matchAll(/--[a-z][a-z-]*/g)) {
        if (!help.includes(option)) wrong.push(`${document}: sco ${command!} ${option}`);
      }
    }

    expect(helps.size).toBeGreaterThan(10);
    expect(wrong).toEqual([]);
  });

  it('names settings that exist', () => {
    const known = new Set([
      ...SETTINGS_TABLE.flatMap(({ name }) => [name, `${name}_FILE`]),
      // What `secret:` of scripts.yaml makes of several settings.
      ...['SECURECHANGE_CREDENTIAL', 'SECURECHANGE_API_URL'],
    ]);
    const ours = named(
      /\b(?:SCO|GATEWAY|SECURECHANGE|SECURETRACK|TEMPORAL|SIMULATOR|SERVICENOW)_[A-Z0-9_]+\b/g,
    );

    expect(ours.length).toBeGreaterThan(50);
    expect(
      ours
        // Set by our own test runner alone.
        .filter(({ match }) => match[0] !== 'SCO_TEST_KILL_MATRIX' && !known.has(match[0]))
        .map(({ document, match }) => `${document}: ${match[0]}`),
    ).toEqual([]);
  });

  it('names functions, types and constants that exist', () => {
    const sources = tracked(
      '*.ts',
      '*.tsx',
      '*.mjs',
      '*.cjs',
      '*.json',
      '*.yaml',
      '*.yml',
      '*.template',
      ':!test/replay',
    )
      .map(text)
      .join('\n');
    const words = new Set(sources.match(/\w+/g));
    const code = named(/`(?:\w+\.)*([a-z]+[A-Z]\w*|[A-Z]\w*[a-z]\w*)(?:\([^`]*\))?`/g).filter(
      ({ document }) =>
        /^(CONTRIBUTING|docs\/(ticket-life|glossary|modules))\.md$|README\.md$/.test(document) &&
        !document.startsWith('packages/'),
    );

    expect(code.length).toBeGreaterThan(50);
    expect(
      code
        .filter(({ match }) => !words.has(match[1]!))
        .map(({ document, match }) => `${document}: ${match[0]}`),
    ).toEqual([]);
  });

  it('links to files that exist, and to headings of its own that exist', () => {
    const anchors = (markdown: string): string[] =>
      [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
        heading!
          .toLowerCase()
          .replace(/[^\w\s-]/g, '')
          .replaceAll(' ', '-'),
      );
    const inside = named(/\]\(#([^)]+)\)/g);

    expect(inside.length).toBeGreaterThan(5);
    expect(
      inside
        .filter(({ document, match }) => !anchors(text(document)).includes(match[1]!))
        .map(({ document, match }) => `${document}: #${match[1]!}`),
    ).toEqual([]);
  });

  it('names no path that exists on one machine only', () => {
    const texts = tracked(
      '*.md',
      '*.ts',
      '*.tsx',
      '*.mjs',
      '*.cjs',
      '*.json',
      '*.yaml',
      '*.yml',
      '*.sh',
      '*.template',
      '.ci/*',
      'Dockerfile',
      ':!package-lock.json',
    );
    // In brackets, so that this file does not name one either. A home in a test is made.
    const local = /(?:^|[\s"'`(=:])\/(?:[w]ork|[r]oot|[f]arm)\//m;

    expect(texts.length).toBeGreaterThan(300);
    expect(texts.filter((path) => local.test(text(path)))).toEqual([]);
  });
});

describe('a document for programs', () => {
  it('is asked for with npm run -s wherever one is shown: npm itself prints on standard output', () => {
    const runs = named(/npm run [^`\n|]*--json/g);

    expect(runs.length).toBeGreaterThan(0);
    expect(runs.filter(({ match }) => !/^npm run (-s|--silent) /.test(match[0]))).toEqual([]);
  });
});

describe('the list of codes', () => {
  const listed = rowsOf(text('docs/codes.md')).slice(1);

  it('has every code with its sentence; npm run schemas writes it', () => {
    const table = { ...CODES, ...TUFIN_REASONS };
    const rows = listed.filter(([first]) => first!.startsWith('`'));

    expect(rows.map(([first, says]) => [codeIn(first!)[0], says])).toEqual(Object.entries(table));
  });

  it('is spelled in one way, one sentence each', () => {
    expect(Object.keys(CODES).filter((code) => !/^[a-z]+\.[a-z]+(_[a-z0-9]+)*$/.test(code))).toEqual([]);
    expect(Object.keys(TUFIN_REASONS).filter((reason) => !/^[a-z]+(_[a-z]+)*$/.test(reason))).toEqual([]);
    const sentences = [...Object.values(CODES), ...Object.values(TUFIN_REASONS)];
    expect(sentences.filter((sentence) => !/^[A-Z].*[.]$/.test(sentence))).toEqual([]);
  });

  it('has the codes that documents name', () => {
    const domains = [
      ...new Set(Object.keys(CODES).map((code) => code.split('.')[0]!)),
      'securechange',
      'securetrack',
    ];
    const documented = named(
      new RegExp(`\`((?:${domains.join('|')})\\.[a-z]+(?:_[a-z]+|[A-Z][a-z]+)*)\``, 'g'),
    )
      .map(({ match }) => match[1]!)
      .filter((code) => !/\.(?:md|ts|json|yaml|sh)$/.test(code));

    expect(documented.length).toBeGreaterThan(20);
    expect(
      documented.filter(
        (code) =>
          !Object.hasOwn(CODES, code) && !Object.hasOwn(TUFIN_REASONS, code.replace(/^secure[a-z]+\./, '')),
      ),
    ).toEqual([]);
  });
});

describe('the runbook', () => {
  const runbook = text('docs/runbook.md');

  it('has an entry for everything a ticket can be parked with', () => {
    const sources = tracked('workflows/*.ts').map(text).join('\n');
    const codes = [...sources.matchAll(/'((?:[a-z]+)\.[a-z_]+)'/g)]
      .map(([, code]) => code!)
      .filter((code) => !/\.(js|ts)$/.test(code));

    expect(codes).toEqual(expect.arrayContaining(['push.unknown', 'lane.hindered', 'window.none']));
    expect([...new Set(codes)].filter((code) => !runbook.includes(`\`${code}\``))).toEqual([]);
    for (const what of ['update', 'commit'])
      for (const end of ['failed', 'manual']) expect(runbook).toContain(`\`${what}.${end}\``);
  });

  it('knows the reasons of the gate it names', () => {
    const row = rowsOf(runbook).find(([code]) => code === '`gate.…`')!;
    const codes = codeIn(row[1]!).filter((code) => code.startsWith('gate.'));

    expect(codes.length).toBeGreaterThan(2);
    expect(codes.filter((code) => !GATE_REASONS.some((reason) => gateCode(reason) === code))).toEqual([]);
  });
});

describe('the assumptions', () => {
  const assumptions = text('docs/assumptions.md');

  it('have every vendor text whose wording we only assume', () => {
    const assumed = VENDOR_TEXTS.filter(({ source }) => source.includes('assumed'));

    expect(assumed.length).toBeGreaterThan(3);
    expect(assumed.filter(({ reason }) => !assumptions.includes(`\`${reason}\``))).toEqual([]);
  });

  it('name switches, faults and acts that the simulator has', () => {
    const others = text('packages/simulator/README.md');
    const cells = rowsOf(assumptions).flatMap((row) => (row.length === 4 ? codeIn(row[2]!) : []));

    expect(cells.length).toBeGreaterThan(15);
    expect(
      cells.filter((name) => !Object.hasOwn(switchesSchema.shape, name) && !others.includes(`\`${name}\``)),
    ).toEqual([]);
  });
});

describe('the switches of the simulator', () => {
  it.each(['docs/assumptions.md', 'packages/simulator/README.md'])('are all named in %s', (page) => {
    const names = Object.keys(switchesSchema.shape);
    const written = text(page);

    expect(names.length).toBeGreaterThan(30);
    expect(names.filter((name) => !written.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('the security page', () => {
  it('says of every role what it may do', () => {
    const page = text('SECURITY.md');

    expect(ROLES.filter((role) => !page.toLowerCase().includes(role))).toEqual([]);
  });
});

it('the views of the Web UI ask for workflow types, attributes and waits that there are', () => {
  const queries = [...text('docs/page.md').matchAll(/\/workflows\?([^`]+)`/g)].map(
    ([, query]) => new URLSearchParams(query).get('query') ?? '',
  );
  expect(queries.length).toBeGreaterThan(4);
  const terms = queries.flatMap((query) => query.split(' AND '));
  const known = [
    ...Object.values(WORKFLOW_TYPES).map((type) => `WorkflowType="${type}"`),
    'ExecutionStatus="Running"',
    `${SEARCH_ATTRIBUTES.needsAttention.name}=true`,
    ...WAITS.map((wait) => `${SEARCH_ATTRIBUTES.waitingFor.name}="${wait}"`),
  ];
  expect(terms.filter((term) => !known.includes(term))).toEqual([]);
  const columns = [...text('docs/page.md').matchAll(/`(Sco\w+)`/g)].map(([, name]) => name);
  const names = Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name);
  expect(columns.filter((name) => !names.includes(name as never))).toEqual([]);
});
