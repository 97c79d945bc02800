/**
 * The one way an instant stands in a text that is not made for one person's zone: `2026-11-22 13:00:00 +00:00`. The command line
 * shows such instants in the zone of whoever reads.
 */
export function instantText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} +00:00`;
}
