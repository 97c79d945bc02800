/** The templates in config/integrations/mail and chat, sent to real servers. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { IntegrationPoint } from '../../src/domain/process.js';
import { createHttp } from '../../src/http/http.js';
import { createItsm } from '../../src/integrations/create-itsm.js';
import { content, context } from '../placeholders/context.js';
import { failureOf } from '../support/failure-of.js';
import { startRecordedServer } from '../support/recorded-server.js';
import { noTokens, serviceNow } from './servers.js';

const template = (path: string) =>
  JSON.parse(readFileSync(`config/integrations/${path}`, 'utf8')) as Record<string, unknown>;

function point(action: 'mail' | 'call', path: string, answer?: string): IntegrationPoint {
  const call = { method: 'POST', paths: ['/hooks/changes'], accept: [200], repeatable: false } as const;
  return {
    name: 'ended',
    enabled: true,
    when: { kind: 'event', event: 'CLOSE', step: null },
    server: 'receiver',
    action,
    blocking: false,
    body: template(path),
    ...(action === 'call' && { call: { ...call, ...(answer !== undefined && { answer }) } }),
  };
}

const mails = new Map([
  ['j.meier', 'jana.meier@example.com'],
  ['a.kaya', 'a.kaya@example.com'],
]);

it.each([
  ['mail/step-failed.json', 'AUTOMATION_FAILED', 'Subject: Ticket 214: step Approval failed', 3],
  ['mail/needs-attention.json', 'NEEDS_ATTENTION', 'Subject: Ticket 214 waits for a person', 2],
  ['mail/ticket-ended.json', 'CLOSE', 'Subject: =?UTF-8?Q?Ticket_214_is_closed=3A_Web_=22shop=22_t?=', 2],
])(
  'checklist point 9: the shipped template %s reaches its recipients',
  async (path, event, subject, count) => {
    let received = '';
    let recipients: string[] = [];
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onData: (stream, { envelope }, done) => {
        recipients = envelope.rcptTo.map(({ address }) => address);
        stream.on('data', (chunk: Buffer) => {
          received += chunk.toString();
        });
        stream.on('end', () => done());
      },
    });
    server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    const { port } = server.server.address() as AddressInfo;
    const to = serviceNow({
      name: 'receiver',
      kind: 'mail',
      url: `smtp://127.0.0.1:${port}`,
      auth: { kind: 'none' },
      mail: { from: 'changes@example.com', recipients: ['example.com'], mayBePlain: true },
    });
    const itsm = createItsm({ server: () => to, http: createHttp, tokens: noTokens });
    const given = context({
      event,
      stepName: 'Approval',
      attention: { reason: 'mandatory: Close code', advice: '', commands: ['sco outbox retry 214 3'] },
      outcome: 'completed',
      content: { ...content, mails },
    });
    await itsm.call(itsm.render(point('mail', path), given));
    expect(received).toContain(subject);
    expect(recipients).toHaveLength(count);
    const first = path === 'mail/needs-attention.json' ? 'a.kaya@example.com' : 'jana.meier@example.com';
    expect(recipients[0]).toBe(first);
    if (event === 'NEEDS_ATTENTION')
      expect(received).toMatch(/mandatory: Close code[^]*sco outbox retry 214 3/);
    await new Promise<void>((resolve) => server.close(() => resolve()));
  },
);

it('checklist point 9: a chat gets the shipped template, and may answer with the one text that is named', async () => {
  let body: string | object = { ok: true };
  const server = await startRecordedServer(() => ({ body, headers: { 'content-type': 'text/html' } }));
  const to = serviceNow({ name: 'receiver', kind: 'http', url: server.url, auth: { kind: 'none' } });
  const itsm = createItsm({ server: () => to, http: createHttp, tokens: noTokens });
  const given = context({ event: 'CLOSE', outcome: 'completed' });
  const send = (answer?: string) =>
    itsm.call(itsm.render(point('call', 'chat/ticket-ended.json', answer), given));
  body = 'ok\n';
  expect(await send('ok')).toMatchObject({ said: 'answered 200' });
  expect(JSON.parse(server.received[0]!.body)).toEqual({
    text: expect.stringMatching(/^Ticket 214 of j\.meier is closed: completed\. DG-B/) as string,
  });
  expect(await failureOf(send())).toMatchObject({ kind: 'ambiguous' });
  body = '<html>Sign in</html>';
  expect(await failureOf(send('ok'))).toMatchObject({ kind: 'ambiguous' });
  await server.close();
});
