import type { DesignFacts } from '../../src/domain/provisioning.js';
import type { PhaseRule } from '../../src/domain/process.js';
import { cannotCompute, refusedDevices } from '../parking-texts.js';
import { refusedIn } from '../targets.js';
import type { TicketRun } from '../ticket-run.js';

/** Done when the Designer has a result for every device. */
export async function designPhase(run: TicketRun, rule: PhaseRule): Promise<void> {
  for (let again = false; ; again = true) {
    const design = await compute(run, rule, again);
    const problem = problemOf(design);
    const refused = typeof design === 'string' ? [] : refusedIn(design);
    if (problem === null && refused.length === 0) {
      await showGroupUses(run);
      return;
    }
    if (problem === null) {
      await run.parkings.park({ ...refusedDevices(refused), phase: 'design' });
      continue;
    }
    const decision = await run.parkings.park({
      ...cannotCompute(problem, rule.by === 'orchestrator'),
      phase: 'design',
    });
    if (decision.kind === 'skip') return;
  }
}

/** Those who approve the change of a group are shown every rule and group that uses it. */
async function showGroupUses(run: TicketRun): Promise<void> {
  if (run.step.request?.type !== 'multi_group_change') return;
  const lines = await run.read('readGroupUses', { phase: 'design' }, () => run.stepRef());
  for (const line of lines.slice(0, MOST_LINES)) run.display.note(line);
  if (lines.length > MOST_LINES)
    run.display.note(`${lines.length - MOST_LINES} more uses: look at SecureTrack`);
  run.display.publish();
}

const MOST_LINES = 20;

async function compute(run: TicketRun, rule: PhaseRule, again: boolean): Promise<DesignFacts | string> {
  if (rule.by === 'orchestrator') {
    run.display.wait({ for: 'securechange', what: 'the Designer computes the change', untilMs: null });
    return await run.write('redesign', { phase: 'design' }, () => ({
      ...run.stepRef(),
      taskAccess: run.definition.taskAccess,
      again,
    }));
  }
  run.display.wait({
    for: rule.by === 'person' ? 'person' : 'securechange',
    what: rule.by === 'person' ? 'a person runs the Designer' : 'the automatic step runs the Designer',
    untilMs: null,
  });
  const watched = await run.read('watchStep', { phase: 'design' }, () => ({
    ...run.stepRef(),
    what: 'design',
    targets: [],
  }));
  if (watched.moved) run.news.requestReading();
  return watched.failed ?? watched.design ?? 'the ticket left the step before a result was seen';
}

function problemOf(design: DesignFacts | string): string | null {
  if (typeof design === 'string') return design;
  if (design.designerStatus === 'designer cannot compute')
    return design.cannotComputeReason ?? 'no reason given';
  if (design.devices.length === 0) return 'it suggests no device; check the target selection';
  const failed = design.devices.filter((device) => device.design === 'failed');
  if (failed.length === 0) return null;
  return failed
    .slice(0, 5)
    .map((device) => `${device.name}: ${device.designMessage ?? 'failed'}`)
    .join('; ');
}
