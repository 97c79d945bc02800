import type { AutomaticPush, LaneState } from './lane.js';

/** The automatic push that the lane waits for; null when there is none. */
export function automaticNow({ automatic }: LaneState, nowMs: number): AutomaticPush | null {
  return automatic !== null && nowMs < automatic.untilMs ? automatic : null;
}

export function automaticText({ ticketId, stepName }: AutomaticPush): string {
  return `SecureChange pushes by itself after step ${stepName} of ticket ${ticketId}`;
}
