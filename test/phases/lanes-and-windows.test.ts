import { DAY, fakeWorld, HOUR, MINUTE, shifted, START_MS, WINDOW } from '../support/fake-world.js';
import type { FakeWorld } from '../support/fake-world.js';
import { directFirewall, firewallChange, manager } from '../support/firewall-change.js';

const BOSS = { laneKey: 'boss', laneName: 'boss' };
/** Two device groups beside each other: a Commit of one does not reach the other. */
const below = (laneKey: string, name: string) => ({
  laneKey,
  laneName: laneKey,
  path: [laneKey, `m-${name}`],
});
/** Nobody says where it stands: what is saved there is in the scope of every Commit of its manager. */
const INHERITED = { ...BOSS, path: [] };

function at(world: FakeWorld, kind: string, target: string): number {
  const effect = world.secureChange.effects.find((each) => each.kind === kind && each.target === target);
  if (!effect) throw new Error(`there was no ${kind} of ${target}`);
  return effect.atMs;
}

describe('the window', () => {
  it('is waited for with one enrolment, and no reading while it lasts', async () => {
    const world = fakeWorld();
    await world.reach(world.ticket(), 'Implementation');
    await world.time.pass(HOUR);
    const before = world.calls.length;
    expect(world.view().waiting).toMatchObject({ for: 'window', untilMs: WINDOW.opensAtMs });
    await world.time.pass(WINDOW.opensAtMs - world.time.nowMs - 1);

    expect(world.calls.length).toBe(before);
  });

  it('counts for what enforces only: managers are saved before it, direct firewalls touched inside it', async () => {
    const world = fakeWorld();
    await world.reach(world.ticket({ devices: [manager('FW1'), directFirewall('EDGE')] }), 'Implementation');
    await world.ended();

    expect(at(world, 'update', 'FW1')).toBeLessThan(START_MS + HOUR);
    for (const [kind, target] of [
      ['commit', 'FW1'],
      ['update', 'EDGE'],
    ] as const) {
      expect(at(world, kind, target)).toBeGreaterThanOrEqual(WINDOW.opensAtMs);
      expect(at(world, kind, target)).toBeLessThan(WINDOW.opensAtMs + MINUTE);
    }
  });

  it('needs no Commit of what enforces at its Update, whatever the device could do', async () => {
    const world = fakeWorld();
    const capability = { update: 'automatic', commit: 'automatic', enforcedBy: 'update' } as const;
    await world.reach(world.ticket({ devices: [directFirewall('EDGE', { capability })] }), 'Implementation');
    await world.ended();
    expect(world.effects('update', 'commit')).toEqual(['update EDGE']);
    expect(world.view().targets).toMatchObject([{ update: 'done', commit: 'notNeeded', settled: true }]);
  });

  it('is looked up by device or manager where the process says so', async () => {
    const world = fakeWorld();
    const perTarget = { FW2: 'weekend', 'manager of FW3': 'weekend' };
    const { window } = firewallChange();
    world.processes.set('Firewall change', firewallChange({ window: { ...window, perTarget } }));
    world.calendars.set('weekend', [shifted(WINDOW, 5 * DAY)]);
    await world.reach(
      world.ticket({ devices: [manager('FW1'), manager('FW2'), manager('FW3')] }),
      'Implementation',
    );
    await world.ended();

    expect(at(world, 'commit', 'FW1')).toBeLessThan(WINDOW.closesAtMs);
    expect(at(world, 'commit', 'FW2')).toBeGreaterThanOrEqual(WINDOW.opensAtMs + 5 * DAY);
    expect(at(world, 'commit', 'FW3')).toBeGreaterThanOrEqual(WINDOW.opensAtMs + 5 * DAY);
  });

  it('that was missed is planned anew', async () => {
    const world = fakeWorld();
    await world.reach(world.ticket(), 'Implementation');
    await world.time.pass(HOUR);
    const lane = world.temporal.lane('manager-of-FW1');
    lane.operate({ kind: 'pause' }, 'olga');
    world.calendars.set('nightly', [shifted(WINDOW, DAY)]);
    await world.time.pass(WINDOW.closesAtMs - world.time.nowMs + HOUR);
    lane.operate({ kind: 'resume' }, 'olga');
    await world.ended();

    expect(at(world, 'commit', 'FW1')).toBeGreaterThanOrEqual(WINDOW.opensAtMs + DAY);
  });

  it('that never opens parks at planning time, long before anything waits in vain', async () => {
    const world = fakeWorld();
    world.calendars.set('nightly', []);
    await world.reach(world.ticket(), 'Implementation');
    await world.parked('window.none');
    expect(world.view().needsAttention).toMatchObject({
      reason: 'no opening of calendar nightly within 60 days',
      advice: 'edit the calendar, then retry',
      evidence: 'no opening within 60 days',
    });
    expect(await world.operate({ kind: 'skip' })).toMatchObject({ accepted: false });

    world.calendars.set('nightly', [WINDOW]);
    await world.operate({ kind: 'retry' });
    await world.ended();
    expect(world.effects('commit')).toEqual(['commit FW1']);
  });

  it('parks with the name of a calendar that is not there', async () => {
    const world = fakeWorld();
    world.calendars.clear();
    await world.reach(world.ticket(), 'Implementation');
    await world.parked('calendar.unknown');
    expect(world.view().needsAttention?.reason).toContain('there is no calendar "nightly"');
  });

  it('that people edit while tickets wait counts as edited, after the next sweep', async () => {
    const world = fakeWorld();
    await world.reach(world.ticket(), 'Implementation');
    await world.time.pass(HOUR);
    const sooner = shifted(WINDOW, -6 * HOUR);
    world.calendars.set('nightly', [sooner]);
    world.ruleVersion = 'r2';
    await world.sweep();
    await world.time.settle();
    expect(world.view().waiting?.untilMs).toBe(sooner.opensAtMs);
    await world.ended();

    expect(at(world, 'commit', 'FW1')).toBeLessThan(sooner.opensAtMs + MINUTE);
  });

  it('keeps a push that could not end inside from beginning', async () => {
    const world = fakeWorld();
    const { window } = firewallChange();
    const minimumRemainingMs = 3 * HOUR;
    world.processes.set('Firewall change', firewallChange({ window: { ...window, minimumRemainingMs } }));
    await world.reach(world.ticket(), 'Implementation');
    await world.time.pass(HOUR);
    const lane = world.temporal.lane('manager-of-FW1');
    lane.operate({ kind: 'pause' }, 'olga');
    await world.time.pass(WINDOW.opensAtMs - world.time.nowMs + 2 * HOUR);
    lane.operate({ kind: 'resume' }, 'olga');
    await world.ended();

    expect(at(world, 'commit', 'FW1')).toBeGreaterThanOrEqual(WINDOW.opensAtMs + DAY);
  });
});

