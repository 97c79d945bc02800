/** What may stand in `config/people.yaml`. */
import { z } from 'zod';
import { role, variable } from './schema-parts.js';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: 'must be 64 lower-case hex digits' });

const ways = ['sha256', 'sha256Env', 'sha256File', 'secretEnv', 'secretFile'] as const;

/** sha256…: the hash of a long random token; secret…: the secret itself, hashed by us. Exactly one of them. */
const credential = z
  .strictObject({
    kind: z.enum(['bearer', 'basic']),
    sha256: sha256.optional(),
    sha256Env: variable.optional(),
    sha256File: z.string().min(1).optional(),
    secretEnv: variable.optional(),
    secretFile: z.string().min(1).optional(),
  })
  .refine((one) => ways.filter((way) => one[way] !== undefined).length === 1, {
    error: `needs exactly one of ${ways.join(', ')}`,
  });

const signing = z
  .strictObject({ secretEnv: variable.optional(), secretFile: z.string().min(1).optional() })
  .refine((one) => (one.secretEnv === undefined) !== (one.secretFile === undefined), {
    error: 'needs either secretEnv or secretFile',
  });

const person = z.strictObject({
  /** Login in SecureChange, or the user name a machine calls with. */
  login: z.string().min(1).max(255),
  name: z.string().optional(),
  mail: z.string().optional(),
  roles: z.array(role).min(1),
  /** Several may be active at once, so that a secret can be replaced without a gap. */
  credentials: z.array(credential).default([]),
  /** Secrets this caller signs its requests with; with one, an unsigned request is refused. */
  signing: z.array(signing).default([]),
});

export const peopleSchema = z.strictObject({
  people: z.array(person),
  /** Logins that are machines: their approval alone is nobody's. */
  serviceAccounts: z.array(z.string().min(1)).default([]),
  oidc: z.strictObject({ issuer: z.string(), audience: z.string(), rolesClaim: z.string() }).optional(),
});

export type CredentialFile = z.output<typeof credential>;
export type SigningFile = z.output<typeof signing>;
