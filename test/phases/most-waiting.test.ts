import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { TicketEvent } from '../../src/domain/event.js';
import { newLane } from '../../src/domain/lane.js';
import { closeReview, isUsed, noteOverride } from '../../src/domain/lane-overrides.js';
import { MOST_WAITING } from '../../src/domain/most-waiting.js';
import type { IntegrationPoint } from '../../src/domain/process.js';
import type { Member } from '../../src/domain/push.js';
import { openInbox } from '../../workflows/lane-inbox.js';
import { enqueueMessages, pointsFor } from '../../workflows/outbox.js';
import { UpdateSlotRun } from '../../workflows/update-slot-run.js';
import { DAY, fakeEnvironment, HOUR, type FakeEnvironment } from '../support/fake-environment.js';
import { refused, SERVICE_LOGIN } from '../support/fake-secure-change.js';
import { firewallChange, manager, POINTS } from '../support/firewall-change.js';

const ITSM = { actor: { login: 'snow', roles: ['itsm'] } } as const;
const FLOOD = 1_000;

async function inDesign(): Promise<FakeEnvironment> {
  const env = fakeEnvironment();
  env.processes.set('Firewall change', firewallChange({ itsmMay: ['comment'] }));
  await env.reach(env.ticket({ devices: [manager('DG')] }), 'Implementation');
  return env;
}

const comment = async (env: FakeEnvironment, at: number) =>
  await env.temporal.operate(
    '4711',
    { kind: 'itsmComment', text: `comment ${at}` },
    { ...ITSM, key: `comment-${at}` },
  );

const eventOf = (at: number): TicketEvent => ({
  key: `event-${at}`,
  ticketId: '4711',
  name: 'ADVANCE',
  source: 'mediator',
  receivedAtMs: at,
  info: null,
});

function pointFor(event: string): IntegrationPoint {
  const update = POINTS.find(({ action }) => action === 'update');
  return { ...update!, name: `on-${event}`, when: { kind: 'event', event, step: null } };
}

/** Makes a list as long as callers can, and returns its length. */
const FLOODS: Readonly<
  Record<keyof typeof MOST_WAITING, (env: FakeEnvironment) => number | Promise<number>>
> = {
  itsmMessages: async (env) => {
    env.secureChange.faults.push({
      call: 'addComment',
      times: 1e6,
      before: refused({ kind: 'transient' }),
    });
    for (let at = 0; at < 3 * MOST_WAITING.itsmMessages; at += 1) await comment(env, at);
    return env.state().outbox.filter(({ point }) => point === 'itsm').length;
  },
  ownMessages: async (env) => {
    const { run, engine } = env.run();
    const points = ['REDO', 'REOPEN'].map((event) => pointFor(event));
    env.bodyOf = () => 'x'.repeat(1_000);
    env.secureChange.faults.push({ call: 'send', times: 1e6, before: refused({ kind: 'transient' }) });
    for (let at = 0; at < 3 * MOST_WAITING.ownMessages; at += 1)
      await env.time.finish(
        engine.enter(async () =>
          enqueueMessages(run, pointsFor(points, { left: null, passed: [], events: ['REDO', 'REOPEN'] })),
        ),
      );
    const own = env.state().outbox;
    // The newest of each point is among them.
    for (const { name } of points)
      expect(own.findLast(({ point }) => point === name)?.number).toBeGreaterThan(
        own.at(-1)!.number - points.length,
      );
    expect(env.state().delivered.at(-1)).toMatchObject({ state: 'dropped' });
    return own.length;
  },
  unchecked: async (env) => {
    const ignored: string[] = [];
    const inbox = openInbox(
      env.run().engine,
      async () => await new Promise(() => undefined),
      (_, why) => ignored.push(why),
      () => undefined,
    );
    const applied = (): void => undefined;
    for (let at = 0; at < 2 * MOST_WAITING.unchecked; at += 1) {
      inbox.put('laneEnrol', applied, { text: `${at}`, signature: '' });
      inbox.put('laneEnrol', applied, { text: `${at}`, signature: 'a' });
    }
    expect(ignored).toContain('too many messages wait to be checked');
    await env.time.pass(0);
    return 2 * MOST_WAITING.unchecked - ignored.filter((why) => why.startsWith('too many')).length;
  },
  overrides: () => {
    const lane = newLane('20', 'boss');
    const claimOf = (at: number) => ({
      ticketId: '7',
      target: 'm-DG',
      claim: {
        override: {
          ask: {
            key: `override-${at}`,
            actor: { login: 'olga' },
            reason: 'r',
            command: { hours: 1 },
            issuedAtMs: 0,
          },
          confirm: { actor: { login: 'ida' }, issuedAtMs: 1 },
        },
      },
    });
    const member = (at: number): Member => claimOf(at) as unknown as Member;
    for (let at = 0; at < FLOOD; at += 1) noteOverride(lane, member(at), 1);
    expect([isUsed(lane, member(0)), isUsed(lane, member(FLOOD - 1))]).toEqual([false, true]);
    expect(lane.ignored.last.at(-1)?.why).toContain('close some');
    // A closed review lets another one in.
    closeReview(lane, 'override-0', { by: 'nora', reason: 'seen', atMs: 2 });
    noteOverride(lane, member(FLOOD), DAY);
    expect(isUsed(lane, member(FLOOD))).toBe(false);
    return lane.overrides.length - 1;
  },
  events: (env) => {
    for (let at = 0; at < FLOOD; at += 1) env.run().run.inbox.reported(eventOf(at));
    return env.state().queue.length;
  },
  scripts: (env) => {
    const script = { name: 'owner', args: [], ticketInfoXml: '<a/>', ticketInfoSha256: 'a', runs: 'driven' };
    for (let at = 0; at < FLOOD; at += 1) {
      const event = { ...eventOf(at), signature: 'a', script } as unknown as TicketEvent;
      env.run().run.inbox.reported(event);
    }
    return env.state().queue.filter((event) => event.script !== undefined).length;
  },
  results: async (env) => {
    await env.time.until('it has a place', () => env.state().places[0]?.enrolled === true);
    const [place] = env.state().places;
    const { laneKey, target } = place!;
    const result = { kind: 'saved', message: 'updated', commitEvidence: '' } as const;
    for (let n = 1; n < FLOOD; n += 1)
      env.run().run.inbox.laneNews({ laneKey, target, kind: 'ended', n, result, signature: `${n}` });
    return place!.later.length;
  },
  carriedBy: (env) => {
    env.state().lanes = ['boss'];
    for (let at = 0; at < FLOOD; at += 1)
      env.run().run.inbox.laneNews({
        laneKey: 'boss',
        target: `m-${at}`,
        kind: 'ended',
        n: 1,
        result: { kind: 'live' } as never,
      });
    return env.state().carriedBy.length;
  },
  slotRequests: async (env) => {
    const { engine } = env.run();
    engine.isLong = () => true;
    const request = { laneKey: 'boss', n: 1, runId: 'r', round: 1, closesAtMs: 1 };
    const slot = new UpdateSlotRun(engine, { holder: request, queue: [], checkAtMs: Infinity });
    for (let n = 2; n < FLOOD; n += 1) slot.requested({ ...request, n });
    return (await engine.enter(async () => slot.live())).queue.length;
  },
  slotGrants: async (env) => {
    await env.time.until('a push runs', () => env.temporal.pushes.size > 0);
    const [push] = env.temporal.pushes.values();
    for (let round = 2; round < FLOOD; round += 1) push!.run.slotGranted(round);
    return (push!.run as unknown as { granted: Set<number> }).granted.size;
  },
};

