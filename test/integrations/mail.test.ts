import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { FailureFacts } from '../../src/domain/failure.js';
import type { OutboundServer } from '../../src/domain/outbound-server.js';
import type { RenderedMessage } from '../../src/domain/outbox.js';
import { Secret } from '../../src/domain/secret.js';
import { createHttp } from '../../src/http/http.js';
import { createItsm } from '../../src/integrations/create-itsm.js';
import { testServer } from '../../src/integrations/test-server.js';
import { failureOf } from '../support/failure-of.js';
import { noTokens, serviceNow } from './servers.js';

const fixture = (name: string): string => readFileSync(join(__dirname, '../fixtures/http', name), 'utf8');
const TLS = { key: fixture('localhost.key.pem'), cert: fixture('localhost.cert.pem') };
const PASSWORD = 'canary-7f3a';

interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
  readonly user: string | undefined;
  readonly secure: boolean;
}

const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(ended.splice(0).map((end) => end()));
});

/** A real SMTP server; what it took is in `mails`. */
async function smtpServer(options: SMTPServerOptions = {}) {
  const mails: Received[] = [];
  const server = new SMTPServer({
    ...TLS,
    authMethods: ['PLAIN'],
    authOptional: true,
    disableReverseLookup: true,
    onAuth: ({ username, password }, _, done) => {
      if (password === PASSWORD) done(null, { user: username });
      else done(new Error('535 wrong password'));
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString('utf8'),
          user: session.user,
          secure: session.secure,
        });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  ended.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.server.address() as AddressInfo;
  return { mails, port };
}

function mailServer(port: number, changes: Partial<OutboundServer> = {}): OutboundServer {
  return serviceNow({
    name: 'mail',
    kind: 'mail',
    url: `smtp://localhost:${port}`,
    auth: { kind: 'basic', user: 'sco', password: new Secret(PASSWORD) },
    caPem: TLS.cert,
    mail: { from: 'changes@example.com', recipients: ['example.com'], mayBePlain: false },
    ...changes,
  });
}

const MAIL = { to: ['ann@example.com'], subject: 'Ticket 7 failed', text: 'Look at DG-A.' };
function message(mail: object = MAIL): RenderedMessage {
  return {
    key: '7/1/Implement/itsmSync/mail-requester/1',
    point: 'mail-requester',
    server: 'mail',
    action: 'mail',
    correlationId: 'sco-7',
    body: JSON.stringify(mail),
    blocking: false,
  };
}

async function send(server: OutboundServer, mail?: object, signal?: AbortSignal): Promise<string> {
  const itsm = createItsm({ server: () => server, http: createHttp, tokens: noTokens });
  const { said } = await itsm.call(message(mail), signal);
  return said;
}
const failed = async (server: OutboundServer, mail?: object): Promise<FailureFacts> =>
  failureOf(send(server, mail));

describe('checklist point 9: mail over SMTP', () => {
  it('reaches every recipient, encrypted and signed in', async () => {
    const { mails, port } = await smtpServer();
    const to = ['ann@example.com', 'net-ops@example.com'];
    expect(await send(mailServer(port), { ...MAIL, to, text: 'Grüße\n.\nEnde' })).toBe(
      'taken for 2 of 2 recipients',
    );
    expect(mails).toMatchObject([{ from: 'changes@example.com', to, user: 'sco', secure: true }]);
    expect(mails[0]?.text).toContain('Subject: Ticket 7 failed\r\n');
    expect(mails[0]?.text).toContain('Auto-Submitted: auto-generated');
    expect(mails[0]?.text).toMatch(/Gr=C3=BC=C3=9Fe\r\n\.\r\nEnde/);
  });

  it('goes to no recipient when one of its recipients may get no mail, whatever filled the template', async () => {
    const { mails, port } = await smtpServer();
    const limited = (...recipients: string[]) =>
      mailServer(port, { mail: { from: 'changes@example.com', recipients, mayBePlain: false } });
    const to = ['ann@EXAMPLE.com', 'eve@example.com.evil.test'];
    expect(await failed(limited('example.com', '*.example.com'), { ...MAIL, to })).toMatchObject({
      kind: 'rejected',
      code: 'mail.refused',
      message: expect.stringMatching(/^eve@example\.com\.evil\.test may get no mail/) as string,
    });
    expect(await failed(limited('*.example.com'))).toMatchObject({ code: 'mail.refused' });
    expect(await failed(limited('bob@example.com'))).toMatchObject({ code: 'mail.refused' });
    expect(mails).toEqual([]);
    for (const list of [['example.com'], ['*'], ['other.test', 'Ann@example.com']])
      await send(limited(...list));
    await send(limited('*.example.com'), { ...MAIL, to: ['net@ops.example.com'] });
    expect(mails).toHaveLength(4);
  });

  it('is not sent to a server at an address that is not allowed', async () => {
    const { mails, port } = await smtpServer();
    expect(await failed(mailServer(port, { allowedAddresses: ['10.0.0.0/8'] }))).toMatchObject({
      kind: 'rejected',
      code: 'http.address',
    });
    expect(mails).toEqual([]);
  });

  it('is encrypted from the start with smtps', async () => {
    const { mails, port } = await smtpServer({ secure: true });
    await send(mailServer(port, { url: `smtps://localhost:${port}` }));
    expect(mails).toMatchObject([{ secure: true }]);
  });

  it('carries the same Message-ID each time it is tried', async () => {
    const { mails, port } = await smtpServer();
    await send(mailServer(port));
    await send(mailServer(port));
    const ids = mails.map(({ text }) => /^Message-ID: (<[0-9a-f]{32}@example\.com>)/im.exec(text)?.[1]);
    expect(ids[0]).toBeDefined();
    expect(ids[1]).toBe(ids[0]);
  });

  it('says who was refused when others were taken, and is refused when all were', async () => {
    const { mails, port } = await smtpServer({
      onRcptTo: ({ address }, _, done) =>
        done(
          address.startsWith('gone') ? Object.assign(new Error('no such user'), { responseCode: 550 }) : null,
        ),
    });
    const to = ['ann@example.com', 'gone@example.com'];
    expect(await send(mailServer(port), { ...MAIL, to })).toBe(
      'taken for 1 of 2 recipients; refused: gone@example.com',
    );
    expect(mails).toHaveLength(1);
    expect(await failed(mailServer(port), { ...MAIL, to: ['gone@example.com'] })).toMatchObject({
      kind: 'rejected',
      code: 'mail.refused',
      message: expect.stringContaining('no such user') as string,
    });
  });

  it('is tried again when the server does not take it now', async () => {
    const { mails, port } = await smtpServer({
      onData: (stream, _, done) => {
        stream.resume();
        stream.on('end', () => done(Object.assign(new Error('mailbox busy'), { responseCode: 451 })));
      },
    });
    expect(await failed(mailServer(port))).toMatchObject({ kind: 'transient', code: 'mail.later' });
    expect(mails).toEqual([]);
  });

  it('asks a person when the answer to a whole mail was lost, and only then', async () => {
    const closed: Socket[] = [];
    const lossy = async (when: RegExp): Promise<number> => {
      const server = createServer((socket) => {
        let seen = '';
        socket.on('error', () => undefined);
        socket.write('220 hello\r\n');
        socket.on('data', (chunk) => {
          seen += chunk.toString();
          if (when.test(seen)) {
            closed.push(socket);
            socket.destroy();
          } else if (seen.endsWith('DATA\r\n')) socket.write('354 go on\r\n');
          else socket.write('250 fine\r\n');
        });
      });
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
      });
      ended.push(() => new Promise((resolve) => server.close(resolve)));
      return (server.address() as AddressInfo).port;
    };
    const plain = {
      auth: { kind: 'none' },
      mail: { from: 'changes@example.com', recipients: ['example.com'], mayBePlain: true },
    } as const;
    const late = await lossy(/\r\n\.\r\n$/);
    expect(await failed(mailServer(late, plain))).toMatchObject({
      kind: 'ambiguous',
      code: 'mail.unknown',
      message: expect.stringContaining('ask a recipient') as string,
    });
    const early = await lossy(/RCPT TO/);
    expect(await failed(mailServer(early, plain))).toMatchObject({ kind: 'transient' });
    expect(closed).toHaveLength(2);
  });

  it('sends neither mail nor password unencrypted', async () => {
    const { mails, port } = await smtpServer({ hideSTARTTLS: true, disabledCommands: ['STARTTLS'] });
    expect(await failed(mailServer(port))).toMatchObject({ kind: 'rejected', code: 'http.tls' });
    const untrusted = await smtpServer();
    expect(await failed(mailServer(untrusted.port, { caPem: null }))).toMatchObject({
      kind: 'rejected',
      code: 'http.tls',
    });
    expect([...mails, ...untrusted.mails]).toEqual([]);
  });

  it('names a refused password as such, and never the password', async () => {
    const { port } = await smtpServer();
    const auth = { kind: 'basic', user: 'sco', password: new Secret('wrong-7f3a') } as const;
    const facts = await failed(mailServer(port, { auth }));
    expect(facts).toMatchObject({ kind: 'auth', code: 'mail.sign_in' });
    expect(JSON.stringify(facts)).not.toContain('7f3a');
  });

  it('waits no longer than the time-out for a server that is silent, and stops when it is cancelled', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    ended.push(() => new Promise((resolve) => server.close(resolve)));
    expect(await failed(mailServer(port, { timeoutMs: 100 }))).toMatchObject({ kind: 'transient' });
    const stop = new AbortController();
    const sent = failureOf(send(mailServer(port), MAIL, stop.signal));
    stop.abort();
    expect(await sent).toMatchObject({ kind: 'transient', code: 'http.cancelled' });
  });

  it('is tried again when nothing listens', async () => {
    expect(await failed(mailServer(1))).toMatchObject({
      kind: 'transient',
      message: expect.stringContaining('refused') as string,
    });
  });

  it('refuses a message that was changed into something else', async () => {
    const { mails, port } = await smtpServer();
    for (const mail of [
      { ...MAIL, subject: 'x\r\nBcc: eve@example.net' },
      { ...MAIL, to: ['ann@example.com>\r\nRCPT TO:<eve@example.net'] },
      { ...MAIL, to: [] },
      { ...MAIL, bcc: 'eve@example.net' },
    ])
      expect(await failed(mailServer(port), mail)).toMatchObject({ kind: 'rejected', code: 'mail.refused' });
    expect(mails).toEqual([]);
  });

  it('goes to no server that takes something else, nor anything else to a mail server', async () => {
    expect(await failed(serviceNow({ url: 'https://itsm.invalid' }))).toMatchObject({
      code: 'itsm.not_configured',
    });
    const itsm = createItsm({ server: () => mailServer(1), http: createHttp, tokens: noTokens });
    for (const action of ['call', 'create'] as const) {
      const sent = action === 'call' ? itsm.call : itsm.send;
      expect(await failureOf(sent({ ...message(), action }, null as never))).toMatchObject({
        code: 'itsm.not_configured',
      });
    }
  });
});

