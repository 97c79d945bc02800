import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { renderMediator, type MediatorOptions } from '../../src/cli/mediator-script.js';
import {
  MEDIATOR,
  scriptEntry,
  startGateway,
  type GatewayOptions,
  type RunningGateway,
} from '../support/running-gateway.js';
import { runScript, temporaryFolder, writeExecutable, type Run } from '../support/run-script.js';

const fixture = (path: string): string => readFileSync(join(__dirname, '../fixtures', path), 'utf8');
const ADVANCE = fixture('script/ticket_info.ADVANCE.xml').trim();
const ENTRIES = [
  scriptEntry({ name: 'ticket-events' }),
  scriptEntry({
    name: 'mediator-test',
    executable: '/opt/scripts/mediator-test.mjs',
    legacyPaths: ['/opt/trigger-service/test.py'],
    events: ['ADVANCE'],
  }),
];

const folder = temporaryFolder();
afterAll(() => folder.remove());

let gateway: RunningGateway;
async function start(options: GatewayOptions = {}): Promise<void> {
  gateway = await startGateway({ scripts: ENTRIES, ...options });
}
afterEach(() => gateway.close());

let count = 0;
function advance(text: string, args: string[] = [], stdin = ADVANCE): Promise<Run> {
  count += 1;
  const path = writeExecutable(folder.path, `mediator-${count}.sh`, text);
  return runScript(path, { args, stdin, env: { SCW_EVENT: stdin === ADVANCE ? 'ADVANCE' : 'TEST' } });
}

function ours(options: Partial<MediatorOptions> = {}): string {
  return renderMediator({ gatewayUrl: gateway.url, ...MEDIATOR, script: 'ticket-events', ...options });
}

describe('our mediator and our gateway', () => {
  it('deliver an event with its arguments, whatever is in them', async () => {
    await start();
    const args = ['say "hi"\n\ttab', 'ünï 😀', '$(id)'];
    const run = await advance(ours({ script: 'mediator-test' }), args);
    expect(run).toMatchObject({ code: 0, stdout: 'accepted for ticket 1201\n', stderr: '' });
    expect(gateway.temporal.reports[0]).toMatchObject({
      name: 'ADVANCE',
      ticketId: '1201',
      script: { name: 'mediator-test', args, ticketInfoXml: ADVANCE },
    });
  });

  it('end as the script did whose result they wait for', async () => {
    await start({ scripts: [{ ...ENTRIES[1]!, reply: 'result' }] });
    const error = { output: 'no route "north"\n', returnCode: 3 };
    gateway.temporal.scriptReply = async () => ({
      kind: 'ended',
      answer: { output: 'ünï\tlooked\n', error },
    });
    const failed = await advance(ours({ script: 'mediator-test' }));
    expect(failed).toMatchObject({ code: 3, stdout: 'ünï\tlooked\n', stderr: 'no route "north"\n' });
  });

  describe('with a question', () => {
    const scripts = [
      scriptEntry({
        name: 'ask',
        kind: 'condition',
        executable: '/opt/ask',
        onFailure: 'false',
        replyWithinMs: 3_000,
      }),
      scriptEntry({
        name: 'scan',
        kind: 'riskAnalysis',
        executable: '/opt/scan',
        onFailure: 'risk',
        replyWithinMs: 3_000,
      }),
    ];
    const condition = { script: 'ask', question: { kind: 'condition', onFailure: 'true' } } as const;
    const response = (result: boolean): string =>
      `<response><condition_result>${result}</condition_result></response>\n`;

    it('print the answer of its script', async () => {
      await start({ scripts });
      gateway.temporal.ask = async () => ({
        kind: 'answered',
        answer: { output: response(false), error: null },
      });
      const run = await advance(ours(condition), ['4711']);
      expect(run).toMatchObject({ code: 0, stdout: response(false), stderr: '' });
      expect(gateway.temporal.asked).toMatchObject([{ kind: 'condition', script: 'ask', args: ['4711'] }]);
      expect(gateway.temporal.reports).toEqual([]);
    });

    it('give the configured answer when the gateway cannot be reached or refuses', async () => {
      await start({ scripts });
      const away = await advance(
        ours({ ...condition, gatewayUrl: 'http://127.0.0.1:9', totalSeconds: 5 }),
        ['4711'],
        '',
      );
      expect([away.code, away.stdout]).toEqual([0, response(true)]);
      expect(away.stderr).toMatch(/not delivered/);
      const refused = await advance(ours({ ...condition, password: 'wrong' }), ['4711'], '');
      expect([refused.code, refused.stdout]).toEqual([0, response(true)]);
    });

    it.each(['risk', 'fail'] as const)(
      'end with an error when no risk could be analysed (%s)',
      async (onFailure) => {
        await start({ scripts });
        const question = { kind: 'riskAnalysis', onFailure } as const;
        const away = ours({ script: 'scan', question, gatewayUrl: 'http://127.0.0.1:9', totalSeconds: 5 });
        const run = await advance(away, [], '<field_info/>');
        expect([run.code, run.stdout]).toEqual([1, '']);
      },
    );
  });

  it('go on until Temporal is back, and end with 0 only then', async () => {
    await start();
    let calls = 0;
    gateway.temporal.report = () => {
      calls += 1;
      return calls < 3 ? Promise.reject(new Error('14 UNAVAILABLE')) : Promise.resolve();
    };
    expect((await advance(ours())).code).toBe(0);
    expect(calls).toBe(3);
  });

  it('end with 75 when Temporal stays away', async () => {
    await start();
    gateway.temporal.report = () => Promise.reject(new Error('14 UNAVAILABLE'));
    const run = await advance(ours({ totalSeconds: 6 }));
    expect(run).toMatchObject({ code: 75, stdout: '' });
  });

  it('agree about signatures, and refuse an unsigned call of a caller that should sign', async () => {
    const secret = 'a signing secret of enough bytes';
    await start({ signing: { [MEDIATOR.user]: [secret] } });
    gateway.clock.nowMs = Date.now();
    expect((await advance(ours({ signingSecret: secret }))).code).toBe(0);
    expect((await advance(ours({ signingSecret: 'another secret of many bytes' }))).code).toBe(1);
    expect((await advance(ours())).code).toBe(1);
    expect(gateway.temporal.reports).toHaveLength(1);
  });

  it('say why an event is refused', async () => {
    await start();
    const unknown = await advance(ours({ script: 'not-registered' }));
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toMatch(/HTTP 422[\s\S]*No script is registered/);
    const unknownUser = await advance(ours({ password: 'wrong' }));
    expect(unknownUser.code).toBe(1);
    expect(unknownUser.stderr).toMatch(/HTTP 401[\s\S]*not known/);
  });

  it('answer SecureChange’s Test button', async () => {
    await start();
    const run = await advance(ours(), [], '<ticket_info/>');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/nothing was touched/);
    expect(gateway.temporal.reports).toHaveLength(0);
  });

  it('work over TLS', async () => {
    const cert = fixture('http/localhost.cert.pem');
    await start({ settings: { tls: { cert, key: fixture('http/localhost.key.pem') } } });
    const gatewayUrl = gateway.url.replace('127.0.0.1', 'localhost');
    expect((await advance(ours({ gatewayUrl, caPem: cert }))).code).toBe(0);
  });
});

