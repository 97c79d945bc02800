import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { locateManifestReader } from '../../scripts/go-programs.js';
import { SETTINGS_TABLE } from '../../src/config/settings-table.js';

interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly envFrom: readonly { readonly configMapRef: { readonly name: string } }[];
  readonly securityContext: object;
  readonly resources: { readonly limits: object; readonly requests: object };
  readonly livenessProbe?: object;
  readonly readinessProbe?: object;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

interface Pod {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly automountServiceAccountToken: boolean;
    readonly securityContext: object;
    readonly terminationGracePeriodSeconds?: number;
    readonly containers: readonly [Container];
    readonly volumes?: readonly { readonly name: string; readonly secret?: object }[];
  };
}

type Labels = Readonly<Record<string, string>>;
type Peer = { readonly matchLabels?: Labels };

interface Found {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly replicas?: number;
    readonly strategy?: object;
    readonly selector?: Peer & Labels;
    readonly minAvailable?: number;
    readonly podSelector?: Peer;
    readonly policyTypes?: readonly string[];
    readonly ingress?: readonly object[];
    readonly egress?: readonly object[];
    readonly template?: Pod;
  };
}

const FOLDER = join('deploy', 'kubernetes');

let reader: string;
let objects: readonly Found[];

beforeAll(async () => {
  reader = await locateManifestReader();
  objects = JSON.parse(execFileSync(reader, [FOLDER], { encoding: 'utf8' })) as Found[];
}, 25 * 60_000);

function only(kind: string, name: string): Found {
  const found = objects.filter((one) => one.kind === kind && one.metadata.name.startsWith(name));
  expect(found).toHaveLength(1);
  return found[0]!;
}

function pods(): readonly Pod[] {
  return objects.flatMap(({ spec }) => spec?.template ?? []);
}

describe('the Kubernetes manifests', () => {
  it('are of known kinds, and a member that Kubernetes does not know is found', () => {
    expect(objects.map(({ kind }) => kind).sort()).toEqual(
      [
        ['Namespace', 'ServiceAccount', 'Service', 'Job'],
        ['ConfigMap', 'ConfigMap', 'ConfigMap'],
        ['Deployment', 'Deployment', 'PodDisruptionBudget', 'PodDisruptionBudget'],
        ['PersistentVolumeClaim', 'PersistentVolumeClaim'],
        ['NetworkPolicy', 'NetworkPolicy', 'NetworkPolicy', 'NetworkPolicy'],
      ]
        .flat()
        .sort(),
    );
    const folder = mkdtempSync(join(tmpdir(), 'sco-kubernetes-'));
    try {
      cpSync(FOLDER, folder, { recursive: true });
      const file = join(folder, 'gateway.yaml');
      writeFileSync(file, readFileSync(file, 'utf8').replace('readinessProbe:', 'readyProbe:'));
      expect(() => execFileSync(reader, [folder], { encoding: 'utf8', stdio: 'pipe' })).toThrow('readyProbe');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('give every pod the least rights', () => {
    expect(pods()).toHaveLength(3);
    for (const { spec } of pods()) {
      expect(spec).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      });
      for (const { securityContext, resources, image } of spec.containers) {
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(Object.keys(resources)).toEqual(expect.arrayContaining(['limits', 'requests']));
        const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
        expect(image).toBe(`securechange-orchestrator:${version}`);
      }
    }
  });

  it('run gateway and worker twice, and let a node be drained while one of each goes on', () => {
    for (const name of ['sco-gateway', 'sco-worker']) {
      const { spec } = only('Deployment', name);
      const labels = spec?.template?.metadata.labels ?? {};
      expect(spec?.replicas).toBe(2);
      const budget = only('PodDisruptionBudget', name).spec;
      expect(budget?.minAvailable).toBe(1);
      expect(labels).toMatchObject(budget?.selector?.matchLabels ?? { none: '' });
      expect(labels).toMatchObject(spec?.selector?.matchLabels ?? { none: '' });
    }
    expect(only('Deployment', 'sco-gateway').spec?.template?.metadata.labels).toMatchObject(
      only('Service', 'sco-gateway').spec?.selector ?? { none: '' },
    );
  });

  it('replace all workers at once, and give one the time that it takes to end', () => {
    const { spec } = only('Deployment', 'sco-worker');
    expect(spec?.strategy).toEqual({ type: 'Recreate' });
    expect(spec?.template?.spec.terminationGracePeriodSeconds).toBeGreaterThan(40);
  });

  it('send events only to a gateway that reaches Temporal, and start a gateway again only when it does not answer', () => {
    const [gateway] = only('Deployment', 'sco-gateway').spec?.template?.spec.containers ?? [];
    expect(gateway).toMatchObject({
      readinessProbe: { httpGet: { path: '/readyz', scheme: 'HTTPS' } },
      livenessProbe: { httpGet: { path: '/healthz', scheme: 'HTTPS' } },
    });
    const [worker] = only('Deployment', 'sco-worker').spec?.template?.spec.containers ?? [];
    expect(worker).toMatchObject({
      readinessProbe: { exec: { command: ['node', 'deploy/container/worker-health.mjs'] } },
    });
    expect(worker).not.toHaveProperty('livenessProbe');
  });

  it('set only settings that the process has, no secret but as a file, and all that it needs', () => {
    for (const name of ['gateway', 'worker'] as const) {
      const data = only('ConfigMap', `sco-${name}`).data ?? {};
      const known = SETTINGS_TABLE.filter(({ processes }) => processes.includes(name));
      const names = known.map(({ name: setting, secret }) => (secret ? `${setting}_FILE` : setting));
      const credentials = name === 'gateway' ? ['SCO_MEDIATOR_PASSWORD_FILE'] : [];
      expect([...names, ...credentials]).toEqual(expect.arrayContaining(Object.keys(data)));
      const required = known.filter(({ requiredBy }) => requiredBy.includes(name));
      for (const { name: setting, secret } of required)
        expect(Object.keys(data)).toContain(secret ? `${setting}_FILE` : setting);
    }
  });

  it('mount what the settings name', () => {
    for (const name of ['gateway', 'worker']) {
      const { spec } = only('Deployment', `sco-${name}`);
      const mounted = spec?.template?.spec.containers[0].volumeMounts ?? [];
      for (const [setting, value] of Object.entries(only('ConfigMap', `sco-${name}`).data ?? {})) {
        if (!value.startsWith('/')) continue;
        const mount = mounted.find(
          ({ mountPath }) => value === mountPath || value.startsWith(`${mountPath}/`),
        );
        expect(`${setting} ${mount?.name}`).not.toContain('undefined');
      }
      const volumes = spec?.template?.spec.volumes ?? [];
      expect(mounted.map((one) => one.name).sort()).toEqual(volumes.map((one) => one.name).sort());
    }
  });

  it('close the network but for Temporal, names, the gateway’s port and what the worker calls', () => {
    const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy');
    expect(policies.find(({ metadata }) => metadata.name === 'sco-nothing')?.spec).toEqual({
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
    });
    const opened = policies.filter(({ metadata }) => metadata.name !== 'sco-nothing');
    const labels = pods().map(({ metadata }) => metadata.labels);
    for (const { spec } of opened) {
      const selector = spec?.podSelector?.matchLabels ?? {};
      expect(Object.keys(selector)).not.toEqual([]);
      expect(labels).toEqual(expect.arrayContaining([expect.objectContaining(selector)]));
    }
    expect(opened.filter(({ spec }) => spec?.ingress).map(({ metadata }) => metadata.name)).toEqual([
      'sco-to-gateway',
    ]);
  });
});
