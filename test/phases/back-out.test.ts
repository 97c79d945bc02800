import { CallFailure } from '../../src/domain/failure.js';
import { fakeEnvironment, HOUR, type FakeEnvironment } from '../support/fake-environment.js';
import type { ShownTicket } from '../../src/domain/own-ticket.js';
import { refused, SERVICE_LOGIN } from '../support/fake-secure-change.js';
import { WorkerDied } from '../support/worker-death.js';
import { directFirewall, firewallChange, manager } from '../support/firewall-change.js';

const open = (env: FakeEnvironment, devices = [manager('DG')], id = '1') => env.ticket({ id, devices });
const openedFor = (env: FakeEnvironment): string[] => env.effects('openTicket');
const timelineOf = (env: FakeEnvironment, id = '1'): string =>
  env
    .state(id)
    .timeline.map(({ what }) => what)
    .join('\n');
const said = async (env: FakeEnvironment, devices: readonly string[] = [], id = '1'): Promise<string> => {
  const { message } = await env.temporal.backOut(id, devices, { key: `back-out-${env.time.nowMs}` });
  return message;
};

const lookAlike = (part: Partial<ShownTicket>): ShownTicket => ({
  id: '80',
  subject: 'Back-out of ticket 1: Web shop',
  inProgress: true,
  workflow: 'Firewall change',
  requester: SERVICE_LOGIN,
  requesterId: `id-${SERVICE_LOGIN}`,
  externalId: null,
  ...part,
});

async function live(env: FakeEnvironment, id = '1'): Promise<void> {
  await env.reach(env.secureChange.tickets.get(id)!, 'Implementation');
  await env.time.until('it is live', () => env.effects('commit').length > 0);
  await env.ended(id);
}

/** Live, and not at its end: its last step does nothing. */
async function reachVerification(env: ReturnType<typeof fakeEnvironment>): Promise<void> {
  const { Verification: _, ...steps } = firewallChange().steps;
  env.processes.set('Firewall change', firewallChange({ steps: { ...steps, Verification: { phases: [] } } }));
  open(env);
  await env.reach(env.secureChange.tickets.get('1')!, 'Verification');
}

