import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { spawn } from 'node:child_process';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { makeBundle } from '../../../src/audit/evidence/bundle.js';
import { checkLog } from '../../../src/audit/evidence/check-log.js';
import type { OpenLog } from '../../../src/audit/evidence/evidence-log.js';
import { newestHead, readLog } from '../../../src/audit/evidence/read-log.js';
import { recordOf, subjectsOf } from '../../../src/audit/evidence/record.js';
import { readPublicKey } from '../../../src/audit/evidence/tree-head.js';
import { verifyBundle } from '../../../src/audit/evidence/verify-bundle.js';
import { toHistoryFacts } from '../../../src/temporal/history-facts.js';
import { EXPORTED_AT, evidenceFolder, exportRecorded, logIn, recordedRuns } from '../../support/evidence.js';

const [first, second] = recordedRuns('override');

async function append(open: OpenLog, recorded: typeof first): Promise<void> {
  if (recorded === undefined) throw new Error('the scenario has two runs');
  const record = recordOf(recorded.run, recorded.facts.slice(0, 3), { after: 0, nowMs: EXPORTED_AT });
  if (record !== null) await open.append(record, subjectsOf(recorded.run, recorded.facts));
}

async function made(): Promise<string> {
  const folder = evidenceFolder();
  await exportRecorded(logIn(folder), ['override'], 3);
  return folder;
}

const size = async (folder: string): Promise<number> => newestHead((await readLog(folder)).heads)?.size ?? 0;

it('a log that was killed at any byte of a record goes on from the last whole one, and says what it cut', async () => {
  const whole = await made();
  const log = readFileSync(join(whole, 'log.jsonl'));
  const oneLine = log.indexOf('\n') + 1;
  for (const kept of [1, 17, oneLine - 1, oneLine, oneLine + 1, log.length - 1]) {
    const folder = evidenceFolder();
    await logIn(folder).write(async (open) => await append(open, first));
    // Killed before any head was signed: only the log has bytes.
    writeFileSync(join(folder, 'log.jsonl'), log.subarray(0, kept));
    rmSync(join(folder, 'index.jsonl'), { force: true });
    await logIn(folder).write(async (open) => {
      const records = log.subarray(0, kept).toString('latin1').split('\n').length - 1;
      expect(open.entries).toHaveLength(records);
      const torn = kept - (log.subarray(0, kept).lastIndexOf('\n') + 1);
      expect(open.cut).toEqual(torn === 0 ? null : expect.stringContaining(`${torn} bytes of a record`));
      await append(open, second);
      await open.sign();
    });
    await expect(checkLog(folder)).resolves.toMatchObject({ ok: true });
  }
});

it('records that no head had signed yet are signed by the next export', async () => {
  const folder = await made();
  const before = await size(folder);
  await logIn(folder).write(async (open) => await append(open, first));
  expect(await size(folder)).toBe(before);
  await logIn(folder).write(async (open) => await open.sign());
  expect(await size(folder)).toBe(before + 1);
});

it('a head that was cut is cut off, and signed again', async () => {
  const folder = await made();
  const heads = readFileSync(join(folder, 'heads.jsonl'), 'utf8');
  truncateSync(join(folder, 'heads.jsonl'), heads.length - 20);
  await logIn(folder).write(async (open) => {
    expect(open.cut).toMatch(/bytes of a tree head/);
    await open.sign();
  });
  expect(readFileSync(join(folder, 'heads.jsonl'), 'utf8')).toBe(heads);
});

