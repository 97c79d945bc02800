/** Tokens that a registered script prints. */
import type { Code } from '../domain/codes.js';
import { CallFailure, type FailureKind } from '../domain/failure.js';
import type { OutboundServer } from '../domain/outbound-server.js';
import type { TokenRun } from '../domain/token-run.js';

/** Runs the script that servers.yaml names as one of kind `token`, bounded in time and output. */
export type RunTokenScript = (
  script: string,
  server: Pick<OutboundServer, 'name' | 'url'>,
) => Promise<TokenRun>;

interface PrintedToken {
  readonly accessToken: string;
  readonly livesForMs: number;
}

export type TokenScript = Extract<OutboundServer['auth'], { kind: 'tokenScript' }>;

/** What a token lives when the script does not say. */
const DEFAULT_LIFE_MS = 300_000;
const MOST_LIFE_S = 365 * 86_400;
const MOST_CHARACTERS = 16_000;
/** `EX_NOPERM` of sysexits: the script says that its credential is refused, which no retry repairs. */
const REFUSED_EXIT = 77;

/** Throws a `CallFailure`; no text of it repeats what the script printed. */
export async function runForToken(
  run: RunTokenScript,
  server: OutboundServer,
  { script }: TokenScript,
): Promise<PrintedToken> {
  const fail = (kind: FailureKind, code: Code, message: string): CallFailure =>
    new CallFailure({
      kind,
      system: `itsm/${server.name}`,
      operation: `get a token from the script ${script}`,
      code,
      message,
    });
  const ran = await run(script, server);
  switch (ran.kind) {
    case 'timedOut':
      throw fail('transient', 'itsm.token_script', 'the script did not end in time; it is run again');
    case 'busy':
      throw fail('transient', 'itsm.token_script', ran.why);
    case 'notRun':
      throw fail('rejected', 'itsm.token_script', `${ran.why}; correct scripts.yaml, then retry`);
    case 'exited':
      break;
  }
  if (ran.exitCode === REFUSED_EXIT)
    throw fail(
      'auth',
      'itsm.token_refused',
      `the script ended with exit code ${REFUSED_EXIT}: its credential is refused; replace it, then retry`,
    );
  if (ran.exitCode !== 0)
    throw fail(
      'transient',
      'itsm.token_script',
      `the script ended with ${ran.exitCode === null ? 'a signal' : `exit code ${ran.exitCode}`}; it is run again`,
    );
  const printed = readPrinted(ran.stdout);
  if (printed === null)
    throw fail(
      'bug',
      'itsm.token_script',
      'the script printed no token: one word, or {"access_token": "…", "expires_in": seconds}; correct it, then retry',
    );
  return printed;
}

/** Null when it is neither a word nor such an object. */
function readPrinted(stdout: string): PrintedToken | null {
  const text = stdout.trim();
  if (!text.startsWith('{')) return isToken(text) ? { accessToken: text, livesForMs: DEFAULT_LIFE_MS } : null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const members = new Map(Object.entries(value as object));
  const token: unknown = members.get('access_token');
  const life: unknown = members.get('expires_in') ?? DEFAULT_LIFE_MS / 1_000;
  if (typeof token !== 'string' || !isToken(token)) return null;
  if (typeof life !== 'number' || !(life > 0)) return null;
  return { accessToken: token, livesForMs: Math.min(life, MOST_LIFE_S) * 1_000 };
}

/** What may stand in a header; a text that was cut, or in which a secret was replaced, is no token. */
function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text) && text.length <= MOST_CHARACTERS && !text.includes('[secret]');
}
