import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { loadConfig } from '../../src/config/load-config.js';
import { openings } from '../calendar/rules.js';
import { FILES, PROCESS } from './config-folder.js';
import { inProcess, lineOf, load, mistakesOf } from './loaded-folder.js';

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
        approvals: [
          {
            name: 'approval',
            step: 'Approval',
            field: 'Approve',
            covers: 'requestAndDesign',
            needed: 'byRisk',
            roles: [],
            onReject: 'park',
            requesterMayApprove: false,
          },
        ],
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

  it('has points with actions and mapped answers, and points with actions only', () => {
    const first = (text: string): unknown =>
      load({ 'processes/web.yaml': text }).processes[0]?.integrationPoints[0];
    expect(
      first(
        called(
          'path: /risk',
          'body: { a: 1 }',
          'before: [do_not_send_request_if_skip_checkbox_checked, approve_reject_on_high]',
          'after: [advance_with_defaults]',
          'response: { result: { number: "#ITSM number#" } }',
        ),
      ),
    ).toMatchObject({
      before: ['do_not_send_request_if_skip_checkbox_checked', 'approve_reject_on_high'],
      after: ['advance_with_defaults'],
      response: { result: { number: '#ITSM number#' } },
    });
    const only = called().replace(/ {4}server: .*\n {4}action: call\n/, '    after: [advance]\n');
    expect(first(only)).toMatchObject({
      server: 'securechange',
      action: 'none',
      after: ['advance'],
      body: {},
    });
  });

  it.each([
    [['path: /a', 'body: { a: 1 }', 'before: [advance]'], 'put it into after'],
    [
      ['path: /a', 'body: { a: 1 }', 'after: [do_not_send_request_if_the_previous_step_skipped]'],
      'stands in before',
    ],
    [['path: /a', 'body: { a: 1 }', 'response: { a: b }'], 'no text in it names a field'],
    [['path: /a', 'body: { a: 1 }', 'after: [fly]'], 'after'],
  ])('refuses actions that cannot do what they say: %j', (lines, what) => {
    expect(mistakesOf({ 'processes/web.yaml': called(...lines) }).join('\n')).toContain(what);
  });

  it('refuses a point that does nothing, and one that changes a ticket that has ended', () => {
    const nothing = called().replace(/ {4}server: .*\n {4}action: call\n/, '');
    expect(mistakesOf({ 'processes/web.yaml': nothing }).join('\n')).toContain('so it does nothing');
    const ended = called('path: /a', 'body: { a: 1 }', 'after: [cancel_ticket]').replace(
      'on: { inbound: Approval }',
      'on: { event: CLOSE }',
    );
    expect(mistakesOf({ 'processes/web.yaml': ended }).join('\n')).toContain(
      'after CLOSE the ticket cannot be changed any more',
    );
    const unnamed = called('path: /a', 'body: { a: 1 }').replace(/ {4}server: .*\n/, '');
    expect(mistakesOf({ 'processes/web.yaml': unnamed }).join('\n')).toContain('call needs a server');
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

it('a window inside the hour that summer time skips keeps its length, moved', () => {
  const made = readFileSync('test/fixtures/calendar/spring-window.yaml', 'utf8');
  const { calendars } = load({ 'calendars.yaml': `calendars:\n${made.replaceAll(/^/gm, '  ')}` });
  const [spring] = calendars.filter(({ name }) => name === 't');
  expect(openings(spring!, '2027-03-08T12:00Z', 14)).toEqual([
    '2027-03-14T07:00Z/2027-03-14T08:00Z',
    '2027-03-21T06:00Z/2027-03-21T07:00Z',
  ]);
});
