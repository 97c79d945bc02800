import { FakeEngine } from '../support/fake-engine.js';
import { VirtualTime } from '../support/virtual-time.js';
import { together } from '../../workflows/together.js';

const MINUTE = 60_000;

function workflow(): {
  readonly time: VirtualTime;
  readonly engine: FakeEngine;
  readonly ended: string[];
  rest(name: string): Promise<void>;
} {
  const time = new VirtualTime(0);
  const engine = new FakeEngine(time, () => Promise.reject(new Error('calls no activity')));
  const ended: string[] = [];
  const rest = async (name: string): Promise<void> => {
    await engine.condition(() => false, MINUTE);
    ended.push(name);
  };
  return { time, engine, ended, rest };
}

describe('what runs together', () => {
  it('ends when the last of it has ended', async () => {
    const { time, engine, ended, rest } = workflow();
    const all = engine.enter(async () =>
      together({ engine }, [async () => rest('a minute'), () => Promise.resolve(ended.push('at once'))]),
    );
    await time.finish(all);
    expect(ended).toEqual(['at once', 'a minute']);
  });

  it('is not over, when it is cancelled, before a write that was begun has ended', async () => {
    const { time, engine, ended, rest } = workflow();
    const done = engine.enter(async () => {
      const scope = engine.scope(async () =>
        together({ engine }, [
          async () => engine.protect(async () => rest('the write')),
          async () => rest('the wait'),
        ]),
      );
      scope.cancel();
      const end = await scope.done;
      ended.push(end);
    });
    await time.finish(done);
    expect(ended).toEqual(['the write', 'cancelled']);
  });

  it('cancels the others when one fails, and throws what it threw', async () => {
    const { time, engine, ended, rest } = workflow();
    const failed = engine.enter(async () =>
      together({ engine }, [
        async () => engine.protect(async () => rest('the write')),
        async () => rest('the wait'),
        () => Promise.reject(new Error('skipped')),
      ]),
    );
    await expect(time.finish(failed)).rejects.toThrow('skipped');
    expect(ended).toEqual(['the write']);
  });
});
