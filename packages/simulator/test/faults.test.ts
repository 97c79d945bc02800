import { eventually } from './eventually.js';
import { API, at, startStandIn, type StandIn } from './stand-in.js';

let standIn: StandIn;

beforeEach(async () => {
  standIn = await startStandIn();
});
afterEach(() => standIn.running.close());

const fault = (body: object): Promise<unknown> => standIn.control('POST', '/faults', body);
const lastWrite = async (): Promise<object | undefined> => (await standIn.writes()).at(-1);

it('a reset before the effect breaks the connection and changes nothing', async () => {
  const { place } = await standIn.implementation();
  await fault({ match: { action: 'update', deviceId: 21 }, kind: 'resetBefore', times: 1 });
  await expect(standIn.call('PUT', `${place.designerPath}/device/21/update`)).rejects.toThrow();
  expect(await lastWrite()).toMatchObject({ action: 'update', deviceId: 21, status: 0, applied: false });
  expect((await standIn.call('PUT', `${place.designerPath}/device/21/update`)).status).toBe(202);
});

it('a reset after the effect breaks the connection though the effect took place', async () => {
  const { id, place } = await standIn.implementation();
  await fault({ match: { action: 'update', ticketId: id }, kind: 'resetAfter', times: 1 });
  await expect(standIn.call('PUT', `${place.designerPath}/device/21/update`)).rejects.toThrow();
  expect(await lastWrite()).toMatchObject({ ticketId: id, status: 0, applied: true });
  await standIn.notPending(id);
  expect((await standIn.device(21)).saved).toHaveLength(1);
});

it('a status fault answers in place of the call, with the given Retry-After and body, as often as given', async () => {
  await fault({
    match: { pathRegex: '/tickets$' },
    kind: 'status',
    status: 429,
    retryAfterS: 7,
    body: 'slow down',
    times: 2,
  });
  for (let call = 0; call < 2; call += 1) {
    const answer = await standIn.call('GET', `${API}/tickets`);
    expect([answer.status, answer.headers.get('retry-after'), answer.text]).toEqual([429, '7', 'slow down']);
  }
  expect((await standIn.call('GET', `${API}/tickets`)).status).toBe(200);
});

it('a status fault may strike after the effect', async () => {
  await fault({ match: { action: 'create' }, kind: 'status', status: 503, after: true, times: 1 });
  await expect(standIn.create()).rejects.toThrow('503');
  expect(await lastWrite()).toMatchObject({ action: 'create', status: 503, applied: true });
  expect(await standIn.ticket(1)).toMatchObject({ id: 1 });
});

it('"500 max concurrent" carries the vendor text', async () => {
  await fault({ match: { system: 'securechange' }, kind: 'maxConcurrent', times: 1 });
  const answer = await standIn.call('GET', `${API}/tickets`);
  expect([answer.status, at(answer.json, 'result', 'message')]).toEqual([
    500,
    'Reached max concurrent attempts',
  ]);
});

it('calls beyond the limits at once are refused with that text', async () => {
  await standIn.control('PUT', '/switches', { maxConcurrentCalls: 2 });
  const codes = async (path: string, calls: number): Promise<number[]> => {
    const answers = await Promise.all(Array.from({ length: calls }, () => standIn.call('GET', path)));
    return [...new Set(answers.map((answer) => answer.status))].sort();
  };
  // Calls meet only when they overlap: on a busy machine that may take another try.
  const meet = async (path: string, calls: number): Promise<number[]> =>
    eventually(`calls to ${path} meet`, async () => {
      const seen = await codes(path, calls);
      return seen.includes(500) ? seen : undefined;
    });
  expect(await meet(`${API}/tickets`, 12)).toEqual([200, 500]);
  await standIn.control('PUT', '/switches', { maxConcurrentCalls: 0 });
  expect(await codes(`${API}/tickets`, 12)).toEqual([200]);
  expect(await meet(`${API}/tickets/lifecycle_events`, 24)).toEqual([200, 500]);
});

it('a wrong schema answers 200 with unknown members', async () => {
  await fault({ match: { action: 'getTicket' }, kind: 'wrongSchema', times: 1 });
  const id = await standIn.create();
  const answer = await standIn.call('GET', `${API}/tickets/${String(id)}`);
  expect([answer.status, answer.json]).toEqual([200, { unexpected: expect.anything() as unknown }]);
});

it('a delay holds the answer back, before or after the effect', async () => {
  await fault({ match: { action: 'create' }, kind: 'delay', delayMs: 600_000, after: true, times: 1 });
  const slow = standIn.create().catch(() => undefined);
  let made: unknown;
  while (made === undefined) made = await standIn.ticket(1);
  expect(await lastWrite()).toMatchObject({ action: 'create', status: null, applied: true });
  await standIn.running.close();
  await slow;
  standIn = await startStandIn();
  await fault({ match: { action: 'getTicket' }, kind: 'delay', delayMs: 150, times: 1 });
  const before = Date.now();
  await standIn.call('GET', `${API}/tickets/1`);
  expect(Date.now() - before).toBeGreaterThanOrEqual(149);
});

