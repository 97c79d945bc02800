import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { SETTINGS_TABLE } from '../../src/config/settings-table.js';

interface Service {
  image: string;
  ports?: string[];
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  profiles?: string[];
  command?: string[];
  volumes?: string[];
  read_only?: boolean;
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
      expect(compose.services[name]?.healthcheck?.test.length).toBeGreaterThan(1);
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
    const named = SETTINGS_TABLE.filter((row) => row.processes.includes('config')).map((row) => row.name);

    expect(named.filter((name) => !given.includes(name))).toEqual([]);
  });

  it('ask .env for nothing that .env.example does not describe', () => {
    const described = SETTINGS_TABLE.flatMap((row) => [row.name, `${row.name}_FILE`]);
    const asked = [...text.matchAll(/(?<!\$)\$\{([A-Z0-9_]+)/g)].map(([, name]) => name!);

    expect(asked.length).toBeGreaterThan(20);
    expect(asked.filter((name) => !described.includes(name))).toEqual([]);
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
