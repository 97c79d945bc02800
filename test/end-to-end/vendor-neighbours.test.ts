import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { savesAhead } from '../../src/demo/configure.js';
import { createSimulatorClient, DEVICES, type Target } from '../../src/demo/simulator-client.js';
import type { TicketView } from '../../src/domain/view.js';
import { eventually } from '../support/eventually.js';
import { failedReplays } from '../support/replay-everything.js';
import { startRunningProduct, type RunningProduct } from '../support/running-product.js';

const HOUR = 3_600_000;
const GROUP = DEVICES.deviceGroup;
const ADOM = DEVICES.adom;
const PANORAMA = { id: 20, name: 'PANO-8' };

const ASSUMED = {
  ownUpdatesMakeDesignsStale: true,
  commitOfNothing: 'warns',
  commitCarries: 'everything',
  commitInherits: true,
  offlineFirewall: 'failsCommit',
  candidateEdits: 'visible',
};

interface Enforced {
  readonly ticketId: number | null;
  readonly by: string;
  readonly partial: boolean;
}
interface SimulatedDevice {
  readonly id: number;
  readonly saved: readonly { readonly ticketId: number | null; readonly by: string }[];
  readonly enforced: readonly Enforced[];
}

let running: RunningProduct;
let people: ReturnType<typeof createSimulatorClient>;

beforeAll(async () => {
  running = await startRunningProduct({
    edit: (configDir) => {
      savesAhead(configDir);
      const accounts = 'foreignChanges: { known: block, notVisible: warn, accounts: [wf-api] }';
      writeFileSync(
        join(configDir, 'managers.yaml'),
        `managers:\n  PANO-8: { owner: n.weber, ${accounts} }\n  FMG-EU: { owner: n.weber, watchForRevert: 6m }\n`,
      );
    },
  });
  people = createSimulatorClient(running.product.simulatorUrl ?? '');
  await running.simulator.timings({ updateMs: 100, commitMs: 300 });
});

afterAll(async () => {
  try {
    expect(await failedReplays(running.product.temporal.address)).toEqual([]);
  } finally {
    await running.stop();
  }
});

async function assume(switches: Partial<Record<keyof typeof ASSUMED, string | boolean>>): Promise<void> {
  await running.simulator.switches({ ...ASSUMED, ...switches });
  running.setWindow('nightly', Date.now() + 5 * HOUR);
}

/** Tickets whose change is saved, or that wait for the window. */
async function waiting(targets: readonly (readonly Target[])[]): Promise<string[]> {
  const ids: string[] = [];
  for (const [index, of] of targets.entries())
    ids.push(await people.createTicket({ subject: `ticket ${index + 1}`, targets: of, port: 9_000 + index }));
  for (const id of ids) {
    await eventually(`ticket ${id} asks for approval`, async () => {
      return (await running.simulator.ticket(id)).step?.name === 'Approval';
    });
    await running.simulator.act(id, { as: 'a.kaya', do: 'approve', reason: 'fine' });
  }
  for (const [index, id] of ids.entries())
    await running.until(id, 'is saved', ({ savedNotPushed }) => {
      return savedNotPushed.length === targets[index]!.length;
    });
  return ids;
}

async function device({ id }: { id: number }): Promise<SimulatedDevice> {
  const response = await running.simulator.call('GET', '/simulator/state');
  const { devices } = (await response.json()) as { devices: SimulatedDevice[] };
  return devices.find((one) => one.id === id)!;
}

/** How often the change of a ticket is live on a device, as the simulator has it. */
async function timesLive(id: string, on: { id: number }): Promise<number> {
  const { enforced } = await device(on);
  return enforced.filter((one) => one.ticketId === Number(id) && !one.partial).length;
}

async function commitsOf(ids: readonly string[]): Promise<number> {
  const writes = await running.simulator.writes();
  return writes.filter(
    ({ action, ticketId, applied }) => action === 'commit' && applied && ids.includes(String(ticketId)),
  ).length;
}

async function foreignEdit(on: { id: number }, by: string): Promise<void> {
  await running.simulator.call('POST', `/simulator/devices/${on.id}/foreign-change`, { by });
}

/** How a change of another administrator stands on a device. */
async function editOf(by: string, on: { id: number }): Promise<{ saved: boolean; live: boolean }> {
  const { saved, enforced } = await device(on);
  return {
    saved: saved.some((one) => one.by === by),
    live: enforced.some((one) => one.by === by),
  };
}

const open = (): void => {
  running.setWindow('nightly', Math.ceil(Date.now() / 1_000 + 1) * 1_000);
};
const closed = ({ outcome }: TicketView): boolean => outcome === 'closed';
const asks =
  (code: string) =>
  ({ parkings }: TicketView): boolean =>
    parkings.some((parked) => parked.code === code);

