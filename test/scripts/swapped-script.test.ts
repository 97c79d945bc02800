import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { readProgram } from '../../src/scripts/registered-program.js';
import { createScriptRunner } from '../../src/scripts/script-runner.js';
import { eventually } from '../support/eventually.js';
import { temporaryFolder, writeExecutable } from '../support/run-script.js';
import { scriptEntry } from '../support/running-gateway.js';

const folder = temporaryFolder();
afterAll(() => folder.remove());

it('no other file than the registered one ever runs, however often it is swapped', async () => {
  const marker = join(folder.path, 'evil-ran');
  const good = '#!/bin/sh\necho good\n';
  const evil = `#!/bin/sh\ntouch ${marker}\necho evil\n`;
  writeExecutable(folder.path, 'good', good);
  writeExecutable(folder.path, 'evil', evil);
  symlinkSync(join(folder.path, 'evil'), join(folder.path, 'link'));
  const executable = writeExecutable(folder.path, 'script', good);
  const sha256 = createHash('sha256').update(good).digest('hex');
  // A link to the other file, the other file, the bytes of the other file in the same file, and back.
  const swapper = spawn('/bin/bash', [
    '-c',
    `cd ${folder.path}; touch swapping; while :; do
       cp -P link a; mv -T a script; cp good a; mv -T a script; cp evil a; mv -T a script; cp good a; mv -T a script
       cat evil > script; cat good > script
     done`,
  ]);
  const runner = createScriptRunner({
    clock: { now: () => 0 },
    references: { setting: () => undefined, secret: () => undefined },
    dataDir: join(folder.path, 'data'),
    temporaryFolder: folder.path,
  });
  try {
    await eventually('it is being swapped', () => existsSync(join(folder.path, 'swapping')));
    const read = new Map<string, number>();
    for (let look = 0; look < 3_000; look += 1) {
      const program = await readProgram({ executable, sha256, interpreter: null });
      const what = typeof program === 'string' ? 'refused' : program.bytes.toString('utf8');
      read.set(what, (read.get(what) ?? 0) + 1);
    }
    expect([...read.keys()].sort()).toEqual([good, 'refused'].sort());

    const entry = scriptEntry({ name: 'swapped', executable, sha256, timeoutMs: 300_000 });
    const ran = await Promise.all(
      Array.from({ length: 60 }, async (_, at) =>
        runner.run(entry, { event: 'ADVANCE', args: [], stdin: '', key: `run ${at}` }),
      ),
    );
    for (const { outcome, stdout } of ran) {
      expect({ outcome, stdout }).toEqual(
        outcome === 'refused' ? { outcome, stdout: '' } : { outcome: 'exited', stdout: 'good\n' },
      );
    }
    expect(existsSync(marker)).toBe(false);
  } finally {
    swapper.kill('SIGKILL');
  }
});

it('what was checked runs, also where the file is replaced between check and start', async () => {
  const good = '#!/bin/sh\necho good\n';
  const executable = writeExecutable(folder.path, 'replaced', good);
  const runner = createScriptRunner({
    clock: { now: () => 0 },
    // Read after the check, for the environment of the run.
    references: {
      setting: () => undefined,
      secret: () => {
        writeExecutable(folder.path, 'replaced', '#!/bin/sh\necho evil\n');
        return 'secret';
      },
    },
    dataDir: join(folder.path, 'data'),
    temporaryFolder: folder.path,
  });
  const sha256 = createHash('sha256').update(good).digest('hex');
  const entry = scriptEntry({ name: 'replaced', executable, sha256, env: { TOKEN: 'secret:X' } });
  const call = { event: 'ADVANCE', args: [], stdin: '', key: 'replaced' };
  expect(await runner.run(entry, call)).toMatchObject({ outcome: 'exited', stdout: 'good\n' });
  expect(await runner.run(entry, call)).toMatchObject({ outcome: 'refused', stdout: '' });
});
