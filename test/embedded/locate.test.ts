import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cacheDirectory, findOnPath } from '../../src/embedded/program-paths.js';
import { locateTemporalCli, TEMPORAL_CLI_VERSION } from '../../src/embedded/temporal-cli.js';
import type { LocateOptions } from '../../src/embedded/temporal-cli.js';
import { locateTestServer, TEST_SERVER_VERSION } from '../../src/embedded/time-skipping.js';

let home: string;
let log: string[];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sco-locate-'));
  log = [];
});

afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

function script(name: string, text: string): string {
  const path = join(home, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** An environment with nothing but `tools` on its PATH and a cache of its own; the download site cannot be reached in it. */
function machine(...tools: string[]): LocateOptions & { env: Record<string, string> } {
  mkdirSync(join(home, 'tools'), { recursive: true });
  for (const tool of ['sh', 'dirname', 'mkdir', 'cp', 'chmod', 'cat', 'sleep', 'echo', ...tools]) {
    const real = findOnPath(tool, process.env);
    if (real !== undefined && !existsSync(join(home, 'tools', tool)))
      symlinkSync(real, join(home, 'tools', tool));
  }
  const env = { PATH: join(home, 'tools'), SCO_CACHE_DIR: join(home, 'cache'), HOME: home };
  return { env, log: (line) => log.push(line), reachMs: 1, goElsewhere: join(home, 'no-go') };
}

const cachedPath = () => join(home, 'cache', 'bin', `temporal-${TEMPORAL_CLI_VERSION}`);

/** A `go` that notes its arguments and "builds" a script after `seconds`. */
function fakeGo({ version = '1.25.3', seconds = 0, fails = false } = {}): void {
  script(
    'tools/go',
    `if [ "$1" = version ]; then echo "go version go${version} linux/amd64"; exit 0; fi
     echo "$CGO_ENABLED $GOTOOLCHAIN $@" >> "${home}/go-calls"
     echo "go: downloading example.test/module v1.0.0" >&2
     sleep ${seconds}
     ${fails ? 'echo "no space left on device" >&2; exit 1' : ''}
     echo '#!/bin/sh' > "$GOBIN/temporal"
     chmod +x "$GOBIN/temporal"`,
  );
}

describe('the Temporal server is looked for', () => {
  it('where TEMPORAL_CLI_PATH says, before anything else', async () => {
    const named = script('elsewhere/temporal', 'exit 0');
    const { env, ...options } = machine();
    script('tools/temporal', 'echo "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"');

    expect(await locateTemporalCli({ ...options, env: { ...env, TEMPORAL_CLI_PATH: named } })).toBe(named);
  });

  it('and a wrong TEMPORAL_CLI_PATH is said, not passed over', async () => {
    const { env, ...options } = machine();
    script('tools/temporal', 'echo "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"');

    await expect(
      locateTemporalCli({ ...options, env: { ...env, TEMPORAL_CLI_PATH: join(home, 'nowhere') } }),
    ).rejects.toThrow(/TEMPORAL_CLI_PATH names .*nowhere, which is not an executable file/);
  });

  it('on PATH, before our cache', async () => {
    const options = machine();
    const onPath = script('tools/temporal', 'echo "temporal version 1.6.0 (Server 1.30.0, UI 2.45.0)"');
    script(`cache/bin/temporal-${TEMPORAL_CLI_VERSION}`, 'exit 0');

    expect(await locateTemporalCli(options)).toBe(onPath);
  });

  it('on PATH only when it is new enough', async () => {
    const options = machine();
    script('tools/temporal', 'echo "temporal version 1.3.0 (Server 1.27.1, UI 2.36.0)"');
    const cached = script(`cache/bin/temporal-${TEMPORAL_CLI_VERSION}`, 'exit 0');

    expect(await locateTemporalCli(options)).toBe(cached);
  });

  it('and is built with Go into the cache when it is nowhere, without cgo and without fetching another Go', async () => {
    const options = machine();
    fakeGo();

    expect(await locateTemporalCli(options)).toBe(cachedPath());
    const call = readFileSync(join(home, 'go-calls'), 'utf8');
    expect(call).toContain('0 local install');
    expect(call).toContain(`github.com/temporalio/cli/cmd/temporal@v${TEMPORAL_CLI_VERSION}`);
    expect(log.join('\n')).toMatch(
      /building the Temporal server .* with Go[^]*built the Temporal server in \d+ s/,
    );
    expect(readdirSync(join(home, 'cache', 'bin'))).toEqual([`temporal-${TEMPORAL_CLI_VERSION}`]);
  });

  it('and two at once build it once', async () => {
    const options = machine();
    fakeGo({ seconds: 1 });

    const found = await Promise.all([locateTemporalCli(options), locateTemporalCli(options)]);

    expect(found).toEqual([cachedPath(), cachedPath()]);
    expect(readFileSync(join(home, 'go-calls'), 'utf8').trim().split('\n')).toHaveLength(1);
  });

  it('and nothing waits for a lock whose holder died', async () => {
    const options = machine();
    fakeGo();
    mkdirSync(dirname(cachedPath()), { recursive: true });
    writeFileSync(
      `${cachedPath()}.lock`,
      JSON.stringify({ pid: 2 ** 22 + 1, host: (await import('node:os')).hostname() }),
    );

    expect(await locateTemporalCli(options)).toBe(cachedPath());
  });

  it('and what was tried and what to type is said when nothing works', async () => {
    const options = machine();

    await expect(locateTemporalCli(options)).rejects.toThrow(
      /Places tried:[^]*TEMPORAL_CLI_PATH: not set[^]*PATH: no `temporal`[^]*cache: [^]*download: [^]*build: no `go` on PATH[^]*install Go 1\.25/,
    );
  });

  it('and an old Go is named, not used', async () => {
    const options = machine();
    fakeGo({ version: '1.21.0' });

    await expect(locateTemporalCli(options)).rejects.toThrow(/is Go 1\.21, 1\.25 or later is needed/);
  });

  it('and a failed build leaves nothing behind and says what Go said', async () => {
    const options = machine();
    fakeGo({ fails: true });

    await expect(locateTemporalCli(options)).rejects.toThrow(/go install failed[^]*no space left on device/);
    expect(readdirSync(join(home, 'cache', 'bin'))).toEqual([]);
  });
});

describe('the time-skipping test server', () => {
  it('is taken from TEMPORAL_TEST_SERVER first', async () => {
    const named = script('elsewhere/test-server', 'exit 0');
    const { env, ...options } = machine();

    expect(await locateTestServer({ ...options, env: { ...env, TEMPORAL_TEST_SERVER: named } })).toBe(named);
  });

  it('is fetched once with Maven, behind a launcher that becomes java itself', async () => {
    const options = machine();
    script('tools/java', 'exit 0');
    script(
      'tools/mvn',
      `for a in "$@"; do case "$a" in -DoutputDirectory=*) mkdir -p "\${a#*=}";; esac; done; cat pom.xml >> "${home}/poms"`,
    );

    const launcher = await locateTestServer(options);
    const again = await locateTestServer(options);

    expect(launcher).toBe(join(home, 'cache', `test-server-${TEST_SERVER_VERSION}`, 'test-server'));
    expect(again).toBe(launcher);
    expect(readFileSync(launcher, 'utf8')).toMatch(
      /^exec java .*io\.temporal\.testserver\.TestServer "\$@"$/m,
    );
    expect(readFileSync(join(home, 'poms'), 'utf8').match(/temporal-test-server/g)).toHaveLength(1);
  });

  it('says what to install where there is no Java', async () => {
    await expect(locateTestServer(machine())).rejects.toThrow(/no `java` on PATH[^]*apt-get install/);
  });

  it('says what Maven said when it fails', async () => {
    const options = machine();
    script('tools/java', 'exit 0');
    script('tools/mvn', 'echo "Could not transfer artifact"; exit 1');

    await expect(locateTestServer(options)).rejects.toThrow(/Maven failed:[^]*Could not transfer artifact/);
  });
});

describe('the cache', () => {
  it('is where the user keeps caches, unless SCO_CACHE_DIR says otherwise', () => {
    expect(cacheDirectory({ XDG_CACHE_HOME: '/xdg' })).toBe('/xdg/securechange-orchestrator');
    expect(cacheDirectory({ XDG_CACHE_HOME: '/xdg', SCO_CACHE_DIR: '/mine' })).toBe('/mine');
    expect(cacheDirectory({})).toMatch(/\/\.cache\/securechange-orchestrator$/);
  });
});
