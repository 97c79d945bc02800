import { MockActivityEnvironment } from '@temporalio/testing';

import { signNewTicket } from '../../src/client/sign.js';
import type { NewTicket, NewTicketResult, SignedNewTicket } from '../../src/domain/new-ticket.js';
import { fakeEnvironment, type FakeEnvironment } from '../support/fake-environment.js';
import { ACTOR_KEY } from '../support/fake-temporal.js';
import { firewallChange } from '../support/firewall-change.js';

const ASK: NewTicket = {
  externalId: 'CHG0030001',
  onBehalfOf: 'j.meier',
  workflow: 'Firewall change',
  subject: 'Web shop',
  priority: 'Normal',
  fields: [{ kind: 'textArea', name: 'Reason', text: 'go live' }],
  by: 'snow',
};

function environment(part: Parameters<typeof firewallChange>[0] = { itsmMay: ['create'] }): FakeEnvironment {
  const env = fakeEnvironment();
  env.processes.set('Firewall change', firewallChange(part));
  return env;
}

async function open(
  env: FakeEnvironment,
  part: Partial<NewTicket> = {},
  { attempt = 1, ...more }: { attempt?: number; signature?: string } = {},
): Promise<NewTicketResult> {
  const asked: SignedNewTicket = { ...signNewTicket({ ...ASK, ...part }, ACTOR_KEY), ...more };
  const running = new MockActivityEnvironment({ attempt, activityType: 'openTicket' });
  return await env.time.finish(running.run(env.activities.openTicket, asked));
}

const created = (env: FakeEnvironment) => env.secureChange.opened.map(({ subject }) => subject);

describe('checklist point 10: a ticket of an ITSM', () => {
  it('is opened for its user, with the external id in front of its subject', async () => {
    const env = environment();
    expect(await open(env)).toEqual({ kind: 'open', ticketId: '9000', isNew: true });
    expect(env.secureChange.opened).toEqual([
      {
        id: '9000',
        subject: '[CHG0030001] Web shop',
        workflow: 'Firewall change',
        requester: 'j.meier',
        fields: ASK.fields,
      },
    ]);
  });

  it('is one ticket for one external id, whatever else is asked', async () => {
    const env = environment();
    await open(env);
    expect(await open(env, { subject: 'another one' })).toEqual({
      kind: 'open',
      ticketId: '9000',
      isNew: false,
    });
    expect(created(env)).toEqual(['[CHG0030001] Web shop']);
    await open(env, { externalId: 'CHG0030002' });
    expect(created(env)).toEqual(['[CHG0030001] Web shop', '[CHG0030002] Web shop']);
  });

  it('is not taken for the one of a longer id, or of one that only names the id', async () => {
    const env = environment();
    for (const subject of ['[CHG00300011] x', 'see [CHG0030001] x', '[CHG0030001]x'])
      env.secureChange.opened.push({
        id: String(9_000 + env.secureChange.opened.length),
        subject,
        workflow: 'Firewall change',
        requester: 'r.meier',
        fields: [],
      });
    expect(await open(env)).toEqual({ kind: 'open', ticketId: '9003', isNew: true });
  });

  it('whose answer was lost is found by the next attempt, not opened again', async () => {
    const env = environment();
    env.secureChange.faults.push({ call: 'createTicket', after: new Error('the connection broke') });
    await expect(open(env)).rejects.toThrow('the connection broke');
    expect(await open(env, {}, { attempt: 2 })).toEqual({ kind: 'open', ticketId: '9000', isNew: true });
    expect(created(env)).toHaveLength(1);
  });

  it.each<[string, Partial<NewTicket>, string]>([
    ['an unknown user', { onBehalfOf: 'x.y' }, 'SecureChange has no user x.y'],
    ['a workflow without a process', { workflow: 'Other' }, 'itsmMay: [create]'],
  ])('is refused for %s', async (_what, part, why) => {
    const env = environment();
    const result = await open(env, part);
    expect(result).toMatchObject({ kind: 'refused', why: expect.stringContaining(why) as string });
    expect(created(env)).toEqual([]);
  });

  it.each<[string, Parameters<typeof firewallChange>[0]]>([
    ['does not let the ITSM open tickets', { itsmMay: ['comment'] }],
    ['is only observed', { itsmMay: ['create'], mode: 'observe' }],
  ])('is refused when its process %s', async (_what, part) => {
    const env = environment(part);
    expect(await open(env)).toMatchObject({ kind: 'refused' });
    expect(created(env)).toEqual([]);
  });

  it('is refused without the signature of the gateway', async () => {
    const env = environment();
    const result = await open(env, {}, { signature: 'a'.repeat(64) });
    expect(result).toEqual({ kind: 'refused', why: 'its signature does not match' });
  });

  it('is refused when its external id belongs to a ticket of another workflow', async () => {
    const env = environment();
    env.processes.set('Other', firewallChange({ workflow: 'Other', itsmMay: ['create'] }));
    await open(env);
    expect(await open(env, { workflow: 'Other' })).toEqual({
      kind: 'refused',
      why: 'CHG0030001 is ticket 9000 of the workflow "Firewall change"',
    });
  });
});
