import { refused } from '../support/fake-secure-change.js';
import { fakeEnvironment, MINUTE, type FakeEnvironment } from '../support/fake-environment.js';
import { manager } from '../support/firewall-change.js';

const vanishing = (name: string) =>
  ({
    call: 'commit',
    target: `m-${name}`,
    ends: 'vanishes',
    after: refused({ kind: 'ambiguous', code: 'http.connection_lost', message: 'the connection was lost' }),
  }) as const;

describe('a ticket whose only open question is whether a push was sent', () => {
  async function asked(): Promise<FakeEnvironment> {
    const env = fakeEnvironment();
    const ticket = env.ticket({ devices: [manager('FW1'), manager('FW2')] });
    env.secureChange.faults.push(vanishing('FW1'));
    await env.reach(ticket, 'Implementation');
    await env.parked('push.unknown');
    await env.time.until('the other is done', () => env.state().targets[1]?.commit === 'done');
    await env.time.pass(MINUTE);
    return env;
  }

  it('waits for a person, not for a lane, in its view, its details and its list', async () => {
    const env = await asked();
    expect(env.view().waiting).toMatchObject({
      for: 'operator',
      what: expect.stringMatching(/^an operator decides: .*FW1/) as string,
      untilMs: null,
    });
    expect(env.view().targets.map(({ name, waiting }) => [name, waiting])).toEqual([
      ['FW1', 'the decision of an operator'],
      ['FW2', null],
    ]);
    const published = env.run().engine.published.at(-1);
    expect(published?.attributes.waitingFor).toBe('operator');
    expect(published?.details).toContain('**Waits** until an operator decides: ');
  });

  it.each([
    ['wasSent', 'recorded: the call was made; it counts as done and is not repeated'],
    [
      'wasNotSent',
      'recorded: the call was not made; it is repeated only in its window and when all gates are open',
    ],
  ] as const)('answers %s with what was recorded', async (answer, message) => {
    const env = await asked();
    expect(await env.temporal.decide(answer)).toEqual({ accepted: true, code: 'done', message });
  });
});

it('a retry says what is tried again', async () => {
  const env = fakeEnvironment();
  const ticket = env.ticket();
  env.secureChange.faults.push({
    call: 'redesign',
    before: refused({ kind: 'auth', code: 'http.unauthorized', message: 'the credential is not accepted' }),
  });
  ticket.complete('r.meier');
  await env.parked('http.unauthorized');
  const { message } = await env.operate({ kind: 'retry' });
  expect(message).toMatch(
    /^recorded: the ticket tries again what it was parked for \(.*the credential is not accepted\)$/,
  );
});
