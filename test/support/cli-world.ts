import type { DeploymentFacts } from '../../src/client/deployment.js';
import { ClientError, type OrchestratorClient } from '../../src/client/contract.js';
import type { CommandOptions, CommandsClient } from '../../src/client/gateway-commands.js';
import { UsageError } from '../../src/cli/exit-codes.js';
import { runCli } from '../../src/cli/program.js';
import type { World } from '../../src/cli/world.js';
import { loadSettings } from '../../src/config/settings.js';
import type { Command, CommandResult } from '../../src/domain/commands.js';

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
  /** What the gateway answers; an error is thrown. */
  readonly answer?: CommandResult | Error;
  readonly world?: Partial<World>;
}

const absent = async (): Promise<never> => {
  throw new ClientError('temporalAway', 'temporal: made for the test: does not answer');
};

export const HEALTHY: DeploymentFacts = {
  serverVersion: '1.29.1',
  retentionDays: 30,
  missingSearchAttributes: [],
  registerCommand: null,
  queues: [
    { name: 'sco', pollers: ['worker@a'] },
    { name: 'sco-push', pollers: ['worker@a'] },
    { name: 'sco-script', pollers: ['worker@a'] },
  ],
  workflows: { failing: [], examined: 3, more: false },
  sweep: { paused: false, lastRunAtMs: NOW - 60_000, findings: null },
};

/** Runs one command line in a made world: a zone of its own, no terminal, no network. */
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
    control: (command, options) => operate('control', command, options),
    ready: async () => true,
    close: async () => undefined,
  };
  const client: OrchestratorClient = {
    tickets: {
      get: absent,
      list: absent,
      history: absent,
      waitFor: absent,
      watch: async function* () {
        yield await absent();
      },
      ...parts.tickets,
    },
    lanes: { list: absent, get: absent, ...parts.lanes },
    workflows: { failing: async () => ({ failing: [], examined: 0, more: false }) },
    control: { get: absent },
    close: async () => undefined,
  };
  const environment = parts.world?.environment ?? { SCO_CONFIG_DIR: './config', PATH: process.env['PATH'] };
  const world: World = {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    redraw: null,
    colours: false,
    now: () => NOW,
    zone: 'Europe/Berlin',
    interrupted: new AbortController().signal,
    settings: () => loadSettings('cli', environment),
    openClient: () => client,
    openCommands: () => {
      if (environment['SCO_TOKEN'] === '') throw new UsageError('set SCO_TOKEN');
      return commands;
    },
    gatewayReady: async () => true,
    temporalAddress: () => 'temporal.example.com:7233',
    inspectTemporal: async () => HEALTHY,
    openSecureChange: () => null,
    environment,
    ...parts.world,
  };
  const code = await runCli(argv, world);
  return { code, out, err, sent, json: () => JSON.parse(out) as unknown };
}
