/** What may stand in `config/servers.yaml`. Secrets are named, never written. */
import { alertRoute } from './alert-routes.js';
import { isIP } from 'node:net';
import { z } from 'zod';
import { duration } from './duration.js';
import { recordSchema } from './record-schema.js';
import { httpAddress, mailAddress, relativePath, serverAddress, slug, variable } from './schema-parts.js';

/** `…Env` names a variable (NAME_FILE counts too), `…File` a file whose content is the secret. */
const userParts = {
  user: z.string().min(1).optional().describe('Name of the user. Either this or userEnv.'),
  userEnv: variable.optional().describe('Environment variable with the name of the user.'),
};
const passwordParts = {
  passwordEnv: variable
    .optional()
    .describe(
      'Environment variable with the password (or NAME_FILE with its file). Either this or passwordFile.',
    ),
  passwordFile: z.string().min(1).optional().describe('File whose content is the password.'),
};
const clientParts = {
  tokenUrl: httpAddress.describe('Address that gives tokens.'),
  clientId: z.string().min(1).describe('Id of the OAuth client.'),
  clientSecretEnv: variable.optional().describe('Environment variable with the secret of the client.'),
  clientSecretFile: z.string().min(1).optional().describe('File whose content is the secret of the client.'),
  clientAuth: z
    .enum(['body', 'basic'])
    .default('body')
    .describe('Where id and secret stand in the token request: in its body, or as Basic.'),
  scope: z.string().optional().describe('Scope to ask for.'),
};
type ClientFile = { clientSecretEnv?: string | undefined; clientSecretFile?: string | undefined };
const oneSecret = ({ clientSecretEnv, clientSecretFile }: ClientFile): boolean =>
  (clientSecretEnv === undefined) !== (clientSecretFile === undefined);
const oneSecretError = { error: 'needs either clientSecretEnv or clientSecretFile' };
const kind = <const K extends string>(value: K, text: string) => z.literal(value).describe(text);

const auth = z.discriminatedUnion('kind', [
  z.strictObject({ kind: kind('none', 'Without credentials.') }),
  z
    .strictObject({ kind: kind('basic', 'User and password.'), ...userParts, ...passwordParts })
    .refine((basic) => (basic.user === undefined) !== (basic.userEnv === undefined), {
      error: 'needs either user or userEnv',
    })
    .refine((basic) => (basic.passwordEnv === undefined) !== (basic.passwordFile === undefined), {
      error: 'needs either passwordEnv or passwordFile',
    }),
  z
    .strictObject({
      kind: kind('bearer', 'A token that does not change by itself.'),
      tokenEnv: variable
        .optional()
        .describe(
          'Environment variable with the token (or NAME_FILE with its file). Either this or tokenFile.',
        ),
      tokenFile: z.string().min(1).optional().describe('File whose content is the token.'),
    })
    .refine((bearer) => (bearer.tokenEnv === undefined) !== (bearer.tokenFile === undefined), {
      error: 'needs either tokenEnv or tokenFile',
    }),
  z
    .strictObject({
      kind: kind('oauthClientCredentials', 'OAuth 2.0 with client credentials.'),
      ...clientParts,
    })
    .refine(oneSecret, oneSecretError),
  z
    .strictObject({
      kind: kind('oauthPassword', 'OAuth 2.0 with user and password.'),
      ...clientParts,
      ...userParts,
      ...passwordParts,
    })
    .refine(oneSecret, oneSecretError)
    .refine((one) => (one.user === undefined) !== (one.userEnv === undefined), {
      error: 'needs either user or userEnv',
    })
    .refine((one) => (one.passwordEnv === undefined) !== (one.passwordFile === undefined), {
      error: 'needs either passwordEnv or passwordFile',
    }),
  z
    .strictObject({
      kind: kind('oauthRefreshToken', 'OAuth 2.0 with a refresh token. A newer one in an answer is kept.'),
      ...clientParts,
      refreshTokenEnv: variable
        .optional()
        .describe('Environment variable with the refresh token. Either this or refreshTokenFile.'),
      refreshTokenFile: z.string().min(1).optional().describe('File whose content is the refresh token.'),
      refreshTokenLivesFor: duration('1h', '3650d')
        .optional()
        .describe(
          'How long a refresh token lives, from its first use here, where the answers of the token endpoint do not say it.',
        ),
      refreshTokenAlarm: duration('1h', '365d')
        .prefault('7d')
        .describe(
          'So long before its end sco status and sco doctor ask for another refresh token; at most the last third of its life.',
        ),
    })
    .refine(oneSecret, oneSecretError)
    .refine((one) => (one.refreshTokenEnv === undefined) !== (one.refreshTokenFile === undefined), {
      error: 'needs either refreshTokenEnv or refreshTokenFile',
    }),
  z.strictObject({
    kind: kind('tokenScript', 'A registered script that prints a token, or {"access_token", "expires_in"}.'),
    script: slug.describe('Its name in scripts.yaml, where it has kind token.'),
  }),
]);

const recipientPattern = z.string().regex(/^(\*|(\*\.|[^\s@*]+@)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?)$/i, {
  error: "must be a domain such as example.com or *.example.com, a mail address, or '*'",
});