it('an index that is missing, cut or wrong is made again', async () => {
  const folder = await made();
  const index = readFileSync(join(folder, 'index.jsonl'), 'utf8');
  for (const wrong of [
    '',
    index.slice(0, 30),
    index.replace(/"hash":"..../, '"hash":"0000'),
    `${index}${index}`,
  ]) {
    writeFileSync(join(folder, 'index.jsonl'), wrong);
    await logIn(folder).write(async (open) => await open.sign());
    expect(readFileSync(join(folder, 'index.jsonl'), 'utf8')).toBe(index);
  }
});

it.each([
  [
    'a byte of a record changed',
    (log: Buffer) => Buffer.from(log.toString().replace('"ticket/1"', '"ticket/9"')),
  ],
  [
    'the last record was removed',
    (log: Buffer) => log.subarray(0, log.lastIndexOf('\n', log.length - 2) + 1),
  ],
  [
    'two records changed places',
    (log: Buffer) => Buffer.from(`${log.toString().trim().split('\n').toReversed().join('\n')}\n`),
  ],
])('nothing is written to a log in which %s', async (_, change) => {
  const folder = await made();
  const path = join(folder, 'log.jsonl');
  const changed = change(readFileSync(path));
  writeFileSync(path, changed);
  rmSync(join(folder, 'index.jsonl'));
  await expect(logIn(folder).write(async (open) => await open.sign())).rejects.toThrow(/Nothing was written/);
  expect(readFileSync(path).equals(changed)).toBe(true);
});

it('a check reads every record: a byte that the index hides is found', async () => {
  const folder = await made();
  await expect(checkLog(folder)).resolves.toMatchObject({ ok: true });
  const path = join(folder, 'log.jsonl');
  writeFileSync(path, readFileSync(path, 'utf8').replace('"ticket/1"', '"ticket/9"'));
  await expect(checkLog(folder)).resolves.toMatchObject({ ok: false });
});

it('a check finds a head that was changed', async () => {
  const folder = await made();
  const path = join(folder, 'heads.jsonl');
  const head = readFileSync(path, 'utf8');
  writeFileSync(path, head.replace(/"atMs":\d/, '"atMs":9'));
  await expect(checkLog(folder)).resolves.toMatchObject({
    ok: false,
    why: expect.stringMatching(/signature/),
  });
});

it('of two exports at once one appends; the other one says so and changes nothing', async () => {
  const folder = evidenceFolder();
  let other: Promise<unknown> = Promise.resolve();
  await logIn(folder).write(async (open) => {
    await append(open, first);
    other = logIn(folder).write(async () => undefined);
    await expect(other).rejects.toThrow(/another process appends/);
    await open.sign();
  });
  expect(await size(folder)).toBe(1);
});

it('a lock of a process that was killed is taken at once, one of another machine after two minutes', async () => {
  const folder = await made();
  const child = spawn('true');
  await new Promise((resolve) => child.once('close', resolve));
  writeFileSync(join(folder, 'lock'), `${hostname()} ${child.pid} 00`);
  await expect(logIn(folder).write(async () => 'open')).resolves.toBe('open');
  writeFileSync(join(folder, 'lock'), 'elsewhere 1 00');
  await expect(logIn(folder, () => Date.now()).write(async () => 'open')).rejects.toThrow(/another process/);
  const later = (): number => Date.now() + 121_000;
  await expect(logIn(folder, later).write(async () => 'open')).resolves.toBe('open');
});

it('a process that stood still until another one took over adds and signs nothing', async () => {
  const folder = await made();
  await logIn(folder).write(async (open) => {
    writeFileSync(join(folder, 'lock'), 'elsewhere 1 00');
    await expect(append(open, first)).rejects.toThrow(/took over/);
  });
  await logIn(folder, () => Date.now() + 121_000).write(async (open) => {
    await append(open, first);
    appendFileSync(join(folder, 'log.jsonl'), 'x\n');
    await expect(open.sign()).rejects.toThrow(/another process appended/);
  });
});

it('with a new signing key the log goes on, and old bundles keep the head that they were made under', async () => {
  const folder = await made();
  const before = await readLog(folder);
  const old = await makeBundle(before, 'ticket/1');
  const oldKey = readPublicKey(readFileSync(before.files.publicKey(before.heads[0]?.key ?? ''), 'utf8'));
  rmSync(join(folder, 'signing-key.pem'));
  await logIn(folder).write(async (open) => await open.sign());
  const after = await readLog(folder);
  expect(after.heads).toHaveLength(2);
  const newKey = readPublicKey(readFileSync(after.files.publicKey(after.heads[1]?.key ?? ''), 'utf8'));
  const now = Buffer.from(await makeBundle(after, 'ticket/1'));
  expect([verifyBundle(Buffer.from(old), oldKey).ok, verifyBundle(now, oldKey).ok]).toEqual([true, false]);
  expect(verifyBundle(now, newKey).ok).toBe(true);
  await expect(checkLog(folder)).resolves.toMatchObject({ ok: true });
});

it.each([
  ['is whole where the heads were copied first', 'heads.jsonl', true],
  ['is refused where the log was copied first', 'log.jsonl', false],
])('a copy made while an export writes %s', async (_, early, expected) => {
  const folder = await made();
  const copy = evidenceFolder();
  mkdirSync(copy, { recursive: true });
  cpSync(join(folder, early), join(copy, early));
  await logIn(folder).write(async (open) => {
    await append(open, first);
    await open.sign();
  });
  for (const name of ['heads.jsonl', 'log.jsonl', 'signing-key.pem'].filter((one) => one !== early))
    cpSync(join(folder, name), join(copy, name));
  const exported = logIn(copy).write(async (open) => await open.sign());
  if (!expected) await expect(exported).rejects.toThrow(/Nothing was written/);
  await exported.catch(() => undefined);
  await expect(checkLog(copy)).resolves.toMatchObject({ ok: expected });
});

it('a message that no code of ours takes, nested without an end, holds up no export', async () => {
  const payloads = [
    { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(nested(200_000)) },
  ];
  const attributes = { signalName: 'ticketReported', input: { payloads } };
  const history = { events: [{ eventId: 1 as never, workflowExecutionSignaledEventAttributes: attributes }] };
  const facts = toHistoryFacts(history, { runId: first!.run.runId });
  const folder = evidenceFolder();
  await logIn(folder).write(async (open) => {
    await append(open, { run: first!.run, facts });
    await append(open, second);
    await open.sign();
  });
  await expect(checkLog(folder)).resolves.toMatchObject({ ok: true });
  expect(facts).toMatchObject([
    { kind: 'signal', input: [{ clipped: true, bytes: 400_000, text: nested(500).slice(0, 500) }] },
  ]);
});

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
