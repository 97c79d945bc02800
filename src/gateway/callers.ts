import { createHash, timingSafeEqual } from 'node:crypto';

import type { Actor, Role } from '../domain/commands.js';

/** Who may call. Both look-ups take the same time whether the name, the secret or neither is right. */
export interface Callers {
  bearer(token: string): Actor | undefined;
  basic(user: string, password: string): Actor | undefined;
  /** SHA-256 of a token, in hex. */
  hashOf(token: string): string;
  /** Whoever has the token with this hash at present: for sessions that were opened with it. */
  bearerOfHash(sha256: string): Actor | undefined;
  /** The person with this subject at the OpenID provider. */
  subject(subject: string): Actor | undefined;
  /** Secrets with which this caller signs its requests; when there are any, an unsigned request is refused. */
  signingSecrets(login: string): readonly string[];
  /** Whose secrets made the signature. */
  signer(holds: (secrets: readonly string[]) => boolean): Actor | undefined;
}

/** One active credential. A person or machine may have several, so that secrets can be replaced without a gap. */
export interface Credential {
  readonly kind: 'basic' | 'bearer';
  readonly login: string;
  readonly roles: readonly Role[];
  /** Lower-case hex SHA-256 of the token or password. */
  readonly sha256: string;
}

/** A person by what the OpenID provider calls them. */
export interface OidcPerson extends Actor {
  readonly subject: string;
}

export function createCallers(
  credentials: readonly Credential[],
  signing: Readonly<Record<string, readonly string[]>> = {},
  /** Of callers that sign and have no other credential. */
  signers: readonly Actor[] = [],
  subjects: readonly OidcPerson[] = [],
): Callers {
  const known = credentials.map((credential) => ({
    kind: credential.kind,
    actor: { login: credential.login, roles: credential.roles },
    login: sha256(credential.login),
    secret: Buffer.from(credential.sha256, 'hex'),
  }));
  const secrets = new Map(Object.entries(signing));
  const persons = new Map(subjects.map(({ subject, login, roles }) => [subject, { login, roles }]));

  function look(kind: Credential['kind'], user: string | null, secretHash: Buffer): Actor | undefined {
    const loginHash = sha256(user ?? '');
    let found: Actor | undefined;
    // Every entry is compared, also after a hit: the time says nothing about who is in the list.
    for (const entry of known) {
      if (entry.kind !== kind || entry.secret.length !== secretHash.length) continue;
      const sameSecret = timingSafeEqual(entry.secret, secretHash);
      const sameLogin = user === null || timingSafeEqual(entry.login, loginHash);
      if (sameSecret && sameLogin) found = entry.actor;
    }
    return found;
  }

  return {
    bearer: (token) => look('bearer', null, sha256(token)),
    basic: (user, password) => look('basic', user, sha256(password)),
    hashOf: (token) => sha256(token).toString('hex'),
    bearerOfHash: (hash) => look('bearer', null, Buffer.from(hash, 'hex')),
    subject: (subject) => persons.get(subject),
    signingSecrets: (login) => secrets.get(login) ?? [],
    signer: (holds) => {
      const found = [...secrets].filter(([, own]) => holds(own)).map(([login]) => login);
      const actors = [...known.map(({ actor }) => actor), ...signers];
      return actors.find(({ login }) => login === found[0]);
    },
  };
}

/** Callers by what `current` returns at each call. */
export function createLiveCallers(
  current: () => {
    readonly credentials: readonly Credential[];
    readonly signing: Readonly<Record<string, readonly string[]>>;
    readonly signers: readonly Actor[];
    readonly subjects?: readonly OidcPerson[];
  },
): Callers {
  let known = current();
  let callers = createCallers(known.credentials, known.signing, known.signers, known.subjects);
  function now(): Callers {
    const fresh = current();
    if (fresh !== known) {
      known = fresh;
      callers = createCallers(fresh.credentials, fresh.signing, fresh.signers, fresh.subjects);
    }
    return callers;
  }
  return {
    bearer: (token) => now().bearer(token),
    basic: (user, password) => now().basic(user, password),
    hashOf: (token) => now().hashOf(token),
    bearerOfHash: (hash) => now().bearerOfHash(hash),
    subject: (subject) => now().subject(subject),
    signingSecrets: (login) => now().signingSecrets(login),
    signer: (holds) => now().signer(holds),
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
