import { createHash } from 'node:crypto';
import { chmodSync } from 'node:fs';

import { refusedScripts } from '../../src/scripts/refused-scripts.js';
import { temporaryFolder, writeExecutable } from '../support/run-script.js';
import { scriptEntry } from '../support/running-gateway.js';

const folder = temporaryFolder();
afterAll(() => folder.remove());

it('lists every registered script that a run would refuse, with the reason, and no other', async () => {
  const text = '#!/bin/sh\nexit 0\n';
  const sha256 = createHash('sha256').update(text).digest('hex');
  const [good, open, edited, plain] = ['good', 'open', 'edited', 'plain'].map((name) =>
    writeExecutable(folder.path, name, text),
  ) as [string, string, string, string];
  chmodSync(open, 0o722);
  chmodSync(plain, 0o600);
  const missing = `${good}-missing`;

  const refused = await refusedScripts([
    scriptEntry({ name: 'good', executable: good, sha256 }),
    scriptEntry({ name: 'events only', executable: null, sha256: null }),
    scriptEntry({ name: 'open', executable: open, sha256 }),
    scriptEntry({ name: 'edited', executable: edited, sha256: 'ab'.repeat(32) }),
    scriptEntry({ name: 'plain', executable: plain, sha256 }),
    scriptEntry({ name: 'missing', executable: missing, sha256 }),
  ]);

  expect(refused).toEqual([
    { name: 'open', executable: open, why: `others than its owner may write to ${open}; chmod go-w` },
    { name: 'edited', executable: edited, why: expect.stringContaining('not the registered ones') as string },
    { name: 'plain', executable: plain, why: 'it is not executable; chmod +x' },
    { name: 'missing', executable: missing, why: 'it cannot be read (ENOENT)' },
  ]);
});
