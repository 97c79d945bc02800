import { evidenceOfFailure } from '../src/domain/parking.js';
import type { IntegrationPoint } from '../src/domain/process.js';
import type { Transition } from '../src/domain/transition.js';
import type { TicketRun } from './ticket-run.js';

/**
 * The points that fire for a transition, in order: the left step's outbound, then events, then the entered step's
 * inbound. A point of a step beats a general one for the same event.
 */
export function pointsFor(
  points: readonly IntegrationPoint[],
  transition: Pick<Transition, 'left' | 'events'>,
  step: string | null,
): { point: IntegrationPoint; event: string }[] {
  const enabled = points.filter((point) => point.enabled);
  const outbound = enabled
    .filter(({ when }) => when.kind === 'outbound' && when.step === transition.left)
    .map((point) => ({ point, event: 'OUTBOUND' }));
  const events = transition.events.flatMap((event) => {
    const matching = enabled.filter(({ when }) => when.kind === 'event' && sameEvent(when.event, event));
    const ofStep = matching.filter(
      ({ when }) => when.kind === 'event' && when.step !== null && when.step === step,
    );
    const general = matching.filter(({ when }) => when.kind === 'event' && when.step === null);
    return (ofStep.length > 0 ? ofStep : general).map((point) => ({ point, event }));
  });
  return [...outbound, ...events];
}

/** An AUTOCLOSE is a CLOSE to whoever asked for closes. */
function sameEvent(wanted: string, event: string): boolean {
  return wanted === event || (wanted === 'CLOSE' && event === 'AUTOCLOSE');
}

export function inboundPoints(
  points: readonly IntegrationPoint[],
  step: string | null,
): { point: IntegrationPoint; event: string }[] {
  return points
    .filter((point) => point.enabled && point.when.kind === 'inbound' && point.when.step === step)
    .map((point) => ({ point, event: 'INBOUND' }));
}

/** Renders what fires and queues the rendered bodies; runs to its end whatever is cancelled around it. */
export async function fire(
  run: TicketRun,
  firing: readonly { point: IntegrationPoint; event: string }[],
  stepName: string | null,
): Promise<void> {
  const { state, engine, activities } = run;
  if (state.mode !== 'drive' || firing.length === 0) return;
  await engine.protect(async () => {
    for (const event of new Set(firing.map((item) => item.event))) {
      const points = firing.filter((item) => item.event === event).map((item) => item.point);
      state.firings += 1;
      const { firings } = state;
      const next = state.window?.next ?? null;
      const messages = await run.attempt({ phase: 'itsmSync' }, async () =>
        activities.renderMessages({
          ticketId: state.ticketId,
          epoch: state.epoch,
          requestField: state.definition?.requestField ?? null,
          points,
          event,
          stepName,
          targets: state.targets,
          itsm: state.itsm,
          windowText: next === null ? null : new Date(next.opensAtMs).toISOString(),
          outcome: state.outcome,
          firing: firings,
        }),
      );
      state.outbox.push(...messages);
    }
  });
}

/** Sends the messages in order, one at a time; what its profile gave up on waits for `retry` or `dropMessage`. */
export async function runOutbox(run: TicketRun): Promise<void> {
  const { state, engine, activities } = run;
  for (;;) {
    await engine.condition(
      () => state.outbox.length > 0 && state.outboxBlocked === null && state.held === null,
    );
    const message = state.outbox[0];
    if (message === undefined) continue;
    try {
      const change = await activities.sendMessage({ message, change: state.itsm });
      state.itsm = change;
      state.outbox = state.outbox.filter((queued) => queued !== message);
      run.note(`ITSM ${change.number}: ${message.action} (${message.point})`);
    } catch (error) {
      const failure = engine.giveUp(error);
      if (failure === null) throw error;
      state.outboxBlocked = `${message.point}: ${failure.message} (${evidenceOfFailure(failure)})`;
      run.note(`message ${message.point} is not accepted: ${failure.message}`);
    }
    run.publish();
  }
}