describe('a lane', () => {
  it('pushes one after the other, and leaves the manager alone in between', async () => {
    const world = fakeWorld();
    world.settings = { ...world.settings, settleMs: 45_000 };
    for (const id of ['1', '2', '3']) {
      await world.reach(
        world.ticket({ id, devices: [manager(`FW${id}`, below('boss', `FW${id}`))] }),
        'Implementation',
      );
    }
    for (const id of ['1', '2', '3']) await world.ended(id);

    const commits = world.secureChange.effects
      .filter(({ kind }) => kind === 'commit')
      .map(({ atMs }) => atMs);
    expect(commits.length).toBe(3);
    for (const [index, atMs] of commits.slice(1).entries()) {
      expect(atMs - commits[index]!).toBeGreaterThanOrEqual(
        world.secureChange.pushMs + world.settings.settleMs,
      );
    }
  });

  it('serves the urgent ticket first, whoever came first', async () => {
    const world = fakeWorld();
    for (const [id, priority] of [
      ['1', 'Low'],
      ['2', 'Critical'],
      ['3', 'Normal'],
    ] as const) {
      await world.reach(
        world.ticket({ id, priority, devices: [manager(`FW${id}`, below('boss', `FW${id}`))] }),
        'Implementation',
      );
    }
    for (const id of ['1', '2', '3']) await world.ended(id);
    expect(world.effects('commit')).toEqual(['commit FW2', 'commit FW3', 'commit FW1']);
  });

  it('and another that start in the same instant push one after the other: the task takes one at a time', async () => {
    const world = fakeWorld();
    const devices = [1, 2, 3, 4, 5].map((number) => manager(`FW${number}`));
    await world.reach(world.ticket({ devices }), 'Implementation');
    await world.ended();

    expect(world.effects('commit').length).toBe(5);
    expect(world.secureChange.atOnce).toBe(1);
    const lasted = world.secureChange.landed.at(-1)!.atMs - WINDOW.opensAtMs;
    expect(lasted).toBeLessThan(5 * (world.secureChange.pushMs + 20_000));
  });
});

