import { readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { withFileLock } from './file-lock.js';
import { connectWhenReady, prepareNamespace } from './namespace-setup.js';
import type { SearchAttributeSpec } from '../temporal/ensure-search-attributes.js';
import type { Progress } from './program-paths.js';
import { birthOf, isAlive } from './process-facts.js';
import { lockPathOf, removeServerLock, writeServerLock } from './server-lock.js';
import { choosePorts, type ServerPorts } from './server-ports.js';
import { endProcess, launchServer, signalProcess, sizeOf } from './server-process.js';
import { findEarlierServer } from './server-takeover.js';
import { locateTemporalCli } from './temporal-cli.js';
import { makeFolder } from './make-folder.js';

export interface DevServerOptions {
  /** SQLite file. Its folder is created. */
  readonly dbFile: string;
  /** `synchronous=FULL`: what was acknowledged survives a power cut. Without, `NORMAL`: it survives kill -9 of any process. */
  readonly durable: boolean;
  /** Free ones are taken when absent (on a database served before: the same again, if free). */
  readonly port?: number;
  /** Absent: no Web UI, unless `ui` asks for a free port. */
  readonly uiPort?: number;
  readonly ui?: boolean;
  readonly ip?: string;
  readonly namespace?: string;
  /** 30 when absent; the server's own 24 hours would take the audit trail away. */
  readonly retentionDays?: number;
  readonly searchAttributes?: readonly SearchAttributeSpec[];
  /** Starts it again, on the same ports and file, when it dies by itself. */
  readonly restart?: boolean;
  /** Where the server's own output goes; beside the database when absent. */
  readonly logFile?: string;
  /** Path of the `temporal` executable; looked for when absent. */
  readonly executable?: string;
  /** Extra `--dynamic-config-value` entries, `key` to JSON value. */
  readonly dynamicConfig?: Readonly<Record<string, unknown>>;
  readonly log?: Progress;
}

export interface DevServer {
  /** `host:port` of the gRPC frontend. */
  readonly address: string;
  readonly namespace: string;
  /** Address of the Web UI, when there is one. */
  readonly uiUrl: string | undefined;
  /** The server process now; another one after a restart. */
  readonly pid: number;
  /** True when it was running already, left behind by a supervisor that died. */
  readonly adopted: boolean;
  /** Ends it properly and gives up the lock. */
  stop(): Promise<void>;
  /** Kill -9. With `restart` it comes back by itself, else `revive` brings it back. */
  kill(): Promise<void>;
  /** Starts it again on the same ports and file if it is dead, and waits until it answers. */
  revive(): Promise<void>;
}

/** The server ended because a port it had chosen was taken. */
class LostAPort extends Error {
  override readonly name = 'LostAPort';
}

const LAUNCHES = 3;
const LAST_WORDS_BYTES = 1_000;
const READY_MS = 60_000;

/**
 * Starts Temporal's development server and waits until it answers, its namespace has the retention and every search attribute.
 * On a database that is served already it adopts a server whose supervisor died, and refuses when the supervisor lives.
 *
 * @throws DatabaseInUse, ServerNotFound, or Error with what the server said last.
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const executable =
    options.executable ?? (await locateTemporalCli({ ...(options.log && { log: options.log }) }));
  makeFolder(dirname(options.dbFile));
  const dbFile = join(realpathSync(dirname(options.dbFile)), basename(options.dbFile));
  return new Supervised(options, executable, dbFile).open();
}

class Supervised implements DevServer {
  readonly namespace: string;
  readonly #options: DevServerOptions;
  readonly #executable: string;
  readonly #dbFile: string;
  readonly #ip: string;
  readonly #log: Progress;
  #port = 0;
  #uiPort: number | undefined;
  #pid = 0;
  #logStart = 0;
  #adopted = false;
  #wanted = true;
  #watcher: NodeJS.Timeout | undefined;
  #reviving: Promise<void> | undefined;
  /** For an exit that forgot `stop`; after kill -9 the server stays, and the next start adopts it. */
  readonly #onExit = (): void => {
    signalProcess(this.#pid, 'SIGTERM');
  };

  constructor(options: DevServerOptions, executable: string, dbFile: string) {
    this.#options = options;
    this.#executable = executable;
    this.#dbFile = dbFile;
    this.#ip = options.ip ?? '127.0.0.1';
    this.namespace = options.namespace ?? 'default';
    this.#log = options.log ?? (() => undefined);
  }

  get address(): string {
    return `${this.#ip}:${this.#port}`;
  }

  get uiUrl(): string | undefined {
    return this.#uiPort === undefined ? undefined : `http://${this.#ip}:${this.#uiPort}`;
  }

  get pid(): number {
    return this.#pid;
  }

  get adopted(): boolean {
    return this.#adopted;
  }

  async open(): Promise<this> {
    await this.#guarded(async () => {
      const earlier = await findEarlierServer(this.#dbFile, this.namespace, this.#log);
      if (earlier.kind === 'running') this.#adopt(earlier.pid, earlier.ports);
      else {
        await this.#choosePorts(earlier.ports);
        await this.#launch();
      }
    });
    try {
      await this.#makeReadyOrRelaunch();
    } catch (error) {
      await this.stop();
      throw error;
    }
    if (this.#options.restart === true) this.#watch();
    process.once('exit', this.#onExit);
    return this;
  }

  async stop(): Promise<void> {
    this.#wanted = false;
    process.removeListener('exit', this.#onExit);
    clearInterval(this.#watcher);
    await this.#reviving?.catch(() => undefined);
    // What a demo or a test leaves need not be tidy, and tidying takes a second.
    await endProcess(this.#pid, this.#options.durable ? 'SIGTERM' : 'SIGKILL', 10_000);
    removeServerLock(this.#dbFile);
  }

  async kill(): Promise<void> {
    await endProcess(this.#pid, 'SIGKILL', 10_000);
  }

  async revive(): Promise<void> {
    this.#reviving ??= (async () => {
      if (isAlive(this.#pid)) return;
      await this.#guarded(async () => this.#launch());
      await this.#makeReadyOrRelaunch();
    })().finally(() => {
      this.#reviving = undefined;
    });
    return this.#reviving;
  }

  /** Two starts at once on one database decide one after the other. */
  async #guarded(work: () => Promise<void>): Promise<void> {
    await withFileLock(`${lockPathOf(this.#dbFile)}.guard`, work);
  }

  #adopt(pid: number, { port, uiPort }: ServerPorts): void {
    this.#pid = pid;
    this.#port = port;
    this.#uiPort = uiPort;
    this.#adopted = true;
    this.#writeLock();
  }

  async #choosePorts(earlier: Partial<ServerPorts>): Promise<void> {
    const { port, uiPort } = await choosePorts(this.#ip, this.#options, earlier);
    this.#port = port;
    this.#uiPort = uiPort;
  }

  async #launch(): Promise<void> {
    this.#writeLock({ starting: true });
    this.#logStart = sizeOf(this.#logFile);
    this.#pid = await launchServer(this.#executable, {
      ip: this.#ip,
      port: this.#port,
      uiPort: this.#uiPort,
      namespace: this.namespace,
      dbFile: this.#dbFile,
      durable: this.#options.durable,
      dynamicConfig: this.#options.dynamicConfig ?? {},
      logFile: this.#logFile,
    });
    this.#writeLock();
  }

  get #logFile(): string {
    return this.#options.logFile ?? `${this.#dbFile}.log`;
  }

  /** The server chooses some ports by itself and may lose one to another program before it listens: it chooses again. */
  async #makeReadyOrRelaunch(): Promise<void> {
    for (let launches = 1; ; launches += 1) {
      try {
        await this.#makeReady();
        return;
      } catch (error) {
        if (!(error instanceof LostAPort) || launches === LAUNCHES) throw error;
        this.#log(`${error.message} Starting it again.`);
        await this.#guarded(async () => {
          await this.#choosePorts({ port: this.#port, uiPort: this.#uiPort });
          await this.#launch();
        });
      }
    }
  }

  async #makeReady(): Promise<void> {
    const connection = await connectWhenReady(this.address, this.namespace, READY_MS, () => {
      if (!isAlive(this.#pid)) throw this.#endedWhileItStarted();
    });
    try {
      await prepareNamespace(connection, {
        namespace: this.namespace,
        retentionDays: this.#options.retentionDays ?? 30,
        searchAttributes: this.#options.searchAttributes ?? [],
      });
    } finally {
      await connection.close();
    }
  }

  #endedWhileItStarted(): Error {
    const words = readEnd(this.#logFile, this.#logStart);
    const message = `The Temporal server on ${this.address} ended while it started. Its last words, in ${this.#logFile}: ${words}`;
    return /address already in use/i.test(words) ? new LostAPort(message) : new Error(message);
  }

  #watch(): void {
    this.#watcher = setInterval(() => {
      if (!this.#wanted || this.#reviving !== undefined || isAlive(this.#pid)) return;
      this.#log(`the Temporal server on ${this.address} ended; starting it again`);
      this.revive().catch((error: unknown) => {
        this.#log(`the Temporal server could not be started again: ${String(error)}`);
      });
    }, 500);
  }

  #writeLock({ starting = false } = {}): void {
    const serverBirth = starting ? undefined : birthOf(this.#pid);
    const supervisorBirth = birthOf(process.pid);
    writeServerLock(this.#dbFile, {
      ...(!starting && { serverPid: this.#pid }),
      ...(serverBirth !== undefined && { serverBirth }),
      supervisorPid: process.pid,
      ...(supervisorBirth !== undefined && { supervisorBirth }),
      ip: this.#ip,
      port: this.#port,
      ...(this.#uiPort !== undefined && { uiPort: this.#uiPort }),
    });
  }
}

/** What stands in a file after `from`, at most the last 1,000 bytes of it, on one line. */
function readEnd(path: string, from: number): string {
  const bytes = readFileSync(path);
  const start = from <= bytes.length ? from : 0;
  return bytes
    .subarray(Math.max(start, bytes.length - LAST_WORDS_BYTES))
    .toString('utf8')
    .trim()
    .replaceAll(/\s*\n\s*/g, ' | ');
}
