import type { IntegrationPoint } from '../../src/domain/process.js';
import { fakeEnvironment, HOUR, MINUTE, type FakeEnvironment } from '../support/fake-environment.js';
import { refused } from '../support/fake-secure-change.js';
import { firewallChange, POINTS } from '../support/firewall-change.js';

const MAIL: IntegrationPoint = {
  name: 'mail-operations',
  enabled: true,
  when: { kind: 'event', event: 'NEEDS_ATTENTION', step: null },
  server: 'mail',
  action: 'mail',
  blocking: false,
  body: { to: 'ops@example.com', subject: 'Ticket #ticket_id#', text: '#attention_reason#' },
};
const NOT_ACCEPTED = refused({
  system: 'itsm/servicenow',
  code: 'itsm.refused',
  message: 'mandatory: Close code',
});

function environment(): FakeEnvironment {
  const env = fakeEnvironment();
  env.processes.set('Firewall change', firewallChange({ integrationPoints: [...POINTS, MAIL] }));
  return env;
}
const mails = (env: FakeEnvironment, id?: string): number =>
  env.messages.filter(
    ({ point, correlationId }) => point === MAIL.name && (id === undefined || correlationId.includes(id)),
  ).length;

describe('checklist point 9: a request that could not be sent', () => {
  it('is reported by mail, which does not wait behind it, once', async () => {
    const env = environment();
    env.secureChange.faults.push({ call: 'send', target: 'create-change', before: NOT_ACCEPTED });
    await env.reach(env.ticket(), 'Implementation');
    await env.time.until('the mail', () => mails(env) === 1);
    expect(env.view().outbox[0]).toMatchObject({ point: 'create-change', state: 'held' });
    expect(env.view().delivered).toMatchObject([{ point: MAIL.name, state: 'acknowledged' }]);
    expect(env.view().timeline.map(({ what }) => what)).toContainEqual(
      expect.stringMatching(/^reported by mail-operations: message create-change: mandatory: Close code/),
    );
    await env.time.pass(5 * HOUR);
    expect(mails(env)).toBe(1);
    await env.operate({ kind: 'retry' });
    await env.ended();
    expect(env.messages.map(({ point }) => point)).toEqual([
      MAIL.name,
      'create-change',
      'implementation-started',
      'close-change',
    ]);
  });

  it('is not reported again when it is refused again within the hour, and is after it', async () => {
    const env = environment();
    env.secureChange.faults.push({ call: 'send', target: 'create-change', times: 3, before: NOT_ACCEPTED });
    await env.reach(env.ticket(), 'Implementation');
    await env.time.until('the mail', () => mails(env) === 1);
    await env.operate({ kind: 'retry' });
    await env.time.pass(MINUTE);
    expect(env.view().outbox[0]).toMatchObject({ point: 'create-change', state: 'held' });
    expect(mails(env)).toBe(1);
    await env.time.pass(2 * HOUR);
    await env.operate({ kind: 'retry' });
    await env.time.until('the second mail', () => mails(env) === 2);
  });

  it('holds up nothing when the mail is refused too; the ticket shows both', async () => {
    const env = environment();
    env.secureChange.faults.push(
      { call: 'send', target: 'create-change', before: NOT_ACCEPTED },
      { call: 'send', target: MAIL.name, before: refused({ code: 'mail.refused', message: 'no such user' }) },
    );
    await env.reach(env.ticket(), 'Implementation');
    await env.time.until('it is noted', () =>
      env.view().timeline.some(({ what }) => what === 'not reported by mail-operations: no such user'),
    );
    await env.operate({ kind: 'retry' });
    await env.ended();
    expect(mails(env)).toBe(0);
  });
});

it('a ticket that parks is reported, each of two for itself; one that needs no operator is not', async () => {
  const env = environment();
  env.unrenderable.set(
    'create-change',
    refused({ code: 'itsm.placeholder_unresolved', message: '#field# has no value' }),
  );
  for (const id of ['301', '302']) await env.reach(env.ticket({ id }), 'Approval');
  await env.reach(env.ticket({ id: '303' }), 'Design and Risk');
  await env.time.until('both mails', () => mails(env) === 2);
  expect(['301', '302', '303'].map((id) => mails(env, id))).toEqual([1, 1, 0]);
  expect(env.view('301').needsAttention).not.toBeNull();
});
