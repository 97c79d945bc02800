import type { ItsmChange } from '../../src/domain/outbox.js';
import { createHttp } from '../../src/http/http.js';
import { createItsm } from '../../src/integrations/create-itsm.js';
import { context, point } from '../placeholders/context.js';
import { failureOf } from '../support/failure-of.js';
import { startRecordedServer, type RecordedServer } from '../support/recorded-server.js';
import { noTokens, serviceNow } from './servers.js';

/** Of a normal change in ServiceNow: Scheduled, Implement, Review, Closed. */
const MODEL = ['-2', '-1', '0', '3'];
const CHANGE: ItsmChange = { server: 'servicenow', number: 'CHG1', id: 'a' };

let table: RecordedServer;
let record: Record<string, string>;
let refusedAt: string | null;
beforeEach(async () => {
  refusedAt = null;
  record = { sys_id: 'a', number: 'CHG1', correlation_id: 'securechange-214-servicenow', state: '-2' };
  table = await startRecordedServer(({ method, body }) => {
    if (method !== 'PATCH') return { body: { result: record } };
    const wanted = JSON.parse(body) as Record<string, string>;
    const { state = record['state'] ?? '' } = wanted;
    const step = MODEL.indexOf(state) - MODEL.indexOf(record['state'] ?? '');
    // The vendor's rule: one state after the other.
    if (step !== 0 && step !== 1)
      return { status: 403, body: { error: { message: 'Invalid state transition' } } };
    if (state === refusedAt) return { status: 403, body: { error: { message: 'mandatory: Close code' } } };
    record = { ...record, ...wanted };
    return { body: { result: record } };
  });
});
afterEach(() => table.close());

function send(
  action: 'update' | 'close',
  body: Record<string, string>,
  states: readonly string[] | null = MODEL,
) {
  const itsm = createItsm({
    server: () => serviceNow({ url: table.url, states }),
    http: createHttp,
    tokens: noTokens,
  });
  const message = itsm.render(point({ name: action, action, body }), context());
  return itsm.send(message, CHANGE).finally(() => itsm.close());
}
const states = (): (string | undefined)[] =>
  table.received
    .filter(({ method }) => method === 'PATCH')
    .map(({ body }) => (JSON.parse(body) as { state?: string }).state);

describe('the state of a change in ServiceNow', () => {
  it('goes through each state of its model, and the message itself comes last', async () => {
    await send('close', { state: '3', close_code: 'successful' });
    expect(states()).toEqual(['-1', '0', '3']);
    expect(record).toMatchObject({ state: '3', close_code: 'successful' });
  });

  it('is written as it is without a model, and the words of the instance are shown', async () => {
    const failure = await failureOf(send('close', { state: '3' }, null));
    expect(failure).toMatchObject({ kind: 'rejected', code: 'itsm.refused' });
    expect(failure.message).toContain('Invalid state transition');
  });

  it('goes on where it stopped when a message is sent again', async () => {
    refusedAt = '3';
    const failure = await failureOf(send('close', { state: '3' }));
    expect(failure.message).toContain('mandatory: Close code');
    expect(record['state']).toBe('0');
    refusedAt = null;
    await send('close', { state: '3' });
    expect(states()).toEqual(['-1', '0', '3', '3']);
  });

  it.each(['3', '4'])('%s is not set back: the message is refused, and nothing is written', async (state) => {
    record = { ...record, state };
    const failure = await failureOf(send('update', { state: '-1', short_description: 'x' }));
    expect(failure).toMatchObject({ kind: 'rejected', code: 'itsm.no_way' });
    expect(failure.message).toContain(`CHG1 is in state "${state}"`);
    expect(states()).toEqual([]);
  });

  it('stays as it is with a message that sets none, and one outside its model is written as it is', async () => {
    await send('update', { short_description: 'x' });
    expect(states()).toEqual([undefined]);
    const failure = await failureOf(send('update', { state: '4' }));
    expect(failure.message).toContain('Invalid state transition');
  });
});

it('an instant is written as the Table API stores it', async () => {
  await send('update', { state: '-1', work_start: '#current_time#' });
  expect(record['work_start']).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
});
