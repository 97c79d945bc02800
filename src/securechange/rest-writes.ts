import { tufinCode } from '../domain/codes.js';
import { CallFailure } from '../domain/failure.js';
import type { Caller } from './call.js';
import { toWireFields, toWireId } from './field-values.js';
import { devicePath, fieldPath, taskPath, ticketPath } from './paths.js';
import type { RestConnection } from './rest-connection.js';
import type { FieldValue, SecureChange, TaskRef } from './secure-change.js';

type Writes = Pick<
  SecureChange,
  | 'redesign'
  | 'update'
  | 'commit'
  | 'completeTask'
  | 'writeFields'
  | 'acceptTask'
  | 'reassignTask'
  | 'redo'
  | 'rejectTicket'
  | 'cancelTicket'
  | 'addComment'
>;

export function createWrites({ system, securechange, readWireTicket, whoAmI }: RestConnection): Writes {
  async function writeToTask(
    ref: TaskRef,
    values: readonly FieldValue[],
    operation: string,
    signal: AbortSignal | undefined,
  ): Promise<readonly Readonly<Record<string, unknown>>[]> {
    if (values.length === 0) return [];
    const ticket = await readWireTicket(ref.ticketId, signal);
    const step = ticket.steps.findLast((one) => one.id === ref.stepId);
    const task = step?.tasks.find((one) => one.id === ref.taskId);
    if (task === undefined) {
      const message = 'the task is not in this ticket any more';
      throw new CallFailure({
        kind: 'rejected',
        system,
        operation,
        code: tufinCode(system, 'ticket_moved_on'),
        message,
      });
    }
    return toWireFields(task.fields, values, { system, operation });
  }

  return {
    async redesign(ref, signal) {
      const path = `${fieldPath(ref)}/designer/redesign`;
      const operation = `redesign ticket ${ref.ticketId}`;
      const outcome = await securechange.write('redesign', { path, operation, signal });
      return outcome === 'noOp' ? 'notNeeded' : 'started';
    },

    async update(ref, managementId, signal) {
      await push(securechange, system, 'update', {
        path: `${devicePath(ref, managementId)}/update`,
        operation: `update device ${managementId} for ticket ${ref.ticketId}`,
        signal,
      });
    },

    async commit(ref, managementId, signal) {
      await push(securechange, system, 'commit', {
        path: `${devicePath(ref, managementId)}/commit`,
        operation: `commit device ${managementId} for ticket ${ref.ticketId}`,
        signal,
      });
    },

    async completeTask(ref, values, signal) {
      const operation = `complete task ${ref.taskId} of ticket ${ref.ticketId}`;
      const field = await writeToTask(ref, values, operation, signal);
      const body = { task: { id: toWireId(ref.taskId), status: 'DONE', fields: { field } } };
      await securechange.write('completeTask', { path: taskPath(ref), body, operation, signal });
    },

    async writeFields(ref, values, signal) {
      if (values.length === 0) return;
      const operation = `write fields of ticket ${ref.ticketId}`;
      const body = { fields: { field: await writeToTask(ref, values, operation, signal) } };
      const path = `${taskPath(ref)}/fields`;
      await securechange.write('writeFields', { path, body, operation, signal });
    },

    async acceptTask(ref, signal) {
      const path = `${taskPath(ref)}/accept`;
      const operation = `accept task ${ref.taskId} of ticket ${ref.ticketId}`;
      await securechange.write('acceptTask', { path, operation, signal });
    },

    async reassignTask(ref, userId, comment, signal) {
      const path = `${taskPath(ref)}/reassign/${encodeURIComponent(userId)}`;
      const body = { reassign_task_comment: { comment } };
      const operation = `reassign task ${ref.taskId} of ticket ${ref.ticketId}`;
      await securechange.write('reassignTask', { path, body, operation, signal });
    },

    async redo(ref, toStep, comment, signal) {
      const operation = `send ticket ${ref.ticketId} back to step ${toStep}`;
      const { steps } = await readWireTicket(ref.ticketId, signal);
      const step = steps.findLast(({ id, name }) => name === toStep && id !== ref.stepId);
      if (step === undefined)
        throw new CallFailure({
          kind: 'rejected',
          system,
          operation,
          code: tufinCode(system, 'step_missing'),
          message: `the ticket was not in a step "${toStep}"; correct redoTo in the process definition, then retry`,
        });
      const path = `${taskPath(ref)}/redo/${encodeURIComponent(step.id)}`;
      const body = { redo_step_comment: { comment } };
      await securechange.write('redo', { path, body, operation, signal });
    },

    async rejectTicket(ticketId, comment, signal) {
      const { id } = await whoAmI(signal);
      const path = `${ticketPath(ticketId)}/reject`;
      const body = { reject_comment: { comment } };
      const operation = `reject ticket ${ticketId}`;
      const query = { handler_id: id };
      await securechange.write('rejectTicket', { path, query, body, operation, signal });
    },

    async cancelTicket(ticketId, signal) {
      const { id } = await whoAmI(signal);
      const path = `${ticketPath(ticketId)}/cancel`;
      const operation = `cancel ticket ${ticketId}`;
      await securechange.write('cancelTicket', { path, query: { requester_id: id }, operation, signal });
    },

    async addComment(ref, text, signal) {
      const path = `${taskPath(ref)}/comments`;
      const body = { comment: { content: text } };
      const operation = `comment on ticket ${ref.ticketId}`;
      await securechange.write('addComment', { path, body, operation, signal });
    },
  };
}

interface Push {
  readonly path: string;
  readonly query?: Readonly<Record<string, boolean | undefined>>;
  readonly operation: string;
  readonly signal: AbortSignal | undefined;
}

/** Update and Commit: a refusal because there is nothing to do is no acceptance, for no evidence would ever follow. */
async function push(
  securechange: Caller,
  system: string,
  name: 'update' | 'commit',
  request: Push,
): Promise<void> {
  const outcome = await securechange.write(name, request);
  if (outcome === 'done') return;
  const { operation } = request;
  const message = 'there is nothing to push';
  throw new CallFailure({
    kind: 'rejected',
    system,
    operation,
    code: tufinCode(system, 'not_needed'),
    message,
  });
}
