import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes a `calendars.yaml` in which `nightly` and `later` are open; returns what opens one at an instant, or always (null). */
export function calendarsFile(configDir: string): (calendar: string, opensAtMs: number | null) => void {
  const windows = new Map<string, number | null>([
    ['nightly', null],
    ['later', null],
  ]);
  const write = (): void => {
    writeFileSync(join(configDir, 'calendars.yaml'), calendarsYaml(windows));
  };
  write();
  return (calendar, opensAtMs) => {
    windows.set(calendar, opensAtMs);
    write();
  };
}

function calendarsYaml(windows: ReadonlyMap<string, number | null>): string {
  const calendars = [...windows].map(([name, opensAtMs]) =>
    opensAtMs === null
      ? `  ${name}: { kind: always }`
      : `  ${name}:\n    zone: UTC\n    oneOff:\n      - name: test\n        opens: ${new Date(opensAtMs).toISOString().slice(0, 19)}\n        duration: 2h`,
  );
  return `calendars:\n${calendars.join('\n')}\n  always: { kind: always }\n  never: { kind: never }\n`;
}
