import type { SeenOfWindows } from '../activities/index.js';
import type { Target } from '../src/domain/provisioning.js';

/** What a target that a change window of SecureTrack commits has seen of its runs. */
export interface WindowWait {
  /** Of this save: after another one nothing is known. */
  readonly savedAtMs: number;
  readonly seenUntilMs: number;
  /** The obstacle that is shown, or was. */
  readonly known: string | null;
  /** What an operator is asked about. */
  readonly asked: Exclude<SeenOfWindows, { kind: 'committed' }> | null;
}

interface WindowWaits {
  windowWaits?: Readonly<Record<string, WindowWait>>;
}

/** What is known of the runs since this save: kept in the state, so that no run is asked about again after it continued as new. */
export function waitOf({ windowWaits }: WindowWaits, { managementId, savedAtMs = 0 }: Target): WindowWait {
  const known = windowWaits?.[managementId];
  if (known?.savedAtMs === savedAtMs) return known;
  return { savedAtMs, seenUntilMs: 0, known: null, asked: null };
}

export function keepWait(state: WindowWaits, { managementId }: Target, wait: WindowWait): void {
  state.windowWaits = { ...state.windowWaits, [managementId]: wait };
}
