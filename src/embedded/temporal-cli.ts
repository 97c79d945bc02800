import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { withFileLock } from './file-lock.js';
import { cacheDirectory, findOnPath, isExecutable } from './program-paths.js';
import type { Environment, Progress } from './program-paths.js';
import { runCommand } from './run-command.js';
import { makeFolder } from './make-folder.js';

/** Newest version that `go install` accepts: later ones carry a `replace` directive. It holds Temporal server 1.29.1. */
export const TEMPORAL_CLI_VERSION = '1.5.1';

const OLDEST_SERVER = [1, 29] as const;
const OLDEST_GO = [1, 25] as const;
/** Go's own installer puts it here, and leaves PATH to the reader. */
const GO_ELSEWHERE = '/usr/local/go/bin/go';
const DOWNLOAD_HOST = 'https://temporal.download/';

export interface LocateOptions {
  readonly env?: Environment;
  readonly log?: Progress;
  /** How long to wait for an answer of the download site. */
  readonly reachMs?: number;
  /** Where Go is when it is not on `PATH`. */
  readonly goElsewhere?: string;
}

/** No place had a server; the message says which were tried and what to type. */
export class ServerNotFound extends Error {
  override readonly name = 'ServerNotFound';
}

/**
 * Path of a `temporal` executable whose development server we can use. Looks at `TEMPORAL_CLI_PATH`, `PATH` and our cache; then
 * downloads with the SDK, then builds with Go, into the cache. Two processes never build at once.
 *
 * @throws ServerNotFound
 */
export async function locateTemporalCli(options: LocateOptions = {}): Promise<string> {
  const env = options.env ?? process.env;
  const log = options.log ?? (() => undefined);
  const tried: string[] = [];

  const named = env['TEMPORAL_CLI_PATH'] ?? '';
  if (named !== '') {
    if (isExecutable(named)) return named;
    throw new ServerNotFound(
      `TEMPORAL_CLI_PATH names ${named}, which is not an executable file. Correct it, or unset it to let us look elsewhere.`,
    );
  }
  tried.push('TEMPORAL_CLI_PATH: not set');

  const onPath = findOnPath('temporal', env);
  if (onPath === undefined) tried.push('PATH: no `temporal` on it');
  else {
    const version = await serverVersionOf(onPath, env);
    if (version !== undefined && atLeast(version, OLDEST_SERVER)) return onPath;
    tried.push(
      `PATH: ${onPath} holds server ${version?.join('.') ?? 'of unknown version'}, too old for us (${OLDEST_SERVER.join('.')} or later)`,
    );
  }

  const folder = join(cacheDirectory(env), 'bin');
  const cached = join(folder, `temporal-${TEMPORAL_CLI_VERSION}`);
  if (isExecutable(cached)) return cached;
  tried.push(`cache: ${cached} is not there`);

  return withFileLock(
    `${cached}.lock`,
    async () => {
      if (isExecutable(cached)) return cached;
      makeFolder(folder);
      const working = mkdtempSync(join(folder, '.working-'));
      try {
        const fetched =
          (await download(working, env, options.reachMs ?? 5_000, log, tried)) ??
          (await build(working, env, options.goElsewhere ?? GO_ELSEWHERE, log, tried));
        if (fetched === undefined) throw new ServerNotFound(adviceFor(tried));
        renameSync(fetched, cached);
        return cached;
      } finally {
        rmSync(working, { recursive: true, force: true });
      }
    },
    (pid) => {
      log(`waiting for process ${pid}, which is getting the Temporal server`);
    },
  );
}

