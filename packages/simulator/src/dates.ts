function pad(value: number, width = 2): string {
  return String(value).padStart(width, '0');
}

function shifted(ms: number, offsetMinutes: number): Date {
  return new Date(ms + offsetMinutes * 60_000);
}

function offsetText(offsetMinutes: number, separator: string): string {
  const absolute = Math.abs(offsetMinutes);
  return `${offsetMinutes < 0 ? '-' : '+'}${pad(Math.floor(absolute / 60))}${separator}${pad(absolute % 60)}`;
}

/** Ticket and history form, such as `2017-05-11T11:46:09.235+03:00`. */
export function ticketDate(ms: number, offsetMinutes: number): string {
  return `${shifted(ms, offsetMinutes).toISOString().slice(0, -1)}${offsetText(offsetMinutes, ':')}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Change window form, such as `04-Nov-2018 01:30:00PM +0200`. */
export function windowDate(ms: number, offsetMinutes: number): string {
  const at = shifted(ms, offsetMinutes);
  const hour = at.getUTCHours();
  const day = `${pad(at.getUTCDate())}-${MONTHS[at.getUTCMonth()] ?? ''}-${String(at.getUTCFullYear())}`;
  const time = `${pad(hour % 12 === 0 ? 12 : hour % 12)}:${pad(at.getUTCMinutes())}:${pad(at.getUTCSeconds())}`;
  return `${day} ${time}${hour < 12 ? 'AM' : 'PM'} ${offsetText(offsetMinutes, '')}`;
}

/** Calendar day, such as `2017-05-09`. */
export function dayOf(ms: number, offsetMinutes: number): string {
  return shifted(ms, offsetMinutes).toISOString().slice(0, 10);
}

/** Time of day, such as `18:52:06.000`. */
export function timeOf(ms: number, offsetMinutes: number): string {
  return shifted(ms, offsetMinutes).toISOString().slice(11, 23);
}

/** Length such as `00:00:51`. */
export function durationOf(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
}

/** ServiceNow form in UTC, such as `2025-11-22 10:04:11`. */
export function itsmDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
