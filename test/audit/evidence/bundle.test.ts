import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import { promisify } from 'node:util';

import { Secret } from '../../../src/domain/secret.js';
import { createEvidenceLog } from '../../../src/audit/evidence/evidence-log.js';
import { makeBundle } from '../../../src/audit/evidence/bundle.js';
import { readLog } from '../../../src/audit/evidence/read-log.js';
import { readPublicKey } from '../../../src/audit/evidence/tree-head.js';
import { verifyBundle } from '../../../src/audit/evidence/verify-bundle.js';
import { EXPORTED_AT, evidenceFolder, exportRecorded, logIn } from '../../support/evidence.js';

const VERIFIER = join(__dirname, '../../../deploy/evidence/verify.py');
const folder = evidenceFolder();
let bundle = Buffer.of();
let publicKey = '';
let signingKey: Secret;
let tried = 0;

interface Said {
  readonly code: number;
  readonly text: string;
}

/** The verifier in the other language, over many files in one process. */
async function verifyInPython(files: readonly string[], key = publicKey): Promise<readonly Said[]> {
  const program = [
    'import contextlib, importlib.util, io, json, sys',
    'spec = importlib.util.spec_from_file_location("verify", sys.argv[1])',
    'verify = importlib.util.module_from_spec(spec)',
    'spec.loader.exec_module(verify)',
    'said = []',
    'for file in sys.argv[3:]:',
    '    out = io.StringIO()',
    '    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):',
    '        code = verify.main([file, sys.argv[2]])',
    '    said.append({"code": code, "text": out.getvalue()})',
    'print(json.dumps(said))',
  ].join('\n');
  const { stdout } = await promisify(execFile)('python3', ['-B', '-c', program, VERIFIER, key, ...files], {
    maxBuffer: 64e6,
  });
  return JSON.parse(stdout) as Said[];
}

function written(bytes: Uint8Array): string {
  tried += 1;
  const file = join(folder, `tried-${tried}.json`);
  writeFileSync(file, bytes);
  return file;
}

/** Of the same form with fewer events: it is verified thousands of times. */
async function smallBundle(): Promise<Buffer> {
  const small = evidenceFolder();
  await exportRecorded(
    createEvidenceLog({ folder: small, signingKey, now: () => EXPORTED_AT }),
    ['override'],
    3,
  );
  return Buffer.from(await makeBundle(await readLog(small), 'ticket/1'));
}

const here = (bytes: Uint8Array, key = publicKey): ReturnType<typeof verifyBundle> =>
  verifyBundle(bytes, readPublicKey(readFileSync(key, 'utf8')));

beforeAll(async () => {
  await exportRecorded(logIn(folder), ['shared-manager', 'override']);
  bundle = Buffer.from(await makeBundle(await readLog(folder), 'ticket/1'));
  signingKey = new Secret(readFileSync(join(folder, 'signing-key.pem'), 'utf8'));
  publicKey = join(folder, readdirSync(folder).find((name) => name.startsWith('public-key')) ?? '');
});

it('both verifiers prove a bundle, and name what it is about and the head it is under', async () => {
  const [python] = await verifyInPython([written(bundle)]);
  const verdict = here(bundle);
  expect(verdict).toMatchObject({ ok: true, subject: 'ticket/1' });
  if (!verdict.ok) return;
  expect(verdict.records).toBeGreaterThan(2);
  expect(python).toEqual({
    code: 0,
    text: `proven: ${verdict.records} records about ticket/1, under the head of ${verdict.head.size} records, root ${verdict.head.root}\n`,
  });
});

it('both verifiers find one changed byte, wherever it is', async () => {
  // Every byte outside of the records, and about two hundred of what is in them.
  const bundle = await smallBundle();
  const text = bundle.toString('latin1');
  const places = new Set<number>();
  const records = [...text.matchAll(/"record":\{.*?\}(?=\},\{"leaf"|\}\],"subject")/g)];
  expect(records.length).toBeGreaterThan(1);
  const inRecords = records.reduce((sum, [record]) => sum + record.length, 0);
  const step = Math.ceil(inRecords / 200);
  for (let place = 0; place < bundle.length; place += 1) {
    const isIn = records.some(
      ({ index, 0: { length } }) => place >= index + 12 && place < index + length - 3,
    );
    if (!isIn || place % step === 0) places.add(place);
  }
  const changed = [...places].flatMap((place) =>
    [1, 0x20, 0x80].slice(0, place % 3 === 0 ? 3 : 1).map((bit) => {
      const bytes = Buffer.from(bundle);
      bytes[place] = (bytes[place] ?? 0) ^ bit;
      return { place, bit, bytes };
    }),
  );
  expect(changed.length).toBeGreaterThan(1_000);
  expect(here(bundle).ok).toBe(true);
  expect(changed.filter(({ bytes }) => here(bytes).ok)).toEqual([]);
  const some = changed.filter((_, index) => index % 16 === 0);
  const said = await verifyInPython(some.map(({ bytes }) => written(bytes)));
  expect(
    some.filter((_, index) => said[index]?.code !== 1).map(({ place, bit }) => ({ place, bit })),
  ).toEqual([]);
});

