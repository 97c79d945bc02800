/** The kinds of settings there are: how the text of a variable becomes a value, and what is wrong when it does not. */
import { isIP } from 'node:net';

import { z } from 'zod';
import { Secret } from '../domain/secret.js';

export const PROCESSES = ['gateway', 'worker', 'embedded', 'cli', 'client', 'simulator'] as const;
export type Process = (typeof PROCESSES)[number];

/** value: the text itself; secret: also as NAME_FILE, prints as stars; pemFile: the text is a path, the value its content. */
export type Source = 'value' | 'secret' | 'pemFile';

export interface Setting<
  S extends z.ZodType = z.ZodType,
  By extends Process = Process,
  May extends Process = Process,
> {
  readonly name: string;
  readonly section: string;
  readonly source: Source;
  readonly schema: S;
  /** Must be set (or have a default) for these processes, may be set for those; others never see it. */
  readonly by: readonly By[];
  readonly may: readonly May[];
  /** As one would write it. */
  readonly default: string | undefined;
  /** The variable whose value counts when this one is not set. */
  readonly fallback: string | undefined;
  readonly description: string;
}

interface About {
  readonly section: string;
  readonly description: string;
}

export function withDefault<S extends z.ZodType, const By extends Process>(
  name: string,
  by: readonly By[],
  schema: S,
  text: string,
  about: About,
): Setting<S, By, never> {
  return { name, source: 'value', schema, by, may: [], default: text, fallback: undefined, ...about };
}

export function withFallback<S extends z.ZodType, const By extends Process>(
  name: string,
  by: readonly By[],
  schema: S,
  fallback: string,
  about: About,
): Setting<S, By, never> {
  return { name, source: 'value', schema, by, may: [], default: undefined, fallback, ...about };
}

export function needed<S extends z.ZodType, const By extends Process, const May extends Process>(
  name: string,
  by: readonly By[],
  may: readonly May[],
  schema: S,
  about: About & { readonly source?: Source },
): Setting<S, By, May> {
  return { name, source: 'value', schema, by, may, default: undefined, fallback: undefined, ...about };
}

export const text = z.string().min(1);
/** A version of Temporal's worker deployments: it stands behind a colon in a list filter. */
export const releaseName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/, {
  error: 'must have letters, digits and . _ + - only, at most 64',
});
export const secret = (least = 1): z.ZodType<Secret, string> =>
  z
    .string()
    .min(least, { error: `must have at least ${least} characters` })
    .transform((value) => new Secret(value));

export const pem = z
  .string()
  .refine((value) => value.includes('-----BEGIN '), { error: 'the file holds no PEM block' });

export const secretPem: z.ZodType<Secret, string> = pem.transform((value) => new Secret(value));

/** Scheme, host and port; a trailing slash is taken off, a path is refused. */
export const origin = z.string().transform((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : null;
  const usable = url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
  if (!usable || url.username !== '' || url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    context.addIssue(
      'must be an address like https://host or https://host:port, without path or credentials',
    );
    return z.NEVER;
  }
  return url.origin;
});

/** An address that pages link to; a trailing slash is taken off. */
export const httpAddress = z
  .url({ protocol: /^https?$/, error: 'must be an address like https://host/path' })
  .transform((value) => value.replace(/\/$/, ''));

/** A collector of traces. Credentials have a setting of their own. */
export const collector = httpAddress.refine(
  (value) => {
    const url = new URL(value);
    return url.username === '' && url.search === '' && url.hash === '';
  },
  { error: 'must be an address like https://host:4318, without credentials or query' },
);

/** An OpenID issuer, compared letter by letter with what its tokens say. */
export const issuer = z.string().refine(
  (value) => {
    const url = URL.canParse(value) ? new URL(value) : null;
    if (url === null || url.search !== '' || url.hash !== '' || url.username !== '') return false;
    return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
  },
  { error: 'must be an https address without query or credentials (http only on loopback)' },
);

export const port = wholeNumber(0, 65_535);

/** Where something listens: a port, on loopback, or a numeric address with a port. */
export const listenAddress = z.string().transform((value, context) => {
  const [, six, four, digits] = /^(?:(?:\[(.+)\]|([0-9.]+)):)?(\d{1,5})$/.exec(value) ?? [];
  const host = six ?? four ?? '127.0.0.1';
  const number = Number(digits);
  if (!(number >= 1 && number <= 65_535) || isIP(host) !== (six === undefined ? 4 : 6)) {
    context.addIssue('must be a port, or a numeric address with a port such as 10.0.0.5:9464');
    return z.NEVER;
  }
  return { host, port: number };
});

export function wholeNumber(least: number, most: number): z.ZodType<number, string> {
  return z.string().transform((value, context) => {
    const number = /^-?\d{1,12}$/.test(value) ? Number(value) : NaN;
    if (!(number >= least && number <= most)) {
      context.addIssue(`must be a whole number from ${least} to ${most}`);
      return z.NEVER;
    }
    return number;
  });
}

export const flag = z.string().transform((value, context) => {
  const lower = value.toLowerCase();
  if (['true', '1', 'yes', 'on'].includes(lower)) return true;
  if (['false', '0', 'no', 'off'].includes(lower)) return false;
  context.addIssue('must be true or false');
  return z.NEVER;
});

export function oneOf<const V extends string>(...values: readonly V[]): z.ZodType<V, string> {
  return z.string().transform((value, context) => {
    const found = values.find((allowed) => allowed === value);
    if (found === undefined) {
      context.addIssue(`must be one of ${values.join(', ')}`);
      return z.NEVER;
    }
    return found;
  });
}

export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  return bare === 'localhost' || bare === '::1' || /^127(?:\.\d{1,3}){3}$/.test(bare);
}
