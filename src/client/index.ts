/** The package's entry: `import { createClient, createCommands } from 'securechange-orchestrator'`. */
export { createClient, type ClientOptions } from './create-client.js';
export {
  createCommands,
  type CommandOptions,
  type CommandsClient,
  type CommandsOptions,
} from './gateway-commands.js';
export { inspectDeployment, type DeploymentFacts } from './deployment.js';
export type { FailingWorkflow, FailingWorkflows } from './failing-workflows.js';
export type { ForeignWorkflow } from './foreign-workflows.js';
export {
  ClientError,
  isReadable,
  type EvidenceClient,
  type ClientErrorCode,
  type HistoryFact,
  type LanesClient,
  type OrchestratorClient,
  type ParkedTicket,
  type StatusClient,
  type TicketFilter,
  type TicketsClient,
  type TicketSummary,
  type UnreadableLane,
} from './contract.js';
export type { CommandResult, ControlCommand, LaneCommand, TicketCommand } from '../domain/commands.js';
export type { ConfigurationFacts, ProcessFacts } from '../domain/configuration-facts.js';
export type { EvidenceExport } from '../domain/evidence.js';
export type { ControlView, LaneView, Outcome, TicketView } from '../domain/view.js';