/** In a process of its own, because the SDK's download can neither be bounded nor called off. */
async function download(
  folder: string,
  env: Environment,
  reachMs: number,
  log: Progress,
  tried: string[],
): Promise<string | undefined> {
  try {
    await fetch(DOWNLOAD_HOST, { method: 'HEAD', signal: AbortSignal.timeout(reachMs) });
  } catch {
    tried.push(`download: ${DOWNLOAD_HOST} cannot be reached`);
    return undefined;
  }
  log(`downloading the Temporal server ${TEMPORAL_CLI_VERSION}`);
  const script = `
    import { TestWorkflowEnvironment } from '@temporalio/testing';
    const executable = { type: 'cached-download', version: 'v${TEMPORAL_CLI_VERSION}', downloadDir: ${JSON.stringify(folder)} };
    const server = await TestWorkflowEnvironment.createLocal({ server: { executable } });
    await server.teardown();
    process.exit(0);`;
  const outcome = await runCommand(process.execPath, ['--input-type=module', '--eval', script], {
    env,
    timeoutMs: 180_000,
    cwd: import.meta.dirname,
  });
  const file = readdirSync(folder)
    .filter((name) => name.startsWith('temporal'))
    .map((name) => join(folder, name))
    .find(isExecutable);
  if (outcome.code === 0 && file !== undefined) return file;
  tried.push(`download: the SDK could not get it (${outcome.lastLines.at(-1) ?? 'no reason given'})`);
  return undefined;
}

async function build(
  folder: string,
  env: Environment,
  elsewhere: string,
  log: Progress,
  tried: string[],
): Promise<string | undefined> {
  const go = findOnPath('go', env) ?? (isExecutable(elsewhere) ? elsewhere : undefined);
  if (go === undefined) {
    tried.push('build: no `go` on PATH');
    return undefined;
  }
  const goEnv = { ...env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOBIN: folder };
  const version = numbersIn(
    (await runCommand(go, ['version'], { env: goEnv, timeoutMs: 20_000 })).stdout,
    /go(\d+)\.(\d+)/,
  );
  if (version === undefined || !atLeast(version, OLDEST_GO)) {
    tried.push(
      `build: ${go} is Go ${version?.join('.') ?? 'of unknown version'}, ${OLDEST_GO.join('.')} or later is needed`,
    );
    return undefined;
  }

  log(
    `building the Temporal server ${TEMPORAL_CLI_VERSION} with Go: once on this machine, 5 to 8 minutes on two cores`,
  );
  const startedAt = performance.now();
  const seen = { last: 'starting' };
  const ticker = setInterval(() => {
    log(`  ${String(Math.round((performance.now() - startedAt) / 1000)).padStart(3)} s  ${seen.last}`);
  }, 5_000);
  try {
    const outcome = await runCommand(
      go,
      [
        'install',
        '-v',
        '-ldflags',
        `-s -w -X github.com/temporalio/cli/temporalcli.Version=${TEMPORAL_CLI_VERSION}`,
        `github.com/temporalio/cli/cmd/temporal@v${TEMPORAL_CLI_VERSION}`,
      ],
      {
        env: goEnv,
        timeoutMs: 30 * 60_000,
        onLine: (line) => {
          seen.last = line.startsWith('go: ') ? line.slice(4) : `compiling ${line}`;
        },
      },
    );
    const file = join(folder, 'temporal');
    if (outcome.code === 0 && isExecutable(file)) {
      log(`built the Temporal server in ${Math.round((performance.now() - startedAt) / 1000)} s`);
      return file;
    }
    tried.push(`build: go install failed\n      ${outcome.lastLines.slice(-4).join('\n      ')}`);
    return undefined;
  } finally {
    clearInterval(ticker);
  }
}

async function serverVersionOf(path: string, env: Environment): Promise<readonly number[] | undefined> {
  const { stdout } = await runCommand(path, ['--version'], { env, timeoutMs: 10_000 });
  return numbersIn(stdout, /Server (\d+)\.(\d+)/);
}

function numbersIn(text: string, pattern: RegExp): readonly number[] | undefined {
  return pattern.exec(text)?.slice(1, 3).map(Number);
}

function atLeast([major = 0, minor = 0]: readonly number[], oldest: readonly [number, number]): boolean {
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

function adviceFor(tried: readonly string[]): string {
  return [
    'No Temporal development server was found, and none could be made. Places tried:',
    ...tried.map((place) => `  - ${place}`),
    'Any one of these helps:',
    '  - install Go 1.25 or later and start again: we build the server once (in a closed network set GOPROXY, and GOSUMDB=off',
    '    where the checksum database cannot be reached);',
    '  - put the `temporal` command line on PATH (https://docs.temporal.io/cli), or copy it from another machine;',
    '  - set TEMPORAL_CLI_PATH to where it is.',
  ].join('\n');
}
