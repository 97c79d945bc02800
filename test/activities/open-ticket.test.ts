import { MockActivityEnvironment } from '@temporalio/testing';

import { signNewTicket } from '../../packages/client/src/sign.js';
import type { NewTicket, NewTicketResult, SignedNewTicket } from '../../src/domain/new-ticket.js';
import type { ShownTicket } from '../../src/domain/own-ticket.js';
import { refused } from '../support/fake-secure-change.js';
import { fakeEnvironment, type FakeEnvironment } from '../support/fake-environment.js';
import { ACTOR_KEY } from '../support/fake-temporal.js';
import { firewallChange } from '../support/firewall-change.js';
import { NEW_TICKET } from '../support/new-ticket.js';

function environment(part: Parameters<typeof firewallChange>[0] = { itsmMay: ['create'] }): FakeEnvironment {
  const env = fakeEnvironment();
  env.processes.set('Firewall change', firewallChange(part));
  return env;
}

async function open(
  env: FakeEnvironment,
  part: Partial<NewTicket> = {},
  { attempt = 1, ageMs = 0, ...more }: { attempt?: number; ageMs?: number; signature?: string } = {},
): Promise<NewTicketResult> {
  const startedAtMs = env.time.nowMs;
  const unsigned = { ...NEW_TICKET, ...part, issuedAtMs: startedAtMs - ageMs };
  const asked: SignedNewTicket = { ...signNewTicket(unsigned, ACTOR_KEY), ...more };
  const running = new MockActivityEnvironment({ attempt, activityType: 'openTicket' });
  return await env.time.finish(running.run(env.activities.openTicket, { asked, startedAtMs }));
}

const opened = (id: string, isNew: boolean): unknown => ({
  kind: 'open',
  ticketId: id,
  isNew,
  contents: expect.any(Object) as unknown,
});
const other = (part: Partial<ShownTicket> = {}): ShownTicket => ({
  id: '8000',
  subject: '[CHG0030001] Web shop',
  inProgress: true,
  workflow: 'Firewall change',
  requester: 'm.mallory',
  requesterId: 'id-m.mallory',
  externalId: null,
  ...part,
});

const created = (env: FakeEnvironment) => env.secureChange.opened.map(({ subject }) => subject);

