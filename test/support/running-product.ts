import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { renderMediator } from '../../src/cli/mediator-script.js';
import { createCommands, type CommandsClient } from '../../packages/client/src/gateway-commands.js';
import { createClient } from '../../packages/client/src/create-client.js';
import type { OrchestratorClient } from '../../packages/client/src/contract.js';
import { packageRoot } from '../../src/embedded/our-program.js';
import { startProduct, type Product } from '../../src/embedded/product.js';
import { simulatedConfig } from '../../src/embedded/simulated-config.js';
import type { TicketView } from '../../src/domain/view.js';
import { searchAttributeTable } from '../../workflows/search-attributes.js';
import { calendarsFile } from './calendars-file.js';
import { eventually } from './eventually.js';
import { simulatorClient, type SimulatorClient } from './simulator-client.js';

/** The whole product as processes of its own, to be looked at as users do and killed at bad moments. */
export interface RunningProduct {
  readonly product: Product;
  readonly simulator: SimulatorClient;
  readonly client: OrchestratorClient;
  readonly commands: CommandsClient;
  /** Of another person. */
  readonly second: CommandsClient;
  readonly configDir: string;
  /** Calendars are read live: `opensAtMs` null is open always. */
  setWindow(calendar: string, opensAtMs: number | null): void;
  view(ticketId: string): Promise<TicketView>;
  /** The first view for which the condition holds; fails with the last one in its message. */
  until(
    ticketId: string,
    what: string,
    holds: (view: TicketView) => boolean,
    withinMs?: number,
  ): Promise<TicketView>;
  stop(): Promise<void>;
}

export async function startRunningProduct(
  options: {
    env?: Record<string, string>;
    edit?: (configDir: string) => void;
    script?: string;
    dataDir?: string;
    /** What the processes write. */
    onLine?: (line: string, processName: string) => void;
  } = {},
): Promise<RunningProduct> {
  const dir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'sco-e2e-'));
  const configDir = join(dir, 'config');
  simulatedConfig(join(packageRoot(), 'config'), configDir);
  const setWindow = calendarsFile(configDir);
  options.edit?.(configDir);

  const product = await startProduct({
    dataDir: dir,
    durable: false,
    restart: false,
    searchAttributes: searchAttributeTable(),
    simulator: {
      mediator: {
        render: renderMediator,
        workflows: () => ['Firewall change', 'Firewall change (auto)', 'Group change', 'Mediator Test'],
        ...(options.script !== undefined && { script: options.script }),
      },
    },
    env: {
      SCO_CONFIG_DIR: configDir,
      SCO_SWEEP_INTERVAL_S: '5',
      SCO_PUSH_POLL_MS: '250',
      SCO_EVIDENCE_GRACE_MS: '5000',
      SCO_REST_MS: '300',
      ...options.env,
    },
    log: () => undefined,
    ...(options.onLine !== undefined && { onLine: options.onLine }),
  });
  const simulator = simulatorClient(product.simulatorUrl ?? '');
  const client = createClient({ address: product.temporal.address, deadlineMs: 5_000 });
  const token = readFileSync(product.approverTokenFile ?? '', 'utf8').trim();
  const commands = createCommands({ gatewayUrl: product.gatewayUrl, token });
  const second = createCommands({
    gatewayUrl: product.gatewayUrl,
    token: readFileSync(product.operatorTokenFile ?? '', 'utf8').trim(),
  });
  const view = async (ticketId: string): Promise<TicketView> => client.tickets.get(ticketId);
  return {
    product,
    simulator,
    client,
    commands,
    second,
    configDir,
    view,
    setWindow,
    until: async (ticketId, what, holds, withinMs = 90_000) => {
      let last: TicketView | undefined;
      try {
        return await eventually(
          `ticket ${ticketId}: ${what}`,
          async () => {
            last = await view(ticketId);
            return holds(last) ? last : undefined;
          },
          withinMs,
        );
      } catch (error) {
        throw new Error(`${String(error)}; last seen: ${JSON.stringify(brief(last))}`, { cause: error });
      }
    },
    stop: async () => {
      await client.close();
      await commands.close();
      await second.close();
      await product.stop();
      if (options.dataDir === undefined) rmSync(dir, { recursive: true, force: true });
    },
  };
}

function brief(view: TicketView | undefined): object | undefined {
  if (view === undefined) return undefined;
  const { status, step, epoch, phase, waiting, needsAttention, targets, outcome, outbox } = view;
  const devices = targets.map(({ name, update, commit, waiting: waits }) => ({
    name,
    update,
    commit,
    waits,
  }));
  return { status, step, epoch, phase, waiting, attention: needsAttention?.reason, devices, outcome, outbox };
}