describe('of Update and Commit', () => {
  const push = async (id: number, path: string): Promise<string> => {
    expect((await standIn.call('PUT', path)).status).toBe(202);
    return (await standIn.notPending(id)).designer;
  };

  it.each([
    ['updateFailed', 'command rejected by the device'],
    ['deviceLocked', 'object is locked by another administrator'],
  ])('%s is accepted and fails later', async (kind, reason) => {
    const { id, place } = await standIn.implementation();
    await fault({ match: { deviceId: 21 }, kind, times: 1 });
    expect(await push(id, `${place.designerPath}/device/21/update`)).toBe('implementation failure');
    const [first] = await standIn.designerOf(place);
    expect(first).toMatchObject({ push_status: 'Device update failed', push_status_reason: reason });
    expect((await standIn.device(21)).saved).toEqual([]);
    expect(await push(id, `${place.designerPath}/device/21/update`)).toBe('implementation success');
  });

  it('commitPartiallyFailed leaves one firewall without the policy and the change saved', async () => {
    const { id, place } = await standIn.implementation();
    await fault({ match: { deviceId: 21 }, kind: 'commitPartiallyFailed', times: 1 });
    await push(id, `${place.designerPath}/device/21/update`);
    expect(await push(id, `${place.designerPath}/device/21/commit`)).toBe('commit failure');
    const report = (await standIn.call('GET', `${place.designerPath}/commit_report/21`)).json;
    const results = at(report, 'commit_report', 'device', 0, 'policy', 0, 'fw_result') as {
      status: string;
    }[];
    expect(results.map((result) => result.status)).toEqual(['SUCCESS', 'FAILURE']);
    expect(await standIn.device(21)).toMatchObject({
      saved: [{ ticketId: id }],
      enforced: [{ partial: true }],
    });
  });

  it('commitReverted says success and, of one firewall, that it went back to what it had', async () => {
    const { id, place } = await standIn.implementation();
    await fault({ match: { deviceId: 21 }, kind: 'commitReverted', times: 1 });
    await push(id, `${place.designerPath}/device/21/update`);
    expect(await push(id, `${place.designerPath}/device/21/commit`)).toBe('commit success');
    const report = (await standIn.call('GET', `${place.designerPath}/commit_report/21`)).json;
    expect(at(report, 'commit_report', 'device', 0, 'policy', 0, 'fw_result', 1)).toMatchObject({
      status: 'SUCCESS',
      warning: [expect.stringContaining('reverted')],
    });
    expect(await standIn.device(21)).toMatchObject({
      saved: [{ ticketId: id }],
      enforced: [{ partial: true }],
    });
  });

  it('commitSkippedWithWarning says success though nothing was enforced', async () => {
    const { id, place } = await standIn.implementation();
    await fault({ match: {}, kind: 'commitSkippedWithWarning', times: 1 });
    await push(id, `${place.designerPath}/device/21/update`);
    expect(await push(id, `${place.designerPath}/device/21/commit`)).toBe('commit success');
    const report = (await standIn.call('GET', `${place.designerPath}/commit_report/21`)).json;
    expect(at(report, 'commit_report', 'device', 0)).toMatchObject({
      status: 'SUCCESS_WITH_WARNINGS',
      warning: ['Commit not performed: This device had no policies to install on its managed firewalls'],
    });
    expect(await standIn.device(21)).toMatchObject({ saved: [{ ticketId: id }], enforced: [] });
  });
});

it('deleted faults strike no more', async () => {
  await fault({ match: {}, kind: 'status' });
  expect((await standIn.call('GET', `${API}/tickets`)).status).toBe(503);
  await standIn.control('DELETE', '/faults');
  expect((await standIn.call('GET', `${API}/tickets`)).status).toBe(200);
});

it('the write log has every write in order, refused ones too, with who, what and whether it took effect', async () => {
  const id = await standIn.create();
  standIn.user = 'unknown.user';
  await standIn.call('PUT', `${API}/tickets/${String(id)}/cancel`);
  standIn.user = 'wf-api';
  const place = await standIn.place(id);
  await standIn.call('PUT', `${place.designerPath}/device/21/commit`);
  await standIn.call('PUT', `${place.taskPath}/fields`, { fields: { field: [] } });
  const writes = await standIn.writes();
  expect(
    writes.map(({ seq, action, user, status, applied }) => ({ seq, action, user, status, applied })),
  ).toEqual([
    { seq: 1, action: 'create', user: 'wf-api', status: 201, applied: true },
    { seq: 2, action: 'cancel', user: 'unknown.user', status: 401, applied: false },
    { seq: 3, action: 'commit', user: 'wf-api', status: 400, applied: false },
    { seq: 4, action: 'putField', user: 'wf-api', status: 200, applied: true },
  ]);
  expect(writes[3]).toMatchObject({ system: 'securechange', ticketId: id, body: { fields: { field: [] } } });
  expect(at(await standIn.control('GET', '/writes?since=3'), 'writes')).toHaveLength(1);
});

it('the control interface names what is wrong with a call', async () => {
  const answer = await standIn.call('POST', '/simulator/faults', { kind: 'nonsense' });
  expect([answer.status, String(at(answer.json, 'error'))]).toEqual([400, expect.stringContaining('kind')]);
});
