import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { createScriptRunner } from '../../src/scripts/script-runner.js';
import { ofEntry } from '../../src/scripts/trusted-path.js';
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
  dataDir: join(folder.path, 'data'),
  temporaryFolder: runs.path,
});

/** Prints who called it: `env` would be found between the program and us. */
const ENV_SCRIPT = '#!/usr/bin/env -S node --no-warnings\nconsole.log(process.argv0);\n';

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
  const key = `run ${(count += 1)}`;
  return runner.run(entry, { event: 'ADVANCE', args: [], stdin: '<ticket_info/>', key, ...call }, signal);
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // A killed process whose parent has not waited for it yet still has its number.
  return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

/** How long only the scripts of this run of this file sleep. */
const NAP = `300.${process.pid}`;

function sleepers(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8') === `sleep\x00${NAP}\x00` && alive(pid);
      } catch {
        return false;
      }
    });
}

/** The number of a closed descriptor may be another file's by now. */
function leadsToSecret(path: string): boolean {
  try {
    return readlinkSync(path).includes('CREDENTIAL');
  } catch (error) {
    // EINVAL: a file and not a link.
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
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
      'SCRIPT_PATH',
      'SCRIPT_RUN',
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

  it('cannot be given another PATH or event by its entry', async () => {
    const entry = registered('echo "$PATH $SCW_EVENT"', { env: { PATH: '/evil', SCW_EVENT: 'CLOSE' } });
    expect((await run(entry)).stdout).toBe(
      `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin ADVANCE\n`,
    );
  });

  it('gets secrets as files only it can read, gone afterwards', async () => {
    const entry = registered('echo "$CREDENTIAL"; md5sum < "$CREDENTIAL"; stat -Lc %a "$CREDENTIAL"', {
      env: { CREDENTIAL: 'secret:SECURECHANGE' },
    });
    const { stdout } = await run(entry);
    const [path, sum, mode] = stdout.split('\n');
    expect(sum).toBe(`${createHash('md5').update('wf-api:canary-secret').digest('hex')}  -`);
    expect(mode).toBe('400');
    expect(existsSync(path!) && leadsToSecret(path!)).toBe(false);
  });

  it('gets a secret as a variable of its own where its entry says so; no other process shows it', async () => {
    const entry = registered('printf %s "$TOKEN" | md5sum; echo "$TOKEN" >&2; echo "got $TOKEN"; exit 1', {
      env: { TOKEN: 'secretValue:SECURECHANGE' },
    });
    const { stdout, stderr } = await run(entry);
    const sum = createHash('md5').update('wf-api:canary-secret').digest('hex');
    // What goes into the history does not contain it.
    expect([stdout, stderr]).toEqual([`${sum}  -\ngot [secret]\n`, '[secret]\n']);
    expect(JSON.stringify(process.env)).not.toContain('canary-secret');
  });

  it('keeps a secret out of its kept output also where the output is cut', async () => {
    const entry = registered('head -c 16380 /dev/zero | tr "\\0" x; cat "$CREDENTIAL"; echo end', {
      env: { CREDENTIAL: 'secret:SECURECHANGE' },
    });
    const { stdout } = await run(entry);
    expect(stdout).toBe(`${'x'.repeat(16_380)}[secret]`);
  });

  it('works in a folder of its own that is removed, with umask 077', async () => {
    const entry = registered('umask; pwd; touch left-behind; mkdir -p deep/er; stat -c %a left-behind');
    const before = process.umask(0o027);
    const [umask, cwd, mode] = (await run(entry)).stdout.split('\n');
    expect([umask, mode]).toEqual(['0077', '600']);
    expect(dirname(dirname(cwd!))).toBe(runs.path);
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

  it('sees a private copy of itself under its own name, and where it is registered', async () => {
    const entry = registered('echo "$0"; echo "$SCRIPT_PATH"; stat -c %a "$0" "$(dirname "$0")"');
    const [itself, path, mode, folderMode] = (await run(entry)).stdout.split('\n');
    expect(basename(itself!)).toBe(basename(entry.executable!));
    expect(dirname(dirname(dirname(itself!)))).toBe(runs.path);
    expect([path, mode, folderMode]).toEqual([entry.executable, '500', '700']);
  });

  it('gets the argument of its #! line as the kernel gives it, and may be a program without one', async () => {
    const text = '#!/usr/bin/env -S printf [%s]\n';
    const executable = writeExecutable(folder.path, 'with-argument', text);
    const result = await run(scriptEntry({ name: 'x', executable, sha256: hash(text) }), { args: ['a b'] });
    expect(result.stdout).toMatch(/^\[.*\/program\/with-argument\]\[a b\]$/);

    const bytes = readFileSync('/bin/echo');
    const binary = join(folder.path, 'echo');
    writeFileSync(binary, bytes, { mode: 0o700 });
    const echoed = await run(scriptEntry({ name: 'y', executable: binary, sha256: hash(bytes) }), {
      args: ['hello'],
    });
    expect(echoed).toMatchObject({ outcome: 'exited', stdout: 'hello\n' });
  });

  it('that names env is run by the program that was found and checked, not by one found later', async () => {
    const executable = writeExecutable(folder.path, `env-${(count += 1)}`, ENV_SCRIPT);
    const entry = scriptEntry({ name: 'env', executable, sha256: hash(ENV_SCRIPT) });
    expect((await run(entry)).stdout).toBe(`${process.execPath}\n`);
  });

  it('can hand the path of a secret to programs of its own, which read it as often as they want', async () => {
    const entry = registered('sh -c \'cat "$0"; cat "$0"\' "$CREDENTIAL"; ls -A "$(dirname "$0")/.."', {
      env: { CREDENTIAL: 'secret:SECURECHANGE' },
    });
    expect((await run(entry)).stdout).toBe('[secret][secret]program\nwork\n');
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
    expect(Date.now() - before).toBeLessThan(30_000);
    await eventually('the child gone', () => !alive(Number(result.stdout)));
  });

  it('leaves no child behind that left its group', async () => {
    const before = Date.now();
    const result = await run(registered('setsid sleep 300 & echo $!; exit 0', { timeoutMs: 60_000 }));
    expect(result).toMatchObject({ outcome: 'exited', exitCode: 0 });
    expect(Date.now() - before).toBeLessThan(30_000);
    expect(alive(Number(result.stdout))).toBe(false);
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
    ['in a session and with an environment of its own', `env -i setsid sleep ${NAP}`],
    ['as a child of init', `(setsid env -i /bin/sh -c "sleep ${NAP} & wait" &)`],
  ])('does not outlive its limit %s', async (_where, command) => {
    const entry = registered(`${command} & sleep ${NAP}`, { timeoutMs: 500 });
    const before = sleepers();
    expect(await run(entry)).toMatchObject({ outcome: 'timedOut' });
    expect(sleepers().filter((pid) => !before.includes(pid))).toEqual([]);
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

  it.each([
    ['all users', 0o702],
    ['its group', 0o720],
  ])('when %s may write to it', async (_who, mode) => {
    expect(await refusal(registered('true', {}, mode))).toMatch(/others than its owner may write to/);
  });

  it.each([
    ['all users', 0o777],
    ['its group', 0o770],
  ])('when %s may write to a folder above it', async (_who, mode) => {
    const open = join(folder.path, `open-${mode}`);
    mkdirSync(join(open, 'inner'), { recursive: true });
    const text = '#!/bin/bash\n';
    const executable = writeExecutable(join(open, 'inner'), 'script.sh', text);
    chmodSync(open, mode);
    const why = await refusal(scriptEntry({ name: 'open', executable, sha256: hash(text) }));
    expect(why).toContain(`may write to ${open}`);
  });

  it('when a folder on the way is a symbolic link that is not of root', async () => {
    const entry = registered('true');
    const link = join(folder.path, 'link-to-folder');
    symlinkSync(folder.path, link);
    const executable = join(link, basename(entry.executable!));
    // Root's own link is as good as the path: only root could change it.
    const result = await run({ ...entry, executable });
    expect(result.outcome).toBe(process.geteuid?.() === 0 ? 'exited' : 'refused');
  });

  it('when it or a folder above it belongs to another user', () => {
    const facts = { uid: 4711, mode: 0o100755, isDirectory: () => false };
    expect(ofEntry('/opt/x.sh', facts)).toMatch(/belongs to user 4711/);
    expect(ofEntry('/opt/x.sh', { ...facts, uid: 0 })).toBeNull();
    expect(ofEntry('/opt/x.sh', { ...facts, uid: process.geteuid!() })).toBeNull();
  });

  it('when its path is not written plainly', async () => {
    const entry = registered('true');
    const executable = `${folder.path}/../${basename(folder.path)}/${basename(entry.executable!)}`;
    expect(await refusal({ ...entry, executable })).toMatch(/not written plainly/);
  });

  it('when its interpreter is missing, or could be replaced by others', async () => {
    const interpreter = writeExecutable(folder.path, 'interpreter', '#!/bin/sh\n', 0o777);
    for (const [line, why] of [
      ['#!/no/such/interpreter', /cannot be used \(ENOENT\)/],
      [`#!${interpreter} -x`, /could be replaced/],
      ['#!python3', /absolute path/],
      [`#!/usr/bin/env ${interpreter}`, /could be replaced/],
      ['#!/usr/bin/env -S no-such-program -x', /no-such-program is in none of/],
      ['#!/usr/bin/env ./beside', /absolute path/],
      ['#!/usr/bin/env -S PATH=/tmp bash', /options of env/],
      ['#!/usr/bin/env -i bash', /options of env/],
    ] as const) {
      const executable = writeExecutable(folder.path, `by-${(count += 1)}`, `${line}\n`);
      expect(await refusal(scriptEntry({ name: 'x', executable, sha256: hash(`${line}\n`) }))).toMatch(why);
    }
  });

  it('when others could exchange its copy in the folder for temporary files', async () => {
    const open = join(folder.path, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    const careless = createScriptRunner({
      clock: { now: () => nowMs },
      references: { setting: () => undefined, secret: () => undefined },
      dataDir: join(folder.path, 'data'),
      temporaryFolder: open,
    });
    const call = { event: 'ADVANCE', args: [], stdin: '', key: 'careless' };
    const { outcome, stderr } = await careless.run(registered('true'), call);
    expect([outcome, stderr]).toEqual(['refused', expect.stringMatching(/copy would lie in .*others than/)]);
    chmodSync(open, 0o1777);
    expect((await careless.run(registered('true'), call)).outcome).toBe('exited');
  });

  it('when others may write to the interpreter of its entry, or to a folder of its PATH', async () => {
    const open = join(folder.path, 'open-bin');
    mkdirSync(open);
    writeExecutable(open, 'shell', '#!/bin/bash\nexec /bin/bash "$@"\n', 0o755);
    const shell = { command: [join(open, 'shell')], path: [], env: {} };
    chmodSync(open, 0o777);
    expect(await refusal(registered('true', { interpreter: shell }))).toMatch(/others than its owner/);
    const path = { command: ['/bin/bash'], path: [open], env: {} };
    expect(await refusal(registered('true', { interpreter: path }))).toMatch(/could be replaced/);
    const missing = { command: ['/nowhere/python3'], path: [], env: {} };
    expect(await refusal(registered('true', { interpreter: missing }))).toMatch(/\/nowhere\/python3.*ENOENT/);
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

describe('a script with a limit of runs at once', () => {
  it('is not started beside as many as may run, and is once they ended', async () => {
    const gate = join(folder.path, 'go');
    const entry = registered(`until [ -e ${gate} ]; do sleep 0.05; done`, {
      concurrency: 2,
      timeoutMs: 60_000,
    });
    const two = [run(entry), run(entry)];
    const records = (): string[] => readdirSync(join(folder.path, 'data/scripts'));
    await eventually('both run', () => records().length === 2);
    const third = await run(entry);
    expect([third.outcome, third.stderr]).toEqual([
      'busy',
      expect.stringMatching(/2 of its runs are under way/),
    ]);
    expect((await run(registered('true', { concurrency: 1 }))).outcome).toBe('exited');
    writeFileSync(gate, '');
    await Promise.all(two);
    expect((await run(entry)).outcome).toBe('exited');
    expect(records()).toEqual([]);
  });

  it('never has more of them, however many ask at the same time', async () => {
    const counted = join(folder.path, 'counted');
    mkdirSync(counted);
    const lines = `mkdir ${counted}/$$; ls ${counted} | wc -l; sleep 0.1; rmdir ${counted}/$$`;
    const entry = registered(lines, { concurrency: 1, timeoutMs: 60_000 });
    const results = await Promise.all(Array.from({ length: 8 }, () => run(entry)));
    const ran = results.filter(({ outcome }) => outcome === 'exited');
    expect(ran.map(({ stdout }) => stdout.trim())).toEqual(ran.map(() => '1'));
    expect(results.filter(({ outcome }) => outcome === 'busy').length).toBeGreaterThanOrEqual(6);
  });
});
