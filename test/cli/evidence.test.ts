import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { evidenceFolder } from '../../src/audit/evidence/log-files.js';
import { runSco, type Ran } from '../support/cli-context.js';
import { exportRecorded, logIn } from '../support/evidence.js';

const dataDir = mkdtempSync(join(tmpdir(), 'sco-cli-evidence-'));
const environment = { SCO_DATA_DIR: dataDir };
const file = join(dataDir, 'bundle.json');
let key = '';

async function sco(...argv: readonly string[]): Promise<Ran> {
  return await runSco(argv, { context: { environment } });
}

beforeAll(async () => {
  await exportRecorded(logIn(evidenceFolder(dataDir)), ['override']);
  key = ((await sco('evidence', 'head', '--json')).json() as { publicKey: string }).publicKey;
});

it('writes the bundle of a ticket, which its public key alone proves', async () => {
  const made = await sco('evidence', '1', '--out', file);
  expect(made).toMatchObject({ code: 0, err: '' });
  expect(made.out).toMatch(/bytes about ticket\/1, under the head of \d+ records/);
  const proven = await runSco(['evidence', 'verify', file, '--key', key], {
    context: { environment: {} },
  });
  expect(proven).toMatchObject({ code: 0 });
  expect(proven.out).toMatch(/^proven: \d+ records with \d+ events about ticket\/1/);
  expect((await sco('evidence', '1', '--out', '-')).out).toBe(readFileSync(file, 'utf8'));
  expect((await sco('evidence', '1', '--out', file, '--json')).json()).toMatchObject({ subject: 'ticket/1' });
});

it('a changed bundle ends with 1 and says why; what cannot be read is a mistake of the command line', async () => {
  await sco('evidence', '1', '--out', file);
  const changed = join(dataDir, 'changed.json');
  writeFileSync(changed, readFileSync(file, 'utf8').replace('a.kaya', 'b.kaya'));
  const found = await sco('evidence', 'verify', changed, '--key', key);
  expect(found.code).toBe(1);
  expect(found.out).toMatch(/^not proven: the record of leaf \d+ is not under the tree head/);
  expect(await sco('evidence', 'verify', changed, '--key', changed)).toMatchObject({ code: 2 });
  expect(await sco('evidence', 'verify', join(dataDir, 'none'), '--key', key)).toMatchObject({ code: 2 });
  expect(await sco('evidence')).toMatchObject({ code: 2 });
});

it('what is not in the log is said with the folder, also before the first export', async () => {
  const unknown = await sco('evidence', '999');
  expect(unknown.code).toBe(3);
  expect(unknown.err).toContain('nothing about ticket/999');
  expect(unknown.err).toContain(evidenceFolder(dataDir));
  const empty = mkdtempSync(join(tmpdir(), 'sco-no-evidence-'));
  const first = await runSco(['evidence', '1', '--json'], {
    context: { environment: { SCO_DATA_DIR: empty } },
  });
  expect(first).toMatchObject({ code: 3 });
  expect(first.json()).toMatchObject({ error: { code: 'notFound' } });
});

it('shows the newest head, and checks the whole log', async () => {
  const shown = await sco('evidence', 'head');
  expect(shown.out).toMatch(
    /^records +\d+\nroot +[0-9a-f]{64}\nsigned .*\nkey +[0-9a-f]{64}\nsignature +[0-9a-f]{128}\n/,
  );
  expect(await sco('evidence', 'head', '--check')).toMatchObject({ code: 0 });
  const log = join(evidenceFolder(dataDir), 'log.jsonl');
  const before = readFileSync(log);
  writeFileSync(log, before.toString('utf8').replace('a.kaya', 'b.kaya'));
  const checked = await sco('evidence', 'head', '--check');
  writeFileSync(log, before);
  expect(checked).toMatchObject({ code: 1 });
  expect(checked.out).toMatch(/does not sign the records that are there/);
});

it('exports now, and ends with 1 where a history was gone before', async () => {
  const head = { size: 7, root: '0'.repeat(64), atMs: 0 };
  const answer = { runs: 3, gone: [], goneCount: 0, cut: null, head };
  const done = await runSco(['evidence', 'export'], { evidence: async () => answer });
  expect(done).toMatchObject({ code: 0, out: '3 runs exported; the head signs 7 records\n' });
  const gone = { ...answer, gone: ['push/20/7'], goneCount: 1 };
  const late = await runSco(['evidence', 'export'], { evidence: async () => gone });
  expect(late.code).toBe(1);
  expect(late.out).toContain('push/20/7');
});
