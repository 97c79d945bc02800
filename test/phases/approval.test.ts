import { fakeEnvironment, HOUR, MINUTE } from '../support/fake-environment.js';
import { firewallChange, manager } from '../support/firewall-change.js';

const APPROVAL = firewallChange().approvals[0]!;

describe('an approval', () => {
  it('checklist point 16: of every parallel task is needed', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ tasksPerStep: 2 });
    await env.reach(ticket, 'Approval');
    expect(env.view().waiting?.what).toBe(
      'an approver answers "Approve Access Request" in 2 tasks: AR1 has medium risk',
    );
    ticket.approve('a.schmidt', true, null, 0);
    await env.time.pass(HOUR);
    expect(ticket.current?.name).toBe('Approval');
    ticket.approve('b.jung', true, null, 1);
    await env.time.until('approved', () => env.state().approvals.length > 0);
    expect(env.view().approval).toEqual({ by: ['a.schmidt', 'b.jung'], epoch: 1 });
  });

  it('is none when the step was skipped: nothing is provisioned', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    await env.reach(ticket, 'Approval');
    ticket.skipStep();
    await env.parked('approval.missing');
    expect(env.view().needsAttention?.reason).toContain('a skipped step is no approval');
    await env.time.pass(20 * HOUR);
    expect(env.effects('update', 'commit')).toEqual([]);
  });

  it('is judged also where a worker of an earlier release reads the ticket without its design', async () => {
    const env = fakeEnvironment();
    const { readTicket } = env.activities;
    const earlier: typeof readTicket = async ({ design: _, ...input }) => readTicket(input);
    Object.assign(env.activities, { readTicket: earlier });
    const ticket = env.ticket();
    await env.reach(ticket, 'Implementation');
    await env.ended();
    expect(env.effects('commit')).toEqual(['commit FW1']);
  });

  it('by a service account alone is none', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    await env.reach(ticket, 'Approval');
    ticket.approve('automation');
    await env.parked('approval.missing');
    expect(env.view().needsAttention?.reason).toContain(
      'only a service account approved; a person must approve',
    );
    expect(env.effects('update')).toEqual([]);
  });

  it('by the requester is none, unless the process says so', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    await env.reach(ticket, 'Approval');
    ticket.approve('r.meier');
    await env.parked('approval.missing');
    expect(env.view().needsAttention?.reason).toContain('the requester approved their own request');

    const other = fakeEnvironment();
    other.processes.set(
      'Firewall change',
      firewallChange({ approvals: [{ ...APPROVAL, requesterMayApprove: true }] }),
    );
    const own = other.ticket();
    await other.reach(own, 'Approval');
    own.approve('r.meier');
    await other.ended();
    expect(other.run().outcome).toBe('closed');
  });

  it.each(['new', 'same'] as const)(
    'of an older epoch is void, when a redo leads to %s step ids',
    async (redoIds) => {
      const env = fakeEnvironment();
      const ticket = env.ticket({ redoIds });
      await env.reach(ticket, 'Implementation');
      await env.time.pass(HOUR);
      expect(env.view().approval?.epoch).toBe(1);
      ticket.redo('Design and Risk');
      await env.time.until('asked again', () => env.state().phase === 'approval' && env.state().epoch === 2);
      await env.time.pass(30 * HOUR);
      expect(env.view().approval).toBeNull();
      expect(env.effects('commit')).toEqual([]);

      ticket.approve('b.jung');
      await env.ended();
      expect(env.effects('commit')).toEqual(['commit FW1']);
    },
  );

  it('is not asked for where the risk allows it', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ risks: [{ order: 'AR1', status: 'noRisk', severity: null }] });
    await env.reach(ticket, 'Approval');
    expect(env.view().risk).toMatchObject({ verdict: 'allow' });
  });
});

