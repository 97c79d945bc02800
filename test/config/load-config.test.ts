import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load-config.js';
import { ConfigError, formatMistake } from '../../src/config/mistakes.js';
import type { OperatorConfig } from '../../src/config/operator-config.js';
import { openings } from '../calendar/rules.js';
import { FILES, PROCESS, writeFolder } from './config-folder.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function load(changes: Readonly<Record<string, string | undefined>> = {}): OperatorConfig {
  const folder = writeFolder(changes);
  folders.push(folder);
  return loadConfig(folder);
}

function mistakesOf(changes: Readonly<Record<string, string | undefined>>): string[] {
  try {
    return load(changes).faultyProcesses.flatMap(({ mistakes }) => mistakes.map(formatMistake));
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).mistakes.map(formatMistake);
  }
}

/** Mistakes of the process file after one replacement; the replaced text must be there. */
function inProcess(from: string, to: string): string[] {
  expect(PROCESS).toContain(from);
  return mistakesOf({ 'processes/web.yaml': PROCESS.replace(from, to) });
}

const lineOf = (text: string): number => PROCESS.slice(0, PROCESS.indexOf(text)).split('\n').length;

describe('a configuration that is right', () => {
  it('becomes definitions in the words of the domain', () => {
    const { processes, serviceAccounts } = load();
    expect(serviceAccounts).toEqual(['wf-api']);
    expect(processes).toEqual([
      {
        name: 'web',
        version: createHash('sha256')
          .update(PROCESS)
          .update(FILES['templates/create.json']!)
          .digest('hex')
          .slice(0, 12),
        workflow: 'Web change',
        mode: 'drive',
        driveSinceMs: Date.parse('2026-11-01T00:00:00Z'),
        workflowType: 'ACCESS_REQUEST',
        requestField: 'Required Access',
        taskAccess: 'waitForHandler',
        commitBy: 'orchestrator',
        commentPushes: true,
        risk: { requests: 'all', approvalFrom: 'medium', blockFrom: 'critical' },
        approval: { step: 'Approval', field: 'Approve', onReject: 'park', requesterMayApprove: false },
        window: {
          calendar: 'nightly',
          perTarget: {},
          minimumRemainingMs: 600_000,
          whenWindowCloses: 'stopBeforeNextTarget',
          openingJitterMs: 0,
          plannedDates: null,
          horizonDays: 60,
        },
        saveUpdates: 'inWindow',
        steps: {
          Open: { phases: [] },
          Design: {
            phases: [
              { phase: 'design', by: 'orchestrator' },
              { phase: 'riskCheck', by: 'orchestrator' },
              { phase: 'advance', by: 'orchestrator' },
            ],
          },
          Approval: { phases: [{ phase: 'approval', by: 'person' }] },
          Implementation: {
            phases: [
              { phase: 'update', by: 'orchestrator' },
              { phase: 'changeWindow', by: 'orchestrator' },
              { phase: 'commit', by: 'orchestrator' },
              { phase: 'advance', by: 'orchestrator' },
            ],
          },
        },
        integrationPoints: [
          {
            name: 'create-change',
            enabled: true,
            when: { kind: 'inbound', step: 'Approval' },
            server: 'itsm',
            action: 'create',
            blocking: false,
            body: { short_description: '#ticket_subject#' },
          },
        ],
      },
    ]);
  });

  it('without a mode observes', () => {
    const text = PROCESS.replace('mode: drive\n', '').replace(/driveSince: .*\n/, '');
    expect(load({ 'processes/web.yaml': text }).processes[0]?.mode).toBe('observe');
  });

  const called = (...lines: readonly string[]): string =>
    PROCESS.replace(
      / {4}action: create\n[^]*$/,
      ['    action: call', ...lines.map((line) => `    ${line}`), ''].join('\n'),
    );

  it('has points that make calls of their own', () => {
    const point = (...lines: readonly string[]): unknown =>
      load({ 'processes/web.yaml': called(...lines) }).processes[0]?.integrationPoints[0];
    expect(point('path: /risk/#Field Name#', 'body: { a: 1 }')).toMatchObject({
      action: 'call',
      call: { method: 'POST', paths: ['/risk/#Field Name#'], accept: [200, 201, 204], repeatable: false },
    });
    expect(point('method: PUT', 'path: [/a, /b]', 'accept: [202]', 'body: { a: 1 }')).toMatchObject({
      call: { method: 'PUT', paths: ['/a', '/b'], accept: [202], repeatable: true },
    });
    expect(point('method: GET', 'path: /a')).toMatchObject({
      call: { method: 'GET', repeatable: true },
      body: {},
    });
  });

  it('has hosts that servers may have', () => {
    const servers = (hosts: string): string =>
      `allowedHosts: ${hosts}\nservers: { a: { kind: servicenow, url: https://a.example.com, auth: { kind: none } }, itsm: { kind: servicenow, urlEnv: X, auth: { kind: none } } }\n`;
    expect(mistakesOf({ 'servers.yaml': servers('[b.example.com]') })).toEqual([
      expect.stringContaining('a.example.com is not among allowedHosts') as string,
    ]);
    expect(load({ 'servers.yaml': servers('["*.example.com"]') }).servers[0]).toMatchObject({
      allowedHosts: ['*.example.com'],
    });
    expect(mistakesOf({ 'servers.yaml': servers('["https://a.example.com"]') })[0]).toContain('host name');
  });

  it('names modules with custom functions, which must be there', () => {
    const functions = 'modules: [templates/functions.mjs]\n';
    expect(mistakesOf({ 'functions.yaml': functions })).toEqual([
      'functions.yaml:1:11: the module templates/functions.mjs does not exist',
    ]);
    const { functionModules } = load({
      'functions.yaml': functions,
      'templates/functions.mjs': 'export const a = () => 1;',
    });
    expect(functionModules).toEqual([expect.stringMatching(/^\/.*\/templates\/functions\.mjs$/)]);
    expect(mistakesOf({ 'functions.yaml': 'modules: [/etc/functions.mjs, a.py]\n' })).toHaveLength(2);
  });

  it.each([
    [['body: { a: 1 }'], 'call needs a path'],
    [['path: ""', 'body: { a: 1 }'], 'must be a path that starts with /'],
    [['path: /a b', 'body: { a: 1 }'], 'has no blanks'],
    [['path: https://elsewhere.example/a', 'body: { a: 1 }'], 'must be a path that starts with /'],
    [['path: /a'], 'POST needs a body'],
    [['method: DELETE', 'path: /a', 'body: { a: 1 }'], 'DELETE has no body'],
  ] as const)('says what is wrong with a call: %j', (lines, message) => {
    expect(mistakesOf({ 'processes/web.yaml': called(...lines) }).join('\n')).toContain(message);
  });

  it('has methods and paths for calls only, and GET for inbound points only', () => {
    const with_ = (line: string): string =>
      PROCESS.replace('    on: { inbound: Approval }\n', `    on: { inbound: Approval }\n    ${line}\n`);
    expect(mistakesOf({ 'processes/web.yaml': with_('path: /a') }).join('\n')).toContain(
      'path is for action call',
    );
    const outbound = called('method: GET', 'path: /a').replace('inbound: Approval', 'outbound: Approval');
    expect(mistakesOf({ 'processes/web.yaml': outbound }).join('\n')).toContain('it is for inbound points');
  });

  it('has points with conditions, and points that always send, which need driveSince', () => {
    const always = PROCESS.replace(
      '    on: { inbound: Approval }\n',
      '    on: { inbound: Approval }\n    runs: always\n    if: { any: [{ risk: high }, { field: Zone, is: DMZ, not: true }, { skipped: Open }] }\n',
    );
    expect(load({ 'processes/web.yaml': always }).processes[0]?.integrationPoints[0]).toMatchObject({
      runs: 'always',
      conditions: {
        join: 'any',
        of: [
          { kind: 'risk', is: ['high'], not: false },
          { kind: 'field', name: 'Zone', is: ['DMZ'], not: true },
          { kind: 'skipped', is: ['Open'], not: false },
        ],
      },
    });
    const without = always.replace('mode: drive\n', '').replace(/driveSince: .*\n/, '');
    expect(mistakesOf({ 'processes/web.yaml': without }).join('\n')).toContain(
      'runs: always needs driveSince',
    );
  });

  it('has another version after any change of the file or its template', () => {
    const version = (changes: Record<string, string>): string | undefined =>
      load(changes).processes[0]?.version;
    const before = version({});
    expect(version({})).toBe(before);
    expect(version({ 'processes/web.yaml': `${PROCESS}# reviewed\n` })).not.toBe(before);
    expect(version({ 'templates/create.json': '{}' })).not.toBe(before);
  });

  it('reads durations with their units', () => {
    const text = PROCESS.replace('calendar: nightly', 'calendar: nightly, minimumRemaining: 1h30m');
    expect(load({ 'processes/web.yaml': text }).processes[0]?.window.minimumRemainingMs).toBe(5_400_000);
  });

  it('may consist of an empty folder', () => {
    const none = Object.fromEntries(Object.keys(FILES).map((name) => [name, undefined]));
    expect(load(none)).toMatchObject({ processes: [], calendars: [], scripts: [] });
  });

  it('must be in a folder that is there', () => {
    expect(() => loadConfig('no/such/folder')).toThrow('there is no such folder; set SCO_CONFIG_DIR');
  });

  it('keeps unsafe choices as warnings', () => {
    const servers = FILES['servers.yaml']!.replace('urlEnv', 'tls: { verify: false }\n    urlEnv');
    expect(load({ 'servers.yaml': servers }).warnings).toEqual([expect.stringContaining('not checked')]);
  });
});

