/** One history as JSON, without what belongs to the machine it was recorded on. */
export interface CleanHistory {
  readonly json: string;
  /** The events as text, payloads decoded: what a search for things that must not be there looks through. */
  readonly readable: string;
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * Takes the machine out of a history (JSON of `historyToJSON`): who wrote an event stays, on which machine and in which
 * process does not. `standIns`: what takes the place of texts in payloads, everywhere alike. Nothing that replay compares is touched. One event a line, so that git can show what changed.
 */
export function cleanHistory(json: string, standIns: ReadonlyMap<string, string> = new Map()): CleanHistory {
  const { events } = JSON.parse(json) as { events: Json[] };
  const clean = events.map((event) => withStandIns(withoutMachine(event, null), standIns));
  return {
    json: `{"events":[\n${clean.map((event) => JSON.stringify(event)).join(',\n')}\n]}\n`,
    readable: clean.map((event) => JSON.stringify(decoded(event))).join('\n'),
  };
}

/** Which of the forbidden texts (named, so that a message need not repeat them) the readable history contains. */
export function findForbidden(readable: string, forbidden: ReadonlyMap<string, string>): string[] {
  return [...forbidden].filter(([, text]) => readable.includes(text)).map(([name]) => name);
}

function withoutMachine(value: Json, key: string | null): Json {
  if (Array.isArray(value)) return value.map((each) => withoutMachine(each, null));
  if (typeof value === 'string') {
    // Names files of this machine; replay compares no stacks.
    if (key === 'stackTrace') return '';
    return key === 'identity' ? recordedIdentity(value) : value;
  }
  if (value === null || typeof value !== 'object') return value;
  const clean: Record<string, Json> = {};
  for (const [name, inner] of Object.entries(value)) clean[name] = withoutMachine(inner, name);
  // Temporal names a sticky queue after the process that polls it.
  if (value['kind'] === 'TASK_QUEUE_KIND_STICKY') clean['name'] = 'sticky@recorded';
  return clean;
}

/** A worker says in payloads where it runs and which files it reads. */
function withStandIns(value: Json, standIns: ReadonlyMap<string, string>): Json {
  if (Array.isArray(value)) return value.map((each) => withStandIns(each, standIns));
  if (value === null || typeof value !== 'object') return value;
  if (typeof value['data'] === 'string' && value['metadata'] !== undefined) {
    const text = Buffer.from(value['data'], 'base64').toString('utf8');
    let clean = text;
    for (const [from, to] of standIns) clean = clean.replaceAll(from, to);
    return clean === text ? value : { ...value, data: Buffer.from(clean, 'utf8').toString('base64') };
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, withStandIns(inner, standIns)]),
  );
}

/** `worker@host/4711` becomes `worker@recorded`; the SDK's own `4711@host` has no role to keep. */
function recordedIdentity(identity: string): string {
  const role = /^([a-z-]+)@/.exec(identity)?.[1];
  if (role !== undefined) return `${role}@recorded`;
  return /^\d+@/.test(identity) ? 'client@recorded' : identity;
}

function decoded(value: Json): Json {
  if (Array.isArray(value)) return value.map(decoded);
  if (value === null || typeof value !== 'object') return value;
  if (typeof value['data'] === 'string' && value['metadata'] !== undefined) {
    return Buffer.from(value['data'], 'base64').toString('utf8');
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, decoded(inner)]));
}
