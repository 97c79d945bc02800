import { signEnding } from '../src/client/sign.js';
import { laneWorkflowId } from '../src/domain/ids.js';
import type { LaneEnding, PushEnding, SavingEnding } from '../src/domain/lane-ending.js';
import type { BeginResult, EndPush, EndSaving, TokenState } from '../src/domain/lane.js';
import {
  laneBeginPush,
  laneBeginSaving,
  laneEndPush,
  laneEndSaving,
  laneToken,
} from '../workflows/messages.js';

import type { ActivityDeps } from './contract.js';

/** How long a lane may take to answer: its worker may just be replaying it. */
const ANSWER_WITHIN_MS = 20_000;

/** A push's side of the conversation with one lane. */
export interface LaneLink {
  token(token: number): Promise<TokenState>;
  /** `nonce` names this attempt: asking again with it is the same call and gets the same answer. */
  beginPush(input: {
    token: number;
    effectKey: string;
    baseline: string;
    nonce: string;
  }): Promise<BeginResult>;
  endPush(end: EndPush): Promise<void>;
  beginSaving(input: {
    ticketId: string;
    target: string;
    effectKey: string;
  }): Promise<{ kind: 'recorded' } | { kind: 'pushing'; by: string }>;
  endSaving(end: EndSaving): Promise<void>;
}

export function openLane(
  { temporal, clock, settings }: Pick<ActivityDeps, 'temporal' | 'clock' | 'settings'>,
  laneKey: string,
): LaneLink {
  const lane = temporal.workflow.getHandle(laneWorkflowId(laneKey));
  const inTime = async <T>(call: () => Promise<T>): Promise<T> =>
    await temporal.withDeadline(clock.now() + ANSWER_WITHIN_MS, call);
  const [actorKey] = settings.actorKeys;
  const vouched = <E extends LaneEnding>(ending: E): E =>
    actorKey === undefined ? ending : signEnding(laneKey, ending, actorKey);
  return {
    token: async (token) => await inTime(async () => await lane.query(laneToken, token)),
    beginPush: async ({ nonce, ...input }) =>
      await inTime(async () => await lane.executeUpdate(laneBeginPush, { args: [input], updateId: nonce })),
    endPush: async (end) => {
      await inTime(async () => {
        await lane.signal(laneEndPush, vouched<PushEnding>(end));
      });
    },
    beginSaving: async (input) =>
      await inTime(async () => await lane.executeUpdate(laneBeginSaving, { args: [input] })),
    endSaving: async (end) => {
      await inTime(async () => {
        await lane.signal(laneEndSaving, vouched<SavingEnding>(end));
      });
    },
  };
}
