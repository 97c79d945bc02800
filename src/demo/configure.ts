/** What a scenario changes in the demo's copy of `config/` before everything starts. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Updates of managed devices are saved as soon as the window is known, days before it. */
export function savesAhead(configDir: string): void {
  edit(configDir, 'firewall-change.yaml', (text) => `${text}\nsaveUpdates: { ahead: 2d }\n`);
}

/** Tickets of workflow `Firewall change (auto)` wait for a calendar of their own. */
export function autoWaitsForLater(configDir: string): void {
  edit(configDir, 'firewall-change-auto.yaml', (text) =>
    text.replace('calendar: nightly', 'calendar: later'),
  );
}

function edit(configDir: string, process: string, change: (text: string) => string): void {
  const file = join(configDir, 'processes', process);
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}
