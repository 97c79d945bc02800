import type { WindowPlan } from '../domain/window.js';

export interface Calendars {
  /**
   * The openings of a calendar from `fromMs` on, freezes cut out, read live by name: UTC intervals with the rule and
   * tz-data version they came from. An unknown name is a CallFailure kind `rejected` (code `calendar.unknown`).
   */
  plan(calendar: string, fromMs: number, horizonDays: number): WindowPlan;
  names(): readonly string[];
}
