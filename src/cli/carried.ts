import { ClientError } from '../../packages/client/src/contract.js';
import { inScope } from '../domain/scope.js';
import type { LaneView } from '../domain/view.js';
import { toWords } from '../domain/words.js';
import type { CliContext } from './context.js';
import { safe } from './output.js';

type Saved = LaneView['ledger'][number];

/** What an emergency on these devices would make live as well: saved by other tickets, and accepted by no person. */
export async function carriedBy(
  { openClient }: Pick<CliContext, 'openClient'>,
  id: string,
  devices: readonly string[],
): Promise<readonly Saved[]> {
  const client = await openClient();
  try {
    const view = await client.tickets.get(id);
    if (view.emergency === undefined) return [];
    const named = view.targets.filter(
      ({ name, managementId, enforcedBy }) =>
        enforcedBy === 'commit' && (devices.includes(name) || devices.includes(managementId)),
    );
    const carried: Saved[] = [];
    for (const laneKey of new Set(named.map((target) => target.laneKey))) {
      const { ledger } = await client.lanes.get(laneKey);
      const paths = named.filter((target) => target.laneKey === laneKey).map(({ path }) => path);
      carried.push(
        ...ledger.filter(
          ({ ticketId, acceptedBy, path }) =>
            ticketId !== view.ticketId && acceptedBy === null && paths.some((own) => inScope(own, path)),
        ),
      );
    }
    return carried;
  } catch (error) {
    // The fence of the lane refuses what is not named: an emergency does not wait for this reading.
    if (error instanceof ClientError) return [];
    throw error;
  } finally {
    await client.close();
  }
}

export function carriedText(carried: readonly Saved[]): string {
  const each = carried.map(({ ticketId, target, state, left }) => {
    const why = left === null ? state : `${state}, ticket ${toWords(left)}`;
    return `ticket ${safe(ticketId, 20)} on ${safe(target)} (${why})`;
  });
  const tickets = [...new Set(carried.map(({ ticketId }) => safe(ticketId, 20)))];
  return `the emergency would also make live what is saved by ${each.join(', ')}; nothing was asked. To accept it by name: --carry ${tickets.join(' ')}`;
}
