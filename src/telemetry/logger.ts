import pino from 'pino';
import type { DestinationStream, Logger as PinoLogger } from 'pino';

import { cleanLine, cleanPage } from '../domain/clean-text.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes one line a call, with pino's order of arguments. Fields named like secrets come out as stars. */
export interface Logger {
  readonly debug: (fields: object, message: string) => void;
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
  /** The same, with these fields on every line. */
  readonly with: (fields: LogFields) => Logger;
}

export interface LoggerOptions {
  /** Which process speaks: `gateway`, `worker`. */
  readonly name: string;
  /** From this seriousness on; `info` when absent. */
  readonly level?: LogLevel | 'trace' | 'fatal' | 'silent';
  /** `json` for collectors, `text` for people. */
  readonly format?: 'json' | 'text';
  /** Standard error when absent; standard output belongs to results. */
  readonly write?: (line: string) => void;
}

/**
 * A logger for a process. It never prints a value under a name that sounds like a secret, at any depth, and no control
 * characters, changes of direction or line ends of a text.
 */
export function createLogger(options: LoggerOptions): Logger {
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  const destination: DestinationStream = {
    write: options.format === 'text' ? (line) => write(asText(line)) : write,
  };
  return wrap(
    pino(
      {
        name: options.name,
        level: options.level ?? 'info',
        base: { name: options.name },
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      destination,
    ),
  );
}

/** For tests, and for code that may run without one. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => silentLogger,
};

/** The shape the Temporal SDK wants for `Runtime.install({ logger })`. */
export interface SdkLogger {
  readonly log: (level: string, message: string, meta?: LogFields) => void;
  readonly trace: (message: string, meta?: LogFields) => void;
  readonly debug: (message: string, meta?: LogFields) => void;
  readonly info: (message: string, meta?: LogFields) => void;
  readonly warn: (message: string, meta?: LogFields) => void;
  readonly error: (message: string, meta?: LogFields) => void;
}

/** Lets the SDK, and through it workflows and activities, write to our log. */
export function toSdkLogger(logger: Logger): SdkLogger {
  const byLevel: Readonly<Record<string, Logger['info']>> = {
    WARN: logger.warn,
    ERROR: logger.error,
    INFO: logger.info,
  };
  return {
    log: (level, message, meta) => (byLevel[level] ?? logger.debug)(meta ?? {}, message),
    trace: turned(logger.debug),
    debug: turned(logger.debug),
    info: turned(logger.info),
    warn: turned(logger.warn),
    error: turned(logger.error),
  };
}

function turned(write: Logger['info']): SdkLogger['info'] {
  return (message, meta) => write(meta ?? {}, message);
}

function wrap(inner: PinoLogger): Logger {
  const at =
    (level: LogLevel) =>
    (fields: object, message: string): void => {
      inner[level](safe(fields) as object, clean(message));
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (fields) => wrap(inner.child(safe(fields) as Record<string, unknown>)),
  };
}

const SECRET_NAME =
  /pass(word|wd|phrase)?$|secret|token$|authorization|cookie|credential|api[-_]?key|private[-_]?key/i;
const STARS = '***';
const DEEPEST = 6;

/** Neither secrets nor what draws on a terminal: what is logged holds texts of tickets, servers and callers. */
function safe(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return clean(value);
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Error) {
    return {
      type: clean(value.name),
      message: clean(value.message),
      ...(value.stack !== undefined && { stack: value.stack.split('\n', 50).map(clean).join('\n') }),
      ...(value.cause !== undefined && depth < DEEPEST && { cause: safe(value.cause, depth + 1) }),
    };
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST) return '…';
  if (Array.isArray(value)) return value.map((item) => safe(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      // A number is no secret: lanes call their grants tokens.
      SECRET_NAME.test(name) && inner != null && typeof inner !== 'number' ? STARS : safe(inner, depth + 1),
    ]),
  );
}

/** Our longest sentence with a vendor text in it is shorter. */
const WIDTH = 4_000;

function clean(text: string): string {
  // Cleaned first: what is not seen could split a credential.
  return scrub(cleanLine(text, WIDTH));
}

/** Credentials inside texts: in addresses, and behind `Basic` and `Bearer`. */
function scrub(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@:]+:[^\s/@]+@/gi, `$1${STARS}@`)
    .replace(/\b(Basic|Bearer)\s+[A-Za-z0-9+/=_.~-]{6,}/gi, `$1 ${STARS}`);
}

/** A line of our JSON log as people read it; any other line as it is, cleaned. No newline at the end of either. */
export function readableLine(line: string): string {
  try {
    return asText(line).trimEnd();
  } catch {
    return cleanPage(line);
  }
}

/** `12:03:44.120 WARN  gateway: message  key=value`. */
function asText(line: string): string {
  const { time, level, name, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const details = Object.entries(fields).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const head = `${String(time).slice(11, 23)} ${String(level).toUpperCase().padEnd(5)} ${String(name)}: ${String(msg)}`;
  return `${[head, ...details].join('  ')}\n`;
}
