import { inBatches } from '../../activities/in-batches.js';

/** Calls that are answered one by one, with what each was asked. */
function heldCalls() {
  const asked: (readonly string[])[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const ask = inBatches<string, string>(async (key, items) => {
    asked.push(items);
    await new Promise<void>((resolve, reject) => {
      ends.push((error) => {
        if (error === undefined) resolve();
        else reject(error);
      });
    });
    return items.map((item) => `${key}: ${item}`);
  }, 3);
  const end = async (error?: Error): Promise<void> => {
    ends.shift()?.(error);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { ask, asked, end };
}

describe('what is asked about one key', () => {
  it('while a call is under way goes out together with the next one, and each gets its own answer', async () => {
    const { ask, asked, end } = heldCalls();
    const answers = [ask('M1', 'a'), ask('M1', 'b'), ask('M1', 'c')];
    expect(asked).toEqual([['a']]);
    await end();
    expect(asked).toEqual([['a'], ['b', 'c']]);
    await end();
    expect(await Promise.all(answers)).toEqual(['M1: a', 'M1: b', 'M1: c']);
    const later = ask('M1', 'd');
    expect(asked.at(-1)).toEqual(['d']);
    await end();
    expect(await later).toBe('M1: d');
  });

  it('is not held up by another key', async () => {
    const { ask, asked, end } = heldCalls();
    const answers = [ask('M1', 'a'), ask('M2', 'b')];
    expect(asked).toEqual([['a'], ['b']]);
    await end();
    await end();
    expect(await Promise.all(answers)).toEqual(['M1: a', 'M2: b']);
  });

  it('is asked in calls of a bounded size', async () => {
    const { ask, asked, end } = heldCalls();
    const answers = ['a', 'b', 'c', 'd', 'e'].map(async (item) => ask('M1', item));
    await end();
    await end();
    await end();
    expect(asked).toEqual([['a'], ['b', 'c', 'd'], ['e']]);
    expect(await Promise.all(answers)).toHaveLength(5);
  });

  it('fails for those in the failed call only', async () => {
    const { ask, end } = heldCalls();
    const failing = ask('M1', 'a');
    const next = ask('M1', 'b');
    await Promise.all([
      expect(failing).rejects.toThrow('the lane does not answer'),
      end(new Error('the lane does not answer')),
    ]);
    await end();
    expect(await next).toBe('M1: b');
  });
});
