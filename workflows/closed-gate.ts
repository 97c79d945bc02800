import { gateCode } from '../src/domain/gate-code.js';
import type { Phase } from '../src/domain/phase.js';
import type { Target } from '../src/domain/provisioning.js';
import type { GateReason } from '../src/domain/gate.js';
import { requireApproval } from './assess.js';
import type { TicketRun } from './ticket-run.js';

type Reason = GateReason;

const AGAIN_AFTER_MS = 3_000;

/** Nothing was sent. Returns when another try is worth while. */
export async function afterClosedGate(
  run: TicketRun,
  target: Target,
  phase: Phase,
  { reason, message }: { readonly reason: Reason; readonly message: string },
): Promise<void> {
  switch (reason) {
    case 'stopped':
      run.wait({ for: 'start', what: `somebody types sco start: ${message}`, untilMs: null });
      await run.attempt({ phase: null }, async () => run.activities.awaitStart());
      run.wait(null);
      return;
    case 'windowClosed':
      // The lane goes by the server's clock and the calendar it was given, the gate by the worker's and the file.
      run.wait({
        for: 'lane',
        what: `the next try: ${message}`,
        untilMs: run.engine.nowMs() + AGAIN_AFTER_MS,
      });
      await run.engine.condition(() => false, AGAIN_AFTER_MS, message.slice(0, 100));
      run.wait(null);
      return;
    case 'otherEpoch':
    case 'ticketNotInProgress':
      run.rereadWanted = true;
      await run.nextFacts();
      return;
    default: {
      const reassess = mayReassess(run, reason);
      await run.park({
        code: gateCode(reason),
        phase,
        target: target.managementId,
        reason: `${target.name} is not pushed: ${message}`,
        advice: reassess ? 'retry assesses it again' : ADVICE[reason],
        ways: ['retry', 'abort'],
      });
      if (reassess) await assessAnew(run, target);
    }
  }
}

const REDO = 'redo it in SecureChange, so that it is designed, assessed and approved again';

/** What helps where assessing it anew would not: `retry` looks again, and finds it open once this was done. */
const ADVICE: Readonly<
  Record<Exclude<Reason, 'stopped' | 'windowClosed' | 'otherEpoch' | 'ticketNotInProgress'>, string>
> = {
  notDriven: 'have it driven again, then retry',
  expired: 'resubmit it in SecureChange, or move its expiration there and retry',
  requestChanged: `${REDO}; or take the change back there and retry`,
  riskChanged: `${REDO}; retry helps only when the results are as they were`,
  designChanged: `${REDO}; retry helps only when the instructions are as they were`,
  newRevision:
    'run the Designer again in SecureChange, then retry; where it suggests something else, redo it',
  deviceMissing: `${REDO}; or run the Designer again there, and retry when it suggests the device`,
  riskNotAllowed: 'redo it with another request, or correct the risk policy of the process and retry',
  unreadable: 'make SecureChange readable for us again, then retry',
  notApproved: 'redo it to its approval step in SecureChange; retry helps only when the approval shows there',
};

/**
 * Nobody had to approve it, and the request is the one that was designed for: risk and instructions may be judged anew. An
 * approval is never carried over to what it was not given for; only another epoch asks for another one.
 */
function mayReassess({ state }: TicketRun, reason: Reason): boolean {
  return (reason === 'riskChanged' || reason === 'designChanged') && state.assessment?.verdict === 'allow';
}

async function assessAnew(run: TicketRun, { managementId }: Target): Promise<void> {
  run.state.assessment = null;
  await requireApproval(run);
  const design = await run.attempt({ phase: null, target: managementId }, async () =>
    run.activities.readDesign(run.stepRef()),
  );
  for (const target of run.state.targets) {
    const device = design.devices.find((candidate) => candidate.managementId === target.managementId);
    if (device === undefined || device.instructionDigest === target.instructionDigest) continue;
    target.instructionDigest = device.instructionDigest;
    // What was saved is not what is instructed now.
    if (target.update === 'done') target.update = 'todo';
  }
}
