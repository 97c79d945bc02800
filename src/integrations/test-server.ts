/** Tries one outbound server, layer by layer, so that a failure is named where it is. It writes nothing there unless it is asked to. */
import { CallFailure } from '../domain/failure.js';
import { correlationId } from '../domain/ids.js';
import type { OutboundServer } from '../domain/outbound-server.js';
import { readBody } from '../http/answer.js';
import { createHttp, type HttpAuth } from '../http/http.js';
import { probe } from '../http/probe.js';
import { failureOfStatus } from '../http/status-failure.js';
import { refreshTokenAdvice, refreshTokenText } from '../domain/refresh-token.js';
import { createItsm } from './create-itsm.js';
import { authOf, connectionOf, needsToken } from './server-connection.js';
import { trySmtp } from './smtp.js';
import type { Tokens } from './tokens.js';

export interface ServerCheck {
  readonly check:
    | 'name'
    | 'connection'
    | 'TLS'
    | 'token'
    | 'refresh token'
    | 'sign-in'
    | 'sample call'
    | 'write and read back';
  readonly state: 'ok' | 'problem' | 'note';
  readonly found: string;
  readonly advice: string | null;
}

/** No ticket has this id: what a look-up with it finds is not ours. */
const NO_TICKET = '0';

/** The checks up to the first problem. Of a server behind a proxy the proxy is looked at, then the calls through it. */
export async function testServer(
  server: OutboundServer,
  {
    tokens,
    now = Date.now,
    timeoutMs = 5_000,
    write,
  }: {
    readonly tokens: Tokens;
    /** Fields of a record to write there. */
    readonly write?: Readonly<Record<string, unknown>>;
    readonly timeoutMs?: number;
    readonly now?: () => number;
  },
): Promise<readonly ServerCheck[]> {
  const checks: ServerCheck[] = [];
  const layers = await probe({
    url: server.proxy ?? server.url,
    ...(server.proxy === null && {
      caPem: server.caPem ?? undefined,
      verify: server.verifyTls,
      clientCertificate: server.clientCertificate ?? undefined,
    }),
    timeoutMs,
  });
  for (const { layer, ok, found } of layers) {
    const of = server.proxy === null ? '' : 'proxy: ';
    if (ok) checks.push({ check: layer, state: 'ok', found: `${of}${found}`, advice: null });
    else
      return [...checks, { check: layer, state: 'problem', found: `${of}${found}`, advice: ADVICE[layer] }];
  }
  if (server.kind === 'mail')
    return [...checks, ...(await testMail(server)), ...(write === undefined ? [] : [NO_RECORDS])];
  let auth: HttpAuth;
  try {
    auth = await signIn(server, tokens);
    if (needsToken(server.auth)) {
      const by = server.auth.kind === 'oauth' ? 'the token endpoint' : `the script ${server.auth.script}`;
      checks.push({ check: 'token', state: 'ok', found: `${by} gave one`, advice: null });
    }
    const ending = tokens.alarm(server);
    if (ending !== null)
      checks.push({
        check: 'refresh token',
        state: 'note',
        found: refreshTokenText(ending, now()),
        advice: refreshTokenAdvice(ending),
      });
  } catch (error) {
    return [
      ...checks,
      problem('token', error, TOKEN_ADVICE[server.auth.kind === 'tokenScript' ? 'script' : 'endpoint']),
    ];
  }
  try {
    const found = await sampleCall(server, auth, tokens);
    const signedIn = server.auth.kind === 'none' ? 'without credentials' : 'the credential is accepted';
    checks.push({ check: 'sign-in', state: 'ok', found: signedIn, advice: null });
    checks.push({ check: 'sample call', ...found });
  } catch (error) {
    const isAuth = error instanceof CallFailure && error.facts.kind === 'auth';
    if (isAuth)
      return [...checks, problem('sign-in', error, 'check user and secret, and the rights of that user')];
    return [...checks, problem('sample call', error, 'check url, and what answers there')];
  }
  return write === undefined ? checks : [...checks, await writeAndReadBack(server, tokens, write)];
}

const NO_RECORDS: ServerCheck = {
  check: 'write and read back',
  state: 'note',
  found: 'not tried: it has no records that are looked for',
  advice: null,
};

/**
 * One record, under an id that no ticket has, so that a second test finds it and writes to it again: created, found by its id, and
 * written a second time. Each write compares what it finds afterwards with what it wrote.
 */
