import { mapResponse, type Mapped } from '../src/domain/response-mapping.js';
import type { ItsmChange, QueuedMessage } from '../src/domain/outbox.js';
import type { TicketRun } from './ticket-run.js';

const LOCKED_WAIT_MS = 30_000;
/** Afterwards a person is asked. */
const LOCKED_TRIES = 20;

/** What came of a message, for a person. */
export type Delivered = { readonly said: string; readonly applies: boolean };

/** Makes a change of an integration point in our own ticket. A task of another user is waited for. */
export async function changeTicket(run: TicketRun, message: QueuedMessage): Promise<Delivered> {
  const { state, engine, activities } = run;
  const { ticket: change, stepInstance = null, point } = message;
  const { definition, ticketId } = state;
  if (change === undefined || definition === null || state.mode !== 'drive')
    return { said: 'not done: the ticket is not driven any more', applies: false };
  for (let locked = 0; ; locked += 1) {
    try {
      const result = await activities.changeTicket({
        ticketId,
        stepInstance,
        requestField: definition.requestField,
        taskAccess: definition.taskAccess,
        workflowType: definition.workflowType,
        change,
        point,
      });
      if ('notDone' in result) return { said: `not done: ${result.notDone}`, applies: false };
      if (change.kind === 'writeFields' && change.planned === true) plannedAgain(run);
      if (result.advance === true) askToComplete(run, point, stepInstance);
      return { said: result.done, applies: true };
    } catch (error) {
      const failure = engine.failureOf(error);
      if (failure === null || failure.kind !== 'locked' || locked >= LOCKED_TRIES) throw error;
      const waitMs = failure.retryAfterMs ?? LOCKED_WAIT_MS;
      await engine.condition(() => false, waitMs, `held by ${failure.holder ?? 'another user'}`);
    }
  }
}

/** The planned dates are others now: what waits for a window enrols again, and what judged them looks again. */
export function plannedAgain({ state, news }: TicketRun): void {
  state.plannedEdits = (state.plannedEdits ?? 0) + 1;
  news.requestReading();
}

/** The step is completed once its phases are done, through the gate, the lanes and the stop switch of the phase advance. */
function askToComplete({ state }: TicketRun, point: string, stepInstance: string | null): void {
  if (stepInstance === null || stepInstance !== state.stepInstance) return;
  state.completionAsked = { by: point, stepInstance };
}

/** True once an integration point asked to complete the present step. */
export function isCompletionAsked({ state }: TicketRun): boolean {
  const asked = state.completionAsked ?? null;
  return asked !== null && asked.stepInstance === state.stepInstance;
}

/** Queues, before all other messages, what the answer to a message says for fields of the ticket. */
export function queueFields(run: TicketRun, message: QueuedMessage, mapped: Mapped): void {
  const { state, engine } = run;
  if (mapped.values.length === 0 && mapped.problems.length === 0) return;
  if (state.mode !== 'drive') {
    run.display.note(`fields not written for ${message.point}: the ticket is only observed`);
    return;
  }
  state.renderings += 1;
  const { call: _call, response: _response, ...rest } = message;
  state.outbox.unshift({
    ...rest,
    action: 'ticket',
    server: 'securechange',
    body: '',
    ticket: { kind: 'writeFields', ...mapped },
    stepInstance: null,
    number: state.renderings,
    queuedAtMs: engine.nowMs(),
  });
}

/** The answer about a change has two members: `number` and `id`. */
export function mappedOfChange({ response }: QueuedMessage, { number, id }: ItsmChange): Mapped {
  return response === undefined ? { values: [], problems: [] } : mapResponse(response, { number, id });
}