describe('checklist point 10: a ticket of an ITSM', () => {
  it('is opened for its user, with the external id in front of its subject', async () => {
    const env = environment();
    expect(await open(env)).toEqual(opened('9000', true));
    expect(env.secureChange.opened).toMatchObject([
      {
        id: '9000',
        subject: '[CHG0030001] Web shop',
        workflow: 'Firewall change',
        requester: 'j.meier',
        externalId: 'CHG0030001',
        fields: NEW_TICKET.fields,
      },
    ]);
  });

  it('is one ticket for one external id; another subject is not taken for it', async () => {
    const env = environment();
    await open(env);
    expect(await open(env)).toEqual(opened('9000', false));
    expect(await open(env, { subject: 'another one' })).toEqual({
      kind: 'differs',
      ticketId: '9000',
      parts: ['subject'],
    });
    expect(created(env)).toEqual(['[CHG0030001] Web shop']);
    await open(env, { externalId: 'CHG0030002' });
    expect(created(env)).toEqual(['[CHG0030001] Web shop', '[CHG0030002] Web shop']);
  });

  it('is not taken for the one of a longer id, or of one that only names the id', async () => {
    const env = environment();
    for (const subject of ['[CHG00300011] x', 'see [CHG0030001] x', '[CHG0030001]x'])
      env.secureChange.opened.push(other({ id: String(9_000 + env.secureChange.opened.length), subject }));
    expect(await open(env)).toEqual(opened('9003', true));
  });

  it('is not the one that another requester opened under its subject', async () => {
    const env = environment();
    env.secureChange.opened.push(other());
    expect(await open(env)).toEqual(opened('9001', true));
    expect(await open(env)).toEqual(opened('9001', false));
    // Also where the answer to its creation was lost.
    expect(await open(env, {}, { attempt: 2 })).toEqual(opened('9001', true));
    expect(env.secureChange.opened).toHaveLength(2);
  });

  it.each<[string, Partial<ShownTicket>]>([
    ['its requester opened by hand', { requester: 'j.meier', requesterId: 'id-j.meier' }],
    ['has its record and another requester', { externalId: 'CHG0030001' }],
    ['does not show its requester', { requester: null, requesterId: null }],
  ])('is not opened beside one that may be it: %s', async (_what, part) => {
    const env = environment();
    env.secureChange.opened.push(other(part));
    for (const attempt of [1, 2])
      expect(await open(env, {}, { attempt })).toMatchObject({
        kind: 'refused',
        why: expect.stringContaining('ticket 8000 has the subject of CHG0030001') as string,
      });
    expect(env.secureChange.opened).toHaveLength(1);
  });

  it('is not opened while a row of the search that may be it cannot be read', async () => {
    const env = environment();
    env.secureChange.oddFound = [{ row: 'ticket at place 1', id: null, why: 'id' }];
    expect(await open(env)).toMatchObject({
      kind: 'refused',
      why: 'ticket at place 1 of the search cannot be read',
    });
    expect(created(env)).toEqual([]);
  });

  it('that SecureChange shows without external data is named, not opened again', async () => {
    const env = environment();
    env.secureChange.hidesExternalData = true;
    const result = await open(env);
    expect(result).toMatchObject({ kind: 'refused' });
    expect(JSON.stringify(result)).toContain('ticket 9000');
    await open(env);
    expect(created(env)).toHaveLength(1);
  });

  it('whose answer was lost and that is listed late is waited for', async () => {
    const env = environment();
    env.secureChange.shownAfterMs = 8_000;
    env.secureChange.faults.push({ call: 'createTicket', after: new Error('the connection broke') });
    await expect(open(env)).rejects.toThrow('the connection broke');
    expect(await open(env, {}, { attempt: 2 })).toEqual(opened('9000', true));
    expect(created(env)).toHaveLength(1);
  });

  it('whose answer was lost is found by the next attempt, not opened again', async () => {
    const env = environment();
    env.secureChange.faults.push({ call: 'createTicket', after: new Error('the connection broke') });
    await expect(open(env)).rejects.toThrow('the connection broke');
    expect(await open(env, {}, { attempt: 2 })).toEqual(opened('9000', true));
    expect(created(env)).toHaveLength(1);
  });

  it('that a terminated run began to open is waited for by the next one, not opened again', async () => {
    const env = environment();
    env.secureChange.shownAfterMs = 8_000;
    env.secureChange.faults.push({ call: 'createTicket', after: new Error('the run was terminated') });
    await expect(open(env)).rejects.toThrow('the run was terminated');
    expect(await open(env)).toEqual(opened('9000', false));
    expect(await open(env, { subject: 'another one' })).toMatchObject({ kind: 'differs' });
    expect(created(env)).toHaveLength(1);
  });

  it('that two runs open at the same time is opened once', async () => {
    const env = environment();
    env.secureChange.shownAfterMs = 8_000;
    const results = await Promise.all([open(env), open(env)]);
    expect(results).toEqual([opened('9000', true), opened('9000', false)]);
    expect(created(env)).toHaveLength(1);
  });

  it('that SecureChange refused is opened at once when it is asked for again', async () => {
    const env = environment();
    env.secureChange.faults.push({ call: 'createTicket', before: refused() });
    await expect(open(env)).rejects.toThrow();
    const beforeMs = env.time.nowMs;
    expect(await open(env)).toEqual(opened('9000', true));
    expect(env.time.nowMs - beforeMs).toBeLessThan(1_000);
  });

  it.each<[string, Partial<NewTicket>, string]>([
    ['an id in another form', { externalId: 'chg0030001' }, 'the one form'],
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

  it.each([-16, 16])('is refused with a signature of %s minutes before its start', async (minutes) => {
    const env = environment();
    expect(await open(env, {}, { ageMs: minutes * 60_000 })).toEqual({
      kind: 'refused',
      why: 'its signature is too old',
    });
    expect(created(env)).toEqual([]);
  });

  it('is refused when its external id belongs to a ticket of another workflow', async () => {
    const env = environment();
    env.processes.set('Other', firewallChange({ workflow: 'Other', itsmMay: ['create'] }));
    await open(env);
    expect(await open(env, { workflow: 'Other' })).toEqual({
      kind: 'refused',
      why: 'ticket 9000 has the subject of CHG0030001, and its workflow is Firewall change',
    });
  });
});
