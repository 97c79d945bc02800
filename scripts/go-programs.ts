// Programs of others that tests ask, built once into the user's cache: only the real one says whether it accepts our file.
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { withFileLock } from '../src/embedded/file-lock.js';
import { cacheDirectory, findOnPath, isExecutable } from '../src/embedded/program-paths.js';
import { runCommand } from '../src/embedded/run-command.js';

/** The oldest that people still have, and the newest that a Go of this year builds. */
export const COMPOSE_VERSIONS = ['v2.32.4', 'v5.5.1'] as const;

const GO_ELSEWHERE = '/usr/local/go/bin/go';

type Run = (...args: string[]) => Promise<void>;

/** Path of a stand-alone `docker-compose` of this version. Builds it with Go when the cache has none: about three minutes each. */
export async function locateCompose(version: (typeof COMPOSE_VERSIONS)[number]): Promise<string> {
  return await locate(`compose-${version}`, 'docker-compose.yml', async (folder, built, run) => {
    // In a module of our own: `go install` refuses modules that exclude or replace others.
    writeFileSync(join(folder, 'go.mod'), 'module compose-cli\n');
    const command = `github.com/docker/compose/${version.split('.')[0] ?? ''}/cmd`;
    await run('get', `${command}@${version}`);
    await run('build', '-buildvcs=false', '-ldflags', '-s -w', '-o', built, command);
  });
}

const MANIFESTS_SOURCE = join('test', 'repository', 'kubernetes', 'main.go');

/** The libraries of kubectl and of the API server of this minor version. */
const KUSTOMIZE = 'sigs.k8s.io/kustomize/api/krusty@v0.20.1';
const CLIENT_GO = 'k8s.io/client-go/kubernetes/scheme@v0.34.2';

/** Path of `test/repository/kubernetes/main.go`, built. About a minute when the cache has none. */
export async function locateManifestReader(): Promise<string> {
  const digest = createHash('sha256').update(readFileSync(MANIFESTS_SOURCE)).digest('hex').slice(0, 8);
  return await locate(`manifests-${digest}`, 'deploy/kubernetes', async (folder, built, run) => {
    copyFileSync(MANIFESTS_SOURCE, join(folder, 'main.go'));
    writeFileSync(join(folder, 'go.mod'), 'module manifests\n\ngo 1.24\n');
    await run('get', KUSTOMIZE, CLIENT_GO);
    await run('build', '-buildvcs=false', '-ldflags', '-s -w', '-o', built, '.');
  });
}

/** What runs in production, see docker-compose.yml; a later patch of it. */
export const TEMPORAL_SERVER_VERSION = '1.31.2';

/** Path of a Temporal server for PostgreSQL, or of the program that makes its tables. Builds it when the cache has none: three minutes. */
export async function locateTemporalServer(program: 'server' | 'tools/sql'): Promise<string> {
  const name = program === 'server' ? 'temporal-server' : 'temporal-sql';
  return await locate(`${name}-${TEMPORAL_SERVER_VERSION}`, 'test/cluster', async (folder, built, run) => {
    writeFileSync(join(folder, 'go.mod'), 'module temporal-server\n');
    const source = `go.temporal.io/server/cmd/${program}`;
    await run('get', `${source}@v${TEMPORAL_SERVER_VERSION}`);
    await run('build', '-buildvcs=false', '-ldflags', '-s -w', '-o', built, source);
  });
}

async function locate(
  name: string,
  neededBy: string,
  build: (folder: string, built: string, run: Run) => Promise<void>,
): Promise<string> {
  const folder = join(cacheDirectory(process.env), 'bin');
  const cached = join(folder, name);
  const advice = (reason: string): string =>
    [
      `${name} cannot be built: ${reason}`,
      `It is needed by the tests of ${neededBy} only. Install Go 1.26.3 or later (in a closed network set GOPROXY, and`,
      'GOSUMDB=off where the checksum database cannot be reached), or put an executable of it into the cache as',
      `${cached}.`,
    ].join('\n');
  if (isExecutable(cached)) return cached;
  return await withFileLock(`${cached}.lock`, async () => {
    if (isExecutable(cached)) return cached;
    const go = findOnPath('go', process.env) ?? (isExecutable(GO_ELSEWHERE) ? GO_ELSEWHERE : undefined);
    if (go === undefined) throw new Error(advice('no `go` on PATH'));
    mkdirSync(folder, { recursive: true });
    const working = mkdtempSync(join(folder, '.working-'));
    const run: Run = async (...args) => {
      const env = { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod' };
      const outcome = await runCommand(go, args, { env, timeoutMs: 20 * 60_000, cwd: working });
      if (outcome.code === 0) return;
      const said = outcome.lastLines.slice(-4).join('\n  ');
      throw new Error(advice(`go ${args[0] ?? ''} failed:\n  ${said}`));
    };
    try {
      const built = join(working, 'built');
      await build(working, built, run);
      renameSync(built, cached);
      return cached;
    } finally {
      rmSync(working, { recursive: true, force: true });
    }
  });
}
