import { readFileSync } from 'node:fs';

/** The names in the table of docs/placeholders.md. */
export function documentedPlaceholders(): readonly string[] {
  return readFileSync('docs/placeholders.md', 'utf8')
    .split('\n')
    .flatMap((line) => (/^\| (`[^|]+) \|/.exec(line)?.[1] ?? '').match(/[a-z_]+/g) ?? []);
}
