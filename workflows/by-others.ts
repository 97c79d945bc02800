import type { Target } from '../src/domain/provisioning.js';
import type { PhaseRule } from '../src/domain/process.js';
import { endAutomaticPush } from './automatic-push.js';
import { recordDoneByHand } from './leave-places.js';
import { byHandOnly, watchedCallFailed } from './parking-texts.js';
import { ensureTargets } from './targets.js';
import type { TicketRun } from './ticket-run.js';

/** Waits until an automatic step or a person has updated or committed every device, and records who did it. */
export async function watchedBy(
  run: TicketRun,
  by: Exclude<PhaseRule['by'], 'orchestrator'>,
  what: 'update' | 'commit',
): Promise<void> {
  await ensureTargets(run, what);
  const { state } = run;
  for (;;) {
    const open = state.targets.filter((target) => target[what] !== 'done' && target[what] !== 'notNeeded');
    if (open.length === 0) {
      if (what === 'commit' || !commitsLater(run)) await endAutomaticPush(run, 'live');
      return;
    }
    run.display.wait({
      for: by === 'person' ? 'person' : 'securechange',
      what: `${by === 'person' ? 'a person' : 'the automatic step'} runs ${what === 'update' ? 'Update' : 'Commit'} on ${open.length} device(s)`,
      untilMs: null,
    });
    const watched = await run.read('watchStep', { phase: what }, () => ({
      ...run.stepRef(),
      what,
      targets: open.map((target) => target.managementId),
    }));
    if (watched.failed !== null) {
      const decision = await run.parkings.park({
        ...watchedCallFailed(what, watched.failed),
        phase: what,
      });
      if (decision.kind === 'skip') return;
      continue;
    }
    if (watched.moved) {
      // The ticket left the step: the main loop enters the next one and cancels this phase.
      run.news.requestReading();
      await run.nextFacts();
      continue;
    }
    const who = watched.by ?? 'SecureChange';
    for (const target of open) {
      target[what] = 'done';
      target.message = `by ${who}`;
      const device = watched.design?.devices.find((one) => one.managementId === target.managementId);
      if (what === 'commit') target.committedUntil = device?.commit.reportEnd ?? null;
    }
    run.display.note(`${what === 'update' ? 'updated' : 'committed'} by ${who}: ${open.length} device(s)`);
    run.display.publish();
    // What the ticket had saved there itself must hinder no other ticket any more.
    if (what === 'commit') for (const target of open) await recordDoneByHand(run, target, watched.by);
  }
}

/** The step still commits what it has updated. */
function commitsLater({ state, definition }: TicketRun): boolean {
  return definition.steps[state.stepName ?? '']?.phases.some(({ phase }) => phase === 'commit') ?? false;
}

/** A device that cannot be pushed: a named person makes the change and records evidence. */
export async function byHand(run: TicketRun, target: Target, what: 'update' | 'commit'): Promise<void> {
  const decision = await run.parkings.park({
    ...byHandOnly(what, target),
    phase: what,
    target: target.managementId,
  });
  target.update = target.update === 'notNeeded' ? 'notNeeded' : 'done';
  target.commit = what === 'commit' || target.enforcedBy !== 'commit' ? 'done' : target.commit;
  target.manualEvidence = decision.text;
  target.message = `by hand, ${decision.by}: ${decision.text}`;
  run.display.note(`${target.name}: done by hand by ${decision.by}: ${decision.text}`);
  run.display.publish();
  if (what === 'commit') await recordDoneByHand(run, target, decision.by);
}
