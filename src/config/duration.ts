import { z } from 'zod';

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const DURATION = /^(?:\d{1,9}(?:ms|s|m|h|d))+$/;
const PART = /(\d{1,9})(ms|s|m|h|d)/g;

/** `30m`, `2h`, `1h30m`, `500ms`: milliseconds, or undefined when it is not written so. */
export function parseDuration(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  let total = 0;
  for (const [, count, unit] of text.matchAll(PART)) total += Number(count) * (UNIT_MS[unit ?? ''] ?? 0);
  return total;
}

/** A duration in operators' files, in bounds; its output is milliseconds. */
export function duration(least: string, most: string): z.ZodType<number, string> {
  const leastMs = parseDuration(least) ?? 0;
  const mostMs = parseDuration(most) ?? Number.MAX_SAFE_INTEGER;
  return z
    .string({ error: 'must be a duration such as 30m, 2h or 10s' })
    .regex(DURATION, { error: 'must be a duration such as 30m, 2h or 10s' })
    .transform((text, context) => {
      const ms = parseDuration(text) ?? 0;
      if (ms >= leastMs && ms <= mostMs) return ms;
      context.addIssue(`must be from ${least} to ${most}`);
      return z.NEVER;
    });
}
