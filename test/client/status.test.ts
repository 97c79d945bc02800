import { ClientError, type TicketFilter } from '../../packages/client/src/contract.js';
import { createStatus, isConfigurationFacts, newestOfEach } from '../../packages/client/src/status.js';
import type { TemporalReader } from '../../packages/client/src/ask-temporal.js';
import { CONFIGURATION } from '../support/cli-context.js';
import { ticketRunOf } from '../support/ticket-run.js';
import { ticketViewOf } from '../support/ticket-view.js';

const NO_READER = {} as TemporalReader;

describe('the configuration', () => {
  it('is what each worker said last, the newest first', () => {
    const said = [
      { ...CONFIGURATION, worker: 'a', atMs: 1 },
      { ...CONFIGURATION, worker: 'b', atMs: 3 },
      { ...CONFIGURATION, worker: 'a', atMs: 2 },
    ];
    expect(newestOfEach(said).map(({ worker, atMs }) => `${worker} ${atMs}`)).toEqual(['b 3', 'a 2']);
  });

  it('is not read from what another release or another program wrote', () => {
    expect(isConfigurationFacts(CONFIGURATION)).toBe(true);
    const { digest: _digest, ...without } = CONFIGURATION;
    for (const other of [null, 'text', [], {}, without, { ...CONFIGURATION, processes: 'none' }]) {
      expect(isConfigurationFacts(other)).toBe(false);
    }
  });
});

describe('tickets that need attention', () => {
  it('are all there, also one that cannot be asked why', async () => {
    const filters: TicketFilter[] = [];
    const status = createStatus(
      NO_READER,
      {
        list: async (filter = {}) => {
          filters.push(filter);
          return ['1', '2'].map((ticketId) => ticketRunOf({ ticketId, subject: `subject ${ticketId}` }));
        },
        get: async (ticketId) => {
          if (ticketId === '2') throw new ClientError('workerAway', 'no worker answers');
          return ticketViewOf({ ticketId });
        },
      },
      { list: async () => [] },
    );
    expect(await status.parked(10)).toEqual([
      { ticketId: '1', subject: 'subject 1', parkings: [], moreParkings: 0, unreadable: null },
      { ticketId: '2', subject: 'subject 2', parkings: [], moreParkings: 0, unreadable: 'no worker answers' },
    ]);
    expect(filters).toEqual([{ open: true, needsAttention: true, limit: 10 }]);
  });
});

it('the next opening is the earliest that is still to come', async () => {
  const runs = [5, 30, 20].map((windowOpensAtMs, index) =>
    ticketRunOf({ ticketId: String(index), windowOpensAtMs }),
  );
  const tickets = { list: async () => [], get: async () => ticketViewOf() };
  const status = createStatus(NO_READER, tickets, { list: async () => runs });
  expect(await status.nextOpening(10)).toEqual({ ticketId: '2', opensAtMs: 20 });
  expect(await status.nextOpening(30)).toBeNull();
});

it('the next opening is the earliest also where more tickets wait than one list has', async () => {
  const runs = Array.from({ length: 2_500 }, (_, index) =>
    ticketRunOf({ ticketId: String(index), windowOpensAtMs: 10_000 - index }),
  );
  const list = async (query: string, limit: number) => {
    const [, before] = /< '([^']+)'/.exec(query) ?? [];
    const bound = before === undefined ? Infinity : Date.parse(before);
    return Promise.resolve(runs.filter((run) => (run.windowOpensAtMs ?? 0) < bound).slice(0, limit));
  };
  const status = createStatus(NO_READER, { list: async () => [], get: async () => ticketViewOf() }, { list });
  expect(await status.nextOpening(10)).toEqual({ ticketId: '2499', opensAtMs: 7_501 });
});
