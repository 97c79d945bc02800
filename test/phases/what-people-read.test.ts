import { refused } from '../support/fake-secure-change.js';
import { fakeWorld, MINUTE, type FakeWorld } from '../support/fake-world.js';
import { manager } from '../support/firewall-change.js';

const vanishing = (name: string) =>
  ({
    call: 'commit',
    target: `m-${name}`,
    ends: 'vanishes',
    after: refused({ kind: 'ambiguous', code: 'securechange.lost', message: 'the connection was lost' }),
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
    ['wasSent', 'recorded: the Commit of FW1 was sent; it counts as done and is not sent again'],
    [
      'wasNotSent',
      'recorded: the Commit of FW1 was not sent; the lane is free, and it is sent again only in its window and after its gate',
    ],
  ] as const)('answers %s with what was recorded', async (answer, message) => {
    const world = await asked();
    const result = await world.operate({ kind: 'decideUnknownPush', target: 'FW1', answer });
    expect(result).toEqual({ accepted: true, code: 'done', message });
    expect(world.view().timeline.map(({ what }) => what)).toContain(`${message} (olga: because of the test)`);
  });

  it('is named also when the ticket has left the step', async () => {
    const world = await asked();
    [...world.secureChange.tickets.values()][0]?.redo('Design and Risk');
    await world.time.until('the redo is seen', () => world.state().epoch === 2);
    await world.time.pass(MINUTE);
    const result = await world.operate({ kind: 'decideUnknownPush', target: 'm-FW1', answer: 'wasSent' });
    expect(result.message).toContain('the Commit of FW1 was sent');
  });
});

it('a retry says what is tried again', async () => {
  const world = fakeWorld();
  const ticket = world.ticket();
  world.secureChange.faults.push({
    call: 'redesign',
    before: refused({ kind: 'auth', code: 'securechange.auth', message: 'the credential is not accepted' }),
  });
  ticket.complete('r.meier');
  await world.parked('securechange.auth');
  const { message } = await world.operate({ kind: 'retry' });
  expect(message).toMatch(
    /^recorded: the ticket tries again what it was parked for \(.*the credential is not accepted\)$/,
  );
});