describe('the vendor’s example mediator', () => {
  beforeAll(async () => {
    const python = await runScript('/usr/bin/env', { args: ['python', '-c', 'print(1)'] });
    if (python.stdout !== '1\n') {
      throw new Error(
        'The vendor’s mediator calls `python`, and there is none on PATH: install python-is-python3.',
      );
    }
  });

  function theirs(): string {
    return fixture('mediator/vendor-example.sh')
      .replace('HOST=10.244.0.1:8000', `HOST=${new URL(gateway.url).host}`)
      .replace('USERNAME=username', `USERNAME=${MEDIATOR.user}`)
      .replace('PASSWORD=password', `PASSWORD='${MEDIATOR.password}'`);
  }

  it('delivers an ADVANCE event and exits 0, its script found by the legacy path', async () => {
    await start();
    const run = await advance(theirs(), ['dropped', 'kept', 'too']);
    expect(run).toMatchObject({ code: 0, stdout: 'accepted for ticket 1201\n', stderr: '' });
    expect(gateway.temporal.reports).toHaveLength(1);
    expect(gateway.temporal.reports[0]).toMatchObject({
      name: 'ADVANCE',
      ticketId: '1201',
      script: { name: 'mediator-test', args: ['kept', 'too'] },
    });
  });

  it('delivers it although a quote in an argument breaks its JSON', async () => {
    await start();
    expect((await advance(theirs(), ['first', 'say "hi"'])).code).toBe(0);
    expect(gateway.temporal.reports[0]?.script?.args).toEqual(['say', '"hi"']);
  });

  it('fails visibly while Temporal is away, so that SecureChange tries again', async () => {
    await start();
    gateway.temporal.report = () => Promise.reject(new Error('14 UNAVAILABLE'));
    const run = await advance(theirs());
    expect(run.code).not.toBe(0);
    expect(run.stdout).toBe('');
  });
});