const server = z
  .strictObject({
    kind: z
      .enum(['servicenow', 'jira', 'remedy', 'http', 'mail'])
      .describe('What it is: servicenow, http for any other REST system, or mail for an SMTP server.'),
    url: serverAddress
      .optional()
      .describe(
        'Address: https://host; of kind mail smtps://host:465, or smtp://host:587 which must offer STARTTLS. Either this or urlEnv.',
      ),
    urlEnv: variable.optional().describe('Environment variable with the address.'),
    auth: auth.describe('How we sign in. Secrets are named here, never written.'),
    tls: z
      .strictObject({
        caFile: z
          .string()
          .min(1)
          .optional()
          .describe(
            'PEM file of the authority that signed its certificate, when the system does not know it.',
          ),
        certFile: z
          .string()
          .min(1)
          .optional()
          .describe('PEM file of the certificate with which we prove who we are (mutual TLS).'),
        keyFile: z.string().min(1).optional().describe('PEM file of the key of certFile.'),
        verify: z.boolean().default(true).describe('Unsafe when false: its certificate is not checked.'),
      })
      .refine((tls) => (tls.certFile === undefined) === (tls.keyFile === undefined), {
        error: 'needs both certFile and keyFile, or neither',
      })
      .default({ verify: true })
      .describe('How its certificate is checked.'),
    allowPlainHttp: z
      .boolean()
      .default(false)
      .describe(
        'Unsafe: lets an http:// address other than loopback pass, and an smtp:// server without STARTTLS.',
      ),
    proxy: httpAddress.optional().describe('Address of the HTTP proxy to go through.'),
    headers: z
      .record(z.string().regex(/^[A-Za-z0-9-]+$/), z.string())
      .default({})
      .describe('Headers of every call, by name; no secrets.'),
    timeout: duration('1s', '5m').prefault('30s').describe('How long one call may take.'),
    concurrency: z
      .number()
      .int()
      .min(1)
      .max(100)
      .default(10)
      .describe('Most calls under way at once, of each worker.'),
    perMinute: z
      .number()
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .describe('Most calls a minute, of each worker; no limit when left out.'),
    record: z
      .union([relativePath, recordSchema])
      .optional()
      .describe(
        'kind http: how its records are found, made and changed: inline, or the path of a YAML file below the configuration folder. Without it the server takes calls only.',
      ),
    from: mailAddress.optional().describe('Of kind mail: the address that its mails come from.'),
    recipients: z
      .array(recipientPattern)
      .min(1)
      .optional()
      .describe(
        "Of kind mail: who may get its mails, whatever a ticket or a template says: example.com, *.example.com, ops@partner.example, or '*' for every address. The domain of from when left out.",
      ),
    table: z
      .string()
      .regex(/^[a-z0-9_]+$/)
      .default('change_request')
      .describe('ServiceNow: the table of changes.'),
    states: z
      .array(z.string().min(1))
      .min(2)
      .refine((states) => new Set(states).size === states.length, { error: 'must name each state once' })
      .optional()
      .describe(
        "ServiceNow: stored states of its model in order, such as ['-2', '-1', '0', '3']. A change is moved through each of them, and never back. Without it a state is written as it is.",
      ),
    ticketsField: z
      .string()
      .regex(/^[a-z0-9_]+$/)
      .optional()
      .describe(
        'ServiceNow, where the ITSM opens one change for many tickets: the field of the change that lists their ids. It is closed after the last of them.',
      ),
  })
  .refine((one) => (one.url === undefined) !== (one.urlEnv === undefined), {
    error: 'needs either url or urlEnv',
  })
  .refine((one) => one.kind === 'http' || one.record === undefined, {
    error: 'record is for kind http',
  })
  .refine((one) => (one.kind === 'mail') === (one.from !== undefined), {
    error: 'from is for kind mail, and must be there',
  })
  .refine((one) => one.kind === 'servicenow' || one.states === undefined, {
    error: 'states is for kind servicenow',
  })
  .refine((one) => one.kind === 'servicenow' || one.ticketsField === undefined, {
    error: 'ticketsField is for kind servicenow',
  })
  .refine((one) => one.kind === 'mail' || one.recipients === undefined, {
    error: 'recipients is for kind mail',
  })
  .refine((one) => one.url === undefined || (one.kind === 'mail') === one.url.startsWith('smtp'), {
    error: 'url must be smtps://host or smtp://host for kind mail, https://host for every other',
  })
  .refine((one) => one.kind !== 'mail' || one.auth.kind === 'none' || one.auth.kind === 'basic', {
    error: 'a server of kind mail signs in with auth kind basic, or none',
  })
  .refine(
    (one) => one.kind !== 'mail' || (one.proxy === undefined && Object.keys(one.headers).length === 0),
    { error: 'proxy and headers are not for kind mail' },
  );

const hostPattern = z
  .string()
  .regex(/^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i, {
    error: 'must be a host name such as itsm.example.com, or *.example.com',
  })
  .transform((text) => text.toLowerCase());

function isRange(text: string): boolean {
  const [address = '', bits = '', ...more] = text.split('/');
  const version = isIP(address);
  const most = version === 4 ? 32 : 128;
  return more.length === 0 && version !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most;
}

export const serversSchema = z.strictObject({
  allowedHosts: z
    .array(hostPattern)
    .optional()
    .describe(
      'Hosts that servers and their token endpoints may have: itsm.example.com, or *.example.com for all below it. Any host when left out.',
    ),
  allowedAddresses: z
    .array(z.string().refine(isRange, { error: 'must be a range such as 10.20.0.0/16 or 2001:db8::/32' }))
    .min(1)
    .optional()
    .describe(
      'Ranges of addresses that the names of servers and token endpoints may stand for, checked at each connection: 10.20.0.0/16. Any when left out; link-local addresses are refused in any case. Not checked behind a proxy.',
    ),
  alerts: z
    .array(alertRoute)
    .max(50)
    .default([])
    .describe('Who is alerted to what waits for a person, by kind. See README.md, Alerts.'),
  servers: z
    .record(slug, server)
    .describe('Systems that messages go to, by the name that processes refer to.'),
});

export type ServerFile = z.output<typeof server>;
