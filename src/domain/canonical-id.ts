/**
 * One text for one id, whoever wrote it: `4`, `004` and the number 4 are the ticket 4. Names of workflows, lanes and
 * effects are made of ids, so two texts for one ticket would be two workflows that drive it.
 */

/** What 64 bits hold for certain. */
const MOST_DIGITS = 18;

/** An id as another system wrote it: digits lose leading zeros, other text is kept; null for what is no id. */
export function canonicalId(value: unknown): string | null {
  // A larger number was rounded when its JSON was read: it may be the id of something else.
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? String(value) : null;
  if (typeof value !== 'string') return null;
  const text = value.trim();
  if (text === '') return null;
  return /^[0-9]+$/.test(text) ? withoutLeadingZeros(text) : text;
}

/** The id of a ticket: a positive whole number, as text without leading zeros. null for everything else. */
export function canonicalTicketId(value: unknown): string | null {
  const id = canonicalId(value);
  return id !== null && isTicketId(id) ? id : null;
}

/** Whether this is the one text of a ticket's id. */
export function isTicketId(text: string): boolean {
  return text.length <= MOST_DIGITS && /^[1-9][0-9]*$/.test(text);
}

/** A loop: a pattern with `0+` followed by a digit would try again from each zero. */
function withoutLeadingZeros(digits: string): string {
  let at = 0;
  while (at < digits.length - 1 && digits[at] === '0') at += 1;
  return digits.slice(at);
}
