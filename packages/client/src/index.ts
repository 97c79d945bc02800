/** What the package `@securechange-orchestrator/client` exports; `packages/client/build.mjs` makes it. */
export { createClient, type ClientOptions } from './create-client.js';
export {
  createCommands,
  type CommandOptions,
  type CommandsClient,
  type CommandsOptions,
} from './gateway-commands.js';
export { inspectDeployment } from './deployment.js';
export type {
  DeploymentFacts,
  FailingWorkflow,
  FailingWorkflows,
  ForeignWorkflow,
} from './deployment-facts.js';
export {
  ClientError,
  isReadable,
  type EvidenceClient,
  type ClientErrorCode,
  type HistoryFact,
  type LanesClient,
  type ListPlace,
  type OrchestratorClient,
  type ParkedTicket,
  type StatusClient,
  type TicketFilter,
  type TicketPage,
  type TicketsClient,
  type TicketSummary,
  type UnreadableLane,
} from './contract.js';
export type { Release, Releases, ReleasesClient } from './release-facts.js';
export type {
  CommandResult,
  ControlCommand,
  LaneCommand,
  TicketCommand,
} from '../../../src/domain/commands.js';
export type { ConfigurationFacts, ProcessFacts } from '../../../src/domain/configuration-facts.js';
export type { EvidenceExport } from '../../../src/domain/evidence.js';
export type { ControlView, LaneView, Outcome, TicketView } from '../../../src/domain/view.js';
