import type { Role } from '../domain/commands.js';
import type { Interval, WindowPlan, WindowTarget } from '../domain/window.js';

export interface WindowAsk {
  /** Names in calendars.yaml. What is open is open in each of them. */
  readonly calendars: readonly string[];
  readonly fromMs: number;
  readonly horizonDays: number;
  /** null: only rules for every target open, and every deny counts. */
  readonly target: WindowTarget | null;
}

export interface Calendars {
  /**
   * The openings from `fromMs` on, denies and freezes cut out, read live by name: UTC intervals with the windows, rules
   * and tz-data version they came from. An unknown name is a CallFailure kind `rejected` (code `calendar.unknown`).
   */
  plan(ask: WindowAsk): WindowPlan;
  /** What is left of [fromMs, toMs) without the freezes that name none of the roles: what an override may open. */
  overridable(
    ask: Pick<WindowAsk, 'calendars' | 'fromMs' | 'target'> & {
      readonly toMs: number;
      readonly roles: readonly Role[];
    },
  ): readonly Interval[];
  /** uuid of the SecureTrack change window that a calendar is a copy of; null: of none. */
  secureTrackWindow(name: string): string | null;
  names(): readonly string[];
}
