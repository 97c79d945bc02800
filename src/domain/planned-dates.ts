import type { Interval } from './window.js';

/** What the planned start and end of the ITSM change say. Only `within` lets anything go live. */
export type PlannedReading =
  | { readonly kind: 'within'; readonly interval: Interval }
  | { readonly kind: 'blank' | 'unreadable' | 'reversed' | 'pastEnd' | 'noChange'; readonly message: string };

/** Code of a parking, by what is wrong with the dates. */
export const PLANNED_CODES = {
  blank: 'window.planned_blank',
  unreadable: 'window.planned_unreadable',
  reversed: 'window.planned_reversed',
  pastEnd: 'window.planned_past',
  noChange: 'window.no_change',
} as const;
export type PlannedCode = (typeof PLANNED_CODES)[keyof typeof PLANNED_CODES];
