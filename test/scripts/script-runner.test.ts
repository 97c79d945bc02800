import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { createScriptRunner } from '../../src/scripts/script-runner.js';
import type { ScriptEntry } from '../../src/domain/script-entry.js';
import type { ScriptCall, ScriptResult } from '../../src/scripts/scripts.js';
import { eventually } from '../support/eventually.js';
import { temporaryFolder, writeExecutable } from '../support/run-script.js';
import { scriptEntry } from '../support/running-gateway.js';

const folder = temporaryFolder();
const runs = temporaryFolder();
afterAll(() => {
  folder.remove();
  runs.remove();
});

let nowMs = 1_000;
const runner = createScriptRunner({
  clock: { now: () => (nowMs += 7) },
  references: {
    setting: (name) => (name === 'SECURECHANGE_URL' ? 'https://securechange.example.com' : undefined),
    secret: (name) => (name === 'SECURECHANGE' ? 'wf-api:canary-secret' : undefined),
  },
  temporaryFolder: runs.path,
});

let count = 0;
/** Registers a Bash script with these lines. */
function registered(lines: string, entry: Partial<ScriptEntry> = {}, mode = 0o700): ScriptEntry {
  count += 1;
  const text = `#!/bin/bash\n${lines}\n`;
  const executable = writeExecutable(folder.path, `script-${count}.sh`, text, mode);
  return scriptEntry({ name: `script-${count}`, executable, sha256: hash(text), ...entry });
}

const hash = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

function run(
  entry: ScriptEntry,
  call: Partial<ScriptCall> = {},
  signal?: AbortSignal,
): Promise<ScriptResult> {
  return runner.run(entry, { event: 'ADVANCE', args: [], stdin: '<ticket_info/>', ...call }, signal);
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // A killed process that nobody has waited for yet still has its number.
  return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

describe('a script', () => {
  it('gets the XML on stdin and each argument as one element, and its output and exit code come back', async () => {
    const entry = registered('cat; printf "[%s]" "$@"; echo oops >&2; exit 3');
    const result = await run(entry, {
      stdin: '<ticket_info><id>7</id></ticket_info>',
      args: ['a b', '$(id)', '', '*'],
    });
    const stdout = '<ticket_info><id>7</id></ticket_info>[a b][$(id)][][*]';
    expect(result).toMatchObject({
      outcome: 'exited',
      exitCode: 3,
      signal: null,
      stdout,
      stderr: 'oops\n',
      stdoutSha256: hash(stdout),
    });
    expect(result.endedAtMs).toBeGreaterThan(result.startedAtMs);
  });

  it('has an environment built from nothing but what is declared', async () => {
    process.env['SCO_TEST_CANARY'] = 'leaked';
    const entry = registered('env -0 | sort -z | tr "\\0" "\\n"', {
      env: { GREETING: 'hello', SECURECHANGE_URL: 'setting:SECURECHANGE_URL' },
    });
    const { stdout } = await run(entry, { event: 'REDO' });
    delete process.env['SCO_TEST_CANARY'];
    const names = stdout
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    // PWD, SHLVL and _ are set by Bash itself.
    expect(names.filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name!))).toEqual([
      'GREETING',
      'LANG',
      'PATH',
      'SCW_EVENT',
      'SECURECHANGE_URL',
      'TMPDIR',
    ]);
    expect(stdout).toContain('GREETING=hello\n');
    expect(stdout).toContain('LANG=C.UTF-8\n');
    expect(stdout).toContain('SCW_EVENT=REDO\n');
    expect(stdout).toContain('SECURECHANGE_URL=https://securechange.example.com\n');
    expect(stdout).toContain(`PATH=${dirname(process.execPath)}:`);
  });

  it('can not be given another PATH or event by its entry', async () => {
    const entry = registered('echo "$PATH $SCW_EVENT"', { env: { PATH: '/evil', SCW_EVENT: 'CLOSE' } });
    expect((await run(entry)).stdout).toBe(
      `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin ADVANCE\n`,
    );
  });

  it('gets secrets as files only it can read, gone afterwards', async () => {
    const entry = registered('echo "$CREDENTIAL"; cat "$CREDENTIAL"; stat -c " %a" "$CREDENTIAL"', {
      env: { CREDENTIAL: 'secret:SECURECHANGE' },
    });
    const { stdout } = await run(entry);
    const [path, content] = stdout.split('\n');
    expect(content).toBe('wf-api:canary-secret 600');
    expect(existsSync(path!)).toBe(false);
  });

  it('works in a folder of its own that is removed, with umask 077', async () => {
    const entry = registered('umask; pwd; touch left-behind; mkdir -p deep/er; stat -c %a left-behind');
    const before = process.umask(0o027);
    const [umask, cwd, mode] = (await run(entry)).stdout.split('\n');
    expect([umask, mode]).toEqual(['0077', '600']);
    expect(dirname(cwd!)).toBe(runs.path);
    expect(readdirSync(runs.path)).toEqual([]);
    expect(process.umask(before)).toBe(0o027);
  });

  it('runs under limits for files and processor time', async () => {
    const { stdout } = await run(registered('ulimit -n; ulimit -t; ulimit -c', { timeoutMs: 10_000 }));
    expect(stdout).toBe('512\n15\n0\n');
  });

  it('does not have to read its input', async () => {
    const result = await run(registered('exec 0<&-; exit 0'), { stdin: 'x'.repeat(190_000) });
    expect(result).toMatchObject({ outcome: 'exited', exitCode: 0 });
  });

  it('that kills itself is reported with the signal', async () => {
    expect(await run(registered('kill -TERM $$'))).toMatchObject({
      outcome: 'exited',
      exitCode: null,
      signal: 'SIGTERM',
    });
  });

  it('without execute permission for its interpreter is refused, not thrown', async () => {
    const text = '#!/no/such/interpreter\n';
    const executable = writeExecutable(folder.path, 'no-interpreter', text);
    const result = await run(scriptEntry({ name: 'no-interpreter', executable, sha256: hash(text) }));
    expect(result.exitCode).not.toBe(0);
  });
});

