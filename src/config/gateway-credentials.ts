import { createHash, randomBytes } from 'node:crypto';
import type { Role } from '../domain/commands.js';
import type { CredentialFile } from './people-schema.js';
import type { LoadedPeople } from './load-people.js';
import type { StartAloneRule } from './operator-config.js';
import type { References } from './secret-reference.js';

/** Fits `Credential` of src/gateway: one active credential of one person or machine. */
export interface ConfiguredCredential {
  readonly kind: 'basic' | 'bearer';
  readonly login: string;
  readonly roles: readonly Role[];
  readonly sha256: string;
}

export interface GatewayCredentials {
  readonly credentials: readonly ConfiguredCredential[];
  /** Secrets by login with which callers sign their requests. */
  readonly signing: Readonly<Record<string, readonly string[]>>;
  /** Everyone who signs, with their roles: a signature alone says who calls. */
  readonly signers: readonly { readonly login: string; readonly roles: readonly Role[] }[];
  /** People who may sign in at the OpenID provider. */
  readonly subjects: readonly {
    readonly subject: string;
    readonly login: string;
    readonly roles: readonly Role[];
  }[];
  readonly serviceAccounts: readonly string[];
  readonly startAlone: readonly StartAloneRule[];
  /** References that lead nowhere, one sentence each: that credential is not active. */
  readonly notices: readonly string[];
}

/** Stands for a signing secret that cannot be found. One for the process, so that reading again sees no change. */
const UNKNOWN_SECRET = randomBytes(32).toString('hex');

/** Resolves what people.yaml names. An unset reference leaves its credential out, and no caller can use it. */
export function gatewayCredentials(
  { people, serviceAccounts, startAlone }: Omit<LoadedPeople, 'mistakes'>,
  references: References,
): GatewayCredentials {
  const notices: string[] = [];
  const credentials: ConfiguredCredential[] = [];
  const signers: { login: string; roles: readonly Role[] }[] = [];
  const signing: Record<string, readonly string[]> = Object.create(null) as Record<string, readonly string[]>;
  for (const { login, roles, credentials: written, signing: keys } of people) {
    for (const credential of written) {
      const sha256 = hashOf(credential, references);
      if (sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256)) {
        credentials.push({ kind: credential.kind, login, roles, sha256 });
      } else {
        const why = sha256 === undefined ? 'is not set' : 'is not 64 lower-case hex digits';
        notices.push(`${login} has no credential of kind ${credential.kind}: ${sourceOf(credential)} ${why}`);
      }
    }
    const secrets = keys.flatMap((key) => {
      const secret = lookUp(key.secretEnv, key.secretFile, references);
      if (secret === undefined) notices.push(`${login} signs with ${sourceOf(key)}, which is not set`);
      // Unsigned requests of this caller stay refused.
      return [secret ?? UNKNOWN_SECRET];
    });
    if (secrets.length > 0) {
      signing[login] = secrets;
      signers.push({ login, roles });
    }
  }
  const subjects = people.flatMap(({ oidcSubject, login, roles }) =>
    oidcSubject === undefined ? [] : [{ subject: oidcSubject, login, roles }],
  );
  return { credentials, signing, signers, subjects, serviceAccounts, startAlone, notices };
}

function hashOf(credential: CredentialFile, references: References): string | undefined {
  if (credential.sha256 !== undefined) return credential.sha256;
  const secret = lookUp(credential.secretEnv, credential.secretFile, references);
  if (secret !== undefined) return createHash('sha256').update(secret, 'utf8').digest('hex');
  return lookUp(credential.sha256Env, credential.sha256File, references)?.trim();
}

function lookUp(
  variable: string | undefined,
  path: string | undefined,
  references: References,
): string | undefined {
  const found =
    variable !== undefined
      ? references.variable(variable)
      : path !== undefined
        ? references.file(path)
        : undefined;
  return found === '' ? undefined : found;
}

function sourceOf(
  written: Partial<Record<'sha256Env' | 'sha256File' | 'secretEnv' | 'secretFile', string | undefined>>,
): string {
  return written.sha256Env ?? written.sha256File ?? written.secretEnv ?? written.secretFile ?? 'it';
}
