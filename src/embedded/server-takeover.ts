import { connectWhenReady } from './namespace-setup.js';
import type { Progress } from './program-paths.js';
import { findServerOf, readServerLock, supervisorIsAlive } from './server-lock.js';
import type { ServerPorts } from './server-ports.js';
import { endProcess } from './server-process.js';

/** Another living process looks after a server on this database. */
export class DatabaseInUse extends Error {
  override readonly name = 'DatabaseInUse';
}

export type EarlierServer =
  /** Left behind by a supervisor that died; it answers. */
  | { readonly kind: 'running'; readonly pid: number; readonly ports: ServerPorts }
  /** None runs. The ports are those of the last start, if there was one. */
  | { readonly kind: 'none'; readonly ports: Partial<ServerPorts> };

/**
 * The server of an earlier start on this database. Ends one that does not answer.
 *
 * @throws DatabaseInUse when its supervisor lives.
 */
export async function findEarlierServer(
  dbFile: string,
  namespace: string,
  log: Progress,
): Promise<EarlierServer> {
  const lock = readServerLock(dbFile);
  const running = findServerOf(dbFile, lock);

  if (lock !== undefined && lock.supervisorPid !== process.pid && supervisorIsAlive(lock)) {
    throw new DatabaseInUse(
      `${dbFile} is in use by process ${lock.supervisorPid}, with Temporal on ${lock.ip}:${lock.port}` +
        `${lock.uiPort === undefined ? '' : ` and its Web UI on http://${lock.ip}:${lock.uiPort}`}. ` +
        'Use that one, stop it first, or choose another data directory.',
    );
  }
  if (running !== undefined && lock?.supervisorPid === process.pid) {
    throw new DatabaseInUse(`${dbFile} is already served by this process, on ${lock.ip}:${lock.port}.`);
  }
  if (running !== undefined && lock !== undefined && (await answers(lock.ip, lock.port, namespace))) {
    log(
      `taking over the Temporal server that an earlier run left behind (process ${running}, port ${lock.port})`,
    );
    return { kind: 'running', pid: running, ports: { port: lock.port, uiPort: lock.uiPort } };
  }
  if (running !== undefined) {
    log(`ending a Temporal server that does not answer (process ${running})`);
    await endProcess(running, 'SIGKILL', 10_000);
  }
  return { kind: 'none', ports: lock === undefined ? {} : { port: lock.port, uiPort: lock.uiPort } };
}

async function answers(ip: string, port: number, namespace: string): Promise<boolean> {
  try {
    await (await connectWhenReady(`${ip}:${port}`, namespace, 5_000)).close();
    return true;
  } catch {
    return false;
  }
}
