import { ACTIONS, capabilityOf, type Action, type CapabilityMatrix } from '../../src/domain/capabilities.js';
import { ACTION_OF_FIELD, WORKFLOW_TYPES, type WorkflowType } from '../../src/domain/workflow-types.js';
import type { FakeEnvironment } from '../support/fake-environment.js';
import type { FakeTicket } from '../support/fake-ticket.js';
import { fakeEnvironment, MINUTE, WINDOW } from '../support/fake-environment.js';
import { firewallChange, manager } from '../support/firewall-change.js';
import { refused } from '../support/fake-secure-change.js';
import { shippedCapabilities } from '../support/shipped-capabilities.js';
import type { Ability } from '../../src/domain/provisioning.js';

const DEVICE = { vendor: 'vendor', model: 'model' };
/** `saved`: Update by us, Commit by a person. `direct`: the Update alone makes it live. */
const OUTCOMES = ['automatic', 'saved', 'direct', 'manual', 'refused', 'unknown'] as const;
type Outcome = (typeof OUTCOMES)[number];

/** What is done, and the only question that is asked. */
const DOES: Readonly<Record<Outcome, { readonly parks: string | null; readonly calls: readonly string[] }>> =
  {
    automatic: { parks: null, calls: ['update DG', 'commit DG'] },
    saved: { parks: 'commit.manual', calls: ['update DG'] },
    direct: { parks: null, calls: ['update DG'] },
    manual: { parks: 'update.manual', calls: [] },
    refused: { parks: 'design.refused', calls: [] },
    unknown: { parks: 'update.manual', calls: [] },
  };

const ROWS = Object.entries(WORKFLOW_TYPES).flatMap(([type, { actions }]: [string, WorkflowType]) =>
  actions.flatMap((action) => OUTCOMES.map((outcome) => ({ type, action, outcome, ...DOES[outcome] }))),
);

const ABILITIES: Readonly<Record<Exclude<Outcome, 'unknown'>, readonly [update: Ability, commit: Ability]>> =
  {
    automatic: ['automatic', 'automatic'],
    saved: ['automatic', 'manual'],
    direct: ['automatic', 'none'],
    manual: ['manual', 'manual'],
    refused: ['refused', 'refused'],
  };

/** A matrix with one row, which says this of the action; unknown: which does not name it. */
function matrixWith(action: Action, outcome: Outcome): CapabilityMatrix {
  const [update, commit] = outcome === 'unknown' ? [] : ABILITIES[outcome];
  return {
    version: 'made',
    families: [
      {
        name: 'made',
        vendor: DEVICE.vendor,
        models: [DEVICE.model],
        enforcedBy: outcome === 'direct' ? 'update' : 'commit',
        source: 'made',
        actions:
          update === undefined || commit === undefined
            ? {}
            : { [action]: { update, commit, person: 'n.weber' } },
      },
    ],
  };
}

function ticketOf(env: FakeEnvironment, { type, action, outcome }: (typeof ROWS)[number]): FakeTicket {
  env.processes.set('Firewall change', firewallChange({ workflowType: type }));
  const capability = capabilityOf(matrixWith(action, outcome), DEVICE, [action]);
  const field = [...ACTION_OF_FIELD].find(([, of]) => of === action)?.[0];
  return env.ticket({
    devices: [manager('DG', { capability })],
    ...(field !== undefined && { requestType: field }),
  });
}

