import { CallFailure } from '../src/domain/failure.js';
import type { ReverseRequest } from '../src/securechange/secure-change.js';
import type { ActivityDeps } from './contract.js';
import { untilShown } from './until-shown.js';
import { withHeartbeat } from './with-heartbeat.js';

export type BackOutResult =
  /** `opened`: now; otherwise one was open already. */
  | { readonly kind: 'open'; readonly ticketId: string; readonly opened: boolean }
  /** It cannot be opened, and a person takes the change back by hand. */
  | { readonly kind: 'refused'; readonly message: string };

export interface BackOutActivities {
  /** Opens the reverse of a ticket as a new ticket, unless one is open. */
  openBackOut: (input: ReverseRequest) => Promise<BackOutResult>;
}

export function createBackOutActivities({
  secureChange,
  clock,
  settings,
}: Pick<ActivityDeps, 'secureChange' | 'clock' | 'settings'>): BackOutActivities {
  return {
    openBackOut: async (input) =>
      await withHeartbeat(async ({ signal }) => {
        const { ticketId } = input;
        const before = await secureChange.findReverse(ticketId, signal);
        if (before !== null) return { kind: 'open', ticketId: before, opened: false };
        try {
          await secureChange.openReverse(input, signal);
        } catch (error) {
          if (error instanceof CallFailure && error.facts.kind === 'rejected')
            return { kind: 'refused', message: error.facts.message };
          throw error;
        }
        const find = async (): Promise<string | null> => secureChange.findReverse(ticketId, signal);
        const found = await untilShown({ clock, settings }, find, signal);
        if (found !== null) return { kind: 'open', ticketId: found, opened: true };
        throw new CallFailure({
          kind: 'ambiguous',
          system: 'securechange',
          operation: `open the back-out of ticket ${ticketId}`,
          code: 'securechange.not_shown',
          message: 'SecureChange accepted the new ticket and does not list it yet',
        });
      }),
  };
}