describe('the test of a mail server', () => {
  const layers = async (server: OutboundServer): Promise<string> =>
    (await testServer(server, { tokens: noTokens }))
      .map(({ check, state }) => `${check} ${state}`)
      .join(', ');

  it('signs in and sends nothing', async () => {
    const { mails, port } = await smtpServer();
    expect(await layers(mailServer(port))).toBe(
      'name ok, connection ok, TLS ok, sign-in ok, sample call note',
    );
    const secure = await smtpServer({ secure: true });
    expect(await layers(mailServer(secure.port, { url: `smtps://localhost:${secure.port}` }))).toBe(
      'name ok, connection ok, TLS ok, sign-in ok, sample call note',
    );
    expect([...mails, ...secure.mails]).toEqual([]);
  });

  it('stops at a password that is refused, and at a server without encryption', async () => {
    const { port } = await smtpServer();
    const auth = { kind: 'basic', user: 'sco', password: new Secret('wrong') } as const;
    expect(await layers(mailServer(port, { auth }))).toBe('name ok, connection ok, sign-in problem');
    const plain = await smtpServer({ hideSTARTTLS: true, disabledCommands: ['STARTTLS'] });
    expect(await layers(mailServer(plain.port))).toBe('name ok, connection ok, TLS problem');
  });
});