describe('a mistake', () => {
  it('in the YAML itself is shown with file, line and column', () => {
    expect(mistakesOf({ 'calendars.yaml': 'calendars:\n  a: {kind: always\n  b: 1\n' })[0]).toMatch(
      /^calendars\.yaml:\d+:\d+: /,
    );
    expect(inProcess('mode: drive', 'name: again')[0]).toMatch(/^processes\/web\.yaml:4:1: .*unique/);
  });

  it('in a value is shown where it stands', () => {
    expect(inProcess('mode: drive', 'mode: full')).toEqual([
      expect.stringMatching(/^processes\/web\.yaml:4:1: mode: .*"observe"\|"propose"\|"drive"/),
    ]);
  });

  it('in a key is shown where the key stands', () => {
    expect(inProcess('requestField:', 'requestFeild:')).toEqual(
      [
        `processes/web.yaml:${lineOf('requestField')}:1: requestFeild: unknown key; correct or remove it`,
        expect.stringContaining('requestField: is missing'),
      ].sort((a) => (String(a).includes('unknown') ? 1 : -1)),
    );
  });

  it('deep in a list is shown there', () => {
    const [mistake] = inProcess('phase: update, by: orchestrator', 'phase: update, by: robot');
    expect(mistake).toMatch(
      new RegExp(
        `^processes/web\\.yaml:${lineOf('phases: [{ phase: update')}:\\d+: steps\\.Implementation\\.phases\\[0\\]\\.by: `,
      ),
    );
  });

  it('comes with all others, of all files', () => {
    const wrong = mistakesOf({
      'processes/web.yaml': PROCESS.replace('drive', 'full'),
      'servers.yaml': 'servers: 1\n',
      'people.yaml': 'people: [{ login: a, roles: [king] }]\n',
    });
    expect(new Set(wrong.map((line) => line.split(':')[0]))).toEqual(
      new Set(['processes/web.yaml', 'servers.yaml', 'people.yaml']),
    );
  });

  it('in a template is shown in the template', () => {
    expect(mistakesOf({ 'templates/create.json': '{\n  "a": 1,,\n}' })).toEqual([
      expect.stringMatching(/^templates\/create\.json:2:10: is not valid JSON/),
    ]);
    expect(mistakesOf({ 'templates/create.json': undefined })).toEqual([
      expect.stringContaining('templates/create.json does not exist'),
    ]);
    expect(inProcess('templates/create.json', '../secrets.json')).toEqual([
      expect.stringContaining('must be a path below the configuration folder'),
    ]);
  });
});

