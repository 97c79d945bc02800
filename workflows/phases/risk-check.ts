import { ensureAssessed, judgeRiskNow } from '../assess.js';
import type { TicketRun } from '../ticket-run.js';

/** Done when the policy allows the request or asks for approval; a block or a missing result parks and cannot be skipped. */
export async function riskCheckPhase(run: TicketRun): Promise<void> {
  // What is assessed includes the design: it is assessed again by the phase that needs it.
  if (designComesLater(run)) await judgeRiskNow(run);
  else await ensureAssessed(run);
}

function designComesLater({ definition, state }: TicketRun): boolean {
  const steps = Object.keys(definition.steps);
  const here = steps.indexOf(state.stepName ?? '');
  return steps.some((name, index) => {
    const phases = (definition.steps[name]?.phases ?? []).map(({ phase }) => phase);
    const designAt = phases.indexOf('design');
    return designAt >= 0 && (index > here || (index === here && designAt > phases.indexOf('riskCheck')));
  });
}
