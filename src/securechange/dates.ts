/** The forms in which SecureChange and SecureTrack print an instant. */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const OFFSET = String.raw`(?:Z|([+-])(\d{2}):?(\d{2}))`;
/** `2017-05-11T11:46:09.235+03:00`, `…+0000`, `…Z`; a space for the T, seconds and fraction as they come. */
const ISO = new RegExp(
  String.raw`^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)? ?${OFFSET}$`,
  'i',
);
/** `04-Nov-2018 01:30:00PM +0200`. */
const WINDOW = new RegExp(
  String.raw`^(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d{1,2}):(\d{2}):(\d{2}) ?([AP])M ${OFFSET.replace('Z|', '')}$`,
  'i',
);

/** UTC epoch ms of an instant with its zone; null for anything else, also for a date whose zone is not said. */
export function parseInstant(text: string): number | null {
  const parts = ISO.exec(text.trim());
  if (parts === null) return parseWindowDate(text);
  const [, year, month, day, hour, minute, second = '0', fraction = '0', sign, hours = '0', minutes = '0'] =
    parts;
  const ms = Math.floor(Number(`0.${fraction}`) * 1000);
  const local = utc(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  return local === null ? null : local + ms - offsetMs(sign, hours, minutes);
}

/** `04-Nov-2018 01:30:00PM +0200` as UTC epoch ms; null for anything else. */
export function parseWindowDate(text: string): number | null {
  const parts = WINDOW.exec(text.trim());
  if (parts === null) return null;
  const [, day, monthName = '', year, hour, minute, second, half = '', sign, hours = '0', minutes = '0'] =
    parts;
  const twelve = Number(hour);
  const month = MONTHS.indexOf(monthName.toLowerCase());
  if (month < 0 || twelve < 1 || twelve > 12) return null;
  const hour24 = (twelve % 12) + (half.toUpperCase() === 'P' ? 12 : 0);
  const local = utc(Number(year), month, Number(day), hour24, Number(minute), Number(second));
  return local === null ? null : local - offsetMs(sign, hours, minutes);
}

function utc(...[year, month, day, hour, minute, second]: [number, number, number, number, number, number]) {
  const at = new Date(Date.UTC(year, month, day, hour, minute, second));
  const same = at.getUTCMonth() === month && at.getUTCDate() === day && at.getUTCHours() === hour;
  return same && minute < 60 && second < 60 ? at.getTime() : null;
}

function offsetMs(sign: string | undefined, hours: string, minutes: string): number {
  const ms = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === '-' ? -ms : ms;
}
