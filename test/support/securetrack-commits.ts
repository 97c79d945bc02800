import { fakeEnvironment, HOUR, MINUTE, type FakeEnvironment } from './fake-environment.js';
import type { FakeTicket } from './fake-ticket.js';
import { firewallChange } from './firewall-change.js';

export const UUID = 'night-window';

/** An enabled change window of SecureTrack that has not run. */
export function addChangeWindow(env: FakeEnvironment): void {
  env.secureChange.changeWindows.push({
    uuid: UUID,
    name: 'Nightly',
    description: null,
    domainId: null,
    enabled: true,
  });
}

/** SecureTrack's change window commits what a process has saved. */
export function secureTrackCommits(): FakeEnvironment {
  const env = fakeEnvironment();
  env.processes.set(
    'Firewall change',
    firewallChange({ commitBy: 'securetrack', saveUpdates: { aheadMs: 12 * HOUR } }),
  );
  env.windowCopies.set('nightly', UUID);
  addChangeWindow(env);
  return env;
}

export async function untilSaved(env: FakeEnvironment, ticket: FakeTicket): Promise<void> {
  await env.reach(ticket, 'Implementation');
  const what = "SecureTrack's change window commits";
  await env.time.until(
    'it waits for the window',
    () => env.state(ticket.id).waiting?.what.startsWith(what) === true,
  );
  await env.time.pass(MINUTE);
}
