/** What a sweep could not read, for `sco list` and `sco status`. */
export interface SweepFindings {
  /** `ticket 2: workflow`: rows of the list of open tickets, and tickets, that could not be read; the first 50. */
  readonly odd: readonly string[];
  readonly oddCount: number;
  /** There are more open tickets than one sweep reads; the others are found by their events only. */
  readonly cut: boolean;
}
