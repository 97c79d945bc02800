import { judgeGate, type GateInput } from '../../activities/gate.js';
import type { WindowPolicy } from '../../src/domain/process.js';
import { WINDOW } from '../support/fake-environment.js';
import { firewallChange } from '../support/firewall-change.js';
import { claimOf, readyToSend } from './send-environment.js';

/** What `send.ts` hands to the gate, all of it as it was approved. */
function asApproved() {
  const { env, ticket } = readyToSend();
  const { adopted, instructionDigest, ...assessed } = claimOf(ticket);
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
    saves: false,
    begun: false,
    planned: null,
  };
  return {
    env,
    gate,
    judge: (change: Partial<GateInput>) => judgeGate(env.deps(), { ...gate, ...change }),
  };
}

it('is open for what was approved, until its window closes', () => {
  const { judge } = asApproved();
  expect(judge({})).toMatchObject({ open: true });
});

describe('near the end of a window', () => {
  const before = (ms: number, whenWindowCloses: WindowPolicy['whenWindowCloses'], begun: boolean) => {
    const { env, judge } = asApproved();
    const { window } = firewallChange();
    env.processes.set('Firewall change', firewallChange({ window: { ...window, whenWindowCloses } }));
    env.time.nowMs = WINDOW.closesAtMs - ms;
    return judge({ begun });
  };

  it('no push begins with less than the minimum that must remain', () => {
    expect(before(60_001, 'finish', false)).toMatchObject({ open: true });
    expect(before(60_000, 'finish', false)).toMatchObject({ open: false, reason: 'windowClosed' });
  });

  it('a push that began in time goes on where the process says finish, until the window closes', () => {
    expect(before(1, 'finish', true)).toMatchObject({ open: true });
    expect(before(0, 'finish', true)).toMatchObject({ open: false, reason: 'windowClosed' });
    expect(before(60_000, 'stopBeforeNextTarget', true)).toMatchObject({ reason: 'windowClosed' });
  });
});

it('judges for itself, whatever was looked at before: status, epoch, request and device', () => {
  const { gate, judge } = asApproved();
  const { facts } = gate;
  expect(judge({ facts: { ...facts, status: 'cancelled' } })).toMatchObject({
    reason: 'ticketNotInProgress',
  });
  expect(judge({ facts: { ...facts, epoch: 2 } })).toMatchObject({ reason: 'otherEpoch' });
  expect(judge({ facts: { ...facts, step: null } })).toMatchObject({ reason: 'requestChanged' });
  expect(judge({ facts: { ...facts, step: { ...facts.step!, request: null } } })).toMatchObject({
    reason: 'requestChanged',
  });
  expect(judge({ device: undefined })).toMatchObject({ reason: 'deviceMissing' });
  expect(judge({ instructionDigest: 'other' })).toMatchObject({ reason: 'designChanged' });
});

it('closes for a risk that blocks or is missing, although the digests are those that were assessed', () => {
  const { gate, judge } = asApproved();
  const { facts, assessed } = gate;
  const withRisks = (risks: NonNullable<NonNullable<typeof facts.step>['request']>['risks']) => ({
    facts: { ...facts, step: { ...facts.step!, request: { ...facts.step!.request!, risks } } },
    assessed,
  });
  expect(judge(withRisks([]))).toMatchObject({ open: false, reason: 'riskNotAllowed' });
  expect(judge(withRisks([{ order: 'AR1', status: 'hasRisk', severity: 'critical' }]))).toMatchObject({
    open: false,
    reason: 'riskNotAllowed',
  });
});