describe('a script that runs wild', () => {
  it('is killed with its grandchildren when its time is up', async () => {
    const entry = registered('sleep 300 & echo $!; (trap "" TERM; sleep 300 & echo $!; wait) & wait', {
      timeoutMs: 700,
    });
    const result = await run(entry);
    expect(result).toMatchObject({ outcome: 'timedOut', exitCode: null, signal: 'SIGKILL' });
    const pids = result.stdout.trim().split('\n').map(Number);
    expect(pids).toHaveLength(2);
    await eventually('grandchildren gone', () => pids.every((pid) => !alive(pid)));
  });

  it('does not leave children behind that hold its output open', async () => {
    const before = Date.now();
    const result = await run(registered('sleep 300 & echo $!; exit 0', { timeoutMs: 60_000 }));
    expect(result).toMatchObject({ outcome: 'exited', exitCode: 0 });
    expect(Date.now() - before).toBeLessThan(5_000);
    await eventually('the child gone', () => !alive(Number(result.stdout)));
  });

  it('does not hang its caller when a child left the group', async () => {
    const before = Date.now();
    const result = await run(registered('setsid sleep 300 & echo $!; exit 0', { timeoutMs: 60_000 }));
    expect(result).toMatchObject({ outcome: 'exited', exitCode: 0 });
    expect(Date.now() - before).toBeLessThan(5_000);
    process.kill(Number(result.stdout), 'SIGKILL');
  });

  it('is killed when it is cancelled, and the cancellation is thrown', async () => {
    const marker = join(folder.path, 'cancelled.pid');
    const entry = registered(`sleep 300 & echo $! > ${marker}; wait`, { timeoutMs: 60_000 });
    const cancel = new AbortController();
    const running = run(entry, {}, cancel.signal);
    const pid = await eventually(
      'a child',
      () => existsSync(marker) && (Number(readFileSync(marker, 'utf8')) || false),
    );
    const why = new Error('the ticket was cancelled');
    cancel.abort(why);
    await expect(running).rejects.toBe(why);
    await eventually('the child gone', () => !alive(pid));
    expect(readdirSync(runs.path)).toEqual([]);
  });

  it.each([
    ['stdout', 'head -c 1100000 /dev/zero | tr "\\0" x; sleep 300'],
    ['stderr', 'head -c 300000 /dev/zero | tr "\\0" x >&2; sleep 300'],
  ])('is killed when it writes too much to %s, which is not the same as failing', async (_where, lines) => {
    const result = await run(registered(lines, { timeoutMs: 60_000 }));
    expect(result).toMatchObject({ outcome: 'outputTooLarge', exitCode: null });
  });

  it('may write up to its limit; the first 16 KiB are kept, cut between characters, with the hash of all', async () => {
    const result = await run(registered('printf x; for i in {1..20000}; do printf ü; done'));
    expect(result).toMatchObject({ outcome: 'exited', exitCode: 0 });
    expect(result.stdoutSha256).toBe(hash(`x${'ü'.repeat(20_000)}`));
    expect(result.stdout).toBe(`x${'ü'.repeat(8_191)}`);
  });
});

