import { resolveServer } from '../../src/config/resolve-server.js';
import { load, mistakesOf } from './loaded-folder.js';
import { PROCESS } from './config-folder.js';

const MAIL = '{ kind: mail, url: smtp://mail.example, from: sco@example.com, auth: { kind: none } }';
const SERVERS = `servers: { itsm: { kind: servicenow, url: https://itsm.example, auth: { kind: none } }, mail: ${MAIL} }`;

function pointWith(changes: Readonly<Record<string, unknown>>): string {
  const body = { to: ['#requester_mail#', 'ops@example.com'], subject: 'Ticket #ticket_id#', text: 'Look.' };
  const point = { name: 'm', enabled: true, on: { event: 'CLOSE' }, server: 'mail', action: 'mail', body };
  return JSON.stringify({ ...point, ...changes });
}
const files = (point: string) => ({
  'servers.yaml': SERVERS,
  'processes/web.yaml': `${PROCESS.replace(/^integrationPoints:[\s\S]*?(?=^\S|$(?![\s\S]))/m, '')}\nintegrationPoints: [${point}]\n`,
});

describe('a point that sends mail', () => {
  it('has a mail server, recipients, subject and text', () => {
    const { processes } = load(files(pointWith({})));
    expect(processes[0]?.integrationPoints).toMatchObject([{ name: 'm', action: 'mail', server: 'mail' }]);
  });

  it.each([
    [{ body: { to: 'ops', subject: 's', text: 't' } }, 'body.to: must be a mail address, or a placeholder'],
    [{ body: { to: ['ops@example.com'], text: 't' } }, 'body.subject: '],
    [{ body: { to: 'a@example.com', subject: 's', text: 't', bcc: 'b@example.com' } }, 'bcc'],
    [
      { body: { to: ['#requester_mail#', 'ops@evil.example'], subject: 's', text: 't' } },
      'body.to: ops@evil.example is not among recipients of server mail',
    ],
    [{ body: undefined }, 'mail needs a body'],
    [{ server: 'itsm' }, 'server itsm is not of kind mail'],
    [{ action: 'create', body: { a: 'b' } }, 'server mail takes mail only; use action mail'],
    [{ response: { a: '#Field#' } }, 'a mail has no answer'],
    [
      { on: { event: 'NEEDS_ATTENTION' }, blocking: true },
      'with the event NEEDS_ATTENTION nothing can be blocking',
    ],
    [{ on: { event: 'NEEDS_ATTENTION' }, after: ['advance'] }, 'after is not possible'],
    [
      { on: { event: 'NEEDS_ATTENTION' }, server: 'itsm', action: 'create' },
      'with the event NEEDS_ATTENTION only mail and call are possible',
    ],
    [{ repeatable: true }, 'repeatable is for action call'],
  ])('is refused: %j', (changes, message) => {
    expect(mistakesOf(files(pointWith(changes))).join('\n')).toContain(message);
  });
});

it('the plain answer of a chat stands in the call, and not in one that reads', () => {
  const call = { action: 'call', server: 'chat', path: '/hook', answer: 'ok' };
  const chat = SERVERS.replace(
    'mail:',
    'chat: { kind: http, url: https://chat.example, auth: { kind: none } }, mail:',
  );
  const given = (more: object) => ({ ...files(pointWith({ ...call, ...more })), 'servers.yaml': chat });
  expect(load(given({})).processes[0]?.integrationPoints[0]?.call).toMatchObject({ answer: 'ok' });
  expect(mistakesOf(given({ method: 'GET', body: undefined })).join('\n')).toContain('answer is not for GET');
});

describe('a mail server in servers.yaml', () => {
  it.each([
    ['url: smtp://mail.example', 'url: https://mail.example', 'url must be smtps://host or smtp://host'],
    [
      'url: smtp://mail.example',
      'url: smtp://mail.example/x',
      'must be an address like https://host, or for mail',
    ],
    ['from: sco@example.com, ', '', 'from is for kind mail, and must be there'],
    ['sco@example.com', 'sco', 'must be a mail address such as'],
    ['kind: none', 'kind: bearer, tokenEnv: TOKEN', 'signs in with auth kind basic, or none'],
    ['from:', "recipients: ['@example.com'], from:", 'must be a domain such as'],
    ['from:', 'recipients: [], from:', 'recipients'],
    ['from:', 'proxy: http://proxy, from:', 'proxy and headers are not for kind mail'],
  ])('is refused with %s as %s', (from, to, message) => {
    expect(MAIL).toContain(from);
    expect(
      mistakesOf({ 'servers.yaml': `servers: { mail: ${MAIL.replace(from, to)} }` }).join('\n'),
    ).toContain(message);
  });

  it('must encrypt, except on this machine or when that was said', () => {
    const resolved = (entry: string) => {
      const { servers } = load({ ...files(pointWith({})), 'servers.yaml': SERVERS.replace(MAIL, entry) });
      const server = servers.find(({ name }) => name === 'mail')!;
      return resolveServer(server, { variable: () => undefined, file: () => undefined });
    };
    expect(resolved(MAIL).mail).toEqual({
      from: 'sco@example.com',
      recipients: ['example.com'],
      mayBePlain: false,
    });
    expect(resolved(MAIL.replace('mail.example', '127.0.0.1:25')).mail?.mayBePlain).toBe(true);
    expect(resolved(MAIL.replace('from', 'allowPlainHttp: true, from')).mail?.mayBePlain).toBe(true);
  });
});