/** The ticket waits for a person, who is shown whose edit the Commit would carry; nothing is live. */
async function asksAbout(id: string, by: string): Promise<void> {
  const asked = await running.until(id, 'asks', asks('lane.foreign_change'));
  expect(asked.needsAttention?.reason).toContain(by);
  expect(await timesLive(id, GROUP)).toBe(0);
}

async function acceptForeign(): Promise<void> {
  const { foreign } = await running.client.lanes.get(GROUP.lane);
  const { seen } = foreign.find(({ targetId }) => targetId === String(GROUP.id))!;
  const accept = { kind: 'acceptForeign', target: String(GROUP.id), seen, hours: 1 } as const;
  await running.commands.lane(GROUP.lane, accept, { reason: 'agreed' });
}

describe.each([['failsCommit'], ['warns']])(
  'one firewall of three offline, where that %s',
  (offlineFirewall) => {
    it('finishes the ticket whose firewalls have it, and says of no other that it is live', async () => {
      await assume({ offlineFirewall });
      const [shops, depots] = (await waiting([
        [{ ...ADOM, policy: 'shops' }],
        [{ ...ADOM, policy: 'depots' }],
      ])) as [string, string];
      await people.setOffline(DEVICES.depotFirewall.id, true);
      open();
      await running.until(shops, 'is closed', closed);
      const failed = await running.until(depots, 'asks', asks('lane.push_failed'));

      expect(failed.targets[0]).not.toMatchObject({ commit: 'done' });
      expect(failed.needsAttention?.reason).toContain(DEVICES.depotFirewall.name);
      expect(await timesLive(shops, ADOM)).toBe(1);
      expect(await commitsOf([shops, depots])).toBe(1);
      await people.setOffline(DEVICES.depotFirewall.id, false);
      await running.commands.lane(ADOM.lane, { kind: 'retryPush' }, { reason: 'it is back' });
      const end = await running.until(depots, 'is closed or asks', (view) => {
        return closed(view) || view.parkings.some(({ code }) => code.startsWith('push.'));
      });
      // Nothing was left to install where the vendor had saved no more of it: only a person can say so.
      if (closed(end)) expect(await timesLive(depots, ADOM)).toBe(1);
      else {
        const reason = 'installed on all, by the install log';
        const { managementId: target } = end.targets[0]!;
        await running.commands.ticket(
          depots,
          { kind: 'completeManual', target, evidence: reason },
          { reason },
        );
        await running.until(depots, 'is closed', closed);
      }
      expect((await device(ADOM)).saved.filter(({ ticketId }) => ticketId === Number(depots))).toEqual([]);
    });
  },
);

describe.each([
  ['everything', true],
  ['ownAccount', false],
] as const)('an edit of another administrator, where a Commit carries %s', (commitCarries, goesLive) => {
  it('that is visible waits for a person by name, and then goes as the vendor does', async () => {
    await assume({ commitCarries });
    const by = `h.novak-${commitCarries}`;
    const [id] = (await waiting([[GROUP]])) as [string];
    await foreignEdit(GROUP, by);
    open();
    await asksAbout(id, by);
    expect(await editOf(by, GROUP)).toEqual({ saved: true, live: false });

    await acceptForeign();
    await running.until(id, 'is closed', closed);
    expect(await timesLive(id, GROUP)).toBe(1);
    expect(await editOf(by, GROUP)).toEqual({ saved: !goesLive, live: goesLive });
  });

  it('that is invisible goes as the vendor does, and the push says that it is not visible', async () => {
    await assume({ commitCarries, candidateEdits: 'invisible' });
    const by = `h.unseen-${commitCarries}`;
    const [id] = (await waiting([[GROUP]])) as [string];
    await foreignEdit(GROUP, by);
    open();
    const end = await running.until(id, 'is closed', closed);
    expect(end.parkings).toEqual([]);
    expect(await timesLive(id, GROUP)).toBe(1);
    expect((await editOf(by, GROUP)).live).toBe(goesLive);
    const { foreign } = await running.client.lanes.get(GROUP.lane);
    expect(foreign[0]?.text).toContain('not visible');
  });
});

describe.each([[true], [false]])(
  'a change saved above the target, where inherited is %s',
  (commitInherits) => {
    it('waits for a person by name, and then goes live only where the vendor inherits it', async () => {
      await assume({ commitInherits });
      const by = `h.above-${commitInherits}`;
      const [id] = (await waiting([[GROUP]])) as [string];
      await foreignEdit(PANORAMA, by);
      open();
      await asksAbout(id, by);

      await acceptForeign();
      await running.until(id, 'is closed', closed);
      expect(await timesLive(id, GROUP)).toBe(1);
      expect((await editOf(by, PANORAMA)).live).toBe(commitInherits);
    });
  },
);