describe('a back-out', () => {
  it('of a ticket that has ended opens its reverse, once, and says so in its timeline and its comments', async () => {
    const env = fakeEnvironment();
    open(env);
    await live(env);
    expect(await env.temporal.backOut('1', [], { reason: 'the web shop is down' })).toMatchObject({
      accepted: true,
      message: expect.stringContaining('takes it back on DG') as string,
    });
    await env.ended('1');
    expect(env.secureChange.reverses.get('1')).toMatchObject({
      requestField: 'Required Access',
      devices: ['m-DG'],
      all: true,
    });
    expect(env.view('1')).toMatchObject({
      outcome: 'closed',
      backOuts: [{ by: 'olga', ticket: '91', refused: null }],
    });
    expect(timelineOf(env)).toContain(
      'ticket 91 takes it back on DG, asked for by olga: the web shop is down',
    );
    expect(env.secureChange.comments.at(-1)?.text).toContain('Back-out: ticket 91 takes it back on DG');

    // Another run, which knows nothing of the first one.
    await said(env);
    await env.ended('1');
    expect(openedFor(env)).toHaveLength(1);
    expect(timelineOf(env)).toContain('(it was open already)');
  });

  it('of a ticket that still runs is part of it, and asked for once', async () => {
    const env = fakeEnvironment();
    await reachVerification(env);
    await said(env);
    await env.time.until('it is open', () => env.view('1').backOuts?.[0]?.ticket === '91');
    expect(await said(env)).toContain('ticket 91 takes it back already');
    expect(openedFor(env)).toHaveLength(1);
    expect(env.secureChange.reverses.get('1')?.requestDigest).toBe(env.state('1').assessment?.requestDigest);
    expect(env.run('1').outcome).toBeNull();
  });

  it('takes back only what this ticket made live: not what was there before, is saved, or was done by hand', async () => {
    const env = fakeEnvironment();
    open(env, [manager('DG'), manager('OLD', { design: 'fullyImplemented' }), directFirewall('FW1')]);
    await live(env);
    await said(env, ['OLD']).then((message) => expect(message).toContain('OLD had it before this ticket'));
    await env.ended('1');
    await said(env);
    await env.ended('1');
    expect(env.secureChange.reverses.get('1')).toMatchObject({ devices: ['m-DG', 'm-FW1'], all: false });
  });

  it('of a held ticket is refused: a hold starts no write', async () => {
    const env = fakeEnvironment();
    await reachVerification(env);
    await env.operate({ kind: 'hold' }, '1');
    expect(await said(env)).toContain('held by olga: resume it first');
    await env.operate({ kind: 'resume' }, '1');
    expect(await said(env)).toContain('a new ticket is opened');
    await env.time.until('it is open', () => env.view('1').backOuts?.[0]?.ticket === '91');
  });

  it('of what is not live opens nothing, and says what a person does', async () => {
    const env = fakeEnvironment();
    open(env);
    await env.reach(env.secureChange.tickets.get('1')!, 'Implementation');
    await env.time.until('it is saved', () => env.secureChange.saved.length === 1);
    await env.time.pass(HOUR);
    expect(await said(env)).toContain('DG is saved and not live: discard it on the manager');
    expect(await said(env, ['FW9'])).toContain('the ticket has no device FW9');
    expect(openedFor(env)).toEqual([]);
  });

  it('of a ticket that was only observed is refused', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', firewallChange({ mode: 'observe' }));
    open(env);
    await env.time.until('it has a run', () => env.temporal.runs.length > 0);
    expect(await said(env)).toContain('only observed');
    env.secureChange.tickets.get('1')!.end('closed');
    await env.ended('1');
    expect(await said(env)).toContain('only observed');
    await env.ended('1');
    expect(openedFor(env)).toEqual([]);
  });

  it('that SecureChange refuses names why, and can be asked for again', async () => {
    const env = fakeEnvironment();
    open(env);
    await live(env);
    env.secureChange.faults.push({ call: 'openReverse', before: refused() });
    await said(env);
    await env.ended('1');
    expect(env.view('1').backOuts).toMatchObject([{ ticket: null, refused: expect.any(String) as string }]);
    expect(openedFor(env)).toEqual([]);
    await said(env);
    await env.ended('1');
    expect(openedFor(env)).toHaveLength(1);
  });

  it('whose answer is lost is found by its subject, and not opened twice', async () => {
    const env = fakeEnvironment();
    open(env);
    await live(env);
    const lost = new CallFailure({
      kind: 'ambiguous',
      system: 'securechange',
      operation: 'open the back-out of ticket 1',
      code: 'http.timeout',
      message: 'no answer',
    });
    env.secureChange.faults.push({ call: 'openReverse', after: lost });
    await said(env);
    await env.ended('1');
    expect(openedFor(env)).toHaveLength(1);
    expect(env.view('1').backOuts).toMatchObject([{ ticket: '91' }]);
  });

  it('whose answer is lost and that is listed late is waited for, and not opened twice', async () => {
    const env = fakeEnvironment();
    open(env);
    await live(env);
    env.secureChange.shownAfterMs = 25_000;
    env.secureChange.faults.push({ call: 'openReverse', after: new WorkerDied() });
    await said(env);
    await env.ended('1');
    expect(openedFor(env)).toHaveLength(1);
    expect(env.view('1').backOuts).toMatchObject([{ ticket: '91' }]);
  });

  it('that a terminated run began to open is waited for by the next run, and not opened twice', async () => {
    const env = fakeEnvironment();
    open(env);
    await live(env);
    env.secureChange.shownAfterMs = 15_000;
    await said(env);
    await env.time.until('it is opened', () => openedFor(env).length > 0);
    env.temporal.terminateTicket('1');
    await said(env);
    await env.time.pass(HOUR);
    expect(openedFor(env)).toHaveLength(1);
    expect(env.view('1').backOuts).toMatchObject([{ ticket: '91' }]);
  });

  it.each<[string, Partial<ShownTicket>]>([
    ['another requester', { requester: 'm.mallory', requesterId: '66' }],
    ['our user for another ticket', { externalId: 'back-out-of-11' }],
    ['our user, and that has ended', { externalId: 'back-out-of-1', inProgress: false }],
  ])('is not the one with its subject of %s', async (_what, part) => {
    const env = fakeEnvironment();
    open(env);
    await live(env);
    env.secureChange.opened.push(lookAlike(part));
    await said(env);
    await env.ended('1');
    expect(openedFor(env)).toHaveLength(1);
    expect(env.view('1').backOuts).toMatchObject([{ ticket: '91', refused: null }]);
  });

  it('is not opened beside a ticket that may be it: a person looks', async () => {
    const env = fakeEnvironment();
    open(env);
    await live(env);
    env.secureChange.opened.push(lookAlike({}));
    await said(env);
    await env.time.until('it is parked', () => env.view('1').needsAttention !== null);
    expect(env.view('1').needsAttention?.reason).toContain('ticket 80 has the subject of back-out-of-1');
    expect(openedFor(env)).toEqual([]);
    // The person gave that ticket another subject.
    env.secureChange.opened.splice(0, 1);
    await env.temporal.operate('1', { kind: 'retry' });
    await env.ended('1');
    expect(openedFor(env)).toHaveLength(1);
  });

  it('does not keep a late event from ending as one', async () => {
    const env = fakeEnvironment();
    open(env);
    await live(env);
    const runs = env.temporal.runs.length;
    env.secureChange.onEvent(env.secureChange.tickets.get('1')!, 'CLOSE', null);
    await env.time.pass(HOUR);
    expect(env.temporal.runs.slice(runs).map(({ outcome }) => outcome)).toEqual(['lateEvent']);
  });
});
