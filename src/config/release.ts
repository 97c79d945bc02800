import { readFileSync } from 'node:fs';

/** Beside the sources in a checkout, one folder further up from a build. */
const PLACES = ['../../package.json', '../../../package.json'];

/** The version in our package.json; `unknown` where the file is not shipped with us. */
export function releaseVersion(): string {
  for (const place of PLACES) {
    try {
      const found: unknown = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8'));
      if (
        typeof found === 'object' &&
        found !== null &&
        'name' in found &&
        found.name === 'securechange-orchestrator' &&
        'version' in found &&
        typeof found.version === 'string'
      ) {
        return found.version;
      }
    } catch {
      // Not here.
    }
  }
  return 'unknown';
}
