import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { mayAnswer, type OnFailure, type QuestionKind, QUESTIONS } from '../domain/script-question.js';
import type { ScriptAnswer } from '../domain/script-reply.js';
import { answerOnFailure } from '../securechange/question-xml.js';

export interface MediatorOptions {
  /** `https://orchestrator.example.com:8000`, without the path. */
  readonly gatewayUrl: string;
  readonly user: string;
  readonly password: string;
  /** Certificates the gateway's one is checked with; the system's own when left out. */
  readonly caPem?: string;
  /** Name (or legacy path) of an entry in `config/scripts.yaml`. */
  readonly script: string;
  /** Signs every call as in Standard Webhooks; text, or `whsec_<base64>`. */
  readonly signingSecret?: string;
  /** All attempts together, 5 to 300; when left out 50, and 10 for a question. */
  readonly totalSeconds?: number;
  /** For a script that SecureChange waits for: what it asks, and the answer when the gateway cannot be reached. */
  readonly question?: { readonly kind: QuestionKind; readonly onFailure: OnFailure };
}

/**
 * The mediator for SecureChange, as one Bash file with everything inside: its pods lose other files. Throws with advice
 * when a value cannot be used; never repeats a secret.
 */
export function renderMediator(options: MediatorOptions): string {
  return fillMediatorTemplate(readFileSync(templatePath(), 'utf8'), options);
}

/** Pure part of `renderMediator`. */
export function fillMediatorTemplate(template: string, options: MediatorOptions): string {
  const { caPem = '', signingSecret, question } = options;
  const totalSeconds = options.totalSeconds ?? (question === undefined ? 50 : 10);
  const fallback = question === undefined ? null : fallbackOf(question);
  const url = checkedUrl(options.gatewayUrl);
  if (options.user === '' || options.user.includes(':')) {
    throw new Error(
      'mediator: the user name is empty or has a colon, which Basic authentication cannot carry.',
    );
  }
  if (options.script === '') throw new Error('mediator: name an entry of config/scripts.yaml.');
  for (const [what, text] of [
    ['user name', options.user],
    ['password', options.password],
    ['script name', options.script],
  ] as const) {
    if (/\p{Cc}/u.test(text))
      throw new Error(`mediator: the ${what} has a control character; choose another one.`);
  }
  if (caPem !== '' && !caPem.includes('-----BEGIN CERTIFICATE-----')) {
    throw new Error('mediator: the CA file holds no PEM certificate.');
  }
  if (!Number.isInteger(totalSeconds) || totalSeconds < 5 || totalSeconds > 300) {
    throw new Error('mediator: the total time is a whole number of seconds between 5 and 300.');
  }
  const hmac = signingSecret === undefined ? null : hmacBlocks(signingSecret);
  const values: Readonly<Record<string, string>> = {
    GATEWAY_URL: shellQuoted(url),
    USER: shellQuoted(options.user),
    PASSWORD: shellQuoted(options.password),
    SCRIPT: shellQuoted(options.script),
    ENDPOINT: shellQuoted(
      question === undefined ? '/trigger_file' : `/scripts/${QUESTIONS[question.kind].path}`,
    ),
    FALLBACK_STATUS: shellQuoted(fallback === null ? '' : String(fallback.error?.returnCode ?? 0)),
    FALLBACK_OUTPUT: shellQuoted(fallback?.output ?? ''),
    CA_PEM: shellQuoted(caPem.replace(/\r\n/g, '\n')),
    HMAC_INNER: shellQuoted(hmac?.inner ?? ''),
    HMAC_OUTER: shellQuoted(hmac?.outer ?? ''),
    TOTAL_SECONDS: String(totalSeconds),
  };
  return template.replace(/@@([A-Z_]+)@@/g, (_whole, name: string) => {
    const value = values[name];
    if (value === undefined)
      throw new Error(`mediator: the template asks for ${name}, which this release does not know.`);
    return value;
  });
}

/** The mediator cannot read the requests it is given: it never answers a risk analysis by itself but with an error. */
function fallbackOf({ kind, onFailure }: NonNullable<MediatorOptions['question']>): ScriptAnswer {
  if (!mayAnswer(kind, onFailure)) {
    throw new Error(
      `mediator: ${onFailure} is no answer to ${kind}; use ${QUESTIONS[kind].onFailure.join(' or ')}.`,
    );
  }
  return answerOnFailure(onFailure, '', '');
}

function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new Error('mediator: the gateway address is not an http or https URL.');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new Error('mediator: the gateway address has a credential, query or fragment; leave them out.');
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** Between single quotes Bash takes everything as it is, but the quote itself. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The key blocks of RFC 2104 as escapes for Bash's printf, which can print bytes that its variables cannot hold. */
function hmacBlocks(secret: string): { inner: string; outer: string } {
  const prefix = 'whsec_';
  const given = secret.startsWith(prefix)
    ? Buffer.from(secret.slice(prefix.length), 'base64')
    : Buffer.from(secret, 'utf8');
  if (given.length < 16) throw new Error('mediator: the signing secret has fewer than 16 bytes.');
  const key = given.length > 64 ? createHash('sha256').update(given).digest() : given;
  const block = Buffer.concat([key], 64);
  const escaped = (pad: number): string =>
    [...block].map((byte) => `\\x${(byte ^ pad).toString(16).padStart(2, '0')}`).join('');
  return { inner: escaped(0x36), outer: escaped(0x5c) };
}

/** Beside the sources in a checkout, one folder further up from a build. */
function templatePath(): string {
  const places = ['../../', '../../../'].map((up) =>
    fileURLToPath(new URL(`${up}deploy/mediator/mediator.sh.template`, import.meta.url)),
  );
  const found = places.find((place) => existsSync(place));
  if (found === undefined)
    throw new Error(`mediator: its template is missing; looked for ${places.join(' and ')}.`);
  return found;
}
