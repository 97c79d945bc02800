import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { SETTINGS_TABLE } from '../../src/config/settings-table.js';

interface Service {
  image: string;
  ports?: string[];
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  profiles?: string[];
  entrypoint?: string[];
  command?: string[];
  volumes?: string[];
  read_only?: boolean;
  tmpfs?: string[];
  cap_drop?: string[];
  stop_grace_period?: string;
}

const text = readFileSync('docker-compose.yml', 'utf8');
const compose = parse(text, { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, null>;
};
const services = Object.entries(compose.services);

/** What the compose file decides itself, because it lays out the containers. */
const decided: Readonly<Record<string, readonly string[]>> = {
  gateway: ['SCO_CONFIG_DIR', 'SCO_DATA_DIR'],
  worker: ['SCO_CONFIG_DIR', 'SCO_DATA_DIR', 'SCO_WORKFLOW_BUNDLE'],
  simulator: [],
};

function settingsOf(process: string): string[] {
  return SETTINGS_TABLE.filter((row) => row.processes.includes(process)).flatMap((row) =>
    row.secret ? [row.name, `${row.name}_FILE`] : [row.name],
  );
}

describe('the compose file', () => {
  it('runs PostgreSQL, its schema job, Temporal, a namespace job, the Web UI, gateway, worker and, by profile, the simulator', () => {
    expect(Object.keys(compose.services)).toEqual([
      'postgresql',
      'temporal-schema',
      'temporal',
      'temporal-namespace',
      'temporal-ui',
      'gateway',
      'worker',
      'simulator',
    ]);
    expect(services.filter(([, service]) => service.profiles !== undefined)).toEqual([
      ['simulator', expect.objectContaining({ profiles: ['simulator'] })],
    ]);
  });

  it('starts nothing before what it needs is there', () => {
    const waits = Object.fromEntries(
      services.map(([name, { depends_on: needs = {} }]) => [
        name,
        Object.entries(needs).map(([needed, { condition }]) => `${needed} ${condition}`),
      ]),
    );

    expect(waits).toEqual({
      postgresql: [],
      'temporal-schema': ['postgresql service_healthy'],
      temporal: ['temporal-schema service_completed_successfully'],
      'temporal-namespace': ['temporal service_healthy'],
      'temporal-ui': ['temporal service_healthy'],
      gateway: ['temporal-namespace service_completed_successfully'],
      worker: ['temporal-namespace service_completed_successfully'],
      simulator: [],
    });
  });

  it.each(services)('names an exact version for %s', (_name, { image }) => {
    expect(image).toMatch(/^[a-z/-]+:\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
  });

  it.each(services)('opens %s on the loopback of this host only', (_name, { ports = [] }) => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it.each(['postgresql', 'temporal', 'gateway', 'worker', 'simulator'])(
    'looks after the health of %s',
    (name) => {
      const test: readonly unknown[] = compose.services[name]?.healthcheck?.test ?? [];
      expect(test.length).toBeGreaterThan(1);
      // YAML makes a mapping of what has a colon and a blank in it, and Compose refuses the whole file.
      expect(test.filter((part) => typeof part !== 'string')).toEqual([]);
    },
  );

  it.each(['gateway', 'worker', 'simulator', 'temporal-namespace'])(
    'gives %s no more rights than it needs',
    (name) => {
      expect(compose.services[name]).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
    },
  );

  it('keeps what must survive on volumes', () => {
    const kept = services.flatMap(([name, { volumes = [] }]) =>
      volumes
        .filter((volume) => Object.hasOwn(compose.volumes, volume.split(':')[0]!))
        .map((volume) => `${name} ${volume}`),
    );

    expect(kept).toEqual([
      'postgresql postgresql:/var/lib/postgresql/data',
      'worker data:/data',
      'simulator simulator:/data',
    ]);
  });

  it('lets only the worker run programs from its folder for temporary files, where the copies of custom scripts are', () => {
    const folders = services.flatMap(([name, { tmpfs = [] }]) => tmpfs.map((folder) => `${name} ${folder}`));
    expect(folders.toSorted()).toEqual([
      'gateway /tmp',
      'simulator /tmp',
      'temporal-namespace /tmp',
      'worker /tmp:exec',
    ]);
  });

  it('gives the worker longer to finish than it asks for itself', () => {
    const force = /shutdownForceTime: '(\d+)s'/.exec(readFileSync('workers/create-worker.ts', 'utf8'))?.[1];

    expect(Number.parseInt(compose.services['worker']!.stop_grace_period!)).toBeGreaterThan(Number(force));
  });
});

describe('the settings of the compose file', () => {
  it.each(['gateway', 'worker', 'simulator'])('let every setting of %s through', (name) => {
    const given = Object.keys(compose.services[name]?.environment ?? {});

    const missing = settingsOf(name).filter(
      (setting) => !given.includes(setting) && !decided[name]?.includes(setting),
    );
    expect(missing).toEqual([]);
  });

  it.each(['gateway', 'worker', 'simulator'])('give %s nothing that it does not read', (name) => {
    const known = [...settingsOf(name), ...settingsOf('config'), ...settingsOf('temporal')];

    expect(
      Object.keys(compose.services[name]?.environment ?? {}).filter((setting) => !known.includes(setting)),
    ).toEqual([]);
  });

  it('let through whatever the shipped configuration names', () => {
    const given = ['gateway', 'worker'].flatMap((name) =>
      Object.keys(compose.services[name]?.environment ?? {}),
    );

    expect(settingsOf('config').filter((name) => !given.includes(name))).toEqual([]);
  });

  it('ask .env for nothing that .env.example does not describe', () => {
    const described = SETTINGS_TABLE.flatMap((row) => [row.name, `${row.name}_FILE`]);
    const asked = [...text.matchAll(/(?<!\$)\$\{([A-Z0-9_]+)/g)].map(([, name]) => name!);

    expect(asked.length).toBeGreaterThan(20);
    expect(asked.filter((name) => !described.includes(name))).toEqual([]);
  });

  it('let every secret be a file, in every container that needs it', () => {
    const secrets = SETTINGS_TABLE.filter((row) => row.secret).map((row) => row.name);
    const withSecrets = services.filter(([, service]) => JSON.stringify(service).includes('_FILE'));
    const asked = new Set([...text.matchAll(/(?<!\$)\$\{([A-Z0-9_]+)/g)].map(([, name]) => name!));

    expect(withSecrets.map(([name]) => name)).toEqual([
      'postgresql',
      'temporal-schema',
      'temporal',
      'gateway',
      'worker',
    ]);
    for (const [name, { volumes }] of withSecrets) {
      const part = ['gateway', 'worker'].includes(name) ? '' : '/database';
      expect(volumes).toContain(`\${SCO_SECRETS_DIR:-./secrets}${part}:/run/secrets/sco${part}:ro`);
    }
    expect(secrets.filter((name) => asked.has(name) && !asked.has(`${name}_FILE`))).toEqual([]);
  });

  it('hold no secret', () => {
    const secrets = SETTINGS_TABLE.filter((row) => row.secret).map((row) => row.name);
    const written = services.flatMap(([name, { environment = {} }]) =>
      Object.entries(environment)
        .filter(([variable, value]) => secrets.includes(variable) && !value.startsWith('${'))
        .map(([variable]) => `${name} ${variable}`),
    );

    expect(written).toEqual([]);
  });
});

describe('the schema job', () => {
  it('brings both databases up to date and can be repeated', () => {
    const script = compose.services['temporal-schema']!.command!.join('\n');

    expect(script).toContain('for database in temporal visibility');
    for (const step of ['create', 'setup-schema --version 0.0', 'update-schema --schema-name'])
      expect(script).toContain(`sql ${step}`);
    // Compose would take a single dollar for one of its own variables.
    expect(script.replaceAll('$$', '')).not.toContain('$');
  });
});

describe("the database's password", () => {
  const folder = mkdtempSync(join(tmpdir(), 'sco-compose-'));
  const file = join(folder, 'password');
  writeFileSync(file, 'from the file\n');
  for (const [program, variable] of [
    ['temporal-sql-tool', 'SQL_PASSWORD'],
    ['entrypoint.sh', 'POSTGRES_PWD'],
  ] as const)
    writeFileSync(join(folder, program), `#!/bin/sh\necho "$${variable}"\n`, { mode: 0o755 });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  /** What the program of a container finds, with its command run as Compose and the container would. */
  function found(service: string, environment: Readonly<Record<string, string>>): string[] {
    const { entrypoint = [], command = [] } = compose.services[service]!;
    const [shell, ...flags] = entrypoint;
    const script = command
      .join('')
      .replaceAll('$$', '$')
      .replace('/etc/temporal/entrypoint.sh', join(folder, 'entrypoint.sh'));
    const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}`, ...environment };
    const out = execFileSync(shell!, [...flags, script], { env, encoding: 'utf8', stdio: 'pipe' });
    return [...new Set(out.trim().split('\n'))];
  }

  it.each([
    ['temporal-schema', 'SQL_PASSWORD'],
    ['temporal', 'POSTGRES_PWD'],
  ])('reaches %s from the environment or from a file', (service, variable) => {
    expect(found(service, { [variable]: 'plain', POSTGRES_PASSWORD_FILE: '' })).toEqual(['plain']);
    expect(found(service, { [variable]: 'a path or nothing', POSTGRES_PASSWORD_FILE: file })).toEqual([
      'from the file',
    ]);
    expect(() => found(service, { [variable]: '', POSTGRES_PASSWORD_FILE: join(folder, 'none') })).toThrow();
  });

  it('is asked for when it is given in neither way', () => {
    expect(() => found('temporal-schema', { SQL_PASSWORD: '', POSTGRES_PASSWORD_FILE: '' })).toThrow(
      'set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE in .env',
    );
  });
});
