/** The first `count` of a list, joined; where it has more, how many more. A cut list never looks like a whole one. */
export function firstFew(items: readonly string[], count: number, separator = ', '): string {
  const shown = items.slice(0, count).join(separator);
  const more = items.length - count;
  return more > 0 ? `${shown}${separator}and ${more} more` : shown;
}
