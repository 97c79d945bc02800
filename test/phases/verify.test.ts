import { fakeEnvironment, MINUTE, type FakeEnvironment } from '../support/fake-environment.js';
import { directFirewall, manager, withPhases } from '../support/firewall-change.js';

const notes = (env: FakeEnvironment): string[] => env.state().timeline.map(({ what }) => what);

describe('what we pushed', () => {
  it('is verified in revisions that came after the Commit, or after an Update that enforces', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ devices: [manager('FW1'), directFirewall('EDGE')] });
    await env.reach(ticket, 'Verification');
    await env.ended();

    expect(env.state().targets.map((target) => target.revisionBefore)).toEqual([101, 100]);
    expect(notes(env)).toContain('verified: implemented');
  });

  it('is unverified where the verifier looked at the revision that the saving Update made', async () => {
    const env = fakeEnvironment();
    env.secureChange.verified.set('m-FW1', { revision: 101 });
    const ticket = env.ticket({ devices: [manager('FW1')] });
    await env.reach(ticket, 'Verification');
    await env.ended();

    expect(notes(env)).toContain(
      'unverified: the verifier checked revision 101 of FW1, which is older than the push',
    );
    expect(notes(env)).not.toContain('verified: implemented');
    expect(env.run().outcome).toBe('closed');
  });

  it('is unverified after a Commit that only an operator has confirmed', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ devices: [manager('FW1')] });
    env.secureChange.faults.push({ call: 'commit', ends: 'partial' });
    await env.reach(ticket, 'Implementation');
    await env.parked('push.partial');
    await env.operate({ kind: 'decidePartial', target: 'FW1', answer: 'accept' });
    await env.ended();

    expect(notes(env)).toContain('unverified: the revision of FW1 before the push is unknown');
  });
});

describe('what a person committed', () => {
  const committedBy = async (revisionAt: string): Promise<FakeEnvironment> => {
    const env = fakeEnvironment();
    env.processes.set(
      'Firewall change',
      withPhases('Implementation', [
        { phase: 'update', by: 'person' },
        { phase: 'commit', by: 'person' },
        { phase: 'advance', by: 'orchestrator' },
      ]),
    );
    env.secureChange.verified.set('m-FW1', { revisionAt });
    const ticket = env.ticket({ devices: [manager('FW1')] });
    await env.reach(ticket, 'Implementation');
    await env.time.pass(MINUTE);
    Object.assign(ticket, { designerStatus: 'commit success' });
    Object.assign(ticket.devices[0]!, {
      update: 'updated',
      commit: {
        state: 'committed',
        reportStart: '2026-11-23T22:00:00.000+01:00',
        reportEnd: '2026-11-23T22:01:00.000+01:00',
        message: null,
      },
    });
    await env.ended();
    return env;
  };

  it('is verified in a revision that came when the Commit had ended, and in no earlier one', async () => {
    expect(notes(await committedBy('2026-11-23T22:02:00.000'))).toContain('verified: implemented');
    expect(notes(await committedBy('2026-11-23T22:00:30.000'))).toContain(
      'unverified: the verifier checked a revision of FW1 from 2026-11-23T22:00:30.000, and its Commit ended at 2026-11-23T22:01:00.000+01:00',
    );
  });
});