describe('a faulty process file', () => {
  const lab = PROCESS.replace('name: web', 'name: lab').replace('Web change', 'Lab change');

  it.each([
    ['a value that is wrong', PROCESS.replace('mode: drive', 'mode: full'), 'Web change'],
    ['YAML that is broken', `${PROCESS}  - : [\n`, 'Web change'],
    ['a calendar that is not there', PROCESS.replace('calendar: nightly', 'calendar: gone'), 'Web change'],
    ['the workflow of another file', PROCESS.replace('Web change', 'Other change'), 'Other change'],
    ['no workflow', 'name: web\n', null],
  ])('stops its process and no other: %s', (_what, text, workflow) => {
    const other = PROCESS.replace('name: web', 'name: other').replace('Web change', 'Other change');
    const { processes, faultyProcesses } = load({
      'processes/web.yaml': text,
      'processes/lab.yaml': lab,
      ...(workflow === 'Other change' && { 'processes/other.yaml': other }),
    });
    expect(processes.map((process) => process.name)).toEqual(['lab']);
    expect(faultyProcesses).toContainEqual(expect.objectContaining({ file: 'processes/web.yaml', workflow }));
    expect(faultyProcesses.every(({ mistakes }) => mistakes.length > 0)).toBe(true);
  });
});

describe('the rules of a process', () => {
  it.each([
    [
      'an unknown calendar',
      'calendar: nightly',
      'calendar: nigthly',
      'there is no calendar nigthly in calendars.yaml (it has: nightly)',
    ],
    ['an unknown server', 'server: itsm', 'server: jira', 'there is no server jira'],
    ['an unknown approval step', 'step: Approval, field', 'step: Aproval, field', 'there is no step Aproval'],
    ['an unknown step of a point', 'inbound: Approval', 'inbound: Nowhere', 'there is no step Nowhere'],
    [
      'a push without approval',
      'phases: [approval]',
      'phases: []',
      'update by orchestrator needs the phase approval',
    ],
    ['a push without risk check', ' riskCheck,', '', 'needs the phase riskCheck'],
    ['a push without window', ' changeWindow,', '', 'needs the phase changeWindow'],
    ['a risk check without policy', /risk: .*\n/.exec(PROCESS)![0], '', 'riskCheck needs the section risk'],
    [
      'an approval without policy',
      /approval: .*\n/.exec(PROCESS)![0],
      '',
      'approval needs the section approval',
    ],
    [
      'a window without policy',
      /window: .*\n/.exec(PROCESS)![0],
      '',
      'changeWindow needs the section window',
    ],
    [
      'an approval before the risk check',
      'orchestrator }, riskCheck, advance',
      'orchestrator }, advance',
      'needs the phase riskCheck',
    ],
    [
      'a commit before the window',
      'changeWindow, { phase: commit, by: orchestrator }',
      '{ phase: commit, by: orchestrator }, changeWindow',
      'commit comes before changeWindow',
    ],
    [
      'a commit before the update',
      '{ phase: update, by: orchestrator }, changeWindow, { phase: commit',
      '{ phase: commit, by: orchestrator }, changeWindow, { phase: update',
      'update must come first',
    ],
    ['a phase twice', 'riskCheck, advance', 'riskCheck, riskCheck, advance', 'riskCheck appears twice'],
    ['advance in the middle', 'riskCheck, advance', 'advance, riskCheck', 'must be its last phase'],
    [
      'an approval by a machine',
      'phases: [approval]',
      'phases: [{ phase: approval, by: orchestrator }]',
      'approval cannot be done by orchestrator',
    ],
    ['driving without a beginning', /driveSince: .*\n/.exec(PROCESS)![0], '', 'needs driveSince'],
    ['an update of nothing', 'action: create', 'action: update', 'needs an enabled point with action create'],
    ['a date without offset', '2026-11-01T00:00:00Z', '2026-11-01T00:00:00', 'with offset'],
  ])('refuse %s', (_what, from, to, message) => {
    expect(inProcess(from, to).join('\n')).toContain(message);
  });

  it('allow saving Updates before the window and enforcing ones behind it', () => {
    const behind = PROCESS.replace(
      '{ phase: update, by: orchestrator }, changeWindow,',
      'changeWindow, { phase: update, by: orchestrator },',
    );
    expect(mistakesOf({ 'processes/web.yaml': behind })).toEqual([]);
  });

  it('judge steps in the order they are written, also when their names are numbers', () => {
    const numbered = PROCESS.replaceAll('Design:', "'2':")
      .replaceAll('Approval:', "'1':")
      .replace('step: Approval', "step: '1'")
      .replace('inbound: Approval', "inbound: '1'");
    expect(mistakesOf({ 'processes/web.yaml': numbered })).toEqual([]);
  });

  it('allow one definition for a workflow', () => {
    expect(mistakesOf({ 'processes/zweb.yaml': PROCESS.replace('name: web', 'name: zweb') })).toEqual([
      'processes/web.yaml:2:1: workflow Web change is also defined in processes/zweb.yaml; keep one',
      'processes/zweb.yaml:2:1: workflow Web change is also defined in processes/web.yaml; keep one',
    ]);
  });

  it('keep definitions small enough to travel with every step', () => {
    const big = JSON.stringify({ text: 'x'.repeat(33_000) });
    expect(mistakesOf({ 'templates/create.json': big })).toEqual([
      expect.stringMatching(/at most 32768 travel with each step/),
    ]);
  });
});

