import { condition, setHandler } from '@temporalio/workflow';

import type { ControlView, LaneView, TicketView } from '../../src/domain/view.js';
import { controlView, laneView, ticketView } from '../../workflows/messages.js';

/** Answers as a ticket that waits; the pages ask nothing else of it. */
export async function ticket(view: TicketView, ends: boolean): Promise<void> {
  setHandler(ticketView, () => view);
  await condition(() => ends);
}

export async function lane(view: LaneView): Promise<void> {
  setHandler(laneView, () => view);
  await condition(() => false);
}

export async function control(view: ControlView): Promise<void> {
  setHandler(controlView, () => view);
  await condition(() => false);
}
