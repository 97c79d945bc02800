import { load, mistakesOf } from './loaded-folder.js';

const SERVERS =
  'servers: { itsm: { kind: servicenow, url: https://itsm.example, auth: { kind: none } }, ' +
  'mail: { kind: mail, url: smtp://mail.example, from: sco@example.com, auth: { kind: none } }, ' +
  'chat: { kind: http, url: https://chat.example, auth: { kind: none } } }';
const PEOPLE = `people:
  - { login: olga, roles: [operator], mail: olga@example.com }
  - { login: anna, roles: [approver, operator], mail: anna@example.com }
  - { login: vera, roles: [viewer], mail: vera@other.example }
  - { login: ida, roles: [operator] }
`;
const files = (...routes: object[]) => ({
  'servers.yaml': `${SERVERS}\nalerts: ${JSON.stringify(routes)}\n`,
  'people.yaml': PEOPLE,
});
const MAIL = { name: 'operators', kinds: ['parked'], server: 'mail', roles: ['operator'] };
const CHAT = { name: 'duty', kinds: ['unknownPush'], server: 'chat', path: '/hooks/x' };

describe('a route of alerts', () => {
  it('of a mail server goes to everyone who has the role and an address, and to those it names, each once', () => {
    const { alertRoutes } = load(
      files({ ...MAIL, to: ['olga@example.com', 'ops@example.com'], after: '4h' }, CHAT),
    );
    expect(alertRoutes).toMatchObject([
      {
        name: 'operators',
        afterMs: 14_400_000,
        calendar: null,
        to: ['olga@example.com', 'ops@example.com', 'anna@example.com'],
      },
      { name: 'duty', afterMs: 0, path: '/hooks/x', to: [] },
    ]);
  });

  it('is not there where nothing is configured', () => {
    expect(load({ 'servers.yaml': SERVERS }).alertRoutes).toEqual([]);
  });

  it.each([
    [{ ...MAIL, kinds: ['deadWorker'] }, 'kinds'],
    [{ ...MAIL, roles: ['auditor'] }, 'a mail needs to, or roles that a person with a mail address'],
    [{ ...MAIL, roles: ['viewer'] }, 'vera@other.example is not among recipients of server mail'],
    [{ ...MAIL, path: '/x' }, 'this is for servers of kind http'],
    [{ ...MAIL, while: 'nights' }, 'there is no calendar nights in calendars.yaml'],
    [{ ...MAIL, server: 'post' }, 'there is no server post in servers.yaml'],
    [{ ...MAIL, server: 'itsm' }, 'alerts go to a server of kind mail or http'],
    [{ ...CHAT, path: undefined }, 'a server of kind http needs path'],
    [{ ...CHAT, roles: ['operator'] }, 'this is for servers of kind mail'],
  ])('is refused: %j', (route, message) => {
    expect(mistakesOf(files(route)).join('\n')).toContain(message);
  });

  it('has a name of its own', () => {
    expect(mistakesOf(files(MAIL, MAIL)).join('\n')).toContain('two routes have this name');
  });
});