describe('a rejection', () => {
  it('parks, or rejects the ticket where the process says so', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    await env.reach(ticket, 'Approval');
    ticket.approve('a.schmidt', false, 'too broad');
    await env.sweep();
    env.temporal.runningRun('4711')!.run.news.requestReading();
    await env.parked('approval.rejected');
    expect(env.view().needsAttention).toMatchObject({
      reason: 'rejected by a.schmidt: too broad',
      advice: expect.stringMatching(/^redo/) as string,
    });
    expect(env.effects('rejectTicket')).toEqual([]);

    const strict = fakeEnvironment();
    strict.processes.set(
      'Firewall change',
      firewallChange({ approvals: [{ ...APPROVAL, onReject: 'rejectTicket' }] }),
    );
    const refused = strict.ticket();
    await strict.reach(refused, 'Approval');
    refused.approve('a.schmidt', false, 'too broad');
    strict.temporal.runningRun('4711')!.run.news.requestReading();
    await strict.ended();
    expect(strict.run().outcome).toBe('rejected');
    expect(strict.effects('rejectTicket', 'itsm').slice(-2)).toEqual([
      'rejectTicket -',
      'itsm update ticket-rejected',
    ]);
  });
});

describe('a rejection that sends the ticket back', () => {
  const redoing = (part: object = {}) => {
    const env = fakeEnvironment();
    const approvals = [{ ...APPROVAL, onReject: 'redo' as const, redoTo: 'Design and Risk' }];
    env.processes.set('Firewall change', firewallChange({ approvals, ...part }));
    return env;
  };

  it('is designed and asked for again, once the approver has left the task', async () => {
    const env = redoing();
    const ticket = env.ticket();
    await env.reach(ticket, 'Approval');
    const [task] = ticket.current!.tasks;
    ticket.approve('a.schmidt', false, 'too broad');
    env.temporal.runningRun('4711')!.run.news.requestReading();
    await env.time.pass(5 * MINUTE);
    expect(env.effects('redo')).toEqual([]);
    expect(env.view().waiting?.what ?? env.view().needsAttention?.reason).toContain('a.schmidt');
    Object.assign(task!, { assignee: null });
    await env.time.until('sent back', () => env.effects('redo').length > 0);
    await env.time.until('designed again', () => ticket.current?.name === 'Approval');
    expect(env.view()).toMatchObject({ epoch: 2, approval: null });
    ticket.approve('a.schmidt');
    await env.ended();
    expect(env.effects('redo')).toEqual(['redo Design and Risk']);
    expect(env.effects('commit')).toEqual(['commit FW1']);
  });
});

describe('risk', () => {
  it('that the policy blocks parks and cannot be skipped; the ticket continues after the result changed', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ risks: [{ order: 'AR1', status: 'hasRisk', severity: 'critical' }] });
    ticket.complete('r.meier');
    await env.parked('risk.blocked');
    expect(await env.operate({ kind: 'skip' })).toMatchObject({ accepted: false });
    ticket.risks = [{ order: 'AR1', status: 'hasRisk', severity: 'high' }];
    await env.operate({ kind: 'retry' });
    await env.time.until('approval asked for', () => ticket.current?.name === 'Approval');
  });

  it('is assessed in the step that needs it when its own step was over before', async () => {
    const env = fakeEnvironment();
    env.deliver = () => [];
    const ticket = env.ticket({ devices: [manager('FW1')] });
    ticket.complete('r.meier');
    ticket.designerStatus = 'designer success';
    ticket.complete('n.weber');
    ticket.approve('a.schmidt');
    await env.sweep();
    await env.time.pass(MINUTE);
    expect(env.state()).toMatchObject({ stepName: 'Implementation', approvals: [{ by: ['a.schmidt'] }] });
    await env.ended();
    expect(env.effects('commit', 'itsm')).toEqual([
      'itsm create create-change',
      'itsm update implementation-started',
      'commit FW1',
      'itsm close close-change',
    ]);
  });
});