describe('the ledger of saved Updates', () => {
  async function blocked(world: FakeWorld): Promise<void> {
    const dead = world.ticket({ id: '1', devices: [manager('FW1', INHERITED)] });
    await world.reach(dead, 'Implementation');
    await world.time.pass(HOUR);
    dead.end('cancelled');
    await world.ended('1');
    await world.reach(world.ticket({ id: '2', devices: [manager('FW2', BOSS)] }), 'Implementation');
    await world.parked('lane.hindered', '2');
  }

  it('of a cancelled ticket blocks the next Commit on that manager until a person accepts it', async () => {
    const world = fakeWorld();
    await blocked(world);
    expect(world.effects('commit')).toEqual([]);
    expect(world.view('2').needsAttention).toMatchObject({
      reason: expect.stringContaining('ticket 1 on FW1 (it was cancelled)') as string,
      waysOut: [{ command: 'acceptLedger', hint: 'sco lane accept boss --reason "…"' }, { command: 'abort' }],
    });
    expect(world.view('2').waiting?.for).toBe('ledger');
    await world.time.pass(DAY);
    expect(world.effects('commit')).toEqual([]);

    world.temporal.lane('boss').operate({ kind: 'acceptLedger', ticketId: '1' }, 'anna');
    await world.ended('2');
    expect(world.effects('commit')).toEqual(['commit FW2']);
    expect(world.view('2').needsAttention).toBeNull();
  });

  it('is told again to a ticket that continued as new while it was blocked', async () => {
    const world = fakeWorld();
    await blocked(world);
    world.temporal.historyIsLong = ({ state }) => state.rolls === 0;
    await world.time.until('rolled', () => world.state('2').rolls === 1);
    await world.parked('lane.hindered', '2');
    world.temporal.lane('boss').operate({ kind: 'acceptLedger', ticketId: null }, 'anna');
    await world.ended('2');
    expect(world.effects('commit')).toEqual(['commit FW2']);
  });

  it('hinders nothing while its ticket lives, and nothing more is saved while it hinders', async () => {
    const world = fakeWorld();
    await world.reach(world.ticket({ id: '1', devices: [manager('FW1', BOSS)] }), 'Implementation');
    await world.reach(world.ticket({ id: '2', devices: [manager('FW2', BOSS)] }), 'Implementation');
    await world.ended('1');
    await world.ended('2');
    expect(world.effects('commit')).toEqual(['commit FW1', 'commit FW2']);

    const other = fakeWorld();
    await blocked(other);
    expect(other.effects('update')).toEqual(['update FW1']);
  });
});

describe('a ticket that ends meanwhile', () => {
  it('during the wait for its window pushes nothing, and its saved Update stays in the ledger', async () => {
    const world = fakeWorld();
    const ticket = world.ticket({ devices: [manager('FW1'), directFirewall('EDGE')] });
    await world.reach(ticket, 'Implementation');
    await world.time.pass(HOUR);
    ticket.end('cancelled');
    await world.ended();
    await world.time.idle();

    expect(world.run().outcome).toBe('cancelled');
    expect(world.effects('commit')).toEqual([]);
    expect(world.effects('update')).toEqual(['update FW1']);
    expect(world.temporal.lane('manager-of-FW1').state.ledger).toMatchObject([
      { targetName: 'FW1', left: { because: 'cancelled' } },
    ]);
    expect(world.temporal.lane('manager-of-EDGE').state).toMatchObject({
      queue: [],
      ledger: [],
      push: null,
    });
  });

  it('while a push runs: that push ends, its lane hears of it, and nothing further is sent', async () => {
    const world = fakeWorld();
    const ticket = world.ticket({ devices: [manager('FW1'), manager('FW2')] });
    await world.reach(ticket, 'Implementation');
    await world.time.until('the first Commit is sent', () => world.effects('commit').length === 1);
    ticket.end('cancelled');
    await world.ended();
    await world.time.idle();

    expect(world.effects('commit')).toEqual(['commit FW1']);
    expect(world.secureChange.landed.filter(({ kind }) => kind === 'commit').length).toBe(1);
    const lanes = [...world.temporal.lanes.values()].map(({ state }) => state);
    expect(lanes.every(({ push, queue }) => push === null && queue.length === 0)).toBe(true);
    expect(world.temporal.lane('manager-of-FW1').state.ledger).toEqual([]);
    expect(world.temporal.lane('manager-of-FW2').state.ledger).toMatchObject([
      { left: { because: 'cancelled' } },
    ]);
  });

  it('in an older epoch gives its place up; the new one enrols anew', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    await world.reach(ticket, 'Implementation');
    await world.time.pass(HOUR);
    ticket.redo('Design and Risk');
    await world.time.until('approval asked for', () => ticket.current?.name === 'Approval');
    expect(world.temporal.lane('manager-of-FW1').state.queue).toEqual([]);
    ticket.approve('a.schmidt');
    await world.time.pass(HOUR);
    expect(world.temporal.lane('manager-of-FW1').state.queue).toMatchObject([{ epoch: 2 }]);
    await world.ended();
    expect(world.effects('update', 'commit')).toEqual(['update FW1', 'commit FW1']);
  });
});
