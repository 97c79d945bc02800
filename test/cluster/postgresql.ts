import { chownSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { freePorts } from '../../src/embedded/free-ports.js';
import { isExecutable } from '../../src/embedded/program-paths.js';
import { runCommand } from '../../src/embedded/run-command.js';
import { superviseProcess, type SupervisedProcess } from '../../src/embedded/supervise.js';

export interface PostgreSql {
  readonly port: number;
  readonly user: string;
  readonly process: SupervisedProcess;
  /** A base backup of all databases at one instant, while they are served. Returns what puts it in their place; the server must be stopped for that. */
  backUp(): Promise<() => void>;
  stop(): Promise<void>;
}

/** Where Debian puts the programs, one folder a version; they are not on PATH. */
const DEBIAN = '/usr/lib/postgresql';
const USER = 'temporal';

/** A database server of its own in this folder, durable as in production. Rejects with what to install when there is none. */
export async function startPostgreSql(folder: string): Promise<PostgreSql> {
  const programs = locatePrograms();
  const owner = ownerOf();
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  // PostgreSQL does not run as root.
  if (owner !== null) for (const path of [folder, data]) chownSync(path, owner.uid, owner.gid);
  const as = (program: string, args: readonly string[]): { command: string; args: readonly string[] } => {
    const path = join(programs, program);
    if (owner === null) return { command: path, args };
    const { uid, gid } = owner;
    return {
      command: 'setpriv',
      args: [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', path, ...args],
    };
  };
  const init = as('initdb', [
    `--pgdata=${data}`,
    `--username=${USER}`,
    // It listens on the loopback, in a test.
    '--auth=trust',
    '--encoding=UTF8',
    '--no-locale',
    '--no-sync',
  ]);
  const made = await runCommand(init.command, init.args, {
    env: process.env,
    timeoutMs: 120_000,
    cwd: folder,
  });
  if (made.code !== 0) throw new Error(`PostgreSQL: initdb failed:\n  ${made.lastLines.join('\n  ')}`);
  const [port = 0] = await freePorts(1, '127.0.0.1');
  const serve = as('postgres', [
    ...['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', folder],
    ...['-c', 'max_connections=200'],
  ]);
  const supervised = await superviseProcess({
    name: 'postgresql',
    ...serve,
    cwd: folder,
    withoutSettings: true,
    logFile: join(folder, 'postgresql.log'),
    readyWhen: async () => {
      const asked = ['--host=127.0.0.1', `--port=${port}`, `--username=${USER}`];
      const { code } = await runCommand(join(programs, 'pg_isready'), asked, { timeoutMs: 5_000 });
      return code === 0;
    },
    readyWithinMs: 60_000,
  });
  return {
    port,
    user: USER,
    process: supervised,
    backUp: async () => {
      const backup = join(folder, 'backup');
      const to = ['--pgdata', backup, '--wal-method=stream', '--checkpoint=fast'];
      const from = ['--host=127.0.0.1', `--port=${port}`, `--username=${USER}`];
      const { command, args } = as('pg_basebackup', [...to, ...from]);
      const { code, lastLines } = await runCommand(command, args, {
        env: process.env,
        timeoutMs: 120_000,
        cwd: folder,
      });
      if (code !== 0) throw new Error(`PostgreSQL: pg_basebackup failed:\n  ${lastLines.join('\n  ')}`);
      return () => {
        rmSync(data, { recursive: true });
        renameSync(backup, data);
      };
    },
    stop: async () => supervised.stop(10_000),
  };
}

function locatePrograms(): string {
  const versions = foldersOf(DEBIAN).sort((a, b) => Number(b) - Number(a));
  const found = versions
    .map((version) => join(DEBIAN, version, 'bin'))
    .find((bin) => isExecutable(join(bin, 'postgres')));
  if (found !== undefined) return found;
  throw new Error(
    `PostgreSQL: no server in ${DEBIAN}/*/bin. Install it (Debian: apt-get install postgresql) and start again.`,
  );
}

function foldersOf(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** Whom it runs as; null: as ourselves. */
function ownerOf(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((each) => each.startsWith('postgres:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined)
    throw new Error('PostgreSQL: it does not run as root, and there is no user postgres to run it as.');
  return { uid: Number(uid), gid: Number(gid) };
}
