import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processContext } from '../../src/cli/process-context.js';
import { ClientError, type TicketSummary } from '../../packages/client/src/contract.js';
import { EXIT_CODES } from '../../src/cli/exit-codes.js';
import type { Command } from '../../src/domain/commands.js';
import type { LaneView } from '../../src/domain/view.js';
import { NOW, runSco } from '../support/cli-context.js';

const WHY = ['--reason', 'checked on the device'];

describe('commands to tickets, lanes and the switch', () => {
  it.each<[string, string, Command]>([
    ['ticket retry 1', 'ticket 1', { kind: 'retry' }],
    ['ticket skip 1', 'ticket 1', { kind: 'skip' }],
    ['ticket hold 1', 'ticket 1', { kind: 'hold' }],
    ['ticket resume 1', 'ticket 1', { kind: 'resume' }],
    ['ticket abort 1', 'ticket 1', { kind: 'abort' }],
    ['ticket adopt 1', 'ticket 1', { kind: 'adopt' }],
    ['push decide PANO-8/17 --was-sent', 'push PANO-8/17', { kind: 'decideUnknownPush', answer: 'wasSent' }],
    ['push decide 20/17 --was-not-sent', 'push 20/17', { kind: 'decideUnknownPush', answer: 'wasNotSent' }],
    [
      'ticket decide 1 --target 21 --accept',
      'ticket 1',
      { kind: 'decidePartial', target: '21', answer: 'accept' },
    ],
    [
      'ticket decide 1 --target 21 --repeat',
      'ticket 1',
      { kind: 'decidePartial', target: '21', answer: 'repeat' },
    ],
    [
      'ticket complete 1 --target 40 --evidence rule-9',
      'ticket 1',
      { kind: 'completeManual', target: '40', evidence: 'rule-9' },
    ],
    ['outbox retry 1 2', 'ticket 1', { kind: 'retryMessage', message: 2 }],
    ['outbox drop 1 2', 'ticket 1', { kind: 'dropMessage', message: 2 }],
    ['lane accept PANO-8', 'lane PANO-8', { kind: 'acceptLedger', ticketId: null }],
    ['lane accept 20 --ticket 7', 'lane 20', { kind: 'acceptLedger', ticketId: '7' }],
    [
      'lane accept-foreign 20 --target 21 --seen 0123abcd --hours 4',
      'lane 20',
      { kind: 'acceptForeign', target: '21', seen: '0123abcd', hours: 4 },
    ],
    ['lane retry 20', 'lane 20', { kind: 'retryPush' }],
    ['lane pause 20', 'lane 20', { kind: 'pause' }],
    ['lane resume 20', 'lane 20', { kind: 'resume' }],
    ['stop', 'control', { kind: 'stop' }],
    ['start', 'control', { kind: 'start' }],
  ])('sco %s', async (line, to, command) => {
    const { code, out, sent } = await runSco([...line.split(' '), ...WHY]);
    expect(code).toBe(0);
    expect(sent).toEqual([{ to, command, options: { reason: 'checked on the device' } }]);
    expect(out).toBe('✓ as you say\n');
  });

  it('repeat with the key of a command whose outcome is unknown', async () => {
    const unknown = await runSco(['ticket', 'retry', '1', ...WHY], {
      answer: new ClientError('commandUnknown', 'gateway: retry (key abcdefgh): ask again with the same key'),
    });
    expect(unknown.code).toBe(6);
    expect(unknown.err).toContain('abcdefgh');
    const again = await runSco(['ticket', 'retry', '1', ...WHY, '--key', 'abcdefgh']);
    expect(again.sent[0]?.options.key).toBe('abcdefgh');
  });

  it.each([
    ['wrongState', 1],
    ['notAllowed', 5],
    ['unverified', 5],
    ['notFound', 3],
  ] as const)('print a refusal (%s) and end with %i', async (answered, expected) => {
    const answer = { accepted: false, code: answered, message: 'it is not parked' };
    const { code, out } = await runSco(['ticket', 'retry', '1', ...WHY], { answer });
    expect([code, out]).toEqual([expected, '✗ refused: it is not parked\n']);
    const program = await runSco(['ticket', 'retry', '1', ...WHY, '--json'], { answer });
    expect([program.code, program.json()]).toEqual([expected, answer]);
  });

  it.each([
    ['ticket retry 1', /--reason/],
    ['ticket retry 1 --reason no', /at least 3 characters/],
    ['ticket retry --reason because', /missing required argument 'id'/],
    ['ticket decide 1 --target 21 --reason because', /exactly one/],
    ['ticket decide 1 --target 21 --accept --repeat --reason because', /exactly one/],
    ['push decide 20/17 --reason because', /exactly one/],
    ['push decide 20/17 --was-sent --was-not-sent --reason because', /exactly one/],
    ['push decide 17 --was-sent --reason because', /LANE\/NUMBER/],
    ['ticket complete 1 --target 21 --reason because', /--evidence/],
    ['outbox drop 1 close --reason because', /It is a number/],
    ['ticket fly 1', /unknown command/],
    ['ticket retry 1 2 --reason because', /too many arguments/],
  ])('end with 2 and say what is wrong: sco %s', async (line, message) => {
    const { code, err, sent } = await runSco(line.split(' '));
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(sent).toEqual([]);
  });
});

