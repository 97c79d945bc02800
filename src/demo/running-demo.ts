import { mkdtempSync, readFileSync, rmSync, appendFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExplainedCalendars } from '../calendar/create-calendars.js';
import { createClient } from '../../packages/client/src/create-client.js';
import type { OrchestratorClient } from '../../packages/client/src/contract.js';
import { createCommands, type CommandsClient } from '../../packages/client/src/gateway-commands.js';
import { loadConfig } from '../config/load-config.js';
import { calendarsOf } from '../config/windows-basis.js';
import { packageRoot } from '../embedded/our-program.js';
import { simulatedConfig } from '../embedded/simulated-config.js';
import { startProduct, type Product, type ProductOptions } from '../embedded/product.js';
import { simulatorEnvironment, type RenderMediator } from '../embedded/simulator-setup.js';
import { CHANGE_WINDOW, createSimulatorClient, type SimulatorClient } from './simulator-client.js';
import { createSco, type TypeSco } from './type-sco.js';
import { createItsmCaller, type CallAsItsm } from './itsm-caller.js';
import type { DemoCalendar } from './scenario.js';

export interface StartOptions {
  readonly searchAttributes: ProductOptions['searchAttributes'];
  readonly renderMediator: RenderMediator;
  readonly mediatorScript?: string;
  readonly configure?: (configDir: string) => void | Promise<void>;
  readonly log: (line: string) => void;
}

/** The whole product on this machine, with a folder of its own that goes when it stops. */
export interface RunningDemo {
  readonly product: Product;
  readonly client: OrchestratorClient;
  readonly operator: CommandsClient;
  readonly approver: CommandsClient;
  readonly itsm: CallAsItsm;
  readonly sco: TypeSco;
  readonly simulator: SimulatorClient;
  readonly dataDir: string;
  readonly configDir: string;
  /** What the processes wrote. */
  readonly logFile: string;
  /** The calendar is as these rules say from now on, written as calendars.yaml has them. */
  editCalendar(calendar: DemoCalendar, rules: object): void;
  calendars(): ExplainedCalendars;
  /** `keepFiles`: for whoever wants to find out why something went wrong. */
  stop(options?: { keepFiles?: boolean }): Promise<void>;
}

/** Workflows of the shipped processes that the simulator plays. */
const WORKFLOWS = [
  'Firewall change',
  'Firewall change (auto)',
  'Group change',
  'Mediator Test',
  'Firewall change (automatic push)',
  'Firewall change (two approvals)',
  'Emergency change',
  'Firewall change (ITSM)',
  'Firewall change (parallel approval)',
  'Firewall change (scripts)',
];
/** Nothing opens before a scenario says so. */
const FAR_AWAY_MS = 24 * 3_600_000;

/** Starts everything, on free ports. Throws when something cannot start; then nothing is left behind. */
export async function startDemo(options: StartOptions): Promise<RunningDemo> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sco-demo-'));
  const configDir = join(dataDir, 'config');
  const logFile = join(dataDir, 'demo.log');
  simulatedConfig(join(packageRoot(), 'config'), configDir);
  await options.configure?.(configDir);
  const calendars = new Map<DemoCalendar, object>();
  const editCalendar = (calendar: DemoCalendar, rules: object): void => {
    calendars.set(calendar, rules);
    // JSON is YAML.
    const text = JSON.stringify({ calendars: Object.fromEntries(calendars) }, null, 2);
    writeFileSync(join(configDir, 'calendars.yaml'), `${text}\n`);
  };
  const farAwayMs = Date.now() + FAR_AWAY_MS;
  for (const calendar of ['nightly', 'later'] as const) editCalendar(calendar, once(farAwayMs, 10));

  let product: Product;
  try {
    product = await startProduct({
      dataDir,
      durable: false,
      restart: false,
      searchAttributes: options.searchAttributes,
      simulator: {
        mediator: {
          render: options.renderMediator,
          workflows: () => WORKFLOWS,
          ...(options.mediatorScript !== undefined && { script: options.mediatorScript }),
        },
      },
      env: {
        SCO_CONFIG_DIR: configDir,
        SCO_SWEEP_INTERVAL_S: '5',
        SCO_PUSH_POLL_MS: '300',
        SCO_EVIDENCE_GRACE_MS: '5000',
        SCO_REST_MS: '500',
      },
      log: options.log,
      onLine: (line, name) => {
        appendFileSync(logFile, `${name}: ${line}\n`);
      },
    });
  } catch (error) {
    rmSync(dataDir, { recursive: true, force: true });
    throw error;
  }
  const client = createClient({ address: product.temporal.address, deadlineMs: 3_000 });
  const commandsOf = (tokenFile: string | undefined): CommandsClient => {
    const token = readFileSync(tokenFile ?? '', 'utf8').trim();
    return createCommands({ gatewayUrl: product.gatewayUrl, token });
  };
  const operator = commandsOf(product.operatorTokenFile);
  const approver = commandsOf(product.approverTokenFile);
  return {
    product,
    client,
    operator,
    approver,
    itsm: createItsmCaller(product.gatewayUrl),
    sco: createSco({
      SCO_CONFIG_DIR: configDir,
      TEMPORAL_ADDRESS: product.temporal.address,
      ...simulatorEnvironment(product.simulatorUrl ?? '', dataDir).env,
    }),
    simulator: createSimulatorClient(product.simulatorUrl ?? ''),
    dataDir,
    configDir,
    logFile,
    editCalendar,
    calendars: () => calendarsOf(loadConfig(configDir)),
    stop: async ({ keepFiles = false } = {}) => {
      await client.close();
      await operator.close();
      await approver.close();
      await product.stop();
      if (!keepFiles) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Rules of a calendar that opens once. Read live by the worker, like every calendar: they count from the next question on. */
export function once(opensAtMs: number, minutes: number): object {
  const opens = new Date(opensAtMs).toISOString().slice(0, 19);
  return {
    description: "The demo's night is a few seconds away",
    zone: 'UTC',
    oneOff: [{ name: 'tonight', opens, duration: `${minutes}m` }],
    // Counts only where SecureTrack commits.
    secureTrackWindow: { uuid: CHANGE_WINDOW.uuid },
  };
}
