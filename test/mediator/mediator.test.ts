import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import fc from 'fast-check';

import { renderMediator, type MediatorOptions } from '../../src/cli/mediator-script.js';
import {
  startRecordedServer,
  startTcpServer,
  type Answer,
  type Received,
  type RecordedServer,
} from '../support/recorded-server.js';
import { runScript, temporaryFolder, writeExecutable, type Run } from '../support/run-script.js';

const INFO = '<ticket_info><id>1201</id><subject>a "b" &amp; ü</subject></ticket_info>';
const PASSWORD = `it's "a" \\ $(pass) \`word\` %s ü`;
const ACCEPTED: Answer = { body: { output: 'accepted for ticket 1201\n', error: null } };

const folder = temporaryFolder();
afterAll(() => folder.remove());

let server: RecordedServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** Answers one after the other; the last one again and again. */
async function answering(
  ...answers: readonly (Answer | ((request: Received) => Answer | Promise<Answer>))[]
) {
  let next = 0;
  server = await startRecordedServer((request) => {
    const answer = answers[Math.min(next, answers.length - 1)]!;
    next += 1;
    return typeof answer === 'function' ? answer(request) : answer;
  });
  return server;
}

let count = 0;
function mediator(options: Partial<MediatorOptions> = {}): string {
  const text = renderMediator({
    gatewayUrl: server?.url ?? 'http://127.0.0.1:9',
    user: 'mediator',
    password: PASSWORD,
    script: 'ticket-events',
    ...options,
  });
  count += 1;
  return writeExecutable(folder.path, `mediator-${count}.sh`, text);
}

function advance(path: string, args: string[] = [], env: Record<string, string> = {}): Promise<Run> {
  return runScript(path, { args, stdin: INFO, env: { SCW_EVENT: 'ADVANCE', ...env } });
}

const sent = (index = 0): Record<string, unknown> =>
  JSON.parse(server!.received[index]!.body) as Record<string, unknown>;