describe('sco --help', () => {
  it('documents every exit code', async () => {
    const { code, out } = await runSco(['--help']);
    expect(code).toBe(0);
    for (const { code: number, means } of EXIT_CODES) expect(out).toContain(`${number}  ${means}`);
  });
});

describe('sco itself', () => {
  it('says which release it is', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await runSco(['--version'])).toMatchObject({ code: 0, out: `${version}\n` });
  });

  it('answers programs with one document also when the command line is wrong', async () => {
    const { code, json } = await runSco(['ticket', 'list', '--nope', '--json']);
    expect([code, json()]).toEqual([2, { error: { code: 'usage', message: "unknown option '--nope'" } }]);
  });

  it('has colours only where they are wanted', async () => {
    const context = { colours: true };
    const refused = { accepted: false, code: 'wrongState', message: 'not parked' } as const;
    const out = async (...more: string[]): Promise<string> =>
      (await runSco(['ticket', 'retry', '1', ...WHY, ...more], { context, answer: refused })).out;
    expect(await out()).toContain('\u001b[31m');
    expect(await out('--no-color')).not.toContain('\u001b');
    expect(await out('--json')).not.toContain('\u001b');
  });

  it('ends with 5 when a command is to be sent and there is no token', async () => {
    let err = '';
    const silent = { write: () => true } as unknown as NodeJS.WriteStream;
    const stderr = { write: (text: string) => (err += text) } as unknown as NodeJS.WriteStream;
    const { signal: interrupted } = new AbortController();
    const made = processContext({ stdout: silent, stderr, environment: {}, interrupted });
    const { openCommands } = made;
    const { code, err: said } = await runSco(['stop', ...WHY], { context: { openCommands } });
    expect([code, err]).toEqual([5, '']);
    expect(said).toMatch(/set SCO_TOKEN, or SCO_TOKEN_FILE/);
  });
});

