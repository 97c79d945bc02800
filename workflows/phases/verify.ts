import { isDone, type Target } from '../../src/domain/provisioning.js';
import type { PushedDevice } from '../../activities/index.js';
import { notImplemented } from '../parking-texts.js';
import type { TicketRun } from '../ticket-run.js';
import type { TicketState } from '../ticket-state.js';

/** Done when the verifier says implemented; a result that cannot be obtained is noted as unverified, never as implemented. */
export async function verifyPhase(run: TicketRun): Promise<void> {
  for (;;) {
    run.display.wait({
      for: 'securechange',
      what: 'the verifier reports whether the change is implemented',
      untilMs: null,
    });
    const verifier = await run.read('verify', { phase: 'verify' }, () => ({
      ...run.stepRef(),
      pushed: pushedDevices(run.state),
    }));
    run.display.wait(null);
    if (verifier.state === 'implemented') {
      run.display.note('verified: implemented');
      return;
    }
    if (verifier.state === 'unverified') {
      run.display.note(`unverified: ${verifier.message ?? 'the verifier gave no result'}`);
      return;
    }
    const decision = await run.parkings.park({
      ...notImplemented(verifier.message),
      phase: 'verify',
    });
    if (decision.kind === 'skip') return;
  }
}

/** The pushed devices; null when the devices are unknown. For a device without a push the verifier's result counts as it is. */
function pushedDevices({ targets }: TicketState): PushedDevice[] | null {
  if (targets.length === 0) return null;
  return targets
    .filter(({ update, commit }) => update !== 'notNeeded' || commit !== 'notNeeded')
    .map(pushedDevice);
}

export function pushedDevice(target: Target): PushedDevice {
  return {
    managementId: target.managementId,
    name: target.name,
    vendor: target.vendor,
    done: isDone(target),
    revisionBefore: target.revisionBefore ?? null,
    committedUntil: target.committedUntil ?? null,
  };
}
