import type { IntegrationPoint, PointCall } from '../../src/domain/process.js';
import { refused } from '../support/fake-secure-change.js';
import { fakeEnvironment, HOUR, MINUTE } from '../support/fake-environment.js';
import { firewallChange, POINTS } from '../support/firewall-change.js';

const LOST = refused({ system: 'itsm/servicenow', kind: 'ambiguous', code: 'itsm.call_unknown' });
const REFUSED = refused({ system: 'itsm/servicenow', kind: 'transient', code: 'http.refused' });

/** The points of the process, with a call when the ticket enters Approval. */
function withCall(call: Partial<PointCall> = {}) {
  const env = fakeEnvironment();
  const reporting: IntegrationPoint = {
    ...POINTS[0]!,
    name: 'report-risk',
    action: 'call',
    when: { kind: 'inbound', step: 'Approval' },
    call: { method: 'POST', paths: ['/risk', '/audit'], accept: [200], repeatable: false, ...call },
  };
  env.processes.set('Firewall change', firewallChange({ integrationPoints: [...POINTS, reporting] }));
  return env;
}
type Env = ReturnType<typeof withCall>;
const calls = (env: Env): string[] =>
  env.messages.flatMap((message) => (message.call === undefined ? [] : [message.call.path]));

describe('a point with calls', () => {
  it('sends its body to each path, in order, each once', async () => {
    const env = withCall();
    await env.reach(env.ticket(), 'Implementation');
    await env.ended();
    expect(calls(env)).toEqual(['/risk', '/audit']);
    expect(new Set(env.messages.map(({ key }) => key)).size).toBe(env.messages.length);
    expect(env.view().delivered.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
  });

  it('needs no change of the ITSM', async () => {
    const env = withCall();
    env.processes.set('Firewall change', {
      ...env.processes.get('Firewall change')!,
      integrationPoints: env.processes.get('Firewall change')!.integrationPoints.slice(-1),
    });
    await env.reach(env.ticket(), 'Implementation');
    await env.ended();
    expect(calls(env)).toEqual(['/risk', '/audit']);
  });

  it('tries again what was certainly not made', async () => {
    const env = withCall();
    env.secureChange.faults.push({ call: 'send', target: 'report-risk', times: 6, before: REFUSED });
    await env.reach(env.ticket(), 'Implementation');
    await env.ended();
    expect(calls(env)).toEqual(['/risk', '/audit']);
  });

  it('does not make a call again whose outcome is unknown: it is held until a person decides', async () => {
    const env = withCall();
    env.secureChange.faults.push({ call: 'send', target: 'report-risk', after: LOST });
    await env.reach(env.ticket(), 'Approval');
    await env.time.pass(HOUR);
    expect(calls(env)).toEqual(['/risk']);
    expect(env.view().outbox.map(({ state }) => state)).toEqual(['held', 'queued']);
    await env.operate({ kind: 'dropMessage', message: env.view().outbox[0]!.number });
    await env.time.pass(MINUTE);
    expect(calls(env)).toEqual(['/risk', '/audit']);
  });

  it('does not make it again when its worker was lost', async () => {
    const env = withCall();
    env.secureChange.faults.push({
      call: 'send',
      target: 'report-risk',
      after: refused({ system: 'temporal', kind: 'transient', code: 'temporal.timeout' }),
    });
    await env.reach(env.ticket(), 'Approval');
    await env.time.pass(HOUR);
    expect(calls(env)).toEqual(['/risk']);
    expect(env.view().outbox[0]?.state).toBe('held');
  });
});

describe('checklist point 9: a mail in the outbox of a ticket', () => {
  const withMail = () => {
    const env = fakeEnvironment();
    const mail: IntegrationPoint = {
      ...POINTS[0]!,
      name: 'mail-requester',
      server: 'mail',
      action: 'mail',
      when: { kind: 'inbound', step: 'Approval' },
      body: { to: 'ops@example.com', subject: 'Ticket #ticket_id#', text: 'Approve it.' },
    };
    env.processes.set('Firewall change', firewallChange({ integrationPoints: [mail] }));
    return env;
  };
  const mails = (env: Env): number => env.messages.filter(({ action }) => action === 'mail').length;

  it('is sent once, tried again while the server is away, and is no change of an ITSM', async () => {
    const env = withMail();
    const away = refused({ system: 'mail/mail', kind: 'transient', code: 'mail.unreachable' });
    env.secureChange.faults.push({ call: 'send', target: 'mail-requester', times: 6, before: away });
    await env.reach(env.ticket(), 'Approval');
    await env.time.pass(HOUR);
    expect(mails(env)).toBe(1);
    expect(env.view().delivered).toMatchObject([{ action: 'mail', state: 'acknowledged' }]);
    expect(env.view().itsm).toBeNull();
  });

  it('is held, and not sent twice, when it may have been sent', async () => {
    const env = withMail();
    const lost = refused({ system: 'mail/mail', kind: 'ambiguous', code: 'mail.unknown' });
    env.secureChange.faults.push({ call: 'send', target: 'mail-requester', after: lost });
    await env.reach(env.ticket(), 'Approval');
    await env.time.pass(HOUR);
    expect(mails(env)).toBe(1);
    const [held] = env.view().outbox;
    expect(held).toMatchObject({ action: 'mail', state: 'held' });
    const answer = await env.operate({ kind: 'retryMessage', message: held!.number });
    expect(JSON.stringify(answer)).toContain('whether an earlier attempt arrived cannot be asked');
    await env.time.pass(MINUTE);
    expect(mails(env)).toBe(2);
  });
});