describe('sco lane', () => {
  const LANE: LaneView = {
    key: '20',
    name: 'PANO-8',
    owner: 'n.weber',
    paused: null,
    push: { n: 17, kind: 'commit', target: 'DG-B', tickets: ['1', '4'], sinceMs: NOW - 5_000, begun: true },
    failures: [],
    rests: [],
    expectedPushMs: 60_000,
    preflight: null,
    alerts: [],
    overrides: [],
    foreign: [],
    queue: [
      {
        position: 1,
        ticketId: '2',
        target: 'DG-B',
        saved: true,
        opensAtMs: NOW + 60_000,
        hinderedBy: ['ticket 3 on DG-B: it has ended'],
      },
    ],
    ledger: [
      {
        ticketId: '3',
        target: 'DG-B',
        savedAtMs: NOW - 60_000,
        state: 'saved',
        left: 'ended',
        acceptedBy: null,
        path: ['20', '21'],
      },
    ],
    past: [
      {
        n: 16,
        kind: 'commit',
        target: 'DG-B',
        tickets: ['8', '9'],
        result: 'live',
        startedAtMs: NOW - 180_000,
        endedAtMs: NOW - 120_000,
      },
    ],
  };

  const WAITING: TicketSummary = {
    ticketId: '2',
    runId: 'r',
    running: true,
    startedAtMs: NOW,
    closedAtMs: null,
    subject: 'CRM to billing',
    workflow: 'Firewall change',
    step: 'Implementation',
    phase: 'changeWindow',
    waitingFor: 'window',
    requester: 'j.meier',
    risk: 'low',
    itsmId: null,
    devices: ['DG-B'],
    windowOpensAtMs: NOW + 60_000,
    needsAttention: false,
    outcome: null,
  };
  const tickets = { list: async () => [WAITING] };

  it('shows queue with subjects, ledger with its way out, and the last pushes', async () => {
    const list = await runSco(['lane', 'list'], { lanes: { list: async () => [LANE] } });
    expect(list.out).toMatch(/20 +PANO-8 +push 17 of DG-B for 1, 4, 5 s ago +1 +1 \(1 must be decided\)/);
    const { out } = await runSco(['lane', 'show', 'PANO-8'], { lanes: { get: async () => LANE }, tickets });
    expect(out).toMatch(
      /1 +2 +CRM to billing +DG-B +yes +2026-11-22 14:01:00 \+01:00 \(in 1 m\) +ticket 3 on DG-B: it has ended/,
    );
    expect(out).toContain('✗ saved, ticket ended');
    expect(out).toContain('sco lane accept 20 --ticket ID --reason');
    expect(out).toMatch(/16 .* DG-B +8, 9 +commit +live/);
  });

  it('says how many more tickets a push has than it names', async () => {
    const ids = Array.from({ length: 12 }, (_, at) => String(at + 1));
    const large = {
      ...LANE,
      push: { ...LANE.push!, tickets: ids },
      past: LANE.past.map((each) => ({ ...each, tickets: ids })),
    };
    const list = await runSco(['lane', 'list'], { lanes: { list: async () => [large] } });
    expect(list.out.replaceAll(/\s+/g, ' ')).toContain('for 1, 2, 3, 4, 5, and 7 more,');
    const { out } = await runSco(['lane', 'show', '20'], { lanes: { get: async () => large }, tickets });
    expect(out.replaceAll(/\s+/g, ' ')).toContain('1, 2, 3, 4, 5, 6, 7, 8, and 4 more');
  });

  it('says how many messages a lane ignored, which was the newest and why', async () => {
    const ignored = {
      count: 2,
      last: [{ atMs: NOW - 60_000, message: 'laneEnrol', why: 'items: is missing' }],
    };
    const { out } = await runSco(['lane', 'show', '20'], {
      lanes: { get: async () => ({ ...LANE, ignored }) },
      tickets,
    });
    expect(out).toContain(
      'ignored: 2 messages; the newest 2026-11-22 13:59:00 +01:00 (1 m ago): laneEnrol: items: is missing',
    );
  });

  it('shows a shared Commit that failed', async () => {
    const failure = { n: 18, target: 'DG-B', tickets: ['1', '4'], message: 'FW7 is offline', atMs: NOW };
    const failed = { ...LANE, push: null, failures: [failure] };
    const { out } = await runSco(['lane', 'show', '20'], { lanes: { get: async () => failed }, tickets });
    expect(out).toContain('✗ push 18 of DG-B failed: FW7 is offline');
    expect(out).toContain('sco lane retry 20 --reason');
  });

  it('shows one that cannot be read as a row with the reason, beside the others', async () => {
    const unreadable = { key: '8', unreadable: 'temporal: lane 8: its workflow code fails' };
    const { code, out } = await runSco(['lane', 'list'], { lanes: { list: async () => [LANE, unreadable] } });
    expect(code).toBe(0);
    expect(out).toMatch(/20 +PANO-8/);
    expect(out).toMatch(/8 +.* cannot be read: temporal: lane 8: its workflow code fails/);
  });

  it('says when there is none', async () => {
    expect((await runSco(['lane', 'list'], { lanes: { list: async () => [] } })).out).toMatch(/no lane yet/);
  });
});

describe('sco mediator build', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sco-mediator-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const BUILD = [
    'mediator',
    'build',
    '--gateway',
    'https://orchestrator.example.com:8000',
    '--user',
    'mediator',
  ];

  it('writes one executable file that only its owner reads, with address and credential inside', async () => {
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, 'secret-canary\n');
    const out = join(folder, 'mediator.sh');
    const ran = await runSco([...BUILD, '--password-file', passwordFile, '--out', out]);
    expect([ran.code, ran.err]).toEqual([0, '']);
    expect(statSync(out).mode & 0o777).toBe(0o700);
    const script = readFileSync(out, 'utf8');
    expect(script).toMatch(/^#!.*bash/);
    expect(script).toContain("'https://orchestrator.example.com:8000'");
    expect(script).toContain("'secret-canary'");
    expect(ran.out).not.toContain('secret-canary');
  });

  it('prints it without --out, and takes the password from the environment', async () => {
    const context = { environment: { SCO_MEDIATOR_PASSWORD: 'from-the-environment' } };
    expect((await runSco(BUILD, { context })).out).toContain("'from-the-environment'");
    expect((await runSco(BUILD)).code).toBe(2);
    expect((await runSco([...BUILD, '--password-file', join(folder, 'none')])).err).toContain('ENOENT');
  });
});
