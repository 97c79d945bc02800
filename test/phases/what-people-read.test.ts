import { refused } from '../support/fake-secure-change.js';
import { fakeWorld, MINUTE, type FakeWorld } from '../support/fake-world.js';
import { manager } from '../support/firewall-change.js';

const vanishing = (name: string) =>
  ({
    call: 'commit',
    target: `m-${name}`,
    ends: 'vanishes',
    after: refused({ kind: 'ambiguous', code: 'http.connection_lost', message: 'the connection was lost' }),
  }) as const;

describe('a ticket whose only open question is whether a push was sent', () => {
  async function asked(): Promise<FakeWorld> {
    const world = fakeWorld();
    const ticket = world.ticket({ devices: [manager('FW1'), manager('FW2')] });
    world.secureChange.faults.push(vanishing('FW1'));
    await world.reach(ticket, 'Implementation');
    await world.parked('push.unknown');
    await world.time.until('the other is done', () => world.state().targets[1]?.commit === 'done');
    await world.time.pass(MINUTE);
    return world;
  }

  it('waits for a person, not for a lane, in its view, its details and its list', async () => {
    const world = await asked();
    expect(world.view().waiting).toMatchObject({
      for: 'operator',
      what: expect.stringMatching(/^somebody decides: .*FW1/) as string,
      untilMs: null,
    });
    expect(world.view().targets.map(({ name, waiting }) => [name, waiting])).toEqual([
      ['FW1', 'a person decides'],
      ['FW2', null],
    ]);
    const published = world.run().engine.published.at(-1);
    expect(published?.waitingFor).toBe('operator');
    expect(published?.details).toContain('**Waits** until somebody decides: ');
  });

  it.each([
    ['wasSent', 'recorded: the call was made; it counts as done and is not made again'],
    [
      'wasNotSent',
      'recorded: the call was not made; it is made again only in its window and after its gates',
    ],
  ] as const)('answers %s with what was recorded', async (answer, message) => {
    const world = await asked();
    expect(await world.temporal.decide(answer)).toEqual({ accepted: true, code: 'done', message });
  });
});

it('a retry says what is tried again', async () => {
  const world = fakeWorld();
  const ticket = world.ticket();
  world.secureChange.faults.push({
    call: 'redesign',
    before: refused({ kind: 'auth', code: 'http.unauthorized', message: 'the credential is not accepted' }),
  });
  ticket.complete('r.meier');
  await world.parked('http.unauthorized');
  const { message } = await world.operate({ kind: 'retry' });
  expect(message).toMatch(
    /^recorded: the ticket tries again what it was parked for \(.*the credential is not accepted\)$/,
  );
});
