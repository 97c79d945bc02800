import type { EndPush, PushKind } from '../src/domain/lane.js';
import type { LaneLink } from './lane-link.js';

export interface ClosePushInput {
  readonly laneKey: string;
  readonly managerLaneKey: string;
  readonly token: number;
  readonly kind: PushKind;
  readonly ticketId: string;
  readonly epoch: number;
  readonly target: string;
  readonly targetName: string;
  readonly effectKey: string;
  readonly result: EndPush['result'];
}

/** Whatever happened, the lanes hear it: the one that granted, and for a saving Update its manager's. */
export interface Ending {
  tell(result: EndPush['result']): Promise<void>;
  /** Tells, then gives `outcome`. */
  with<T>(result: EndPush['result'], outcome: T): Promise<T>;
  /** For a turn that was lost: only the manager's lane may still expect something. */
  savingOnly(result: 'notSaved'): Promise<void>;
}

export function createEnding(
  input: Pick<
    ClosePushInput,
    'ticketId' | 'epoch' | 'target' | 'targetName' | 'effectKey' | 'token' | 'kind'
  >,
  lane: LaneLink,
  manager: LaneLink | null,
  settleMs: number,
): Ending {
  const { ticketId, epoch, target, targetName, effectKey, token } = input;
  const endSaving = async (result: 'saved' | 'notSaved' | 'unknown'): Promise<void> => {
    await manager?.endSaving({ ticketId, epoch, target, targetName, effectKey, result });
  };
  const tell = async (result: EndPush['result']): Promise<void> => {
    // A failed or partial Update may have left something behind: the ledger must not miss it.
    await endSaving(result === 'done' ? 'saved' : result === 'notSent' ? 'notSaved' : 'unknown');
    await lane.endPush({ token, ticketId, result, settleMs: input.kind === 'savingUpdate' ? 0 : settleMs });
  };
  return {
    tell,
    savingOnly: endSaving,
    with: async (result, outcome) => {
      await tell(result);
      return outcome;
    },
  };
}
