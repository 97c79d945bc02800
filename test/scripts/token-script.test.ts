import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ScriptEntry } from '../../src/domain/script-entry.js';
import { createScriptRegistry } from '../../src/scripts/script-registry.js';
import { createScriptRunner } from '../../src/scripts/script-runner.js';
import { createTokenScripts } from '../../src/scripts/token-script.js';
import { temporaryFolder, writeExecutable } from '../support/run-script.js';
import { scriptEntry } from '../support/running-gateway.js';

const folder = temporaryFolder();
const runs = temporaryFolder();
afterAll(() => {
  folder.remove();
  runs.remove();
});

const ITSM = { name: 'itsm', url: 'https://itsm.example.com' };
let count = 0;

async function tokenOf(lines: string, entry: Partial<ScriptEntry> = {}, named?: string) {
  count += 1;
  const text = `#!/bin/bash\n${lines}\n`;
  const executable = writeExecutable(folder.path, `token-${count}.sh`, text);
  const sha256 = createHash('sha256').update(text).digest('hex');
  const registered = scriptEntry({ name: 'vault', kind: 'token', executable, sha256, ...entry });
  const run = createTokenScripts({
    registry: createScriptRegistry([registered]),
    runner: createScriptRunner({
      clock: { now: () => 0 },
      references: { setting: () => undefined, secret: () => 'canary-7f3a' },
      dataDir: join(folder.path, 'data'),
      temporaryFolder: runs.path,
    }),
  });
  return await run(named ?? 'vault', ITSM);
}

describe('a script of kind token', () => {
  it('gets its server on standard input and its secrets by reference, and what it prints is the answer', async () => {
    const seen = join(folder.path, 'seen');
    const ran = await tokenOf(`cat > ${seen}\ntest "$(cat "$PASSWORD")" = canary-7f3a && echo tok-1`, {
      env: { PASSWORD: 'secret:VAULT' },
    });
    expect(ran).toEqual({ kind: 'exited', exitCode: 0, stdout: 'tok-1\n' });
    expect(JSON.parse(readFileSync(seen, 'utf8'))).toEqual({ server: ITSM.name, url: ITSM.url });
  });

  it('is not run as another file than the one that was approved', async () => {
    const ran = await tokenOf('echo tok-1', { sha256: '0'.repeat(64) });
    expect(ran).toMatchObject({ kind: 'notRun', why: expect.stringContaining('was not run') as string });
  });

  it('is run as the kind it is registered for, and only by its name', async () => {
    const why = (script: string) => `scripts.yaml has no script ${script} of kind token`;
    expect(await tokenOf('echo tok-1', { kind: 'event' })).toEqual({ kind: 'notRun', why: why('vault') });
    expect(await tokenOf('echo tok-1', {}, '/bin/cat')).toEqual({ kind: 'notRun', why: why('/bin/cat') });
  });

  it('is ended when it hangs or prints without end, and its errors are not repeated', async () => {
    expect(await tokenOf('sleep 300', { timeoutMs: 200 })).toEqual({ kind: 'timedOut' });
    expect(await tokenOf('yes tok-7f3a')).toEqual({
      kind: 'notRun',
      why: 'the script vault was ended: it printed too much',
    });
    expect(await tokenOf('echo canary-7f3a >&2; exit 3')).toEqual({
      kind: 'exited',
      exitCode: 3,
      stdout: '',
    });
  });
});
