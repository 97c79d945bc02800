import type { Request, Response } from 'express';
import type { Site } from './site.js';
import { escapeXml } from './wire-xml.js';

const SYSTEMS = [
  { name: 'SecureChange', path: '/securechangeworkflow/api/securechange' },
  { name: 'SecureTrack', path: '/securetrack/api' },
  { name: 'ITSM (ServiceNow Table API)', path: '/api/now/table/change_request' },
];

const CONTROLS = ['health', 'state', 'writes', 'script-runs', 'switches', 'timings', 'faults'];

interface Account {
  system: string;
  login: string;
  /** Only said where it is no secret: in the default scenario every password is the login. */
  password: string;
  may: string;
}

function accountsOf({ users, scenario }: Site): Account[] {
  const password = (one: { login: string; password: string }): string =>
    one.password === one.login ? one.login : 'as in the scenario';
  const people = users
    .all()
    .filter((user) => user.kind === 'user')
    .map((user) => ({
      system: 'SecureChange, SecureTrack',
      login: user.login,
      password: password(user),
      may: user.permissions.join(', '),
    }));
  const itsm = scenario.itsmUsers.map((user) => ({
    system: 'ITSM',
    login: user.login,
    password: password(user),
    may: 'all',
  }));
  return [...people, ...itsm];
}

function html(about: string, accounts: Account[]): string {
  const row = (cells: string[]): string =>
    `<tr>${cells.map((cell) => `<td>${escapeXml(cell)}</td>`).join('')}</tr>`;
  const link = (path: string): string => `<li><a href="${path}">${path}</a></li>`;
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Simulator</title></head><body>' +
    `<h1>Simulator</h1><p>${escapeXml(about)}</p>` +
    `<h2>Systems</h2><table>${SYSTEMS.map(({ name, path }) => row([name, path])).join('')}</table>` +
    '<h2>Accounts</h2><table><tr><th>system</th><th>login</th><th>password</th><th>may</th></tr>' +
    `${accounts.map(({ system, login, password, may }) => row([system, login, password, may])).join('')}</table>` +
    `<h2>Controls</h2><p>Without a login, from this machine only.</p><ul>${CONTROLS.map((name) => link(`/simulator/${name}`)).join('')}</ul>` +
    '</body></html>\n'
  );
}

/** Answers the simulator's own address: what this is, which systems it plays, and who can log in. */
export function frontPage(site: Site): (request: Request, response: Response) => void {
  return (request, response) => {
    const about = `A stand-in SecureChange, SecureTrack and ITSM with scenario "${site.scenario.name}". Nothing here is real.`;
    const accounts = accountsOf(site);
    if (request.accepts(['html', 'json']) === 'html') {
      response.type('html').send(html(about, accounts));
      return;
    }
    const controls = CONTROLS.map((name) => `/simulator/${name}`);
    response.json({ about, systems: SYSTEMS, accounts, controls });
  };
}

/** Answers an address outside the systems that are played: says which addresses there are. */
export function otherAddress(request: Request, response: Response): void {
  const message = `There is nothing under ${request.path}.`;
  const systems = SYSTEMS.map(({ name, path }) => `${name}: ${path}`).join('; ');
  response.status(404);
  if (request.accepts(['html', 'json']) === 'html') {
    const page = `<h1>Simulator</h1><p>${escapeXml(message)} <a href="/">What there is</a></p>`;
    response.type('html').send(`<!doctype html><html lang="en"><body>${page}</body></html>\n`);
    return;
  }
  response.json({ error: `${message} Systems: ${systems}. Accounts and controls: /` });
}