describe('a list that callers make longer', () => {
  it.each(Object.entries(FLOODS))('has an end: %s', async (name, flood) => {
    const env = await inDesign();
    const length = await flood(env);
    expect(length).toBeGreaterThan(10);
    expect(length).toBeLessThanOrEqual(MOST_WAITING[name as keyof typeof MOST_WAITING]);
    expect(JSON.stringify(env.state()).length).toBeLessThan(512 * 1024);
  });

  it('is full for an ITSM: the refusal keeps nothing, and the same key does it later, once', async () => {
    const env = await inDesign();
    const most = MOST_WAITING.itsmMessages;
    env.secureChange.faults.push({ call: 'addComment', times: 1e6, before: refused({ kind: 'transient' }) });
    const first: string[] = [];
    for (let at = 0; at < most + 3; at += 1) first.push((await comment(env, at)).code);
    expect(first).toEqual([...Array<string>(most).fill('done'), 'tooMany', 'tooMany', 'tooMany']);
    expect(env.state().commands.map(({ result }) => result.code)).not.toContain('tooMany');
    // Others are heard all the same.
    expect(await env.operate({ kind: 'hold' })).toMatchObject({ accepted: true });
    expect(await env.operate({ kind: 'resume' })).toMatchObject({ accepted: true });

    env.secureChange.faults.length = 0;
    const ticket = env.secureChange.tickets.get('4711')!;
    ticket.assign(ticket.current!.tasks[0]!.id, SERVICE_LOGIN);
    await env.time.until('they are written', () => env.secureChange.comments.length >= most);
    expect(await comment(env, most)).toMatchObject({ accepted: true });
    expect(await comment(env, most)).toMatchObject({ accepted: true });
    await env.time.pass(HOUR);
    const texts = env.secureChange.comments.map(({ text }) => text.split('\n')[0]);
    expect(texts).toEqual(Array.from({ length: most + 1 }, (_, at) => `comment ${at}`));
  });
});

/** What keeps each list short that a workflow makes longer; `MOST_WAITING` where callers do it. */
const KNOWN: Readonly<Record<string, string>> = {
  places: 'one a target',
  parkings: 'one a code and target',
  outbox: 'MOST_WAITING.itsmMessages, .ownMessages',
  donePhases: 'one a phase',
  queue: 'MOST_WAITING.events, .scripts',
  approvals: 'one an approval and epoch, emptied by the next epoch',
  scripts: 'MOST_WAITING.scripts, with what waits in the queue',
  carriedBy: 'MOST_WAITING.carriedBy',
  granted: 'MOST_WAITING.slotGrants',
  news: 'lane signals: what its own members are to get',
  unsignalled: 'the members of one push',
};

it('each list that grows in a workflow is known, with what keeps it short', () => {
  const folder = join(__dirname, '../../workflows');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const GROWS = /(?:(?:state|this)\.(\w+)|\b(carriedBy))\.(?:push|unshift|add)\(/g;
  const grown = files.flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(GROWS)].map(([, list, other]) => list ?? other),
  );
  expect([...new Set(grown)].sort()).toEqual(Object.keys(KNOWN).sort());
  // What is put together with the list before it is cut to a length, or replaces what has its name.
  const joined = files.flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/state\.\w+ = \[\.\.\.[^;]*;/g)].map(
      ([text]) => text,
    ),
  );
  for (const text of joined) expect(text).toMatch(/slice\(-|filter\(|new Set\(|\[\.\.\.targets\]/);
});
