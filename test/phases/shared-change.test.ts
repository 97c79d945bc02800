import { refused } from '../support/fake-secure-change.js';
import { fakeEnvironment, MINUTE } from '../support/fake-environment.js';
import { firewallChange, POINTS } from '../support/firewall-change.js';

/** Tickets of one change that the ITSM opened; each closes it when it is cancelled, and writes a note before. */
async function tickets(...ids: string[]) {
  const env = fakeEnvironment();
  env.shared = { tickets: ids, isOpen: true };
  const close = POINTS.find(({ action }) => action === 'close')!;
  const cancelled = { kind: 'event', event: 'CANCEL', step: null } as const;
  const points = [
    { ...close, name: 'note', action: 'update' as const, when: cancelled },
    { ...close, name: 'close', when: cancelled },
  ];
  env.processes.set(
    'Firewall change',
    firewallChange({ integrationPoints: points, sharedOn: ['servicenow'] }),
  );
  const made = ids.map((id) => env.ticket({ id }));
  for (const ticket of made) await env.reach(ticket, 'Design and Risk');
  await env.time.pass(MINUTE);
  return { env, made };
}

const closes = (env: ReturnType<typeof fakeEnvironment>): string[] =>
  env.messages
    .filter(({ action }) => action === 'close')
    .map(({ correlationId }) => correlationId.split('-')[1]!);
const closeOf = (env: ReturnType<typeof fakeEnvironment>, id: string) =>
  env.view(id).delivered.find(({ point }) => point === 'close');

describe('a change that owns many tickets', () => {
  it('is closed by the last ticket, whichever it is, and each of the others says for whom it stays open', async () => {
    const { env, made } = await tickets('1', '2', '3');
    for (const index of [2, 0]) {
      made[index]!.end('cancelled');
      await env.ended(made[index]!.id);
      expect(closes(env)).toEqual([]);
    }
    expect(closeOf(env, '3')).toMatchObject({
      state: 'dropped',
      message:
        'CHG0030001 stays open for 2 of its tickets: 1 (inProgress), 2 (inProgress); the last one closes it',
    });
    expect(closeOf(env, '1')?.message).toContain('stays open for 1 of its tickets: 2 (inProgress)');
    made[1]!.end('cancelled');
    await env.ended('2');
    expect(closes(env)).toEqual(['2']);
    expect(closeOf(env, '2')).toMatchObject({ state: 'acknowledged', message: 'CHG0030001' });
    // What is no close is sent for each of them.
    expect(env.messages.filter(({ point }) => point === 'note')).toHaveLength(3);
  });

  it('is closed exactly once by two tickets that end at the same moment', async () => {
    const { env, made } = await tickets('1', '2');
    made[0]!.end('cancelled');
    made[1]!.end('cancelled');
    await env.ended('1');
    await env.ended('2');
    expect(closes(env)).toEqual(['2']);
    expect(closeOf(env, '1')).toMatchObject({ state: 'acknowledged' });
  });

  it('is closed by the older ticket where the newer one does not, and where its answer got lost', async () => {
    const { env, made } = await tickets('1', '2');
    env.secureChange.faults.push({ call: 'send', target: 'close', after: refused({ kind: 'ambiguous' }) });
    // Its workflow has no process: it sends nothing.
    env.processes.delete('Firewall change');
    made[1]!.end('cancelled');
    await env.ended('2');
    env.processes.set('Firewall change', env.state('1').definition!);
    made[0]!.end('cancelled');
    await env.ended('1');
    expect(closes(env)).toEqual(['1']);
  });

  it('is not closed again by a ticket that ends after a person has closed it', async () => {
    const { env, made } = await tickets('1', '2');
    env.shared = { ...env.shared!, isOpen: false };
    for (const ticket of made) ticket.end('cancelled');
    await env.ended('1');
    await env.ended('2');
    expect(closes(env)).toEqual([]);
  });
});
