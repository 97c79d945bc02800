import type { Target } from '../src/domain/provisioning.js';
import { markDone } from './carry-target.js';
import { revertedLater } from './parking-texts.js';
import { commitsHere } from './targets.js';
import type { TicketRun } from './ticket-run.js';
import { together } from './together.js';

/**
 * Firewalls took back what was live: nothing else happens in the step before an operator has decided. Where the step
 * commits, the change can be committed again; in a later step it is done by hand, or the ticket is sent back.
 */
export async function decideReverted(run: TicketRun): Promise<void> {
  const again = commitsHere(run);
  const reverted = run.state.targets.filter((target) => target.reverted === true);
  await together(
    run,
    reverted.map((target) => async () => decide(run, target, again)),
  );
}

async function decide(run: TicketRun, target: Target, again: boolean): Promise<void> {
  const { state, display } = run;
  const decision = await run.parkings.park({
    ...revertedLater(target, again),
    phase: 'commit',
    target: target.managementId,
  });
  delete target.reverted;
  if (decision.kind === 'manual') {
    target.manualEvidence = decision.text;
    await markDone(run, target, 'commit', `done by hand by ${decision.by}: ${decision.text}`, decision.by);
  } else {
    target.commit = 'todo';
    // The phases from the Commit on are done again.
    const phases = run.definition.steps[state.stepName ?? '']?.phases.map(({ phase }) => phase) ?? [];
    const later = phases.slice(phases.indexOf('commit'));
    state.donePhases = state.donePhases.filter((phase) => !later.includes(phase));
  }
  display.publish();
}
