import type { DeploymentFacts } from '../../packages/client/src/deployment-facts.js';
import { ClientError, type OrchestratorClient } from '../../packages/client/src/contract.js';
import type { CommandOptions, CommandsClient } from '../../packages/client/src/gateway-commands.js';
import { runCli } from '../../src/cli/program.js';
import type { CliContext } from '../../src/cli/context.js';
import { loadSettings } from '../../src/config/settings.js';
import type { Command, CommandResult } from '../../src/domain/commands.js';
import type { ConfigurationFacts } from '../../src/domain/configuration-facts.js';
import type { ControlView } from '../../src/domain/view.js';

export const NOW = Date.UTC(2026, 10, 22, 13, 0, 0);

export interface Sent {
  readonly to: string;
  readonly command: Command;
  readonly options: CommandOptions;
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly sent: readonly Sent[];
  readonly json: () => unknown;
}

interface Parts {
  readonly tickets?: Partial<OrchestratorClient['tickets']>;
  readonly lanes?: Partial<OrchestratorClient['lanes']>;
  readonly releases?: Partial<OrchestratorClient['releases']>;
  readonly control?: OrchestratorClient['control']['get'];
  readonly evidence?: OrchestratorClient['evidence']['export'];
  readonly status?: Partial<OrchestratorClient['status']>;
  /** What the gateway answers; an error is thrown. */
  readonly answer?: CommandResult | Error;
  readonly context?: Partial<CliContext>;
}

const absent = async (): Promise<never> => {
  throw new ClientError('temporalAway', 'temporal: made for the test: does not answer');
};

const WORKER = { identity: 'worker@a/7', lastAskedAtMs: NOW - 12_000 };

export const CONFIGURATION: ConfigurationFacts = {
  worker: 'worker@a/7',
  atMs: NOW - 40_000,
  release: '0.1.0',
  folder: '/etc/sco/config',
  digest: 'ab12cd34ef56',
  loadedAtMs: NOW - 3_600_000,
  problem: null,
  faultyProcesses: [],
  refusedScripts: [],
  restored: false,
  processes: [],
  warnings: [],
};

const RUNNING: ControlView = { stopped: false, by: null, reason: null, sinceMs: null };

export const HEALTHY: DeploymentFacts = {
  serverVersion: '1.29.1',
  retentionDays: 30,
  missingSearchAttributes: [],
  registerCommand: null,
  queues: [
    { name: 'sco', pollers: [WORKER] },
    { name: 'sco-push', pollers: [WORKER] },
    { name: 'sco-script', pollers: [WORKER] },
    { name: 'sco-question', pollers: [WORKER] },
  ],
  releases: { releases: [], unversionedWorkers: [] },
  workflows: { failing: [], undecodable: [], examined: 3, more: false },
  foreign: { found: [], more: false },
  control: 'RUNNING',
  sweep: { paused: false, lastRunAtMs: NOW - 60_000, endedAtMs: NOW - 60_000, findings: null },
  evidence: {
    paused: false,
    everyMs: 3_600_000,
    firstRunAtMs: NOW - 36_000_000,
    endedAtMs: NOW - 1_800_000,
    head: { size: 42, atMs: NOW - 7_200_000 },
  },
};

/** Runs one command line in a made context: a zone of its own, no terminal, no network. */
export async function runSco(argv: readonly string[], parts: Parts = {}): Promise<Ran> {
  let out = '';
  let err = '';
  const sent: Sent[] = [];
  const operate = async (to: string, command: Command, options: CommandOptions): Promise<CommandResult> => {
    sent.push({ to, command, options });
    const { answer = { accepted: true, code: 'done', message: 'as you say' } } = parts;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const commands: CommandsClient = {
    ticket: (id, command, options) => operate(`ticket ${id}`, command, options),
    lane: (key, command, options) => operate(`lane ${key}`, command, options),
    push: (laneKey, n, command, options) => operate(`push ${laneKey}/${n}`, command, options),
    control: (command, options) => operate('control', command, options),
    ready: async () => true,
    close: async () => undefined,
  };
  const client: OrchestratorClient = {
    tickets: {
      get: absent,
      list: absent,
      page: absent,
      message: absent,
      history: absent,
      waitFor: absent,
      watch: async function* () {
        yield await absent();
      },
      ...parts.tickets,
    },
    lanes: { list: absent, get: absent, windows: absent, ...parts.lanes },
    releases: { list: absent, use: absent, renew: absent, ...parts.releases },
    workflows: { failing: async () => ({ failing: [], undecodable: [], examined: 0, more: false }) },
    control: { get: parts.control ?? (async () => RUNNING) },
    evidence: { export: parts.evidence ?? absent },
    status: {
      configurations: async () => [],
      attention: async () => [],
      parked: async () => [],
      unread: async () => null,
      tickets: absent,
      queues: async () => [],
      lastSweep: async () => ({ endedAtMs: null }),
      nextOpening: async () => null,
      ...parts.status,
    },
    close: async () => undefined,
  };
  const environment = parts.context?.environment ?? { SCO_CONFIG_DIR: './config', PATH: process.env['PATH'] };
  const context: CliContext = {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    redraw: null,
    colours: false,
    now: () => NOW,
    zone: 'Europe/Berlin',
    interrupted: new AbortController().signal,
    settings: () => loadSettings('cli', environment),
    openClient: async () => client,
    openCommands: async () => commands,
    gatewayReady: async () => true,
    temporalAddress: async () => 'temporal.example.com:7233',
    inspectTemporal: async () => HEALTHY,
    hasEnded: () => false,
    openSecureChange: async () => null,
    environment,
    ...parts.context,
  };
  const code = await runCli(argv, context);
  return { code, out, err, sent, json: () => JSON.parse(out) as unknown };
}
