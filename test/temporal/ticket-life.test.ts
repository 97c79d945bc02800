import { laneWorkflowId, pushWorkflowId, ticketWorkflowId } from '../../src/domain/ids.js';
import type { HistoryFact } from '../../packages/client/src/contract.js';
import { SEARCH_ATTRIBUTES } from '../../workflows/search-attributes.js';
import { directFirewall, firewallChange, manager } from '../support/firewall-change.js';
import { quietSdk } from '../support/quiet-sdk.js';
import { startTestDevServer, type TestDevServer } from '../support/temporal-server.js';
import { TestEnvironment } from '../support/test-environment.js';

quietSdk();

let server: TestDevServer;

beforeAll(async () => {
  server = await startTestDevServer();
});

afterAll(async () => server.stop());

function countActivities(facts: readonly HistoryFact[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind, name } of facts)
    if (kind === 'activityScheduled') counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

describe.each([
  { cache: 'with the workflow cache', id: '100', options: {} },
  { cache: 'without, so that every task replays the run', id: '200', options: { maxCachedWorkflows: 0 } },
])('a ticket, $cache', ({ id, options }) => {
  let env: TestEnvironment;

  beforeAll(async () => {
    env = await TestEnvironment.start({ address: server.address, ...options });
  });

  afterAll(async () => env.stop());

  it('lives from CREATE to CLOSE: saved early, enforced in the window, each effect once', async () => {
    const workflow = `Firewall change ${id}`;
    const window = { ...firewallChange().window, calendar: `night ${id}` };
    const saveUpdates = { aheadMs: 2 * 86_400_000 };
    env.fake.processes.set(workflow, firewallChange({ workflow, window, saveUpdates }));
    env.open(window.calendar, env.nowMs() + 86_400_000);
    const devices = [manager(`M${id}`), directFirewall(`D${id}`)];
    const ticket = env.ticket(id, { workflow, devices });

    await env.reach(ticket, 'Implementation');
    const waiting = await env.until(id, 'has saved', (view) => view.savedNotPushed.length === 1);
    expect(waiting.targets.map(({ name, update, commit }) => [name, update, commit])).toEqual([
      [`M${id}`, 'done', 'todo'],
      [`D${id}`, 'todo', 'notNeeded'],
    ]);
    expect(env.effects(id, 'update', 'commit')).toEqual([`update M${id}`]);

    const { opensAtMs } = env.open(window.calendar, env.nowMs() + 500);
    await env.replan(window.calendar, `manager-of-M${id}`, `manager-of-D${id}`);
    const ended = await env.ended(id);

    expect(ended.outcome).toBe('closed');
    expect(env.effects(id, 'update', 'commit').slice(0, 1)).toEqual([`update M${id}`]);
    expect(env.effects(id, 'update', 'commit').slice(1).sort()).toEqual([`commit M${id}`, `update D${id}`]);
    const enforced = env.secureChange.landed.filter(
      ({ ticketId, target, kind }) => ticketId === id && !(target === `M${id}` && kind === 'update'),
    );
    expect(enforced.map(({ atMs }) => atMs > opensAtMs)).toEqual([true, true]);
    expect(env.effects(id, 'itsm')).toEqual([
      'itsm create create-change',
      'itsm update implementation-started',
      'itsm close close-change',
    ]);
  });

  it('lets lane and push come first, because many tickets wait for them', async () => {
    const lane = `manager-of-M${id}`;
    const push = (await env.lane(lane)).past.at(-1);
    const priorityOf = async (workflowId: string): Promise<number | null> => {
      const { events } = await env.temporal.client.workflow.getHandle(workflowId).fetchHistory();
      return events?.[0]?.workflowExecutionStartedEventAttributes?.priority?.priorityKey ?? null;
    };
    expect(await priorityOf(laneWorkflowId(lane))).toBe(1);
    expect(await priorityOf(pushWorkflowId(lane, push?.n ?? 0))).toBe(1);
    // The server's usual one is 3.
    expect(await priorityOf(ticketWorkflowId(id))).toBeNull();
  });

  it('does all that with this many activities and events', async () => {
    const facts = await env.history(id);
    const {
      readTicket = 0,
      awaitStepFree = 0,
      enrol = 0,
      leaveLanes = 0,
      readPush = 0,
      ...others
    } = countActivities(facts);
    expect(others).toEqual({
      redesign: 1,
      readDesign: 1,
      advance: 3,
      verify: 1,
      renderMessages: 3,
      sendMessage: 3,
    });
    // How many of these there are depends on what comes together: two lanes that push at once, an event during a read.
    expect(readTicket).toBeLessThanOrEqual(10);
    expect(awaitStepFree).toBeLessThanOrEqual(1);
    expect(enrol).toBeLessThanOrEqual(4);
    expect(leaveLanes).toBeLessThanOrEqual(3);
    // One for each result that a lane signals.
    expect(readPush).toBeLessThanOrEqual(4);
    expect(await env.historyLength(ticketWorkflowId(id))).toBeLessThanOrEqual(300);
  });

  it('leaves its last state in the search attributes', async () => {
    const run = await env.temporal.client.workflow.getHandle(ticketWorkflowId(id)).describe();
    const attributes = run.typedSearchAttributes;
    expect({
      workflow: attributes.get(SEARCH_ATTRIBUTES.workflowName),
      outcome: attributes.get(SEARCH_ATTRIBUTES.outcome),
      waitingFor: attributes.get(SEARCH_ATTRIBUTES.waitingFor),
      itsmId: attributes.get(SEARCH_ATTRIBUTES.itsmId),
      risk: attributes.get(SEARCH_ATTRIBUTES.risk),
      devices: attributes.get(SEARCH_ATTRIBUTES.devices),
      needsAttention: attributes.get(SEARCH_ATTRIBUTES.needsAttention),
    }).toEqual({
      workflow: `Firewall change ${id}`,
      outcome: 'closed',
      waitingFor: '-',
      itsmId: 'CHG0030001',
      risk: 'medium',
      devices: [`M${id}`, `D${id}`],
      needsAttention: false,
    });
  });
});
