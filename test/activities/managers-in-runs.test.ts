import { createManagersInRuns } from '../../activities/managers-in-runs.js';
import { CallFailure, type FailureFacts } from '../../src/domain/failure.js';

const MINUTE = 60_000;
const PANO = {
  laneKey: 'pano',
  laneName: 'PANO',
  device: 'DG',
  window: 'Nightly',
  runId: '197',
  startMs: 0,
};

/** SecureTrack, with how often it was asked and since when. */
function secureTrack() {
  const asked: number[] = [];
  let failure: Pick<FailureFacts, 'kind'> | null = null;
  return {
    asked,
    fail: (kind: FailureFacts['kind'] | null) => {
      failure = kind === null ? null : { kind };
    },
    readManagersInRuns: async (sinceMs: number) => {
      asked.push(sinceMs);
      if (failure === null) return [PANO];
      throw new CallFailure({ ...failure, code: 'http.unavailable', message: 'it failed' } as FailureFacts);
    },
  };
}

describe('what runs of change windows show', () => {
  it('is read once in 5 minutes, of the last 14 days', async () => {
    const track = secureTrack();
    const runs = createManagersInRuns(track);
    const day = 86_400_000;
    const nowMs = 100 * day;

    expect(await Promise.all([runs.at(nowMs), runs.at(nowMs), runs.at(nowMs + 4 * MINUTE)])).toEqual([
      [PANO],
      [PANO],
      [PANO],
    ]);
    await runs.at(nowMs + 5 * MINUTE);

    expect(track.asked).toEqual([86 * day, 86 * day + 5 * MINUTE]);
  });

  it('is known to its worker alone: another one in the same process reads itself', async () => {
    const track = secureTrack();

    await createManagersInRuns(track).at(0);
    await createManagersInRuns(track).at(0);

    expect(track.asked).toHaveLength(2);
  });

  it('is asked for again after a failure, and none where our user may not see it', async () => {
    const track = secureTrack();
    const runs = createManagersInRuns(track);

    track.fail('transient');
    await expect(runs.at(0)).rejects.toThrow(CallFailure);
    track.fail('auth');
    expect(await runs.at(1)).toEqual([]);
    track.fail(null);
    expect(await runs.at(5 * MINUTE + 1)).toEqual([PANO]);
  });
});
