import { beginsOutside, windowCopies } from '../src/calendar/window-copies.js';
import type { Alert } from '../src/domain/alerts.js';
import { instantText } from '../src/domain/instant-text.js';
import type { ActivityDeps } from './contract.js';

/** Windows are looked at less often than what waits for a person. */
const EVERY_MS = 5 * 60_000;
const DAY_MS = 86_400_000;

/**
 * Runs of SecureTrack's change windows that began when no calendar that copies the window was open, of the last day: also while
 * no ticket waits. Nothing is read where no calendar is a copy.
 */
export function createWindowAlarms({
  secureChange,
  calendars,
  clock,
}: Pick<ActivityDeps, 'secureChange' | 'calendars' | 'clock'>): () => Promise<readonly Alert[]> {
  let known: { readonly atMs: number; readonly alerts: readonly Alert[] } | null = null;

  async function read(): Promise<readonly Alert[]> {
    const copies = windowCopies(calendars);
    if (copies.length === 0) return [];
    const sinceMs = clock.now() - DAY_MS;
    const { runs } = await secureChange.readWindowRuns(sinceMs);
    return runs.flatMap(({ uuid, window, runId, startMs, devices }): Alert[] => {
      const names = copies.flatMap((copy) => (copy.uuid === uuid ? [copy.calendar] : []));
      if (names.length === 0 || startMs < sinceMs || !beginsOutside(calendars, names, startMs)) return [];
      const committed = devices.filter(({ outcome }) => outcome === 'committed').length;
      return [
        {
          key: `windowOutside/${uuid}/${runId}`,
          kind: 'windowOutside',
          sinceMs: startMs,
          reason: `Run ${runId} of SecureTrack's change window ${window} began at ${instantText(startMs)}, outside the calendar that copies it (${names.join(', ')}), and committed ${committed} device(s)`,
          command: 'sco doctor',
        },
      ];
    });
  }

  return async () => {
    const nowMs = clock.now();
    if (known === null || nowMs - known.atMs >= EVERY_MS) known = { atMs: nowMs, alerts: await read() };
    return known.alerts;
  };
}
