import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { finishAutoTool } from './auto-steps.js';
import { controlRouter } from './control.js';
import { defaultScenario } from './default-scenario.js';
import { finishRedesign } from './designer.js';
import { frontPage, otherAddress } from './front-page.js';
import { Operations } from './operations.js';
import { finishCommit, finishUpdate } from './provisioning.js';
import { record } from './records.js';
import { aroundRoutes } from './routes-around.js';
import { attachmentRoutes } from './routes-attachments.js';
import { catalogRoutes } from './routes-catalog.js';
import { designerRoutes } from './routes-designer.js';
import { itsmRoutes } from './routes-itsm.js';
import { searchRoutes } from './routes-search.js';
import { secureTrackRoutes } from './routes-securetrack.js';
import { secureTrackReadRoutes } from './routes-securetrack-reads.js';
import { stepRoutes } from './routes-steps.js';
import { taskRoutes } from './routes-tasks.js';
import { ticketRoutes } from './routes-tickets.js';
import { parseScenario, type ScenarioInput } from './scenario.js';
import { Front } from './server.js';
import { Store } from './store.js';
import { reveal, type Simulation } from './tickets.js';
import { makeCertificate } from './tls.js';
import { TriggerRunner } from './triggers.js';
import { finishRedo } from './turns.js';
import { armWindow, finishWindowRun, windowTick } from './windows.js';
import { Site } from './site.js';

export { defaultScenario } from './default-scenario.js';
export type { Scenario, ScenarioInput } from './scenario.js';
export type { Switches } from './switches.js';
export type { WriteRecord, ScriptRun } from './model.js';

export interface SimulatorOptions {
  /** 0 (the default) takes a free one. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** Append-only journal; absent: nothing survives the process. */
  stateFile?: string;
  /** Checked on start; what is left out comes from the default scenario, member by member. */
  scenario?: Partial<ScenarioInput>;
  tls?: boolean;
  /** What trigger scripts find in their environment besides `SCW_EVENT`; default a plain PATH, HOME and LANG. */
  scriptEnvironment?: Record<string, string>;
  log?: (line: string) => void;
}

export interface RunningSimulator {
  url: string;
  port: number;
  /** With `tls`: the certificate to trust. */
  caFile?: string;
  close(): Promise<void>;
}

const SCRIPT_ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/', LANG: 'C.UTF-8' };

function simulate(site: Site, environment: Record<string, string>): Simulation {
  const operations = new Operations(site);
  const simulation: Simulation = { site, operations, triggers: new TriggerRunner(site, environment) };
  operations.on('redesign', (operation) => finishRedesign(simulation, operation));
  operations.on('update', (operation) => finishUpdate(simulation, operation));
  operations.on('commit', (operation) => finishCommit(simulation, operation));
  operations.on('redo', (operation) => finishRedo(simulation, operation));
  operations.on('autoTool', (operation) => finishAutoTool(simulation, operation));
  operations.on('reveal', (operation) => reveal(simulation, operation));
  operations.on('windowRun', (operation) => finishWindowRun(simulation, operation));
  operations.on('windowTick', (operation) => windowTick(simulation, operation));
  operations.on('mapRules', (operation) => {
    const ticket = site.tickets.get(operation.ticketId ?? -1);
    if (ticket) record(site, ticket, operation.user, 'Map rules completed', ticket.steps.at(-1));
  });
  return simulation;
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/**
 * Starts a stand-in SecureChange, SecureTrack and ITSM. Resolves once it answers; rejects when the port is taken,
 * the scenario is wrong (every mistake named) or, with `tls`, `openssl` is missing.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<RunningSimulator> {
  const { port = 0, host = '127.0.0.1', stateFile, tls = false, log = () => undefined } = options;
  const scenario = parseScenario(structuredClone({ ...defaultScenario, ...options.scenario }));
  const store = new Store(stateFile);
  const site = new Site(store, scenario, log);
  const simulation = simulate(site, options.scriptEnvironment ?? SCRIPT_ENVIRONMENT);
  const front = new Front(simulation);
  front.app.get('/', frontPage(site));
  front.app.use('/simulator', controlRouter(simulation));
  searchRoutes(front);
  ticketRoutes(front);
  stepRoutes(front);
  taskRoutes(front);
  designerRoutes(front);
  aroundRoutes(front);
  catalogRoutes(front);
  attachmentRoutes(front);
  secureTrackReadRoutes(front);
  secureTrackRoutes(front);
  itsmRoutes(front);
  front.closeRoutes();
  front.app.use(otherAddress);
  const certificate = tls ? makeCertificate(host) : undefined;
  const server = certificate ? createTlsServer(certificate, front.app) : createServer(front.app);
  const bound = await listen(server, port, host);
  const shown = host.includes(':') ? `[${host}]` : host;
  store.change(() => {
    for (const window of site.windows.all()) armWindow(simulation, window);
  });
  simulation.operations.resume();
  simulation.triggers.resume();
  return {
    url: `${tls ? 'https' : 'http'}://${shown}:${String(bound)}`,
    port: bound,
    ...(certificate ? { caFile: certificate.caFile } : {}),
    close: () =>
      new Promise((resolve) => {
        simulation.operations.stop();
        simulation.triggers.stop();
        server.close(() => {
          store.close();
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