describe('an executable is refused', () => {
  async function refusal(entry: ScriptEntry, call: Partial<ScriptCall> = {}): Promise<string> {
    const result = await run(entry, call);
    expect(result).toMatchObject({ outcome: 'refused', exitCode: null, stdout: '' });
    return result.stderr;
  }

  it('when its bytes changed since it was registered', async () => {
    const marker = join(folder.path, 'ran');
    const entry = registered(`touch ${marker}`);
    writeExecutable(
      folder.path,
      entry.executable!.split('/').at(-1)!,
      `#!/bin/bash\ntouch ${marker} # changed\n`,
    );
    expect(await refusal(entry)).toMatch(/not the registered ones/);
    expect(existsSync(marker)).toBe(false);
  });

  it('when no hash is registered', async () => {
    expect(await refusal(registered('true', { sha256: null }))).toMatch(/no SHA-256/);
  });

  it('when it is a symbolic link, also to a registered file', async () => {
    const entry = registered('true');
    const link = join(folder.path, 'link.sh');
    symlinkSync(entry.executable!, link);
    expect(await refusal({ ...entry, executable: link })).toMatch(/symbolic link/);
  });

  it('when everybody may write to it or to its folder', async () => {
    expect(await refusal(registered('true', {}, 0o702))).toMatch(/everybody may write to it/);
    const open = join(folder.path, 'open');
    mkdirSync(join(open, 'inner'), { recursive: true });
    const text = '#!/bin/bash\n';
    const executable = writeExecutable(join(open, 'inner'), 'script.sh', text);
    chmodSync(open, 0o777);
    expect(await refusal(scriptEntry({ name: 'open', executable, sha256: hash(text) }))).toMatch(
      /its folder/,
    );
  });

  it('when it is a folder, missing, not absolute or not executable', async () => {
    const entry = registered('true');
    expect(await refusal({ ...entry, executable: folder.path })).toMatch(/not a regular file/);
    expect(await refusal({ ...entry, executable: `${folder.path}/nothing` })).toMatch(/ENOENT/);
    expect(await refusal({ ...entry, executable: 'script.sh' })).toMatch(/not absolute/);
    expect(await refusal({ ...entry, executable: null })).toMatch(/no executable/);
    expect(await refusal(registered('true', {}, 0o600))).toMatch(/not executable/);
  });

  it('when an argument is one that no program can be given', async () => {
    expect(await refusal(registered('true'), { args: ['canary\0'] })).not.toMatch(/canary/);
  });

  it('when its environment refers to what is not set, naming it and no value', async () => {
    const why = await refusal(
      registered('true', { env: { TOKEN: 'secret:NOT_THERE', OTHER: 'secret:SECURECHANGE' } }),
    );
    expect(why).toMatch(/TOKEN refers to the secret NOT_THERE/);
    expect(why).not.toMatch(/canary/);
    expect(readdirSync(runs.path)).toEqual([]);
  });
});