describe('what this release does not do', () => {
  it.each([
    ['gate: { itsmChange: { server: itsm, states: [approved] } }', 'ITSM change as a condition'],
    ['partialFailure: { policy: ask }', 'partial-failure policies'],
    ['ridingAlong: warn', 'riding along'],
    ['conflicts: { policy: warn }', 'conflict detection'],
    ['commitBy: securetrack', 'change windows'],
    ['taskAccess: reassign', 'given back'],
  ])('is refused in a process, not ignored: %s', (line, what) => {
    const wrong = mistakesOf({ 'processes/web.yaml': `${line}\n${PROCESS}` });
    expect(wrong).toEqual([
      expect.stringMatching(
        new RegExp(`^processes/web\\.yaml:1:1: .*not available in this release: .*${what}.*; remove it`),
      ),
    ]);
  });

  it.each([
    [
      'calendar: nightly',
      'calendar: nightly, override: { roles: [approver], secondPerson: true }',
      'window overrides',
    ],
    ['action: create', 'action: create\n    before: [advance]', 'actions before a request'],
    ['action: create', 'action: create\n    after: [advance]', 'actions after a request'],
    ['action: create', 'action: create\n    response: { number: "#ITSM change#" }', 'response mapping'],
    ['action: create', 'action: create\n    notifyOnFailure: [x]', 'notifications'],
  ])('is refused in a section of a process: %s → %s', (from, to, what) => {
    expect(inProcess(from, to)).toEqual([expect.stringContaining(`not available in this release: ${what}`)]);
  });

  it.each([
    [
      'servers.yaml',
      'servers: { a: { kind: servicenow, url: https://a, auth: { kind: tokenScript, script: x } } }',
      'token scripts',
    ],
    [
      'servers.yaml',
      'servers: { a: { kind: jira, url: https://a, auth: { kind: none } } }',
      'servers of kind jira',
    ],
    ['people.yaml', 'people: []\noidc: { issuer: a, audience: b, rolesClaim: c }', 'single sign-on'],
  ])('is refused in %s: %s', (file, text, what) => {
    const wrong = mistakesOf({ [file]: text, 'processes/web.yaml': undefined });
    expect(wrong).toEqual([expect.stringContaining(`not available in this release: ${what}`)]);
  });
});