describe.each([
  [{}],
  [{ commitOfNothing: 'installsAgain' }],
  [{ commitOfNothing: 'refuses' }],
  [{ commitCarries: 'ownAccount' }],
  [{ ownUpdatesMakeDesignsStale: false }],
])('the saved change of a held ticket that a person accepted, with %j', (switches) => {
  it('is live with the Commit of its neighbour, once, and its ticket says so when it is resumed', async () => {
    await assume(switches);
    const [held, other] = (await waiting([[GROUP], [GROUP]])) as [string, string];
    await running.commands.ticket(held, { kind: 'hold' }, { reason: 'ask the owner first' });
    await running.until(other, 'is hindered', asks('lane.hindered'));
    await running.commands.lane(GROUP.lane, { kind: 'acceptLedger', ticketId: held }, { reason: 'harmless' });
    open();
    await running.until(other, 'is closed', closed);
    expect(await timesLive(held, GROUP)).toBe(1);
    await running.commands.ticket(held, { kind: 'resume' }, { reason: 'the owner agrees' });
    const end = await running.until(held, 'is closed', closed);

    expect(end.targets[0]).toMatchObject({ commit: 'done' });
    for (const id of [held, other]) expect(await timesLive(id, GROUP)).toBe(1);
    expect(await commitsOf([held, other])).toBe(1);
  });
});

describe.each([[{}], [{ ownUpdatesMakeDesignsStale: false }], [{ commitOfNothing: 'refuses' }]])(
  'several pushes for one ticket at once, with %j',
  (switches) => {
    it('make each of its devices live once, beside a neighbour on each manager', async () => {
      await assume(switches);
      const ids = await waiting([[GROUP, ADOM], [GROUP], [ADOM]]);
      const [both, onGroup, onAdom] = ids as [string, string, string];
      open();
      for (const id of ids) await running.until(id, 'is closed', closed);

      for (const id of [both, onGroup]) expect(await timesLive(id, GROUP)).toBe(1);
      for (const id of [both, onAdom]) expect(await timesLive(id, ADOM)).toBe(1);
      expect(await commitsOf(ids)).toBe(2);
    });
  },
);

describe('a manager that is locked when the window opens', () => {
  it('is committed once when the lock is gone, without a person', async () => {
    await assume({});
    const ids = await waiting([[GROUP], [GROUP]]);
    await running.simulator.call('POST', `/simulator/devices/${GROUP.id}/lock`, { by: 'h.novak' });
    open();
    for (const id of ids)
      await running.until(
        id,
        'names the holder',
        ({ waiting: now }) => now?.what.includes('h.novak') === true,
      );
    for (const id of ids) expect(await timesLive(id, GROUP)).toBe(0);
    await running.simulator.call('DELETE', `/simulator/devices/${GROUP.id}/lock`);
    for (const id of ids) {
      const end = await running.until(id, 'is closed', closed);
      expect(end.timeline.filter(({ what }) => what.startsWith('parked'))).toEqual([]);
      expect(await timesLive(id, GROUP)).toBe(1);
    }
  });
});

describe('a Commit that firewalls take back after it had succeeded', () => {
  it('is reverted: the ledger has it again, a neighbour is hindered, and an acceptance installs both', async () => {
    await assume({});
    const [first] = (await waiting([[ADOM]])) as [string];
    open();
    await running.until(first, 'is closed', closed);
    await running.simulator.call('POST', `/simulator/devices/${ADOM.id}/revert`, {});
    expect(await timesLive(first, ADOM)).toBe(0);
    // Its report is read a minute after it was live. Where the ticket took longer to close, that was before the revert:
    // the next look comes four minutes later, the last at the end of the watch.
    await eventually(
      'the lane has noticed',
      async () => {
        const { ledger } = await running.client.lanes.get(ADOM.lane);
        return ledger.some(({ ticketId, left }) => ticketId === first && left === 'reverted');
      },
      400_000,
    );
    running.setWindow('nightly', Date.now() + 5 * HOUR);
    const second = await people.createTicket({ subject: 'second', targets: [ADOM], port: 9_999 });
    await eventually('it asks for approval', async () => {
      return (await running.simulator.ticket(second)).step?.name === 'Approval';
    });
    await running.simulator.act(second, { as: 'a.kaya', do: 'approve', reason: 'fine' });
    await running.until(second, 'is hindered', asks('lane.hindered'));
    open();
    await running.commands.lane(
      ADOM.lane,
      { kind: 'acceptLedger', ticketId: first },
      { reason: 'the firewall is reachable again' },
    );
    await running.until(second, 'is closed', closed);
    for (const id of [first, second]) expect(await timesLive(id, ADOM)).toBe(1);
  });
});
