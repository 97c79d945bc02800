import type { LaneView, OverrideView } from '../domain/view.js';
import { formatBoth } from './instants.js';
import { safe } from './output.js';
import { sentence, type Style } from './style.js';

/** One line for each override of a ticket. */
export function overrideTexts(
  ticketId: string,
  overrides: readonly OverrideView[],
  style: Style,
): readonly string[] {
  return overrides.map((one) => {
    const { key, devices, by, confirmedBy, reason, untilMs, spent } = one;
    const what = `${devices.map((name) => safe(name, 40)).join(', ')} until ${formatBoth(untilMs, style)}, by ${safe(by)}: ${sentence(reason, style, 200)}`;
    if (confirmedBy === null)
      return untilMs > style.nowMs
        ? `${what}; another person confirms it: sco ticket confirm ${ticketId} --override ${safe(key, 128)} --reason "…"`
        : `${what}; it was not confirmed`;
    const state = spent ? 'used' : untilMs > style.nowMs ? 'may be used once' : 'expired';
    return `${what}; confirmed by ${safe(confirmedBy)}; ${state}`;
  });
}

/** Reviews of overrides that wait for a person, and the newest closed ones. */
export function renderReviews({ overrides, key: lane }: LaneView, style: Style): string {
  return overrides
    .map(({ key, ticketId, by, confirmedBy, reason, used, review, atMs }) => {
      const line = `  Override of ticket ${safe(ticketId, 20)} by ${safe(by)}, confirmed by ${safe(confirmedBy)}, ${formatBoth(atMs, style)}, ${used ? 'used' : 'not used'}: ${sentence(reason, style, 200)}`;
      if (review !== null)
        return `${line}\n  Review closed by ${safe(review.by)}: ${sentence(review.reason, style, 200)}`;
      return `${style.colours.yellow(line)}\n  Its review is open: sco lane review ${lane} --override ${safe(key, 128)} --reason "…"`;
    })
    .join('\n');
}
