import { gateCode } from '../src/domain/gate-code.js';
import type { Phase } from '../src/domain/phase.js';
import { isDone, type Target } from '../src/domain/provisioning.js';
import type { GateReason } from '../src/domain/gate.js';
import { requireApproval } from './assess.js';
import type { TicketRun } from './ticket-run.js';

type Reason = GateReason;

const AGAIN_AFTER_MS = 3_000;

/** Nothing was sent. Returns when another try may succeed. */
export async function afterClosedGate(
  run: TicketRun,
  target: Target,
  phase: Phase,
  { reason, message }: { readonly reason: Reason; readonly message: string },
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
        what: `the next try: ${message}`,
        untilMs: run.engine.nowMs() + AGAIN_AFTER_MS,
      });
      await run.engine.condition(() => false, AGAIN_AFTER_MS, message.slice(0, 100));
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
        code: gateCode(reason),
        phase,
        target: target.managementId,
        reason: `${target.name} is not pushed: ${message}`,
        advice: reassess ? 'retry assesses it again' : ADVICE[reason],
        ways: ['retry', 'abort'],
        news: () => isDone(target),
      });
      if (reassess && !isDone(target)) await assessAnew(run, target);
    }
  }
}

const REDO = 'redo the ticket in SecureChange, so that it is designed, assessed and approved again';

/** What helps where a new assessment does not. After it, `retry` judges the gate again. */
const ADVICE: Readonly<
  Record<Exclude<Reason, 'stopped' | 'windowClosed' | 'otherEpoch' | 'ticketNotInProgress'>, string>
> = {
  notDriven: 'set its process to mode drive again, or adopt the ticket, then retry',
  clockDiffers: 'set both clocks right, then retry',
  expired: 'resubmit the ticket in SecureChange, or change its expiration there, then retry',
  requestChanged: `${REDO}; or undo the change of the request there, then retry`,
  riskChanged: `${REDO}; retry helps only when the risk results are the assessed ones again`,
  designChanged: `${REDO}; retry helps only when the instructions are the assessed ones again`,
  newRevision: 'run the Designer again in SecureChange, then retry; if its result differs, redo the ticket',
  deviceMissing: `${REDO}; or run the Designer again there, then retry when it suggests the device`,
  riskNotAllowed:
    'redo the ticket with another request, or correct the risk policy of the process, then retry',
  unreadable: 'repair the access to SecureChange, then retry',
  notApproved:
    'redo the ticket to its approval step in SecureChange; retry helps only when SecureChange shows the approval',
};

/**
 * True when no approval was needed and the request is the designed one: risk and instructions may be assessed again. An
 * approval counts only for the content it was given for; only another epoch asks for a new one.
 */
function mayReassess({ state }: TicketRun, reason: Reason): boolean {
  return (reason === 'riskChanged' || reason === 'designChanged') && state.assessment?.verdict === 'allow';
}

async function assessAnew(run: TicketRun, { managementId }: Target): Promise<void> {
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