describe('calendars', () => {
  it.each([
    ['nightly: { weekly: [{ days: [mon], start: "22:00" }] }', 'needs either end or duration'],
    ['nightly: { weekly: [{ days: [mon], start: "22:00", end: "22:00" }] }', 'start and end are the same'],
    ['nightly: { weekly: [{ days: [mon], start: "25:00", end: "22:00" }] }', 'must be a time'],
    ['nightly: { zone: Europe/Berlln, kind: always }', 'IANA time zone'],
    ['nightly: { zone: "+02:00", kind: always }', 'IANA time zone'],
    ['nightly: {}', 'has no window'],
    ['nightly: { kind: never, weekly: [{ days: [mon], start: "22:00", end: "23:00" }] }', 'has no windows'],
    [
      'nightly: { kind: always, freezes: [{ name: f, from: 2026-12-24, to: 2026-12-23 }] }',
      'is not after from',
    ],
    ['nightly: { kind: always, freezes: [{ name: f, date: 2026-02-30 }] }', 'is no date there is'],
    ['nightly: { oneOff: [{ opens: 2026-12-05T20:00, closes: 2026-12-05T19:00 }] }', 'is not after opens'],
    ['nightly: { weekly: [{ days: [mon], start: "22:00", duration: 9d }] }', 'must be from 1m to 7d'],
    [
      `nightly: { weekly: [{ rrule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', start: '22:00', duration: 1h }] }`,
      'there is no day on which it starts',
    ],
    [`nightly: { weekly: [{ rrule: 'FREQ=HOURLY', start: '22:00', duration: 1h }] }`, 'FREQ must be DAILY'],
    [
      `nightly: { weekly: [{ rrule: 'FREQ=DAILY;COUNT=3', start: '22:00', duration: 1h }] }`,
      'need validFrom',
    ],
    [`nightly: { weekly: [{ rrule: 'FREQ=DAILY;BYDAY=XX', start: '22:00', duration: 1h }] }`, 'RFC 5545'],
    [
      'nightly: { zone: America/New_York, oneOff: [{ opens: 2027-03-14T02:15, closes: 2027-03-14T03:00 }] }',
      'is not after opens',
    ],
    [
      'nightly: { zone: Pacific/Apia, kind: always, freezes: [{ name: a day that never was, date: 2011-12-30 }] }',
      'is not after from',
    ],
    [
      'nightly: { weekly: [{ days: [mon], start: "22:00", duration: 1h, for: { vendors: [Fortinet] } }] }',
      'write noWindow',
    ],
  ])('refuse %s', (text, message) => {
    expect(mistakesOf({ 'calendars.yaml': `calendars:\n  ${text}\n` }).join('\n')).toContain(message);
  });
});

