import type { Client } from '@temporalio/client';
import { WithStartWorkflowOperation, WorkflowNotFoundError } from '@temporalio/client';
import { cleanSummary } from '../../../src/domain/clean-text.js';
import type { CommandResult, SignedCommand } from '../../../src/domain/commands.js';
import type { TicketEvent } from '../../../src/domain/event.js';
import {
  CONTROL_WORKFLOW_ID,
  FIRST_IN_QUEUE,
  isPushId,
  laneKeyOf,
  TASK_QUEUES,
  ticketIdOf,
  ticketWorkflowId,
} from '../../../src/domain/ids.js';
import { pageLink } from '../../../src/domain/page-link.js';
import {
  operateControl,
  operateLane,
  operatePush,
  operateTicket,
  ticketReported,
  ticketView,
  WORKFLOW_TYPES,
  type TicketStart,
} from '../../../workflows/messages.js';
import { askScript } from './ask-script.js';
import { askTemporal } from './ask-temporal.js';
import { ClientError, type ClientErrorCode, type IntakeClient } from './contract.js';
import { callWithDeadline, type DeadlineScope } from './deadline.js';
import { toClientError, type Call } from './errors.js';
import { fingerprintOf } from './sign.js';
import { openTicket } from './open-ticket.js';
import { createReadiness } from './readiness.js';
import { awaitScriptReply } from './script-reply.js';

/** What the intake needs of a connection; a `TemporalAccess` of `src/temporal/connect.ts` fits. */
export interface IntakeConnection {
  readonly client: Client;
  readonly connection: DeadlineScope;
  readonly namespace: string;
}

export interface IntakeOptions {
  /** Address of the page for people: tickets that start lead to theirs. */
  readonly pageUrl?: string | undefined;
}

/** The writing half: only for the gateway and start-up code, which have authenticated the caller. */
export function createIntake(temporal: IntakeConnection, { pageUrl }: IntakeOptions = {}): IntakeClient {
  const readiness = createReadiness(temporal);
  return {
    report: async (event, { deadlineMs }) => {
      const stored = await report(temporal, event, deadlineMs, pageUrl);
      readiness.stored();
      return stored;
    },
    scriptReply: async ({ ticketId, runId, ...delivery }, { deadlineMs }) =>
      awaitScriptReply(temporal, ticketId, runId, delivery, deadlineMs),
    openTicket: (ticket, { deadlineMs }) => openTicket(temporal, ticket, deadlineMs),
    ask: async (question) => askScript(temporal, question),
    operate: (command, { deadlineMs }) => operate(temporal, command, deadlineMs),
    ready: (deadlineMs) => readiness.check(deadlineMs),
  };
}

async function report(
  { client, connection }: IntakeConnection,
  event: TicketEvent,
  deadlineMs: number,
  pageUrl: string | undefined,
): Promise<{ workflowId: string; runId: string }> {
  const workflowId = ticketWorkflowId(event.ticketId);
  const call: Call = {
    what: `ticket ${event.ticketId}: event ${event.name}`,
    kind: 'event',
    notFound: 'unexpected',
  };
  const start: TicketStart = { version: 1, ticketId: event.ticketId };
  return askTemporal({ client, connection, deadlineMs }, call, async () => {
    // No search attributes here: an unregistered one would refuse the event.
    const handle = await client.workflow.signalWithStart(WORKFLOW_TYPES.ticket, {
      workflowId,
      taskQueue: TASK_QUEUES.main,
      args: [start],
      signal: ticketReported,
      signalArgs: [event],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      staticSummary: summaryOf(event),
      ...pageLink(pageUrl, workflowId),
    });
    return { workflowId, runId: handle.signaledRunId };
  });
}

/** For the list in the Web UI. */
function summaryOf(event: TicketEvent): string {
  const subject = event.info?.subject ?? '';
  return cleanSummary(`Ticket ${event.ticketId}${subject === '' ? '' : `: ${subject}`}`);
}

async function operate(
  temporal: IntakeConnection,
  signed: SignedCommand,
  deadlineMs: number,
): Promise<CommandResult> {
  const { workflowId, key } = signed;
  const call: Call = {
    what: `${workflowId}: ${signed.command.kind} (key ${key})`,
    kind: 'command',
    notFound: notFoundOf(workflowId),
  };
  const endMs = Date.now() + deadlineMs;
  const found = await lookUp(temporal, call, Math.min(deadlineMs, 2_000), workflowId);
  if (found === 'none' && workflowId !== CONTROL_WORKFLOW_ID) {
    throw new ClientError(call.notFound, `temporal: ${call.what}: no workflow ${workflowId} is known`);
  }
  try {
    return await callWithDeadline(temporal.connection, Math.max(endMs - Date.now(), 100), () =>
      send(temporal.client, signed),
    );
  } catch (error) {
    if (error instanceof WorkflowNotFoundError && found !== 'none') return await afterEnd(temporal, signed);
    throw toClientError(error, call);
  }
}

