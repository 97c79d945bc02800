import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parsePayloadKeys, payloadProtectionOf } from '../../src/config/payload-keys.js';
import { loadSettings } from '../../src/config/settings.js';

const OLD = 'a'.repeat(64);
const NEW = 'b'.repeat(64);

it('the key that encrypts stands first; comments and empty lines count for nothing', () => {
  const parsed = parsePayloadKeys(`# of this year\n2026-11 ${NEW}\n\n2025-01\t${OLD}\nignore x.0123abcd\n`);
  if ('wrong' in parsed) throw new Error(parsed.wrong);
  const { keys, ignored } = parsed;
  expect(ignored).toEqual(['x.0123abcd']);
  expect(keys.map(({ id }) => id.split('.')[0])).toEqual(['2026-11', '2025-01']);
  expect(JSON.stringify(keys)).not.toContain(NEW);
});

it('two keys with one name have two ids', () => {
  const idOf = (text: string): string => {
    const parsed = parsePayloadKeys(text);
    if ('wrong' in parsed) throw new Error(parsed.wrong);
    return parsed.keys[0]?.id ?? '';
  };
  expect(idOf(`k ${OLD}`)).not.toBe(idOf(`k ${NEW}`));
  expect(idOf(`k ${OLD}`)).toBe(idOf(`k ${OLD.toUpperCase()}`));
});

it.each([
  ['no key', '# none', 'has no key'],
  ['a short key', `k ${OLD.slice(2)}`, 'line 1 is not a key'],
  ['a key without a name', OLD, 'line 1 is not a key'],
  ['a name twice', `k ${OLD}\nk ${NEW}`, 'line 2 repeats'],
  ['a key twice', `k ${OLD}\nl ${OLD}`, 'line 2 repeats'],
  ['an id to ignore that is none', `k ${OLD}\nignore k`, 'line 2 is not a key'],
])('%s is refused by its line, and never repeated', (_, text, why) => {
  const found = parsePayloadKeys(text);
  expect('wrong' in found && found.wrong).toContain(why);
  expect(JSON.stringify(found)).not.toContain('aaaa');
});

it('a key is not ignored while it is there; ids can be ignored where nothing is encrypted', () => {
  const idOf = (text: string): string => {
    const parsed = parsePayloadKeys(text);
    if ('wrong' in parsed) throw new Error(parsed.wrong);
    return parsed.keys[0]?.id ?? '';
  };
  const id = idOf(`k ${OLD}`);
  expect(parsePayloadKeys(`k ${OLD}\nignore ${id}`)).toEqual({
    wrong: `has the key ${id} and ignores it; remove one of the two lines`,
  });
  expect(payloadProtectionOf({ SCO_PAYLOAD_KEYS: `ignore ${id}` })).toEqual({
    encrypts: false,
    keys: [],
    ignored: [id],
  });
});

it('encryption without a key, an unknown codec and a file that is not there stop the start', () => {
  const ofClient = (env: Record<string, string>) => () => payloadProtectionOf(env);
  expect(ofClient({ SCO_PAYLOAD_CODEC: 'aes-256-gcm' })).toThrow('SCO_PAYLOAD_KEYS: has no key');
  const only = { SCO_PAYLOAD_CODEC: 'aes-256-gcm', SCO_PAYLOAD_KEYS: 'ignore k.0123abcd' };
  expect(ofClient(only)).toThrow('SCO_PAYLOAD_KEYS: has no key');
  expect(() => loadSettings('cli', only)).toThrow('SCO_PAYLOAD_KEYS: has no key');
  expect(ofClient({ SCO_PAYLOAD_CODEC: 'rot13' })).toThrow('must be one of off, aes-256-gcm');
  expect(ofClient({ SCO_PAYLOAD_KEYS_FILE: '/not/there' })).toThrow('/not/there cannot be read');
  expect(() => loadSettings('cli', { SCO_PAYLOAD_CODEC: 'aes-256-gcm' })).toThrow(
    'SCO_PAYLOAD_KEYS: has no key',
  );
});

it('keys come from a file, and stay in use for reading when encryption is off', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'sco-keys-')), 'keys');
  writeFileSync(file, `k ${OLD}\n`, { mode: 0o600 });
  for (const [codec, encrypts] of [
    ['off', false],
    ['aes-256-gcm', true],
  ] as const) {
    const env = { SCO_PAYLOAD_CODEC: codec, SCO_PAYLOAD_KEYS_FILE: file };
    expect(payloadProtectionOf(env)).toMatchObject({
      encrypts,
      keys: [{ id: expect.stringMatching(/^k\./) as string }],
    });
    expect(loadSettings('cli', env).payloadKeys?.keys).toHaveLength(1);
  }
});