describe('the mediator', () => {
  it('reports the ticket, event and arguments and prints what the gateway says', async () => {
    const { received } = await answering(ACCEPTED);
    const run = await advance(mediator(), ['one', 'two words']);
    expect(run).toMatchObject({ code: 0, stdout: 'accepted for ticket 1201\n', stderr: '' });
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({ method: 'POST', path: '/trigger_file' });
    expect(received[0]!.headers['content-type']).toBe('application/json');
    expect(received[0]!.headers.authorization).toBe(
      `Basic ${Buffer.from(`mediator:${PASSWORD}`).toString('base64')}`,
    );
    expect(sent()).toEqual({
      ticket_info: Buffer.from(INFO).toString('base64'),
      event: 'ADVANCE',
      args: ['one', 'two words'],
      script: 'ticket-events',
    });
  });

  it('carries any argument unchanged', async () => {
    const { received } = await answering(ACCEPTED);
    const path = mediator();
    const nasty = [
      '',
      ' ',
      '"',
      '\\',
      '\\"',
      "'",
      '$(id)',
      '`id`',
      '*',
      '-n',
      '\n',
      '\t\r\u0001\u001f\u007f',
      'ünï 😀 \u{10ffff}',
      '\\u0041',
      '%s%n',
      '}',
    ];
    await advance(path, nasty);
    expect(sent()['args']).toEqual(nasty);
    const character = fc.oneof(
      fc.integer({ min: 1, max: 0x10ffff }).filter((code) => code < 0xd800 || code > 0xdfff),
      fc.constantFrom(1, 8, 9, 10, 13, 27, 34, 39, 92, 0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x10000),
    );
    const argument = fc.array(character, { maxLength: 12 }).map((codes) => String.fromCodePoint(...codes));
    await fc.assert(
      fc.asyncProperty(fc.array(argument, { minLength: 1, maxLength: 12 }), async (args) => {
        const run = await advance(path, args);
        const body = JSON.parse(received.at(-1)!.body) as { args: string[] };
        expect([run.code, body.args]).toEqual([0, args]);
      }),
      { numRuns: 25 },
    );
  });

  it('replaces bytes that are no UTF-8 and still sends correct JSON', async () => {
    await answering(ACCEPTED);
    const caller = writeExecutable(
      folder.path,
      'caller.sh',
      `#!/bin/bash\nexec ${mediator()} $'a\\xff' $'\\xc3' $'\\xed\\xa0\\x80' $'\\xc0\\xaf' $'\\xf4\\x90\\x80\\x80' $'\\xe2\\x82\\xac'\n`,
    );
    expect((await advance(caller)).code).toBe(0);
    const bad = '\ufffd';
    expect(sent()['args']).toEqual([`a${bad}`, bad, bad.repeat(3), bad.repeat(2), bad.repeat(4), '€']);
  });

  it('carries a large ticket', async () => {
    await answering(ACCEPTED);
    const large = `<ticket_info><id>1</id><comment>${'ü'.repeat(90_000)}</comment></ticket_info>`;
    const run = await runScript(mediator(), { stdin: large, env: { SCW_EVENT: 'CREATE' } });
    expect(run.code).toBe(0);
    expect(Buffer.from(sent()['ticket_info'] as string, 'base64').toString('utf8')).toBe(large);
  });

  it('needs no more than curl and base64, and goes unsigned without openssl', async () => {
    const { received } = await answering({ status: 503, headers: { 'Retry-After': '1' } }, ACCEPTED);
    const bin = toolFolder('curl', 'base64');
    const run = await advance(mediator({ signingSecret: 'a secret of enough bytes' }), ['x'], { PATH: bin });
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(received).toHaveLength(2);
    expect(received[1]!.headers).not.toHaveProperty('webhook-signature');
  });

  it('says which of the two is missing', async () => {
    const run = await advance(mediator(), [], { PATH: toolFolder('base64') });
    expect(run).toMatchObject({ code: 2, stdout: '', stderr: 'mediator: MISSING curl\n' });
  });

  it('keeps the password, the signing secret and the payload out of the list of processes', async () => {
    let seen: string[] = [];
    await answering(() => {
      seen = commandLines();
      return ACCEPTED;
    });
    const run = await advance(mediator({ password: 'pass-in-a-list', signingSecret: 'secret-in-a-list-0' }));
    expect(run.code).toBe(0);
    expect(seen.some((line) => line.startsWith('curl'))).toBe(true);
    const payload = Buffer.from(INFO).toString('base64');
    for (const word of ['pass-in-a-list', 'secret-in-a-list-0', payload])
      expect(seen.join('\n')).not.toContain(word);
  });

  it('signs every attempt again under one id when it has a secret', async () => {
    const { received } = await answering({ status: 503, headers: { 'Retry-After': '1' } }, ACCEPTED);
    const secret = 'k'.repeat(100);
    expect((await advance(mediator({ signingSecret: secret }), ['ü'])).code).toBe(0);
    const [first, second] = received.map(({ headers, body }) => ({
      id: headers['webhook-id'] as string,
      stamp: headers['webhook-timestamp'] as string,
      signature: headers['webhook-signature'],
      body,
    }));
    // RFC 2104: a key longer than a block is hashed first, which createHmac does too.
    for (const call of [first!, second!]) {
      const digest = createHmac('sha256', secret)
        .update(`${call.id}.${call.stamp}.${call.body}`)
        .digest('base64');
      expect(call.signature).toBe(`v1,${digest}`);
      expect(Math.abs(Number(call.stamp) * 1_000 - Date.now())).toBeLessThan(60_000);
    }
    expect(second!.id).toBe(first!.id);
  });
});

