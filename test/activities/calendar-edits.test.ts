import { watchCalendars } from '../../workers/calendar-edits.js';
import { eventually } from '../support/eventually.js';

let ending: AbortController;
beforeEach(() => {
  ending = new AbortController();
});
// A watcher that a failed test left behind would keep the process alive.
afterEach(() => {
  ending.abort();
});

function watched(replan: () => Promise<void>) {
  const errors: unknown[] = [];
  const files = { digest: 'as at the start' };
  const watching = watchCalendars(
    { digest: () => files.digest, replan, onError: (error) => errors.push(error), lookEveryMs: 5 },
    ending.signal,
  );
  const end = async (): Promise<void> => {
    ending.abort();
    await watching;
  };
  return { files, errors, end };
}

describe('an edited calendar', () => {
  it('reaches the lanes with each edit, and not before one', async () => {
    const looks: string[] = [];
    const { files, end } = watched(async () => {
      looks.push(files.digest);
    });
    files.digest = 'window earlier';
    await eventually('the lanes are replanned', () => looks.includes('window earlier'), 2_000);
    files.digest = 'window away';
    await eventually('the lanes are replanned again', () => looks.includes('window away'), 2_000);
    await end();
    expect(looks).not.toContain('as at the start');
  });

  it('reaches a lane that Temporal does not list yet, or that a ticket enters with the old windows', async () => {
    const listed: string[] = [];
    const replanned = new Set<string>();
    let tries = 0;
    const { files, end } = watched(async () => {
      tries += 1;
      for (const lane of listed) replanned.add(lane);
    });
    files.digest = 'edited';
    await eventually('the lanes are replanned', () => tries > 0, 2_000);
    listed.push('new lane');
    await eventually('the new lane is replanned', () => replanned.has('new lane'), 2_000);
    await end();
  });

  it('reaches the lanes a few times only', async () => {
    let tries = 0;
    let looks = 0;
    const watching = watchCalendars(
      {
        digest: () => {
          looks += 1;
          return looks === 1 ? 'as at the start' : 'edited';
        },
        replan: async () => {
          tries += 1;
        },
        onError: () => undefined,
        lookEveryMs: 1,
      },
      ending.signal,
    );
    await eventually('many looks', () => looks > 60, 5_000);
    ending.abort();
    await watching;
    expect(tries).toBe(7);
  });

  it('is brought to the lanes again when Temporal did not answer', async () => {
    let tries = 0;
    const { files, errors, end } = watched(async () => {
      tries += 1;
      if (tries === 1) throw new Error('unavailable');
    });
    files.digest = 'edited';
    await eventually('it is tried again', () => tries >= 2, 2_000);
    await end();
    expect(errors).toHaveLength(1);
  });
});
