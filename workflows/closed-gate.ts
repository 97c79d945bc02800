import { neededApprovals } from '../src/domain/approvals.js';
import type { Phase } from '../src/domain/phase.js';
import { isDone, type Target } from '../src/domain/provisioning.js';
import type { GateReason } from '../src/domain/gate.js';
import { requireApproval } from './assess.js';
import { gateClosed } from './parking-texts.js';
import type { TicketRun } from './ticket-run.js';
import { untilChangeAllows } from './until-reported.js';

const AGAIN_AFTER_MS = 3_000;

/** Nothing was sent. Returns when another try may succeed. */
export async function afterClosedGate(
  run: TicketRun,
  target: Target,
  phase: Phase,
  { reason, message }: { readonly reason: GateReason; readonly message: string },
): Promise<void> {
  switch (reason) {
    case 'stopped':
      run.display.wait({ for: 'start', what: `an operator runs sco start: ${message}`, untilMs: null });
      await run.read('awaitStart', { phase: null });
      run.display.wait(null);
      return;
    case 'windowClosed':
      // The lane uses the server's clock and its copy of the calendar, the gate the worker's clock and the file.
      run.display.wait({
        for: 'lane',
        what: `the gate is judged again (${message})`,
        untilMs: run.engine.nowMs() + AGAIN_AFTER_MS,
      });
      await run.engine.condition(() => false, AGAIN_AFTER_MS, message.slice(0, 100));
      run.display.wait(null);
      return;
    case 'itsmState':
      run.display.wait({ for: 'itsm', what: `the ITSM lets it go ahead: ${message}`, untilMs: null });
      await untilChangeAllows(run, target.managementId);
      run.display.wait(null);
      return;
    case 'otherEpoch':
    case 'ticketNotInProgress':
      run.news.requestReading();
      await run.nextFacts();
      return;
    default: {
      const reassess = mayReassess(run, reason);
      await run.parkings.park({
        ...gateClosed(reason, target.name, message, reassess),
        phase,
        target: target.managementId,
        news: () => isDone(target),
      });
      if (reassess && !isDone(target)) await assessAgain(run, target);
    }
  }
}

/**
 * True when no needed approval covers what changed: risk and instructions may be assessed again. An approval counts only for
 * the content it was given for; only another epoch asks for a new one.
 */
function mayReassess({ state, definition }: TicketRun, reason: GateReason): boolean {
  const verdict = state.assessment?.verdict;
  if (verdict === undefined || (reason !== 'riskChanged' && reason !== 'designChanged')) return false;
  if (verdict === 'needsApproval') return false;
  return neededApprovals(definition.approvals, verdict).every(({ covers }) => covers === 'request');
}

async function assessAgain(run: TicketRun, { managementId }: Target): Promise<void> {
  run.state.assessment = null;
  await requireApproval(run);
  const design = await run.read('readDesign', { phase: null, target: managementId }, () => run.stepRef());
  for (const target of run.state.targets) {
    const device = design.devices.find((candidate) => candidate.managementId === target.managementId);
    if (device === undefined || device.instructionDigest === target.instructionDigest) continue;
    target.instructionDigest = device.instructionDigest;
    // The saved change differs from the present instructions.
    if (target.update === 'done') target.update = 'todo';
  }
}
