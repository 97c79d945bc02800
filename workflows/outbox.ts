import { takesMore } from '../src/domain/most-waiting.js';
import { ITSM_POINT, type QueuedMessage } from '../src/domain/outbox.js';
import type { IntegrationPoint } from '../src/domain/process.js';
import type { Activities } from '../activities/index.js';
import type { Transition } from '../src/domain/transition.js';
import { recordDelivery } from './send-messages.js';
import type { TicketRun } from './ticket-run.js';
import { PhaseSkipped } from './ticket-run.js';

type RenderInput = Parameters<Activities['renderMessages']>[0];

export interface DuePoint {
  readonly point: IntegrationPoint;
  readonly event: string;
  readonly step: string | null;
}

/**
 * The integration points that are due for a transition, in order: outbound points of the left step, points of steps that were
 * entered and left between two readings, then events. A point of a step replaces a general one for the same event. The
 * inbound points of the entered step are due when SecureChange has finished its own work on the step.
 */
export function pointsFor(
  points: readonly IntegrationPoint[],
  transition: Pick<Transition, 'left' | 'passed' | 'events'>,
): DuePoint[] {
  const { left, passed, events } = transition;
  return [
    ...ofStep(points, 'outbound', left),
    ...passed.flatMap((step) => [...ofStep(points, 'inbound', step), ...ofStep(points, 'outbound', step)]),
    ...events.flatMap((event) => ofEvent(points, event, left)),
  ];
}

export function ofStep(
  points: readonly IntegrationPoint[],
  kind: 'inbound' | 'outbound',
  step: string | null,
): DuePoint[] {
  return points
    .filter((point) => point.enabled && point.when.kind === kind && point.when.step === step)
    .map((point) => ({ point, event: kind.toUpperCase(), step }));
}

/** A point of the step replaces a general one. */
export function ofEvent(points: readonly IntegrationPoint[], event: string, step: string | null): DuePoint[] {
  const matching = points.filter(
    ({ enabled, when }) => enabled && when.kind === 'event' && sameEvent(when.event, event),
  );
  const own = matching.filter(({ when }) => when.step !== null && when.step === step);
  const general = matching.filter(({ when }) => when.step === null);
  return (own.length > 0 ? own : general).map((point) => ({ point, event, step }));
}

/** A point for CLOSE is due for AUTOCLOSE as well. */
function sameEvent(wanted: string, event: string): boolean {
  return wanted === event || (wanted === 'CLOSE' && event === 'AUTOCLOSE');
}

/** Renders the messages of points that are due and queues them; a cancelled scope does not stop it. */
export async function enqueueMessages(run: TicketRun, due: readonly DuePoint[]): Promise<void> {
  const { state, engine } = run;
  const sending = due.filter(({ point }) => sends(run, point));
  if (sending.length === 0) return;
  await engine.protect(async () => {
    // One activity for each point: twenty bodies of 200 KB in one result would be too large for the server.
    for (const { point, event, step } of sending) {
      if (!isAddressable(run, point)) {
        run.display.note(`not sent: ${point.name}; there is no change on ${point.server}`);
        continue;
      }
      const rendering = nextNumber(run);
      try {
        const messages = await run.read('renderMessages', { phase: 'itsmSync', runsWhileHeld: true }, () =>
          renderInput(run, { point, event, step }, rendering),
        );
        messages.forEach((message, index) => {
          const number = index === 0 ? rendering : nextNumber(run);
          if ('notDue' in message)
            run.display.note(`not sent: ${point.name}: its condition is false (${message.notDue})`);
          else if (message.action === 'ticket' && state.mode !== 'drive')
            run.display.note(`not done: ${point.name}; the ticket is only observed`);
          else
            queueOwn(run, {
              ...message,
              number,
              queuedAtMs: engine.nowMs(),
              ...(message.action === 'ticket' && { stepInstance: state.stepInstance }),
            });
        });
      } catch (error) {
        if (!(error instanceof PhaseSkipped)) throw error;
        run.display.note(`not sent: ${point.name}: an operator skipped it`);
      }
    }
  });
}

/** Most characters of JSON that wait: with what else a run carries it must be small enough to continue as new. */
const OUTBOX_LENGTH = 300_000;

/** The newest message of a point says what counts: of too many, the oldest of the same point goes, unless it may be under way. */
function queueOwn(run: TicketRun, message: QueuedMessage): void {
  const { state } = run;
  const own = state.outbox.filter(({ point }) => point !== ITSM_POINT);
  const isFull = !takesMore('ownMessages', own.length) || JSON.stringify(own).length > OUTBOX_LENGTH;
  const oldest = state.outbox.find(
    (other, index) => index > 0 && other.point === message.point && !isCreate(other),
  );
  state.outbox.push(message);
  if (!isFull || oldest === undefined) return;
  state.outbox = state.outbox.filter((other) => other !== oldest);
  const why = 'too many messages wait, and a newer one of this point follows';
  recordDelivery(run, oldest, 'dropped', why);
  run.display.note(`not sent: message ${oldest.number} of ${oldest.point}: ${why}`);
}

/** Of a rendering and of its first message; used once in a run. */
export function nextNumber({ state }: TicketRun): number {
  state.renderings += 1;
  return state.renderings;
}

/** What the messages of a point are rendered from. */
export function renderInput(
  { state }: TicketRun,
  { point, event, step }: DuePoint,
  rendering: number,
): RenderInput {
  const next = state.window?.next ?? null;
  return {
    ticketId: state.ticketId,
    epoch: state.epoch,
    requestField: state.definition?.requestField ?? null,
    points: [point],
    event,
    stepName: step,
    targets: state.targets,
    itsm: state.itsm,
    windowText: next === null ? null : new Date(next.opensAtMs).toISOString(),
    window: next === null ? null : { ...next, closesAtMs: state.window?.openEnded ? null : next.closesAtMs },
    outcome: state.outcome,
    question: state.itsmQuestions?.at(-1) ?? null,
    steps: Object.keys(state.definition?.steps ?? {}),
    rendering,
  };
}

/** A point with `runs: always` sends for observed tickets too, but not for those that the system before it served. */
export function sends({ state, facts }: TicketRun, { runs }: IntegrationPoint): boolean {
  if (state.mode === 'drive') return true;
  if (runs !== 'always' || state.definition === null) return false;
  return state.adopted || (facts.createdAtMs !== null && facts.createdAtMs >= state.definition.driveSinceMs);
}

/** A ticket may end before its change was created: then there is no change to update or close. */
function isAddressable({ state }: TicketRun, point: IntegrationPoint): boolean {
  if (point.action !== 'update' && point.action !== 'close') return true;
  if (state.itsm?.server === point.server || state.definition?.sharedOn?.includes(point.server)) return true;
  return state.outbox.some((message) => isCreate(message) && message.server === point.server);
}

function isCreate({ action }: { readonly action: string }): boolean {
  return action === 'create';
}
