import type { Request } from 'express';
import type { Call } from './calls.js';
import type { Reply } from './exchange.js';
import type { ScenarioUser } from './scenario.js';
import type { Simulation } from './tickets.js';

/** Login and password of a Basic header. */
export function credentials(request: Request): { login: string; password: string } | undefined {
  const encoded = /^Basic\s+(.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { login: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** The user that the credentials belong to: of SecureChange, or of the ITSM. */
export function authenticate(simulation: Simulation, call: Call, request: Request): ScenarioUser | undefined {
  const given = credentials(request);
  if (!given) return undefined;
  if (call.system !== 'itsm') {
    const user = simulation.site.user(given.login);
    return user?.kind === 'user' && user.password === given.password ? user : undefined;
  }
  const found = simulation.site.scenario.itsmUsers.find((one) => one.login === given.login);
  if (found?.password !== given.password) return undefined;
  return {
    id: 0,
    login: given.login,
    password: '',
    kind: 'user',
    memberOf: [],
    roles: [],
    permissions: ['all'],
  };
}

const UNAUTHORIZED =
  '<!doctype html><html lang="en"><head><title>HTTP Status 401 – Unauthorized</title></head>' +
  '<body><h1>HTTP Status 401 – Unauthorized</h1></body></html>';

export function unauthorized(call: Call): Reply {
  const headers = { 'WWW-Authenticate': 'Basic realm="SecureChange"' };
  if (call.system !== 'itsm')
    return { status: 401, headers, text: { type: 'text/html', body: UNAUTHORIZED } };
  const error = { message: 'User Not Authenticated', detail: 'Required to provide Auth information' };
  return { status: 401, headers, tree: { error, status: 'failure' }, jsonOnly: true };
}
