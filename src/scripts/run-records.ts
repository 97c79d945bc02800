import { createHash, randomBytes, randomInt } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { birthOf, killTagged } from './process-table.js';
import type { RunTag } from './process-table.js';
import { removeSecretsOf } from './secret-files.js';

/** What is written down of a run before it starts, and removed when nothing of it lives any more. */
export interface RunRecord extends RunTag {
  readonly script: string;
  readonly host: string;
  readonly boot: string;
  /** Process ids mean something only in here. */
  readonly pidNamespace: string;
  readonly owner: { readonly pid: number; readonly birth: string | undefined };
  /** The run's own folder. */
  readonly folder: string;
  readonly startedAtMs: number;
}

/** An earlier run under the same key that may still live. */
export interface EarlierRun {
  readonly id: string;
  /** Names the run and where to look. */
  readonly text: string;
  /** We see that it runs: a command that says it ended is refused. */
  readonly seen: boolean;
}

export interface RunRecords {
  /** Writes the record and so takes the key; of two that try, one gets it. */
  open(
    key: string,
    run: { script: string; startedAtMs: number; folder: (id: string) => string },
  ): RunRecord | EarlierRun;
  /**
   * Other runs of the script that are recorded and may live. Of runs that ask after they opened their record, at least
   * the last one sees all others.
   */
  othersOf(record: RunRecord): number;
  /** Ends what the run left, removes its folder and secrets, then the record. */
  close(key: string, record: RunRecord): Promise<void>;
  /** Drops the record of a run of which a person says that it ended. */
  forget(key: string, id: string): void;
  /** Ends what runs of dead workers left on this machine. */
  sweep(): Promise<void>;
}

const FILE_SIZE_LIMIT = 256 * 1024 * 1024;
/** A process has its tag at most this long after its fork. */
const TAGGED_AFTER_MS = 250;
/** No script may run this long; a record of a machine that never came back is litter by then. */
const FORGOTTEN_AFTER_MS = 7 * 24 * 3_600_000;

/**
 * Records lie in `<dataDir>/scripts`, one file a key, for all workers that share the folder. What they are for: a worker
 * that was killed leaves processes and a folder; its watcher, or the next worker, finds and ends them by the record.
 */
export function createRunRecords(dataDir: string): RunRecords {
  const records = join(dataDir, 'scripts');
  const fileOf = (key: string): string =>
    join(records, `${createHash('sha256').update(key).digest('hex').slice(0, 40)}.json`);
  const endAndRemove = async (file: string, record: RunRecord, pauseMs: number): Promise<void> => {
    // What cannot be killed keeps its record, so that no second copy is started beside it.
    if (!(await killTagged(record, { pauseMs }))) return;
    removeSecretsOf(record.id);
    rmSync(record.folder, { recursive: true, force: true });
    // Another may have cleaned up at the same time, and a new run have taken the key since.
    if (readRecord(file)?.id === record.id) rmSync(file, { force: true });
  };
  return {
    open: (key, { script, startedAtMs, folder }) => {
      makeRecordsFolder(dataDir, records);
      const id = randomBytes(12).toString('hex');
      const record: RunRecord = {
        id,
        fileSizeLimit: FILE_SIZE_LIMIT + randomInt(2 ** 28),
        script,
        ...here(),
        owner: { pid: process.pid, birth: birthOf(process.pid) },
        folder: folder(id),
        startedAtMs,
      };
      try {
        writeFileSync(fileOf(key), `${JSON.stringify(record)}\n`, { mode: 0o600, flag: 'wx' });
        return record;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        return earlierRun(fileOf(key));
      }
    },
    othersOf: ({ script, id }) =>
      entriesOf(records)
        .map((name) => readRecord(join(records, name)))
        .filter((other) => other?.script === script && other.id !== id && fateOf(other) !== 'rebooted')
        .length,
    close: async (key, record) => endAndRemove(fileOf(key), record, 0),
    forget: (key, id) => {
      const found = readRecord(fileOf(key));
      if (found === undefined || found.id === id) rmSync(fileOf(key), { force: true });
    },
    sweep: async () => {
      const names = entriesOf(records).filter((name) => name.endsWith('.json'));
      await Promise.all(
        names.map(async (name) => {
          const file = join(records, name);
          const record = readRecord(file);
          if (record === undefined) return;
          const fate = fateOf(record);
          if (fate === 'orphaned' || fate === 'rebooted') await endAndRemove(file, record, TAGGED_AFTER_MS);
          else if (fate === 'elsewhere' && Date.now() - record.startedAtMs > FORGOTTEN_AFTER_MS)
            rmSync(file, { force: true });
        }),
      );
    },
  };
}

type Fate = 'running' | 'orphaned' | 'rebooted' | 'elsewhere';

function fateOf({ host, boot, pidNamespace, owner }: RunRecord): Fate {
  const now = here();
  if (host !== now.host) return 'elsewhere';
  if (boot !== now.boot) return 'rebooted';
  if (pidNamespace !== now.pidNamespace) return 'elsewhere';
  return isAlive(owner.pid) && birthOf(owner.pid) === owner.birth ? 'running' : 'orphaned';
}

function earlierRun(file: string): EarlierRun {
  const record = readRecord(file);
  if (record === undefined) {
    return { id: 'unreadable', text: `its record ${file} cannot be read`, seen: false };
  }
  const { id, script, host, owner, startedAtMs } = record;
  const fate = fateOf(record);
  return {
    id,
    text:
      `${script}, started ${new Date(startedAtMs).toISOString()} on ${host} by worker process ${owner.pid}` +
      (fate === 'running' ? ', which is still running' : ''),
    seen: fate === 'running' || fate === 'orphaned',
  };
}

/** Where process ids mean what they mean to us: this host, since its last start, in this container. */
function here(): { host: string; boot: string; pidNamespace: string } {
  return {
    host: `${hostname()}${suffix(() => readFileSync('/etc/machine-id', 'utf8').trim().slice(0, 8))}`,
    boot: suffix(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: suffix(() => readlinkSync('/proc/self/ns/pid')),
  };
}

function suffix(read: () => string): string {
  try {
    return ` ${read()}`;
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** One level each: the data folder of an installation lies in a folder that is there. */
function makeRecordsFolder(dataDir: string, records: string): void {
  for (const folder of [dataDir, records]) {
    try {
      mkdirSync(folder, { mode: 0o700 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readRecord(file: string): RunRecord | undefined {
  try {
    const record: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isRecord(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is RunRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { id, script, fileSizeLimit, folder, owner, startedAtMs } = value as Partial<RunRecord>;
  return (
    typeof id === 'string' &&
    typeof script === 'string' &&
    /^[0-9a-f]{24}$/.test(id) &&
    typeof fileSizeLimit === 'number' &&
    typeof folder === 'string' &&
    folder.endsWith(`/sco-script-${id}`) &&
    typeof owner?.pid === 'number' &&
    typeof startedAtMs === 'number'
  );
}
