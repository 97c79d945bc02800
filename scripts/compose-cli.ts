// Compose itself, built once into the user's cache: only the real one says whether it accepts our file.
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withFileLock } from '../src/embedded/file-lock.js';
import { cacheDirectory, findOnPath, isExecutable } from '../src/embedded/program-paths.js';
import { runCommand } from '../src/embedded/run-command.js';

/** The oldest that people still have, and the newest that a Go of this year builds. */
export const COMPOSE_VERSIONS = ['v2.32.4', 'v5.5.1'] as const;

const GO_ELSEWHERE = '/usr/local/go/bin/go';

/** Path of a stand-alone `docker-compose` of this version. Builds it with Go when the cache has none: about three minutes each. */
export async function locateCompose(version: (typeof COMPOSE_VERSIONS)[number]): Promise<string> {
  const folder = join(cacheDirectory(process.env), 'bin');
  const cached = join(folder, `compose-${version}`);
  if (isExecutable(cached)) return cached;
  return await withFileLock(`${cached}.lock`, async () => {
    if (isExecutable(cached)) return cached;
    const go = findOnPath('go', process.env) ?? (isExecutable(GO_ELSEWHERE) ? GO_ELSEWHERE : undefined);
    if (go === undefined) throw new Error(adviceFor(version, 'no `go` on PATH'));
    mkdirSync(folder, { recursive: true });
    const working = mkdtempSync(join(folder, '.working-'));
    const run = async (...args: string[]): Promise<void> => {
      const env = { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod' };
      const outcome = await runCommand(go, args, { env, timeoutMs: 20 * 60_000, cwd: working });
      if (outcome.code === 0) return;
      const said = outcome.lastLines.slice(-4).join('\n  ');
      throw new Error(adviceFor(version, `go ${args[0] ?? ''} failed:\n  ${said}`));
    };
    try {
      // In a module of our own: `go install` refuses modules that exclude or replace others.
      writeFileSync(join(working, 'go.mod'), 'module compose-cli\n');
      const built = join(working, 'compose');
      const command = `github.com/docker/compose/${version.split('.')[0] ?? ''}/cmd`;
      await run('get', `${command}@${version}`);
      await run('build', '-buildvcs=false', '-ldflags', '-s -w', '-o', built, command);
      renameSync(built, cached);
      return cached;
    } finally {
      rmSync(working, { recursive: true, force: true });
    }
  });
}

function adviceFor(version: string, reason: string): string {
  return [
    `Compose ${version} cannot be built: ${reason}`,
    'It is needed by the tests of docker-compose.yml only. Install Go 1.26.3 or later (in a closed network set GOPROXY, and',
    'GOSUMDB=off where the checksum database cannot be reached), or put an executable of it into the cache as',
    `${join(cacheDirectory(process.env), 'bin', `compose-${version}`)}.`,
  ].join('\n');
}
