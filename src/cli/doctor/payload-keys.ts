import { statSync } from 'node:fs';
import type { SettingsOf } from '../../config/settings.js';
import { ok, problem, type DoctorRow } from './row.js';

const AREA = 'settings';
const CHECK = 'payload keys';

/** How this machine reads and writes what Temporal stores; no row where nothing says that it is encrypted. */
export function checkPayloadKeys(
  { payloadCodec, payloadKeys }: Pick<SettingsOf<'cli'>, 'payloadCodec' | 'payloadKeys'>,
  environment: Readonly<Record<string, string | undefined>>,
): readonly DoctorRow[] {
  if (payloadKeys === undefined) return [];
  const { keys, ignored } = payloadKeys;
  const [first, ...others] = keys.map(({ id }) => id);
  const encrypts = payloadCodec !== 'off' && first !== undefined;
  const decrypts = encrypts ? others : keys.map(({ id }) => id);
  const found = [
    encrypts ? `encrypts with ${first} (${payloadCodec})` : 'encrypts nothing',
    decrypts.length > 0 && `decrypts ${encrypts ? 'also ' : ''}with ${decrypts.join(', ')}`,
    ignored.length > 0 && `ignores ${ignored.join(', ')}`,
  ];
  const rows = [ok(AREA, CHECK, found.filter((part) => part !== false).join(', '))];
  const file = environment['SCO_PAYLOAD_KEYS_FILE'] ?? '';
  const mode = file === '' ? 0 : statSync(file).mode & 0o777;
  if ((mode & 0o077) === 0) return rows;
  const readable = `its file ${file} has mode 0${mode.toString(8)}: other users of this machine can read it`;
  return [...rows, problem(AREA, CHECK, readable, `chmod 600 '${file}', then exchange the key`)];
}