describe('the mediator’s exit status', () => {
  it('is that of the script whose result the gateway passes on', async () => {
    await answering({ body: { output: 'half done\n', error: { output: 'it "broke"\n', returnCode: 7 } } });
    expect(await advance(mediator())).toMatchObject({
      code: 7,
      stdout: 'half done\n',
      stderr: 'it "broke"\n',
    });
  });

  it('is 0 for an answer of a server that orders and escapes differently', async () => {
    await answering({
      headers: { 'content-type': 'application/json' },
      body: '{ "error" : null , "output" : "\\u00fc \\ud83d\\ude00 \\/ \\"error\\": {\\n" }',
    });
    expect(await advance(mediator())).toMatchObject({ code: 0, stdout: 'ü 😀 / "error": {\n' });
  });

  it.each<[string, Answer]>([
    ['a login page', { body: '<html>please log in</html>' }],
    ['an empty answer', { body: '' }],
    ['another service', { body: { status: 'ok' } }],
    ['no content', { status: 204 }],
    ['a redirect', { status: 302, headers: { Location: 'http://127.0.0.1:9/' } }],
  ])('is 1 when %s comes instead of the gateway', async (_what, answer) => {
    const { received } = await answering(answer);
    const run = await advance(mediator());
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/^mediator: /);
    expect(received).toHaveLength(1);
  });

  it.each([400, 401, 403, 413, 422, 500])(
    'is 1 at once for HTTP %i, with the gateway’s reason',
    async (status) => {
      const { received } = await answering({
        status,
        body: { title: 'No', output: '', error: { output: 'No script is registered.\n', returnCode: 1 } },
      });
      const run = await advance(mediator());
      expect(run).toMatchObject({ code: 1, stdout: '' });
      expect(run.stderr).toContain(String(status));
      expect(run.stderr).toContain('No script is registered.');
      expect(received).toHaveLength(1);
    },
  );

  it('is 75 when the gateway cannot be reached in time', async () => {
    const run = await advance(mediator({ gatewayUrl: 'http://127.0.0.1:9', totalSeconds: 5 }));
    expect(run.code).toBe(75);
    expect(run.stderr).toMatch(/not delivered after \d+ attempts/);
    expect(run.tookMs).toBeLessThan(7_000);
  });

  it('is 75 when the gateway takes the call and never answers', async () => {
    await answering(() => new Promise<Answer>(() => {}));
    const run = await advance(mediator({ totalSeconds: 5 }));
    expect(run.code).toBe(75);
    expect(run.tookMs).toBeLessThan(8_000);
  });
});

describe('the mediator repeats', () => {
  it('after HTTP 503, 429, 502 and 504, not earlier than Retry-After says', async () => {
    const times: number[] = [];
    const note = (answer: Answer) => () => {
      times.push(Date.now());
      return answer;
    };
    const later = (status: number, seconds: number) =>
      note({ status, headers: { 'retry-after': `${seconds}` } });
    await answering(later(503, 1), later(429, 1), later(502, 0), later(504, 0), note(ACCEPTED));
    expect((await advance(mediator())).code).toBe(0);
    const waits = times.slice(1).map((time, index) => time - times[index]!);
    expect(waits).toHaveLength(4);
    for (const wait of waits.slice(0, 2)) expect(wait).toBeGreaterThanOrEqual(990);
  });

  it('gives up at once when Retry-After is longer than it may take', async () => {
    const { received } = await answering({ status: 503, headers: { 'Retry-After': '600' } });
    const run = await advance(mediator());
    expect(run.code).toBe(75);
    expect(run.tookMs).toBeLessThan(3_000);
    expect(received).toHaveLength(1);
  });

  it('after a connection that was cut before the answer', async () => {
    let cut = 0;
    const flaky = createServer((socket) => {
      socket.once('data', () => {
        cut += 1;
        if (cut < 2) socket.destroy();
        else {
          const body = JSON.stringify(ACCEPTED.body);
          socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
        }
      });
      socket.on('error', () => {});
    });
    await new Promise<void>((resolve) => flaky.listen(0, '127.0.0.1', resolve));
    const { port } = flaky.address() as AddressInfo;
    const run = await advance(mediator({ gatewayUrl: `http://127.0.0.1:${port}` }));
    flaky.close();
    expect(run).toMatchObject({ code: 0, stdout: 'accepted for ticket 1201\n' });
    expect(cut).toBe(2);
  });
});

