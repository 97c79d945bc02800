import { CallFailure } from '../../src/domain/failure.js';
import { createServerLimits } from '../../src/integrations/server-limits.js';
import { VirtualTime } from '../support/virtual-time.js';
import { serviceNow } from './servers.js';

const URL = 'https://itsm.example';
let time: VirtualTime;
beforeEach(() => {
  time = new VirtualTime(0);
});
afterEach(() => time.close());

const limits = () => createServerLimits({ now: time.now, sleep: time.sleep });
const failureOf = async (call: Promise<unknown>): Promise<CallFailure['facts']> => {
  const error: unknown = await call.then(
    () => 'done',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CallFailure);
  return (error as CallFailure).facts;
};

describe('the limits of a server', () => {
  it('let so many calls be under way at once, and each other one after one of them', async () => {
    const server = serviceNow({ url: URL, concurrency: 2 });
    const { within } = limits();
    let underWay = 0;
    let most = 0;
    const call = async (): Promise<void> => {
      underWay += 1;
      most = Math.max(most, underWay);
      await time.sleep(1_000);
      underWay -= 1;
    };
    await time.finish(Promise.all([1, 2, 3, 4, 5].map(() => within(server, call))));
    expect([most, time.nowMs]).toEqual([2, 3_000]);
  });

  it('spread calls over the minute', async () => {
    const server = serviceNow({ url: URL, perMinute: 12 });
    const { within } = limits();
    const begun: number[] = [];
    await time.finish(
      Promise.all([1, 2, 3, 4].map(() => within(server, async () => void begun.push(time.nowMs)))),
    );
    expect(begun).toEqual([0, 5_000, 10_000, 15_000]);
  });

  it('hand a longer wait back, without a call', async () => {
    const server = serviceNow({ url: URL, perMinute: 2 });
    const { within } = limits();
    let made = 0;
    const call = async (): Promise<void> => void (made += 1);
    await within(server, call);
    expect(await failureOf(within(server, call))).toMatchObject({
      kind: 'busy',
      code: 'itsm.turn',
      retryAfterMs: 30_000,
    });
    expect(made).toBe(1);
    const slow = serviceNow({ url: URL, name: 'slow', concurrency: 1 });
    const first = within(slow, () => time.sleep(60_000));
    expect(await time.finish(failureOf(within(slow, call)))).toMatchObject({ kind: 'busy' });
    await time.finish(first);
    expect(made).toBe(1);
  });

  it('keep what a server asked for with Retry-After, for all calls to it and no other', async () => {
    const server = serviceNow({ url: URL });
    const { within } = limits();
    const busy = new CallFailure({
      kind: 'busy',
      system: 'itsm/servicenow',
      operation: 'x',
      code: 'http.too_many',
      message: 'too many',
      retryAfterMs: 60_000,
    });
    await failureOf(within(server, () => Promise.reject(busy)));
    expect(await failureOf(within(server, async () => 'called'))).toMatchObject({
      code: 'itsm.turn',
      retryAfterMs: 60_000,
    });
    expect(await within(serviceNow({ url: URL, name: 'other' }), async () => 'called')).toBe('called');
    await time.finish(time.sleep(60_000));
    expect(await within(server, async () => 'called')).toBe('called');
  });

  it('give the turn of a failed or cancelled call to the next one', async () => {
    const server = serviceNow({ url: URL, concurrency: 1, perMinute: 12 });
    const { within } = limits();
    await expect(within(server, () => Promise.reject(new Error('x')))).rejects.toThrow('x');
    const stop = new AbortController();
    const cancelled = within(server, async () => 'called', stop.signal);
    stop.abort();
    expect(await failureOf(cancelled)).toMatchObject({ kind: 'transient', code: 'http.cancelled' });
    expect(await time.finish(within(server, async () => 'called'))).toBe('called');
  });
});
