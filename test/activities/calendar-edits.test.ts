import { watchCalendars } from '../../workers/calendar-edits.js';
import { eventually } from '../support/eventually.js';

function watched(replan: () => Promise<void>) {
  const ending = new AbortController();
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
  it('reaches the lanes once for each edit, and not while nothing changed', async () => {
    let replanned = 0;
    const looks: string[] = [];
    const { files, end } = watched(async () => {
      replanned += 1;
      looks.push(files.digest);
    });
    files.digest = 'window earlier';
    await eventually('the lanes are replanned', () => replanned === 1, 2_000);
    files.digest = 'window away';
    await eventually('the lanes are replanned again', () => replanned === 2, 2_000);
    await end();
    expect(looks).toEqual(['window earlier', 'window away']);
  });

  it('is brought to the lanes again when Temporal did not answer', async () => {
    let tries = 0;
    const { files, errors, end } = watched(async () => {
      tries += 1;
      if (tries === 1) throw new Error('unavailable');
    });
    files.digest = 'edited';
    await eventually('it is tried again', () => tries === 2, 2_000);
    await end();
    expect(errors).toHaveLength(1);
  });
});