describe('the mediator behind a proxy', () => {
  const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
  const TUNNEL = 'HTTP/1.1 200 Connection Established\r\nVia: 1.1 proxy\r\n\r\n';
  const ok = JSON.stringify(ACCEPTED.body);
  const OK = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n${ok}`;
  const refusal = JSON.stringify({
    output: '',
    error: { output: 'The caller is not known.\n', returnCode: 1 },
  });
  const BUSY = `HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0\r\n\r\n${refusal}`;
  const NO = `HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\n\r\n${refusal}`;

  /** Each connection gets the next text, byte for byte, after its request; the last one again and again. */
  async function saying(
    ...answers: readonly string[]
  ): Promise<{ url: string; calls(): number; close(): Promise<void> }> {
    let calls = 0;
    const tcp = await startTcpServer((socket) => {
      socket.once('data', () => {
        socket.end(answers[Math.min(calls, answers.length - 1)]!);
        calls += 1;
      });
    });
    return { ...tcp, calls: () => calls };
  }

  it.each([
    ['the words of one proxy', TUNNEL],
    ['the words of another', 'HTTP/1.0 200 Connection established\r\nProxy-Agent: x/1\r\n\r\n'],
    ['no words at all', 'HTTP/1.1 200\r\n\r\n'],
    ['any words', 'HTTP/1.1 200 Tunnel is up, have fun\r\n\r\n'],
    ['an OK', 'HTTP/1.1 200 OK\r\n\r\n'],
    ['another number', 'HTTP/1.1 299 Proxied\r\n\r\n'],
    ['HTTP/2', 'HTTP/2 200 \r\n\r\n'],
    ['two tunnels', TUNNEL + TUNNEL],
    ['100 Continue', CONTINUE],
    ['a tunnel and 100 Continue', TUNNEL + CONTINUE],
    ['several informational heads', `${CONTINUE}HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${CONTINUE}`],
    ['lines that end as on UNIX', 'HTTP/1.1 200 Established\nVia: x\n\n'],
  ])('takes the answer behind %s for the answer', async (_what, before) => {
    const said = await saying(before + BUSY, before + OK);
    const run = await advance(mediator({ gatewayUrl: said.url }));
    await said.close();
    expect(run).toMatchObject({ code: 0, stdout: 'accepted for ticket 1201\n', stderr: '' });
    expect(said.calls()).toBe(2);
  });

  it('keeps the line and the reason of a 401, whatever came before it and whatever looks like a head behind it', async () => {
    for (const answer of [NO, TUNNEL + NO, CONTINUE + NO]) {
      const said = await saying(answer);
      const run = await advance(mediator({ gatewayUrl: said.url }));
      await said.close();
      expect(run).toMatchObject({ code: 1, stdout: '' });
      expect(run.stderr).toBe('mediator: the gateway answered HTTP 401\nThe caller is not known.\n');
      expect(said.calls()).toBe(1);
    }
    const said = await saying(`HTTP/1.1 401 Unauthorized\r\n\r\n${OK}`);
    const run = await advance(mediator({ gatewayUrl: said.url }));
    await said.close();
    expect(run.stderr).toMatch(/^mediator: the gateway answered HTTP 401\n/);
  });

  it('ends for a head that does not end', async () => {
    const said = await saying('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n');
    const run = await advance(mediator({ gatewayUrl: said.url, totalSeconds: 5 }));
    await said.close();
    expect(run.code).not.toBe(0);
  });

  it('repeats what a recorded proxy and gateway answered', async () => {
    const recorded = readFileSync(join(__dirname, '../fixtures/mediator/proxy-connect.txt'), 'utf8');
    const said = await saying(recorded, TUNNEL + OK);
    const run = await advance(mediator({ gatewayUrl: said.url }));
    await said.close();
    expect(run).toMatchObject({ code: 0, stdout: 'accepted for ticket 1201\n' });
    expect(said.calls()).toBe(2);
  });

  it('goes through a real tunnel to the gateway', async () => {
    const fixture = (name: string): string => readFileSync(join(__dirname, '../fixtures/http', name), 'utf8');
    const tls = { key: fixture('localhost.key.pem'), cert: fixture('localhost.cert.pem') };
    let answers = 0;
    server = await startRecordedServer(() => {
      answers += 1;
      return answers === 1 ? { status: 503, headers: { 'Retry-After': '0' }, body: '{}' } : ACCEPTED;
    }, tls);
    const { port } = new URL(server.url);
    const tunnels: string[] = [];
    const proxy = await startTcpServer((socket) => {
      socket.once('data', (head: Buffer) => {
        tunnels.push(head.toString('latin1').split('\r\n')[0] ?? '');
        const behind = connect(Number(port), '127.0.0.1');
        behind.on('error', () => socket.destroy());
        socket.write('HTTP/1.1 200 Here you are\r\nVia: 1.1 proxy\r\n\r\n');
        socket.pipe(behind).pipe(socket);
      });
    });
    const path = mediator({ gatewayUrl: `https://localhost:${port}`, caPem: tls.cert });
    const run = await advance(path, [], { https_proxy: proxy.url });
    await proxy.close();
    expect(run).toMatchObject({ code: 0, stdout: 'accepted for ticket 1201\n' });
    expect(tunnels).toEqual([`CONNECT localhost:${port} HTTP/1.1`, `CONNECT localhost:${port} HTTP/1.1`]);
  });
});

