/** What may stand in `config/servers.yaml`. Secrets are named, never written. */
import { z } from 'zod';
import { duration } from './duration.js';
import { httpAddress, slug, variable } from './schema-parts.js';

/** `…Env` names a variable (NAME_FILE counts too), `…File` a file whose content is the secret. */
const userParts = { user: z.string().min(1).optional(), userEnv: variable.optional() };
const passwordParts = { passwordEnv: variable.optional(), passwordFile: z.string().min(1).optional() };
const clientParts = {
  tokenUrl: httpAddress,
  clientId: z.string().min(1),
  clientSecretEnv: variable.optional(),
  clientSecretFile: z.string().min(1).optional(),
  scope: z.string().optional(),
};

const auth = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z
    .strictObject({ kind: z.literal('basic'), ...userParts, ...passwordParts })
    .refine((basic) => (basic.user === undefined) !== (basic.userEnv === undefined), {
      error: 'needs either user or userEnv',
    })
    .refine((basic) => (basic.passwordEnv === undefined) !== (basic.passwordFile === undefined), {
      error: 'needs either passwordEnv or passwordFile',
    }),
  z
    .strictObject({
      kind: z.literal('bearer'),
      tokenEnv: variable.optional(),
      tokenFile: z.string().min(1).optional(),
    })
    .refine((bearer) => (bearer.tokenEnv === undefined) !== (bearer.tokenFile === undefined), {
      error: 'needs either tokenEnv or tokenFile',
    }),
  z.strictObject({ kind: z.literal('oauthClientCredentials'), ...clientParts }),
  z.strictObject({ kind: z.literal('oauthPassword'), ...clientParts, ...userParts, ...passwordParts }),
  z.strictObject({
    kind: z.literal('oauthRefreshToken'),
    ...clientParts,
    refreshTokenEnv: variable.optional(),
    refreshTokenFile: z.string().min(1).optional(),
  }),
  z.strictObject({ kind: z.literal('tokenScript'), script: slug }),
]);

const server = z
  .strictObject({
    kind: z.enum(['servicenow', 'jira', 'remedy', 'http', 'mail']),
    url: httpAddress.optional(),
    urlEnv: variable.optional(),
    auth,
    tls: z
      .strictObject({ caFile: z.string().min(1).optional(), verify: z.boolean().default(true) })
      .default({ verify: true }),
    /** Unsafe: lets an http:// address other than loopback pass. */
    allowPlainHttp: z.boolean().default(false),
    proxy: httpAddress.optional(),
    headers: z.record(z.string().regex(/^[A-Za-z0-9-]+$/), z.string()).default({}),
    timeout: duration('1s', '5m').prefault('30s'),
    /** ServiceNow: the table of changes. */
    table: z
      .string()
      .regex(/^[a-z0-9_]+$/)
      .default('change_request'),
  })
  .refine((one) => (one.url === undefined) !== (one.urlEnv === undefined), {
    error: 'needs either url or urlEnv',
  });

export const serversSchema = z.strictObject({ servers: z.record(slug, server) });

export type ServerFile = z.output<typeof server>;