describe('each type of workflow, each kind of request, each word of the capability matrix', () => {
  it.each(ROWS)('$type, $action, $outcome: parks $parks, calls $calls', async (row) => {
    const env = fakeEnvironment();
    const ticket = ticketOf(env, row);
    if (row.outcome === 'refused') ticket.complete(ticket.requester);
    else await env.reach(ticket, 'Implementation');

    if (row.parks === null) await env.ended();
    else await env.parked(row.parks);

    expect(env.effects('update', 'commit')).toEqual(row.calls);
    expect(env.temporal.lanes.size).toBe(row.calls.length > 0 ? 1 : 0);
    if (row.outcome === 'manual' || row.outcome === 'saved')
      expect(env.view().needsAttention?.reason).toContain('n.weber');
  });

  it('of a person alone is asked for twice on a manager: what is saved is not live', async () => {
    const env = fakeEnvironment();
    const row = { ...ROWS[0]!, outcome: 'manual' as const };
    const ticket = ticketOf(env, row);
    await env.reach(ticket, 'Implementation');
    await env.parked('update.manual');
    const answer = async (evidence: string) =>
      await env.operate({ kind: 'completeManual', target: 'DG', evidence });
    await answer('the rule is in the candidate');
    await env.parked('commit.manual');
    expect(ticket.current?.name).toBe('Implementation');
    await answer('committed, job 812');
    await env.ended();
    expect(env.view().targets[0]).toMatchObject({ update: 'done', commit: 'done' });
    expect(env.effects('update', 'commit')).toEqual([]);
  });

  it('of which a person makes the Commit is saved by us, goes on with the evidence, and hinders no later ticket', async () => {
    const env = fakeEnvironment();
    const ticket = ticketOf(env, { ...ROWS[0]!, outcome: 'saved' });
    await env.reach(ticket, 'Implementation');
    await env.parked('commit.manual');
    await env.operate({ kind: 'completeManual', target: 'DG', evidence: 'committed, job 812' });
    await env.ended();
    expect(env.temporal.lane('manager-of-DG').state.ledger).toEqual([]);
    const next = env.ticket({ id: '2', devices: [manager('DG')] });
    await env.reach(next, 'Implementation');
    await env.ended('2');
    expect(env.effects('update', 'commit')).toEqual(['update DG', 'update DG', 'commit DG']);
  });

  it('has every pair of words that a row of the shipped matrix has', () => {
    const pairs = new Set(Object.values(ABILITIES).map((pair) => pair.join(' and ')));
    for (const { name, actions } of shippedCapabilities().families)
      for (const { update, commit } of Object.values(actions)) {
        // A direct device that is done by hand, or refused, has no Commit to do.
        const pair = commit === 'none' && update !== 'automatic' ? [update, update] : [update, commit];
        expect([name, pairs.has(pair.join(' and '))]).toEqual([name, true]);
      }
  });

  it('names every kind of request, but for those of types that change no device', () => {
    expect(new Set(ROWS.map(({ action }) => action))).toEqual(new Set(ACTIONS));
    const none = Object.entries(WORKFLOW_TYPES).flatMap(([type, { actions }]) =>
      actions.length === 0 ? [type] : [],
    );
    expect(none).toEqual(['RULE_RECERTIFICATION', 'GENERIC']);
  });

  it.each(['RULE_RECERTIFICATION', 'GENERIC'])('%s enters no lane', async (type) => {
    const env = fakeEnvironment();
    const advance = { phases: [{ phase: 'advance', by: 'orchestrator' }] } as const;
    env.processes.set(
      'Firewall change',
      firewallChange({
        workflowType: type,
        steps: { 'Design and Risk': advance, Implementation: advance, Verification: advance },
      }),
    );
    const ticket = env.ticket({ requestType: 'rule_recertification' });
    await env.reach(ticket, 'Implementation');
    await env.time.pass(WINDOW.opensAtMs - env.time.nowMs + MINUTE);
    expect(env.temporal.lanes.size).toBe(0);
    expect(env.effects('update', 'commit')).toEqual([]);
  });
});

describe('a ticket that changes a group', () => {
  const GROUP = { workflowType: 'MODIFY_GROUP' };
  const USES = {
    uses: [
      {
        group: 'Web servers',
        complete: true,
        devices: [
          { device: 'DG-B', rules: ['Standard: Web in #4'], groups: ['All servers'] },
          { device: 'DG-C', rules: [], groups: [] },
        ],
      },
    ],
    left: 0,
  };

  it('shows every rule and group that uses it before its approval, and each target enrols', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', firewallChange(GROUP));
    const ticket = env.ticket({
      requestType: 'multi_group_change',
      devices: [manager('DG-B'), manager('DG-C')],
    });
    env.secureChange.groupUses.set(ticket.id, USES);
    await env.reach(ticket, 'Approval');
    const said = env.state().timeline.map(({ what }) => what);
    expect(said).toContain(
      'group Web servers on DG-B: used by 1 rules: Standard: Web in #4; in 1 groups: All servers',
    );
    expect(said).toContain('group Web servers on DG-C: used by no rule; in no other group');

    await env.reach(ticket, 'Implementation');
    await env.ended();
    expect([...env.temporal.lanes.keys()].length).toBe(2);
    expect(env.effects('commit').sort()).toEqual(['commit DG-B', 'commit DG-C']);
  });

  it('says so where SecureTrack cannot be asked, and goes on to its approval', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', firewallChange(GROUP));
    env.secureChange.faults.push({ call: 'readGroupUses', before: refused({ message: 'not permitted' }) });
    const ticket = env.ticket({ requestType: 'multi_group_change' });
    await env.reach(ticket, 'Approval');
    expect(env.state().timeline.map(({ what }) => what)).toContain(
      'who uses the groups cannot be read, look at it in SecureTrack: securechange: call: not permitted',
    );
  });

  it('asks nothing of it for another request', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    await env.reach(ticket, 'Approval');
    expect(env.called('readGroupUses')).toEqual([]);
  });
});
