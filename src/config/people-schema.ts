/** What may stand in `config/people.yaml`. */
import { z } from 'zod';
import { targetFilter } from './calendar-schema.js';
import { mailAddress, role, slug, variable } from './schema-parts.js';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: 'must be 64 lower-case hex digits' });

const ways = ['sha256', 'sha256Env', 'sha256File', 'secretEnv', 'secretFile'] as const;

const credential = z
  .strictObject({
    kind: z.enum(['bearer', 'basic']).describe('bearer: a token. basic: the login with a password.'),
    sha256: sha256
      .optional()
      .describe('SHA-256 of a long random token or password, in hex. Exactly one of the five ways.'),
    sha256Env: variable.optional().describe('Environment variable with that hash.'),
    sha256File: z.string().min(1).optional().describe('File whose content is that hash.'),
    secretEnv: variable.optional().describe('Environment variable with the token or password itself.'),
    secretFile: z.string().min(1).optional().describe('File whose content is the token or password itself.'),
  })
  .refine((one) => ways.filter((way) => one[way] !== undefined).length === 1, {
    error: `needs exactly one of ${ways.join(', ')}`,
  });

const signing = z
  .strictObject({
    secretEnv: variable
      .optional()
      .describe(
        'Environment variable with the secret (or NAME_FILE with its file). Either this or secretFile.',
      ),
    secretFile: z.string().min(1).optional().describe('File whose content is the secret.'),
  })
  .refine((one) => (one.secretEnv === undefined) !== (one.secretFile === undefined), {
    error: 'needs either secretEnv or secretFile',
  });

const person = z.strictObject({
  login: z
    .string()
    .min(1)
    .max(255)
    .describe('Login in SecureChange, or the user name that a machine calls with.'),
  name: z.string().optional().describe('Name, for people.'),
  alsoKnownAs: z
    .array(z.string().min(1).max(255))
    .max(20)
    .default([])
    .describe(
      'Other names of the same person: in LDAP, in the ITSM, at sign-in. Once any person has one, an approval by a name that is listed nowhere is not proven to be of another person than the requester.',
    ),
  oidcSubject: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe(
      'Who this is for the OpenID provider: the value of the claim that SCO_OIDC_SUBJECT_CLAIM names, letter by letter.',
    ),
  mail: mailAddress.optional().describe('Mail address, for people and for alerts to their roles.'),
  roles: z.array(role).min(1).describe('What the caller may do.'),
  credentials: z
    .array(credential)
    .default([])
    .describe(
      'How the caller signs in. Several may be valid at once, so that one can be replaced without a gap.',
    ),
  signing: z
    .array(signing)
    .default([])
    .describe('Secrets that the caller signs requests with; with one, an unsigned request is refused.'),
});

const startAlone = z.strictObject({
  name: z.string().min(1).max(128).describe('Name of the rule: recorded with each start that needed it.'),
  logins: z.array(z.string().min(1)).min(1).describe('Who may do it.'),
  calendar: z
    .string()
    .min(1)
    .optional()
    .describe('Only while this calendar is open. Without it: at any time.'),
});

const pushRight = z.strictObject({
  name: z.string().min(1).max(128).describe('Name of the rule, shown where it is not met.'),
  for: targetFilter.describe('Which devices it is for: one of each list must be true.'),
  roles: z
    .array(slug)
    .min(1)
    .describe(
      'Roles under approvers: a person with one of them must have approved the change, or given or confirmed its override.',
    ),
});

export const peopleSchema = z.strictObject({
  people: z.array(person).describe('People and machines that may call the gateway.'),
  serviceAccounts: z
    .array(z.string().min(1))
    .default([])
    .describe("Logins in SecureChange that are machines: their approval alone is no person's."),
  startAlone: z
    .array(startAlone)
    .default([])
    .describe('Who may end a stop of their own, and when. Without a rule, sco start needs another person.'),
  approvers: z
    .record(slug, z.array(z.string().min(1)))
    .default({})
    .describe('Logins in SecureChange by role, for approvals of a process that ask for a role.'),
  pushRights: z
    .array(pushRight)
    .default([])
    .describe(
      'Who may let which device be pushed, besides what its process asks for. A device that no rule is for needs nothing more.',
    ),
});

export type CredentialFile = z.output<typeof credential>;
export type SigningFile = z.output<typeof signing>;
