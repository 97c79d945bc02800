import type { Parking } from '../src/domain/commands.js';
import { NEEDS_ATTENTION } from '../src/domain/event.js';
import { wasCancelled } from '../src/domain/failure.js';
import { nextNumber, ofEvent, renderInput, sends, type DuePoint } from './outbox.js';
import { makeCall, recordDelivery } from './send-messages.js';
import type { TicketRun } from './ticket-run.js';
import type { ReportedAttention } from './ticket-state.js';
import { parkingsOf } from './ticket-view.js';

/** What parks again for the same reason within this time was reported. */
const AGAIN_MS = 3_600_000;
const MOST_KEPT = 50;

/**
 * Sends the messages of the points for NEEDS_ATTENTION, for each parking and each held message. Beside the outbox, which may be
 * what waits for a person. One that fails for good is noted and dropped: the ticket shows what it needs in any case.
 */
export async function reportAttention(run: TicketRun): Promise<void> {
  for (;;) {
    await run.engine.condition(() => unreported(run) !== undefined);
    const parked = unreported(run);
    if (parked !== undefined) await report(run, parked);
  }
}

function unreported(run: TicketRun): Parking | undefined {
  if (!run.isKnown || pointsOf(run).length === 0) return undefined;
  const { attentionReported = [] } = run.state;
  const sinceMs = run.engine.nowMs() - AGAIN_MS;
  return parkingsOf(run.state).find(
    (one) =>
      !attentionReported.some(
        (known) => known.key === keyOf(one) && (known.sinceMs === one.sinceMs || known.atMs > sinceMs),
      ),
  );
}

function pointsOf(run: TicketRun): DuePoint[] {
  const { definition, stepName } = run.state;
  return ofEvent(definition?.integrationPoints ?? [], NEEDS_ATTENTION, stepName).filter(({ point }) =>
    sends(run, point),
  );
}

function keyOf({ code, target, reason }: Parking): string {
  return `${code}/${target ?? ''}/${reason}`;
}

async function report(run: TicketRun, parked: Parking): Promise<void> {
  const { state, engine } = run;
  const entry: ReportedAttention = { key: keyOf(parked), sinceMs: parked.sinceMs, atMs: engine.nowMs() };
  state.attentionReported = [...(state.attentionReported ?? []), entry].slice(-MOST_KEPT);
  const attention = {
    reason: parked.reason,
    advice: parked.advice ?? '',
    commands: parked.waysOut.map(({ hint }) => hint),
  };
  for (const due of pointsOf(run)) {
    const { name } = due.point;
    try {
      const rendering = nextNumber(run);
      const input = { ...renderInput(run, due, rendering), attention };
      const messages = await run.activities.renderMessages(input);
      for (const [index, message] of messages.entries()) {
        if ('notDue' in message) continue;
        const number = index === 0 ? rendering : nextNumber(run);
        const queued = { ...message, number, queuedAtMs: engine.nowMs() };
        const { said } = await makeCall(run, queued);
        recordDelivery(run, queued, 'acknowledged', said);
        run.display.note(`reported by ${name}: ${parked.reason}: ${said}`);
      }
    } catch (error) {
      const failure = engine.failureOf(error);
      if (failure === null) throw error;
      if (wasCancelled(failure)) {
        state.attentionReported = state.attentionReported.filter((known) => known !== entry);
        return;
      }
      run.display.note(`not reported by ${name}: ${failure.message}`);
    }
  }
}