it('a window inside the hour that summer time skips keeps its length, moved', () => {
  const made = readFileSync('test/fixtures/calendar/spring-window.yaml', 'utf8');
  const { calendars } = load({ 'calendars.yaml': `calendars:\n${made.replaceAll(/^/gm, '  ')}` });
  const [spring] = calendars.filter(({ name }) => name === 't');
  expect(openings(spring!, '2027-03-08T12:00Z', 14)).toEqual([
    '2027-03-14T07:00Z/2027-03-14T08:00Z',
    '2027-03-21T06:00Z/2027-03-21T07:00Z',
  ]);
});

describe('intervals that come out empty or reversed', () => {
  it('are refused, whatever mixture of notations they were written in', () => {
    const made = readFileSync('test/fixtures/calendar/freezes-nothing.yaml', 'utf8');
    const wrong = mistakesOf({ 'calendars.yaml': `calendars:\n${made.replaceAll(/^/gm, '  ')}` });
    expect(wrong.join('\n')).toContain('freezes[0].to: is not after from');
    expect(wrong.join('\n')).toContain('freezes[1].to: is not after from');
  });
});

describe('scripts and servers', () => {
  it.each([
    ['scripts.yaml', 'scripts: [{ name: a, executable: x.sh }]', 'executable and sha256 go together'],
    ['scripts.yaml', 'scripts: [{ name: a, onFailure: accept }]', 'onFailure is for questions'],
    [
      'scripts.yaml',
      'scripts: [{ name: a, kind: validation }]',
      'a script of kind validation needs an executable',
    ],
    [
      'scripts.yaml',
      'scripts: [{ name: a, kind: riskAnalysis, onFailure: accept }]',
      'accept is no answer to riskAnalysis; use risk or fail',
    ],
    ['scripts.yaml', 'scripts: [{ name: a, kind: condition, events: [CLOSE] }]', 'events is for kind event'],
    ['scripts.yaml', 'scripts: [{ name: a, kind: condition, runs: always }]', 'runs is for kind event'],
    [
      'scripts.yaml',
      'scripts: [{ name: a, interpreter: python }]',
      'no interpreter has the name python; interpreters: none',
    ],
    [
      'scripts.yaml',
      "scripts: [{ name: a, arguments: [{ name: b, pattern: '(' }] }]",
      'is not a regular expression',
    ],
    [
      'scripts.yaml',
      'scripts: [{ name: a, arguments: [{ name: b, many: true }, { name: c }] }]',
      'argument b has many: true, and others follow it',
    ],
    [
      'scripts.yaml',
      'scripts: [{ name: a, arguments: [{ name: b, optional: true }, { name: c }] }]',
      'argument b is optional, and the one after it is not',
    ],
    [
      'scripts.yaml',
      'scripts: [{ name: a }, { name: b, legacyPaths: [a] }]',
      'a already names another script',
    ],
    [
      'servers.yaml',
      'servers: { itsm: { kind: servicenow, auth: { kind: none } } }',
      'needs either url or urlEnv',
    ],
    [
      'servers.yaml',
      'servers: { itsm: { kind: servicenow, url: https://a, auth: { kind: basic, user: u, password: p } } }',
      'password: unknown key',
    ],
    [
      'servers.yaml',
      'servers: { itsm: { kind: http, url: https://a, auth: { kind: none } } }',
      'server itsm has no description of its records, so it takes calls only',
    ],
    [
      'servers.yaml',
      'servers: { itsm: { kind: http, url: https://a, auth: { kind: none }, record: integrations/gone.yaml } }',
      'the description integrations/gone.yaml does not exist',
    ],
    [
      'people.yaml',
      'people: [{ login: a, roles: [viewer] }, { login: a, roles: [viewer] }]',
      'a is there twice',
    ],
    [
      'people.yaml',
      'people: [{ login: a, roles: [viewer], credentials: [{ kind: bearer }] }]',
      'needs exactly one of',
    ],
  ])('refuse in %s: %s', (file, text, message) => {
    expect(mistakesOf({ [file]: text }).join('\n')).toContain(message);
  });

  it('name mistakes in a description of records at their line', () => {
    const servers =
      'servers: { itsm: { kind: http, url: https://a, auth: { kind: none }, record: integrations/x.yaml } }';
    const record = readFileSync(join(__dirname, '../../config/integrations/jira/record.yaml'), 'utf8');
    const wrong = record
      .replace('id: /id', 'id: id')
      .replace('/issue/#itsm_id#/comment', '/issue/#ticket_id#/comment');
    const mistakes = mistakesOf({ 'servers.yaml': servers, 'integrations/x.yaml': wrong }).join('\n');
    expect(mistakes).toMatch(/integrations\/x\.yaml:3:\d+.*must be a JSON Pointer/);
    expect(mistakes).toMatch(/may contain #correlation_id#, #itsm_id#, #itsm_number# only/);
  });

  it('take paths of executables from the configuration folder', () => {
    const text = `scripts: [{ name: a, executable: bin/x.sh, sha256: '${'0'.repeat(64)}' }]`;
    const { scripts } = load({ 'scripts.yaml': text });
    expect(scripts[0]).toMatchObject({
      runs: 'driven',
      interpreter: null,
      arguments: null,
      concurrency: null,
    });
    expect(scripts[0]).toMatchObject({ retry: { attempts: 1 } });
    expect(scripts[0]?.executable).toMatch(/^\/.*\/bin\/x\.sh$/);
  });
});

describe('a calendar with an iCalendar file', () => {
  const ICS = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'BEGIN:VEVENT',
    'SUMMARY:Move',
    'DTSTART:20270702T200000Z',
    'DURATION:PT4H',
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n');
  const CALENDARS = 'calendars:\n  nightly: { ical: windows.ics }\n';

  it('has its events as windows', () => {
    const { calendars } = load({ 'calendars.yaml': CALENDARS, 'windows.ics': ICS });
    expect(calendars[0]?.oneOff).toMatchObject([{ name: 'Move', zone: 'UTC', opens: '2027-07-02T20:00' }]);
  });

  it('names the line where the file is missing, has an event that is no window, or is no iCalendar', () => {
    const wrong = (text?: string): string[] =>
      mistakesOf({ 'calendars.yaml': CALENDARS, ...(text !== undefined && { 'windows.ics': text }) });
    expect(wrong()).toContainEqual(expect.stringMatching(/calendars.yaml:2.*no file windows.ics/));
    expect(wrong(ICS.replace('PT4H', 'PT0S'))).toContainEqual(
      expect.stringMatching(/calendars.yaml:2.*event 1 \(Move\): it does not end after it starts/),
    );
    expect(wrong('nothing')).toContainEqual(expect.stringContaining('it is no iCalendar file'));
  });
});

describe('managers.yaml', () => {
  it('becomes one policy for each manager, with defaults for what it does not say', () => {
    const text =
      'managers:\n  PANO-8: { owner: firewall-team, commit: each, expectedPush: 15m, tolerate: [{ firewall: FW7, owner: n.weber }] }\n';
    expect(load({ 'managers.yaml': text }).managers).toEqual([
      {
        name: 'PANO-8',
        policy: {
          owner: 'firewall-team',
          calendar: null,
          exclusive: false,
          maxMembers: 50,
          commit: 'each',
          tolerate: [{ firewall: 'FW7', owner: 'n.weber' }],
          foreignChanges: { known: 'block', notVisible: 'warn', accounts: [], probe: null },
          maintenance: [],
          expectedPushMs: 900_000,
          expectedSaveMs: 120_000,
          watchRevertMs: 3_900_000,
          alertBeforeMs: [86_400_000, 7_200_000],
          alertServer: null,
          alertBody: null,
        },
      },
    ]);
    expect(load().managers).toEqual([]);
  });

  it('name a calendar that is there', () => {
    const text = 'managers: { PANO-8: { calendar: nightly }, CMA: { calendar: nigthly } }\n';
    expect(mistakesOf({ 'managers.yaml': text })).toEqual([
      expect.stringMatching(/there is no calendar nigthly in calendars.yaml \(it has: nightly\)/),
    ]);
  });

  const probe = `scripts: [{ name: pending, kind: pendingChanges, executable: bin/x.sh, sha256: '${'0'.repeat(64)}' }]`;
  const withProbe = (foreignChanges: string) =>
    `managers:\n  PANO-8:\n    foreignChanges: ${foreignChanges}\n`;

  it('send alerts to a server that is there', () => {
    const alerts = (part: string) => `managers:\n  PANO-8: { ${part} }\n`;
    const { managers } = load({ 'managers.yaml': alerts('alertBefore: [90m]') });
    expect(managers[0]?.policy).toMatchObject({ alertBeforeMs: [5_400_000], alertServer: null });
    expect(mistakesOf({ 'managers.yaml': alerts('alertServer: pager') }).join()).toContain(
      'there is no server pager in servers.yaml',
    );
    expect(mistakesOf({ 'managers.yaml': alerts('alertBefore: [1m]') }).join()).toContain('from 10m to 14d');
  });

  it('plans maintenance by instants with an offset', () => {
    const plan = (until: string) =>
      `managers:\n  PANO-8:\n    maintenance: [{ from: '2026-12-05T20:00:00+01:00', until: '${until}', reason: upgrade }]\n`;
    const { managers } = load({ 'managers.yaml': plan('2026-12-06T04:00:00+01:00') });
    const fromMs = Date.UTC(2026, 11, 5, 19);
    const untilMs = Date.UTC(2026, 11, 6, 3);
    expect(managers[0]?.policy.maintenance).toEqual([{ fromMs, untilMs, reason: 'upgrade' }]);
    expect(mistakesOf({ 'managers.yaml': plan('2026-12-05T18:00:00Z') }).join()).toContain('later than from');
    expect(mistakesOf({ 'managers.yaml': plan('2026-12-06T04:00:00') }).join()).toContain('with an offset');
  });

  it('name a script of kind pendingChanges as probe', () => {
    const text = withProbe('{ probe: pending, accounts: [tufin] }');
    const { managers, scripts } = load({ 'scripts.yaml': probe, 'managers.yaml': text });
    expect(managers[0]?.policy.foreignChanges.probe).toBe('pending');
    expect(scripts[0]?.kind).toBe('pendingChanges');
  });

  it.each([
    ['{ probe: pending }', probe, 'without them our own changes count as foreign'],
    ['{ probe: other, accounts: [tufin] }', probe, 'has no script other of kind pendingChanges'],
    [
      '{ probe: pending, accounts: [tufin] }',
      probe.replace('pendingChanges', 'event'),
      'of kind pendingChanges',
    ],
  ])('refuse the probe in %s', (foreignChanges, scripts, message) => {
    const files = { 'scripts.yaml': scripts, 'managers.yaml': withProbe(foreignChanges) };
    expect(mistakesOf(files).join('\n')).toContain(message);
  });

  it('names the line of a mistake', () => {
    const text = 'managers:\n  PANO-8:\n    maxMembers: 51\n';
    expect(mistakesOf({ 'managers.yaml': text })).toEqual([
      expect.stringMatching(/managers\.yaml:3.*maxMembers/),
    ]);
  });
});
