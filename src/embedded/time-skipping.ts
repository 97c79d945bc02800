import { chmodSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withFileLock } from './file-lock.js';
import { cacheDirectory, findOnPath, isExecutable } from './program-paths.js';
import { runCommand } from './run-command.js';
import { ServerNotFound } from './temporal-cli.js';
import type { LocateOptions } from './temporal-cli.js';
import { makeFolder } from './make-folder.js';

/** Version of Temporal's test server on Maven. */
export const TEST_SERVER_VERSION = '1.38.0';

/**
 * Path of an executable that is Temporal's time-skipping test server, to be handed to
 * `TestWorkflowEnvironment.createTimeSkipping` as `{ type: 'existing-path' }`. Looks at `TEMPORAL_TEST_SERVER` and our cache,
 * then fetches the server with Maven into the cache.
 *
 * @throws ServerNotFound
 */
export async function locateTestServer(options: LocateOptions = {}): Promise<string> {
  const env = options.env ?? process.env;
  const log = options.log ?? (() => undefined);

  const named = env['TEMPORAL_TEST_SERVER'] ?? '';
  if (named !== '') {
    if (isExecutable(named)) return named;
    throw new ServerNotFound(
      `TEMPORAL_TEST_SERVER names ${named}, which is not an executable file. Correct it, or unset it to let us look elsewhere.`,
    );
  }

  const folder = cacheDirectory(env);
  const home = join(folder, `test-server-${TEST_SERVER_VERSION}`);
  const launcher = join(home, 'test-server');
  const java = findOnPath('java', env);
  if (java === undefined) throw new ServerNotFound(adviceFor('no `java` on PATH'));
  if (isExecutable(launcher)) return launcher;

  const maven = findOnPath('mvn', env);
  if (maven === undefined)
    throw new ServerNotFound(adviceFor(`${launcher} is not there, and no \`mvn\` is on PATH`));

  makeFolder(folder);
  return withFileLock(`${home}.lock`, async () => {
    if (isExecutable(launcher)) return launcher;
    const working = mkdtempSync(join(folder, '.working-'));
    try {
      log(`fetching Temporal's time-skipping test server ${TEST_SERVER_VERSION} with Maven`);
      writeFileSync(join(working, 'pom.xml'), POM);
      const outcome = await runCommand(
        maven,
        [
          '-B',
          '-q',
          'dependency:copy-dependencies',
          `-DoutputDirectory=${join(working, 'lib')}`,
          '-DincludeScope=runtime',
        ],
        { env, timeoutMs: 10 * 60_000, cwd: working },
      );
      if (outcome.code !== 0 || readdirSync(working).every((name) => name !== 'lib')) {
        throw new ServerNotFound(
          adviceFor(`Maven failed:\n      ${outcome.lastLines.slice(-6).join('\n      ')}`),
        );
      }
      writeFileSync(join(working, 'test-server'), LAUNCHER);
      chmodSync(join(working, 'test-server'), 0o755);
      rmSync(home, { recursive: true, force: true });
      renameSync(working, home);
      return launcher;
    } finally {
      rmSync(working, { recursive: true, force: true });
    }
  });
}

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId>
  <artifactId>test-server</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId>
      <artifactId>temporal-test-server</artifactId>
      <version>${TEST_SERVER_VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;

/** Must `exec`: the SDK kills the process it started and then waits for its pipes, which a child would keep open. */
const LAUNCHER = `#!/bin/sh
exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$(dirname "$0")/lib/*" io.temporal.testserver.TestServer "$@"
`;

function adviceFor(reason: string): string {
  return [
    `Temporal's time-skipping test server cannot be had: ${reason}.`,
    'It is needed by the test suites only. Install a Java runtime (11 or later) and Maven, for instance with',
    '`apt-get install default-jre-headless maven`, or set TEMPORAL_TEST_SERVER to an executable of it.',
  ].join('\n');
}