/** A run that has ended takes no command; what it recorded under this key for this request is still its answer. */
async function afterEnd(
  { client, connection }: IntakeConnection,
  signed: SignedCommand,
): Promise<CommandResult> {
  const { workflowId, key, actor } = signed;
  const nothing = 'has ended; this call did nothing';
  if (ticketIdOf(workflowId) === undefined) {
    return { accepted: false, code: 'wrongState', message: `${workflowId} ${nothing}` };
  }
  try {
    const view = await callWithDeadline(connection, 3_000, () =>
      client.workflow.getHandle(workflowId).query(ticketView),
    );
    const recorded = view.commands.find((each) => each.key === key && each.by === actor.login);
    if (recorded) {
      const at = new Date(recorded.atMs).toISOString();
      if (recorded.fingerprint !== fingerprintOf(signed)) {
        const message = `${workflowId} ${nothing}: its key was given to another request at ${at}`;
        return { accepted: false, code: 'keyReused', message };
      }
      const { message } = recorded.result;
      return { ...recorded.result, message: `${message} (recorded at ${at} under this key; it ${nothing})` };
    }
  } catch {
    const unread = 'whether an earlier call with this key did something is in its history';
    return { accepted: false, code: 'wrongState', message: `${workflowId} ${nothing}; ${unread}` };
  }
  return { accepted: false, code: 'wrongState', message: `${workflowId} ${nothing}` };
}

/** `ControlStart` of `workflows/control.ts`, which may not be imported here. */
interface ControlStart {
  readonly version: 1;
}

function send(client: Client, signed: SignedCommand): Promise<CommandResult> {
  const { workflowId } = signed;
  const updateId = updateIdOf(signed);
  const { workflow } = client;
  if (workflowId === CONTROL_WORKFLOW_ID) {
    return workflow.executeUpdateWithStart<
      (start: ControlStart) => Promise<void>,
      CommandResult,
      [SignedCommand]
    >(operateControl.name, {
      args: [signed],
      updateId,
      startWorkflowOperation: new WithStartWorkflowOperation(WORKFLOW_TYPES.control, {
        workflowId,
        taskQueue: TASK_QUEUES.main,
        args: [{ version: 1 }],
        workflowIdConflictPolicy: 'USE_EXISTING',
        priority: FIRST_IN_QUEUE,
      }),
    });
  }
  const ticketId = ticketIdOf(workflowId);
  // What is live is taken back after the ticket has ended, too.
  if (signed.command.kind === 'backOut' && ticketId !== undefined) {
    return workflow.executeUpdateWithStart<
      (start: TicketStart) => Promise<unknown>,
      CommandResult,
      [SignedCommand]
    >(operateTicket.name, {
      args: [signed],
      updateId,
      startWorkflowOperation: new WithStartWorkflowOperation(WORKFLOW_TYPES.ticket, {
        workflowId,
        taskQueue: TASK_QUEUES.main,
        args: [{ version: 1, ticketId }],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      }),
    });
  }
  return workflow
    .getHandle(workflowId)
    .executeUpdate<CommandResult, [SignedCommand]>(receiverOf(workflowId).update, {
      args: [signed],
      updateId,
    });
}

/**
 * Temporal answers a repeated update id by itself, without asking the workflow who repeats it and what holds now. So
 * only the repetitions of one call share an id; those of a command with the same key reach the workflow, which knows the key.
 */
function updateIdOf({ key, signature }: SignedCommand): string {
  return signature === null ? key : `${key}:${signature.slice(0, 32)}`;
}

/** Which update takes commands, by the id of the workflow they are meant for. */
function receiverOf(workflowId: string): { readonly update: string; readonly notFound: ClientErrorCode } {
  if (laneKeyOf(workflowId) !== undefined) return { update: operateLane.name, notFound: 'laneNotFound' };
  if (isPushId(workflowId)) return { update: operatePush.name, notFound: 'pushNotFound' };
  return { update: operateTicket.name, notFound: 'ticketNotFound' };
}

/** Asked before the command is sent: an unknown id or an absent Temporal is then never a command with an unknown outcome. */
async function lookUp(
  { client, connection }: IntakeConnection,
  call: Call,
  deadlineMs: number,
  workflowId: string,
): Promise<'running' | 'ended' | 'none'> {
  try {
    const { status } = await callWithDeadline(connection, deadlineMs, () =>
      client.workflow.getHandle(workflowId).describe(),
    );
    return status.name === 'RUNNING' ? 'running' : 'ended';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'none';
    throw toClientError(error, { ...call, kind: 'read' });
  }
}

function notFoundOf(workflowId: string): ClientErrorCode {
  if (workflowId === CONTROL_WORKFLOW_ID) return 'unexpected';
  return receiverOf(workflowId).notFound;
}
