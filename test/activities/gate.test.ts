import { judgeGate, type GateInput } from '../../activities/gate.js';
import { claimOf, readyToSend } from './send-environment.js';

/** What `send.ts` hands to the gate, all of it as it was approved. */
function asApproved() {
  const { env, ticket } = readyToSend();
  const { adopted, instructionDigest, calendar, ...assessed } = claimOf(ticket);
  const design = ticket.design();
  const gate: GateInput = {
    facts: ticket.facts('Required Access'),
    design,
    device: design.devices[0],
    kind: 'commit',
    epoch: 1,
    adopted,
    instructionDigest,
    assessed,
    calendar,
  };
  return {
    gate,
    judge: async (change: Partial<GateInput>) => await judgeGate(env.deps(), { ...gate, ...change }),
  };
}

it('is open for what was approved, until its window closes', async () => {
  const { judge } = asApproved();
  expect(await judge({})).toMatchObject({ open: true });
});

it('judges for itself, whatever was looked at before: status, epoch, request and device', async () => {
  const { gate, judge } = asApproved();
  const { facts } = gate;
  expect(await judge({ facts: { ...facts, status: 'cancelled' } })).toMatchObject({
    reason: 'ticketNotInProgress',
  });
  expect(await judge({ facts: { ...facts, epoch: 2 } })).toMatchObject({ reason: 'otherEpoch' });
  expect(await judge({ facts: { ...facts, step: null } })).toMatchObject({ reason: 'requestChanged' });
  expect(await judge({ facts: { ...facts, step: { ...facts.step!, request: null } } })).toMatchObject({
    reason: 'requestChanged',
  });
  expect(await judge({ device: undefined })).toMatchObject({ reason: 'deviceMissing' });
  expect(await judge({ instructionDigest: 'other' })).toMatchObject({ reason: 'designChanged' });
});

it('closes for a risk that blocks or is missing, although the digests are those that were assessed', async () => {
  const { gate, judge } = asApproved();
  const { facts, assessed } = gate;
  const withRisks = (risks: NonNullable<NonNullable<typeof facts.step>['request']>['risks']) => ({
    facts: { ...facts, step: { ...facts.step!, request: { ...facts.step!.request!, risks } } },
    assessed,
  });
  expect(await judge(withRisks([]))).toMatchObject({ open: false, reason: 'riskNotAllowed' });
  expect(await judge(withRisks([{ order: 'AR1', status: 'hasRisk', severity: 'critical' }]))).toMatchObject({
    open: false,
    reason: 'riskNotAllowed',
  });
});