async function writeAndReadBack(
  server: OutboundServer,
  tokens: Tokens,
  fields: Readonly<Record<string, unknown>>,
): Promise<ServerCheck> {
  if (server.kind !== 'servicenow' && server.records === null) return NO_RECORDS;
  const itsm = createItsm({ server: () => server, http: createHttp, tokens });
  const message = {
    key: 'server-test',
    point: 'server test',
    server: server.name,
    correlationId: correlationId(NO_TICKET, server.name),
    body: JSON.stringify(fields),
    blocking: false,
  };
  try {
    const change = await itsm.send({ ...message, action: 'create' }, null);
    if ((await itsm.readFields(server.name, NO_TICKET, [])) === null)
      return {
        check: 'write and read back',
        state: 'problem',
        found: `${change.number} was created, and is not found by its id ${message.correlationId}`,
        advice: 'let our user write and read the field of that id; close the record by hand',
      };
    await itsm.send({ ...message, action: 'update' }, change);
    return {
      check: 'write and read back',
      state: 'ok',
      found: `${change.number} has our id and every field as it was written`,
      advice: 'it stays for the next test; close it by hand when there is none',
    };
  } catch (error) {
    return problem('write and read back', error, 'let our user write and read these fields, or correct them');
  } finally {
    await itsm.close();
  }
}

async function testMail(server: OutboundServer): Promise<readonly ServerCheck[]> {
  try {
    const { encrypted } = await trySmtp(server);
    const found = server.auth.kind === 'none' ? 'without credentials' : 'the credential is accepted';
    return [
      ...(server.url.startsWith('smtps:') ? [] : [encryption(encrypted)]),
      { check: 'sign-in', state: 'ok', found, advice: null },
      {
        check: 'sample call',
        state: 'note',
        found: 'no mail was sent',
        advice: 'whether it takes mail of ours to your recipients is seen with the first one',
      },
    ];
  } catch (error) {
    const code = error instanceof CallFailure ? error.facts.code : '';
    if (code === 'http.tls') return [problem('TLS', error, ADVICE.TLS)];
    if (code === 'mail.sign_in')
      return [problem('sign-in', error, 'check user and password in servers.yaml')];
    return [
      problem('sample call', error, 'check url: is it a mail server, and is smtps:// or smtp:// right?'),
    ];
  }
}

function encryption(encrypted: boolean): ServerCheck {
  return encrypted
    ? { check: 'TLS', state: 'ok', found: 'encrypted with STARTTLS', advice: null }
    : {
        check: 'TLS',
        state: 'note',
        found: 'not encrypted',
        advice: 'mail and password can be read on the way',
      };
}

async function signIn({ auth, ...server }: OutboundServer, tokens: Tokens): Promise<HttpAuth> {
  if (!needsToken(auth)) return authOf(auth);
  return { kind: 'bearer', token: await tokens.tokenFor({ auth, ...server }) };
}

type Found = Pick<ServerCheck, 'state' | 'found' | 'advice'>;

/** The look-up that every message begins with; where only calls are made, its own address. */
async function sampleCall(server: OutboundServer, auth: HttpAuth, tokens: Tokens): Promise<Found> {
  if (server.kind === 'servicenow' || server.records !== null) {
    const itsm = createItsm({ server: () => server, http: createHttp, tokens });
    try {
      await itsm.readFields(server.name, NO_TICKET, []);
      return { state: 'ok', found: 'a look-up by our id answers, and finds nothing of others', advice: null };
    } finally {
      await itsm.close();
    }
  }
  const http = createHttp({
    name: `itsm/${server.name}`,
    baseUrl: server.url,
    auth,
    ...connectionOf(server),
  });
  try {
    const operation = 'read its address';
    const response = await http.read({ path: '/', operation, headers: { ...server.headers } });
    const { status } = response;
    if (TAKES_NO_GET.includes(status))
      return {
        state: 'note',
        found: `${new URL(server.url).origin} answers ${status}: it takes no GET, as webhooks of chats do not`,
        advice: 'nothing was posted: whether it takes our messages is seen with the first one',
      };
    if (status === 401 || status === 403 || status >= 500)
      throw failureOfStatus(response, { system: http.name, operation, repeatable: true });
    const isPage = readBody(response).kind === 'other';
    return {
      state: 'note',
      found: `${new URL(server.url).origin} answers ${status}${isPage ? ' with a page' : ''}`,
      advice: 'it has no description of its records, so no call of its API was tried',
    };
  } finally {
    await http.close();
  }
}

/** Method not allowed, not implemented. */
const TAKES_NO_GET: readonly number[] = [405, 501];

const TOKEN_ADVICE = {
  endpoint: 'check tokenUrl, client, secret and user in servers.yaml',
  script: 'run the script by hand, as the user of the worker',
} as const;

const ADVICE = {
  name: 'correct the host in servers.yaml, or ask for the name server of this machine',
  connection: 'is the server running, is its port right, does a firewall drop the way from here?',
  TLS: 'name the authority of its certificate with tls.caFile, and our own certificate with tls.certFile where it asks for one',
} as const;

function problem(check: ServerCheck['check'], error: unknown, advice: string): ServerCheck {
  const found = error instanceof CallFailure ? error.facts.message : 'unexpected error';
  return { check, state: 'problem', found, advice };
}
