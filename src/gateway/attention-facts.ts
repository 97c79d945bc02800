import { ClientError } from '../../packages/client/src/contract.js';
import type { OrchestratorClient, ParkedTicket } from '../../packages/client/src/contract.js';
import type { AttentionFacts } from '../web/attention.js';
import { fewAtOnce } from '../domain/few-at-once.js';
import { soon } from './recent.js';

/** Waiting tickets that the list goes through; beyond, it says that there are more. */
export const MOST_WAITING = 1_000;
/** Each ticket of a page is asked what it waits for. */
const SHOWN = 25;
/** A ticket that is in no worker's cache is replayed first. The page does not wait for it; its live update shows it. */
const WAIT_MS = 300;
const PARKED_RECENT_MS = 5_000;
/** Looking for it among thousands takes a dozen lists. */
const OPENING_RECENT_MS = 30_000;
/** Looking for failing workflows asks for hundreds of them. */
const FAILING_RECENT_MS = 60_000;

type Read = <T>(key: string, call: () => Promise<T>, forMs?: number) => Promise<T>;

/** What the attention page shows, from the ticket at this place of the list on, the oldest ticket first. */
export function createAttentionFacts(deps: {
  client: OrchestratorClient;
  read: Read;
  lanes: () => Promise<AttentionFacts['lanes']>;
  now: () => number;
}): (from: number) => Promise<Omit<AttentionFacts, 'stop'>> {
  const { client, read, lanes, now } = deps;
  let blocked: AttentionFacts['failing'] = null;

  async function failing(): Promise<AttentionFacts['failing']> {
    const looking = read(
      'failing',
      async () => (await client.workflows.failing()).failing,
      FAILING_RECENT_MS,
    );
    void looking.then(
      (found) => {
        blocked = found;
      },
      () => {
        blocked = null;
      },
    );
    return blocked ?? (await soon(WAIT_MS, looking));
  }

  const details = async (ticketId: string, subject: string | null): Promise<ParkedTicket> => {
    try {
      const { parkings, moreParkings } = await client.tickets.get(ticketId);
      return { ticketId, subject, parkings, moreParkings, unreadable: null };
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      return { ticketId, subject, parkings: [], moreParkings: 0, unreadable: error.message };
    }
  };

  async function parked(from: number): Promise<Pick<AttentionFacts, 'parked' | 'waiting'>> {
    const found = await read('waiting', () => client.status.attention(MOST_WAITING + 1));
    // The list has the newest first; of more than it goes through, the oldest are not among them.
    const oldestFirst = found.slice(0, MOST_WAITING).toReversed();
    const answers = fewAtOnce(
      oldestFirst.slice(from, from + SHOWN),
      async ({ ticketId, subject }) => {
        const asking = read(`parked ${ticketId}`, () => details(ticketId, subject), PARKED_RECENT_MS);
        return (await soon(WAIT_MS, asking)) ?? pending(ticketId, subject);
      },
      SHOWN,
    );
    return {
      parked: await answers,
      waiting: { from, shown: SHOWN, total: oldestFirst.length, more: found.length > MOST_WAITING },
    };
  }

  return async (from) => {
    const [waiting, lanesNow, blockedNow, opensNext] = await Promise.all([
      parked(from),
      lanes(),
      failing(),
      soon(
        WAIT_MS,
        read('opening', () => client.status.nextOpening(now()), OPENING_RECENT_MS),
      ),
    ]);
    return { ...waiting, lanes: from > 0 ? [] : lanesNow, failing: from > 0 ? [] : blockedNow, opensNext };
  };
}

function pending(ticketId: string, subject: string | null): AttentionFacts['parked'][number] {
  return { ticketId, subject, parkings: [], moreParkings: 0, unreadable: null, pending: true };
}
