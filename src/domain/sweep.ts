import { cleanMarkdown, detailsPage } from './clean-text.js';

/** What a sweep could not read, for `sco list` and `sco status`. */
export interface SweepFindings {
  /** `ticket 2: workflow`: rows of the list of open tickets, and tickets, that could not be read; the first 50. */
  readonly odd: readonly string[];
  readonly oddCount: number;
  /** There are more open tickets than one sweep reads; the others are found by their events only. */
  readonly cut: boolean;
}

/** Markdown for the Web UI. */
export function sweepDetails(
  result: SweepFindings & {
    readonly openInSecureChange: number;
    readonly running: number;
    readonly started: readonly string[];
    readonly signalled: readonly string[];
  },
): string {
  const { odd, oddCount, cut, openInSecureChange, running, started, signalled } = result;
  return detailsPage([
    `${openInSecureChange} open in SecureChange, ${running} running here; started ${started.length}, signalled ${signalled.length}`,
    ...(cut ? ['The list was cut: there are more open tickets than one sweep reads.'] : []),
    ...(oddCount > 0
      ? [`Not readable (${oddCount}):`, odd.map((one) => `* ${cleanMarkdown(one)}`).join('\n')]
      : []),
  ]);
}
