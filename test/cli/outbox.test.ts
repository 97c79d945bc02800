import type { Delivery, QueuedMessage } from '../../src/domain/outbox.js';
import { ClientError, type TicketSummary } from '../../packages/client/src/contract.js';
import type { TicketView } from '../../src/domain/view.js';
import { NOW, runSco } from '../support/cli-context.js';
import { ticketViewOf } from '../support/ticket-view.js';

const delivery = (number: number, part: Partial<Delivery> = {}): Delivery => ({
  number,
  point: 'close-change',
  server: 'servicenow',
  action: 'close',
  state: 'queued',
  sinceMs: NOW - 120_000,
  sizeBytes: 512,
  message: null,
  ...part,
});

const VIEWS = {
  '1': ticketViewOf({
    ticketId: '1',
    outbox: [delivery(2, { state: 'held', message: 'refused with status 400' }), delivery(3)],
    delivered: [delivery(1, { state: 'acknowledged', point: 'create-change', message: 'CHG0030001' })],
  }),
  '2': ticketViewOf({ ticketId: '2', outbox: [delivery(1, { state: 'sent' })] }),
};
const tickets = {
  list: async () => (['1', '2'] as const).map((ticketId) => ({ ticketId }) as TicketSummary),
  get: async (id: string) => VIEWS[id as keyof typeof VIEWS],
  message: async (_id: string, number: number) =>
    number === 2 ? ({ body: '{"close_code":"done"}' } as QueuedMessage) : null,
};

const numbers = (json: unknown): string[] =>
  (json as { ticketId: string; number: number; state: string }[]).map(
    ({ ticketId, number, state }) => `${ticketId}/${number} ${state}`,
  );

describe('sco outbox list', () => {
  it('shows what is not acknowledged, of all tickets that run', async () => {
    const { code, json } = await runSco(['outbox', 'list', '--json'], { tickets });
    expect([code, numbers(json())]).toEqual([0, ['1/2 held', '1/3 queued', '2/1 sent']]);
    const { out } = await runSco(['outbox', 'list'], { tickets });
    expect(out).toMatch(/✗ held +2 m ago.*refused with status 400/);
  });

  it('names a ticket that cannot be asked, and lists the others all the same', async () => {
    const get = async (id: string): Promise<TicketView> => {
      if (id === '1') throw new ClientError('workerAway', 'ticket 1: no worker answers');
      return VIEWS['2'];
    };
    const { code, err, json } = await runSco(['outbox', 'list', '--json'], { tickets: { ...tickets, get } });
    expect([code, numbers(json())]).toEqual([1, ['2/1 sent']]);
    expect(err).toContain('ticket 1: no worker answers');
  });

  it('shows those of one ticket, those that are held, and the delivered ones on request', async () => {
    const list = async (...more: string[]): Promise<string[]> =>
      numbers((await runSco(['outbox', 'list', '--json', ...more], { tickets })).json());
    expect(await list('--ticket', '2')).toEqual(['2/1 sent']);
    expect(await list('--held')).toEqual(['1/2 held']);
    expect(await list('--ticket', '1', '--all')).toEqual(['1/1 acknowledged', '1/2 held', '1/3 queued']);
  });
});

describe('sco outbox show', () => {
  it('shows how far one message came, and what is sent', async () => {
    const { code, out } = await runSco(['outbox', 'show', '1', '2'], { tickets });
    expect(code).toBe(0);
    expect(out).toContain('Message 2 of ticket 1, point close-change');
    expect(out).toContain('refused with status 400');
    expect(out).toContain('"close_code": "done"');
  });

  it('says that there is no such message', async () => {
    const { code, err } = await runSco(['outbox', 'show', '1', '9'], { tickets });
    expect(code).toBe(2);
    expect(err).toContain('ticket 1 has no message 9');
  });
});