describe('the mediator over TLS', () => {
  const fixture = (name: string): string => readFileSync(join(__dirname, '../fixtures/http', name), 'utf8');
  const tls = { key: fixture('localhost.key.pem'), cert: fixture('localhost.cert.pem') };

  it('trusts the authority it was built with', async () => {
    server = await startRecordedServer(() => ACCEPTED, tls);
    const url = server.url.replace('127.0.0.1', 'localhost');
    const run = await advance(mediator({ gatewayUrl: url, caPem: tls.cert }));
    expect(run).toMatchObject({ code: 0, stderr: '' });
  });

  it('sends nothing to another server, and does not try twice', async () => {
    server = await startRecordedServer(() => ACCEPTED, tls);
    const url = server.url.replace('127.0.0.1', 'localhost');
    const run = await advance(mediator({ gatewayUrl: url, caPem: fixture('other.cert.pem') }));
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/certificate/i);
    expect(run.tookMs).toBeLessThan(3_000);
    expect(server.received).toHaveLength(0);
  });
});

describe('the self-test', () => {
  it('says at each attempt why there is no answer yet, which an event does not', async () => {
    const away = mediator({ gatewayUrl: 'http://127.0.0.1:9', totalSeconds: 5 });
    const { code, stderr } = await runScript(away, { args: ['--self-test'] });
    expect(code).toBe(75);
    expect(stderr).toMatch(/^mediator: attempt 1: .+; trying for \d s more\n/);
    expect((await advance(away)).stderr).not.toContain('attempt 1:');
  });

  it('names the tools that are missing', async () => {
    const run = await runScript(mediator({ signingSecret: 'a secret of enough bytes' }), {
      args: ['--self-test'],
      env: { PATH: toolFolder('base64') },
    });
    expect(run.code).toBe(2);
    expect(run.stderr).toBe('mediator: MISSING curl\nmediator: MISSING openssl\n');
    expect(run.stdout).toBe('ok base64\n');
  });

  it('sends a TEST event when all are there', async () => {
    await answering({ body: { output: 'Test answered.\n', error: null } });
    const run = await runScript(mediator(), { args: ['--self-test'] });
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toContain('Test answered.');
    expect(sent()).toMatchObject({ event: 'TEST', ticket_info: '', args: [] });
  });
});

describe('the renderer', () => {
  it.each<[string, Partial<MediatorOptions>]>([
    ['an address without scheme', { gatewayUrl: 'gateway:8000' }],
    ['an address with a credential', { gatewayUrl: 'https://user:word@gateway' }],
    ['a user with a colon', { user: 'a:b' }],
    ['a password with a line break', { password: 'top\nsecret' }],
    ['a CA that is none', { caPem: 'hello' }],
    ['a short signing secret', { signingSecret: 'short' }],
    ['no script', { script: '' }],
    ['an endless total time', { totalSeconds: 3_600 }],
  ])('refuses %s without repeating a secret', (_what, options) => {
    let message = '';
    try {
      mediator(options);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(/^mediator: /);
    expect(message).not.toMatch(/word@|secret\b.*top|top|short/);
  });

  it('leaves no value of the template open and makes correct Bash', () => {
    const path = mediator({ caPem: "-----BEGIN CERTIFICATE-----\nit's\n-----END CERTIFICATE-----\n" });
    expect(readFileSync(path, 'utf8')).not.toContain('@@');
    execFileSync('bash', ['-n', path]);
  });
});

function toolFolder(...tools: string[]): string {
  count += 1;
  const bin = temporaryFolder();
  afterAllFolders.push(bin);
  for (const tool of tools) {
    const path = execFileSync('bash', ['-c', `type -P ${tool}`], { encoding: 'utf8' }).trim();
    symlinkSync(path, join(bin.path, tool));
  }
  return bin.path;
}

const afterAllFolders: { remove(): void }[] = [];
afterAll(() => afterAllFolders.forEach((each) => each.remove()));

function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
      } catch {
        return [];
      }
    });
}
