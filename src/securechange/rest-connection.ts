import type { CapabilityMatrix } from '../domain/capabilities.js';
import { sameLogin } from '../domain/login.js';
import { tufinCode } from '../domain/codes.js';
import { CallFailure } from '../domain/failure.js';
import type { Http } from '../http/http.js';
import { createCaller, type Caller } from './call.js';
import { API, fieldPath, ticketPath } from './paths.js';
import { expectSameId } from './same-object.js';
import { watchClock } from './clock-watch.js';
import type { FieldRef, SecureChange } from './secure-change.js';
import { fieldAnswerSchema, ticketSchema, usersSchema, type WireField, type WireTicket } from './wire.js';

export interface SecureChangeOptions {
  /** Base address: scheme and host of SecureChange; its `name` is the system in failures. */
  readonly http: Http;
  /** Base address: scheme and host of SecureTrack, usually the same. */
  readonly secureTrackHttp: Http;
  /** Address of SecureChange for people, in links to a ticket. */
  readonly webUrl?: string;
  /** Login of the user we act as: the one the credential of `http` belongs to. */
  readonly login: string;
  readonly clock: { now(): number };
  /** What may be done to which device, read for each design. */
  readonly capabilities: () => CapabilityMatrix;
  /** How long SecureTrack's device list is kept. Default 60,000. */
  readonly deviceListMaxAgeMs?: number;
}

interface OwnUser {
  readonly login: string;
  readonly id: string;
  readonly displayName: string | null;
}

/** Whether a name that SecureChange shows is this user's: it prints display names on some servers, logins on others. */
export function isNameOf({ login, displayName }: OwnUser, name: string): boolean {
  return sameLogin(login, name) || displayName === name;
}

/** What reads and writes share: both systems, and the objects that they look up before they do their own work. */
export interface RestConnection {
  /** Name of SecureChange in failures. */
  readonly system: string;
  readonly login: string;
  readonly securechange: Caller;
  readonly securetrack: Caller;
  readonly clockDifference: SecureChange['clockDifference'];
  /** Its answers show SecureTrack's clock. */
  readonly secureTrackHttp: Http;
  readonly secureTrackClockDifference: SecureChange['secureTrackClockDifference'];
  readonly readWireTicket: (ticketId: string, signal: AbortSignal | undefined) => Promise<WireTicket>;
  readonly readField: (ref: FieldRef, signal: AbortSignal | undefined) => Promise<WireField>;
  /** Our own user, read once. */
  readonly whoAmI: (signal: AbortSignal | undefined) => Promise<OwnUser>;
}

export function createRestConnection(options: SecureChangeOptions): RestConnection {
  const { login } = options;
  const system = options.http.name;
  const watch = watchClock(options.http, () => options.clock.now());
  const securechange = createCaller(watch.http);
  const secureTrackWatch = watchClock(options.secureTrackHttp, () => options.clock.now());
  const securetrack = createCaller(secureTrackWatch.http);
  let self: OwnUser | null = null;

  async function readWireTicket(ticketId: string, signal: AbortSignal | undefined): Promise<WireTicket> {
    const operation = `read ticket ${ticketId}`;
    const path = ticketPath(ticketId);
    const { ticket } = await securechange.get(ticketSchema, { path, operation, signal });
    expectSameId({ system, operation, what: 'ticket' }, ticketId, ticket.id);
    return ticket;
  }

  async function readField(ref: FieldRef, signal: AbortSignal | undefined): Promise<WireField> {
    const operation = `read the request of ticket ${ref.ticketId}`;
    const { field } = await securechange.get(fieldAnswerSchema, { path: fieldPath(ref), operation, signal });
    expectSameId({ system, operation, what: 'field' }, ref.fieldId, field.id);
    return field;
  }

  async function whoAmI(signal: AbortSignal | undefined): Promise<OwnUser> {
    if (self !== null) return self;
    const operation = 'find our own user';
    const found = await securechange.find(usersSchema, {
      path: `${API}/users`,
      query: { user_name: login, exact_name: true },
      operation,
      signal,
    });
    const { rows, odd } = found?.users?.user ?? { rows: [], odd: [] };
    const user = rows.find((one) => sameLogin(one.name, login));
    if (user === undefined) {
      const unread = odd.length === 0 ? '' : ` (not readable: ${odd.map(({ row }) => row).join(', ')})`;
      const message = `no user is called ${login}${unread}; check the configured user`;
      throw new CallFailure({
        kind: 'rejected',
        system,
        operation,
        code: tufinCode(system, 'unknown_user'),
        message,
      });
    }
    self = { login: user.name, id: user.id, displayName: user.display_name };
    return self;
  }

  return {
    system,
    login,
    securechange,
    securetrack,
    secureTrackHttp: secureTrackWatch.http,
    readWireTicket,
    readField,
    whoAmI,
    clockDifference: () => watch.difference(),
    secureTrackClockDifference: () => secureTrackWatch.difference(),
  };
}
