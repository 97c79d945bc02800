import { judgeGate, type GateInput } from '../../activities/gate.js';
import type { WindowPolicy } from '../../src/domain/process.js';
import type { OverrideGrant } from '../../src/domain/override.js';
import { WINDOW } from '../support/fake-environment.js';
import { ACTOR_KEY, IDA, OLGA, signedCommand } from '../support/fake-temporal.js';
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
    itsmForbids: null,
    secureTrackCommits: null,
    override: null,
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

describe('an override', () => {
  const HOUR = 3_600_000;
  const IN_THE_AFTERNOON = WINDOW.opensAtMs - 6 * HOUR;
  const COMMAND = { kind: 'override', devices: ['FW1'], hours: 2 } as const;

  function outsideItsWindow() {
    const approved = asApproved();
    const { env, gate } = approved;
    const { window } = firewallChange();
    env.processes.set(
      'Firewall change',
      firewallChange({ window: { ...window, overrideRoles: ['operator'] } }),
    );
    env.time.nowMs = IN_THE_AFTERNOON;
    const workflowId = `ticket/${gate.facts.id}`;
    const reason = 'the pay desk is down';
    const grantOf = ({
      by = OLGA,
      second = IDA,
      to = workflowId,
      secret = ACTOR_KEY,
    } = {}): OverrideGrant => ({
      ask: signedCommand(COMMAND, to, IN_THE_AFTERNOON, { actor: by, reason, key: 'override-1' }),
      confirm: signedCommand({ kind: 'confirm', override: 'override-1' }, to, IN_THE_AFTERNOON, {
        actor: second,
        secret,
      }),
    });
    return { ...approved, grantOf };
  }

  it('of two persons opens the gate, and names them', () => {
    const { judge, grantOf } = outsideItsWindow();
    expect(judge({})).toMatchObject({ open: false, reason: 'windowClosed' });
    expect(judge({ override: grantOf() })).toMatchObject({
      open: true,
      window: { override: { by: 'olga', confirmedBy: 'ida', reason: 'the pay desk is down' } },
    });
  });

  it('that is forged, of one person, of the requester or for another ticket opens nothing', () => {
    const { judge, grantOf, gate } = outsideItsWindow();
    const requester = { login: gate.facts.requester, roles: ['operator'] as const };
    const wrong: readonly OverrideGrant[] = [
      grantOf({ secret: 'a key that no gateway has' }),
      grantOf({ second: { ...OLGA, login: 'corp\\Olga' } }),
      grantOf({ by: requester }),
      grantOf({ second: requester }),
      grantOf({ by: { login: 'vera', roles: ['viewer'] } }),
      grantOf({ second: { ...IDA, machine: true } }),
      grantOf({ to: 'ticket/1' }),
      { ...grantOf(), confirm: signedCommand({ kind: 'confirm', override: 'other' }, 'ticket/1', 0) },
    ];
    for (const override of wrong) expect(judge({ override })).toMatchObject({ reason: 'windowClosed' });
  });

  it('by a name that two devices of the ticket have by now opens neither', () => {
    const { judge, grantOf, gate } = outsideItsWindow();
    const [device] = gate.design.devices;
    const design = { ...gate.design, devices: [device!, { ...device!, managementId: '40' }] };
    expect(judge({ design, override: grantOf() })).toMatchObject({ reason: 'windowClosed' });
  });

  it('opens nothing that the ticket itself does not allow, and not while a freeze does not name its role', () => {
    const { env, judge, grantOf, gate } = outsideItsWindow();
    const override = grantOf();
    expect(judge({ override, facts: { ...gate.facts, epoch: 2 } })).toMatchObject({ reason: 'otherEpoch' });
    env.freezes = [{ opensAtMs: 0, closesAtMs: WINDOW.opensAtMs, overridableBy: ['approver'] }];
    expect(judge({ override })).toMatchObject({ reason: 'windowClosed' });
  });

  it('opens until its time is over, less what must remain of a window', () => {
    const { env, judge, grantOf } = outsideItsWindow();
    const override = grantOf();
    env.time.nowMs = IN_THE_AFTERNOON + 2 * HOUR - 60_001;
    expect(judge({ override })).toMatchObject({ open: true });
    env.time.nowMs += 1;
    expect(judge({ override })).toMatchObject({ reason: 'windowClosed' });
  });
});