it('both verifiers find a file that was cut or made longer', async () => {
  const cuts = [0, 1, 2, 100, Math.floor(bundle.length / 2), bundle.length - 2, bundle.length - 1];
  const others = [
    ...cuts.map((length) => bundle.subarray(0, length)),
    ...['\n', ' ', '{}', '\0'].map((more) => Buffer.concat([bundle, Buffer.from(more)])),
    Buffer.concat([Buffer.from(' '), bundle]),
    Buffer.concat([Buffer.from('\uFEFF'), bundle]),
    Buffer.concat([bundle, bundle]),
  ];
  expect(others.filter((bytes) => here(bytes).ok)).toEqual([]);
  const said = await verifyInPython(others.map(written));
  expect(said.map(({ code }) => code)).toEqual(others.map(() => 1));
});

it('both verifiers find a record that was left out, duplicated, moved or changed together with its proof', async () => {
  const text = bundle.toString('utf8');
  const start = text.indexOf('{"leaf"');
  const parts = text.slice(start, text.lastIndexOf('],"subject"')).split(/,(?=\{"leaf":\d+,"proof")/);
  const [first = '', second = '', ...rest] = parts;
  const withRecords = (records: readonly string[]): Buffer =>
    Buffer.from(text.slice(0, start) + records.join(',') + text.slice(text.lastIndexOf('],"subject"')));
  expect(withRecords(parts).equals(bundle)).toBe(true);
  const forged = [
    withRecords([second, ...rest]),
    withRecords([first, ...rest]),
    withRecords([second, first, ...rest]),
    withRecords([first, first, second, ...rest]),
    withRecords([]),
    withRecords([first.replace('"version":1', '"version":2'), second, ...rest]),
  ];
  expect(forged.filter((bytes) => here(bytes).ok)).toEqual([]);
  expect((await verifyInPython(forged.map(written))).map(({ code }) => code)).toEqual(forged.map(() => 1));
});

it('both verifiers refuse the key of another log, and a bundle that its holder signed again', async () => {
  const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const key = written(Buffer.from(other));
  expect(here(bundle, key)).toMatchObject({ ok: false, why: expect.stringContaining('not of this key') });
  expect((await verifyInPython([written(bundle)], key))[0]?.code).toBe(1);
});

it('the same head gives the same bytes, also after the log has grown', async () => {
  const before = await readLog(folder);
  const size = before.entries.length;
  await exportRecorded(logIn(folder), ['happy']);
  const log = await readLog(folder);
  expect(log.entries.length).toBeGreaterThan(size);
  expect((await makeBundle(log, 'ticket/1', size)) === bundle.toString('utf8')).toBe(true);
  const newer = Buffer.from(await makeBundle(log, 'ticket/1'));
  expect(newer.equals(bundle)).toBe(false);
  expect(here(newer)).toMatchObject({ ok: true });
});

it('a bundle holds who approved which digests, the gates, the pushes with all tickets, windows and messages', () => {
  const { records } = JSON.parse(bundle.toString('utf8')) as {
    records: { record: { workflowId: string; statements: Record<string, { what: unknown }[]> } }[];
  };
  const all = (topic: string): string =>
    JSON.stringify(records.flatMap(({ record }) => record.statements[topic] ?? []));
  expect(all('approvals')).toMatch(/"by":\["a\.kaya"\].*"requestDigest":"[0-9a-f]{64}"/);
  expect(all('gates')).toMatch(/"verdict":\{.*"kind":"sent"/);
  expect(all('pushes')).toMatch(/"ticketId":"2"/);
  expect(all('windows')).toMatch(/"opensAtMs":\d+/);
  expect(all('messages')).toMatch(/"outcome":/);
  expect(all('decisions')).toMatch(/"kind":"override".*o\.brandt/s);
});

it('the other verifier is a short program, and no file of the log is for others', () => {
  expect(readFileSync(VERIFIER, 'utf8').split('\n').length).toBeLessThan(200);
  const files = readdirSync(folder).filter((name) => !name.startsWith('tried-'));
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  for (const name of files) expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600]);
});
