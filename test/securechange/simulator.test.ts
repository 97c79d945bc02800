import { clocksDiffer } from '../../src/domain/clock-difference.js';
import type { TicketFacts } from '../../src/domain/ticket.js';
import { createHttp } from '../../src/http/http.js';
import { createChangeWindows } from '../../src/securechange/change-windows.js';
import { createSecureChange } from '../../src/securechange/rest-client.js';
import type { FieldRef, SecureChange } from '../../src/securechange/secure-change.js';
import { startStandIn, type StandIn } from '../../packages/simulator/test/stand-in.js';
import { failureOf } from '../support/failure-of.js';
import { eventually } from '../support/eventually.js';
import { shippedCapabilities } from '../support/shipped-capabilities.js';

let simulator: StandIn;
let client: SecureChange;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  simulator = await startStandIn();
  client = clientFor(simulator);
});
afterAll(async () => {
  for (const close of closers) await close();
  await simulator.running.close();
});
afterEach(async () => {
  await simulator.control('DELETE', '/faults');
  await simulator.control('PUT', '/switches', {
    redoStepIds: 'keep',
    jsonLists: 'asForms',
    writeOthersTasks: 'onBehalf',
    clockOffsetMs: 0,
    dateHeader: 'sent',
  });
});

function clientFor({ running }: StandIn, login = 'wf-api', password = login): SecureChange {
  const http = (name: string) => {
    const auth = { kind: 'basic', user: login, password } as const;
    const created = createHttp({ name, baseUrl: running.url, auth });
    closers.push(() => created.close());
    return created;
  };
  return createSecureChange({
    http: http('securechange'),
    secureTrackHttp: http('securetrack'),
    login,
    clock: { now: () => Date.now() },
    capabilities: shippedCapabilities,
  });
}

const read = (id: number): Promise<TicketFacts> =>
  client.readTicket(String(id), { requestField: 'Required Access' });

function refOf(facts: TicketFacts): FieldRef {
  const request = facts.step?.request;
  if (!facts.step || !request) throw new Error('the ticket has no request field');
  return { ticketId: facts.id, stepId: facts.step.id, taskId: request.taskId, fieldId: request.id };
}

/** Waits until no task of the ticket is PENDING. */
const notPending = (id: number): Promise<TicketFacts> =>
  eventually(`ticket ${id} has no pending task`, async () => {
    const facts = await read(id);
    const busy = facts.step?.tasks.some((task) => task.status === 'PENDING') ?? false;
    return !busy && facts;
  });

/** A ticket designed and approved, in step Implementation, on these devices. */
async function approved(targets: object = { '@type': 'ANY' }): Promise<{ id: number; ref: FieldRef }> {
  const { id } = await simulator.implementation(targets);
  return { id, ref: refOf(await read(id)) };
}

const target = (id: number, name: string) => ({
  '@type': 'Object',
  management_id: id,
  management_name: name,
});

describe('a ticket carried through by the API alone', () => {
  it('is designed, approved, updated, committed, verified and closed', async () => {
    const id = await simulator.create();
    const created = await read(id);
    expect(created).toMatchObject({
      status: 'inProgress',
      epoch: 1,
      previousStepName: 'Open Request',
      step: { name: 'Design and Risk' },
    });
    expect((await client.readDesign(refOf(created))).devices).toEqual([]);

    expect(await client.redesign(refOf(created))).toBe('started');
    const designed = await notPending(id);
    expect(designed.step?.request).toMatchObject({
      designerStatus: 'designer success',
      risks: [{ order: 'AR1', status: 'hasRisk', severity: 'medium' }],
    });
    expect(await client.redesign(refOf(designed))).toBe('notNeeded');
    const design = await client.readDesign(refOf(designed));
    expect(design.devices.map((one) => [one.name, one.laneName, one.capability.enforcedBy])).toEqual([
      ['DG-B', 'PANO-8', 'commit'],
      ['ADOM-RETAIL', 'FMG-EU', 'commit'],
      ['ASA-EDGE', 'ASA-EDGE', 'update'],
    ]);
    await client.completeTask(refOf(designed), []);

    expect((await read(id)).approvals).toMatchObject([
      { approved: null, by: 'a.kaya', taskStatus: 'ASSIGNED' },
    ]);
    await simulator.act(id, 'a.kaya', 'approve', { reason: 'CHG1' });
    const implementing = await read(id);
    expect(implementing.approvals).toMatchObject([
      { approved: true, by: 'a.kaya', taskStatus: 'DONE', redone: false, inEpoch: true, skipped: false },
    ]);
    expect(implementing.step?.request?.requestDigest).toBe(designed.step?.request?.requestDigest);
    expect(implementing.step?.request?.riskDigest).toBe(designed.step?.request?.riskDigest);

    const ref = refOf(implementing);
    expect((await client.readDesign(ref)).designDigest).toBe(design.designDigest);
    for (const device of ['21', '31', '40']) {
      await client.update(ref, device);
      await notPending(id);
    }
    const before = await client.readCommitReport(ref, '21');
    expect(before.state).toBe('none');
    const revisions: Record<string, number | null> = {};
    for (const manager of ['21', '31']) {
      revisions[manager] = await client.readRevision(manager);
      await client.commit(ref, manager);
      await notPending(id);
    }
    const pushed = await client.readDesign(ref);
    expect(pushed.designDigest).toBe(design.designDigest);
    expect(pushed.devices.map((one) => [one.update, one.commit.state])).toEqual([
      ['updated', 'committed'],
      ['updated', 'committed'],
      ['updated', 'none'],
    ]);
    expect((await read(id)).provisionedBy).toBeNull();

    await client.writeFields(ref, [{ kind: 'text', fieldName: 'ITSM change', text: 'CHG1' }]);
    await client.addComment(ref, 'committed');
    expect((await read(id)).latestComment).toBe('committed');
    await client.completeTask(ref, []);
    const verifying = await read(id);
    const { state, targets } = await client.readVerifier(refOf(verifying));
    expect(state).toBe('implemented');
    for (const [device, before] of Object.entries(revisions)) {
      const seen = targets.find((one) => one.managementId === device);
      expect(seen?.revision).toBeGreaterThan(before ?? Infinity);
      expect(seen?.revision).toBe(await client.readRevision(device));
    }
    await client.completeTask(refOf(verifying), []);
    expect(await read(id)).toMatchObject({ status: 'closed', step: null, autoClosed: false });

    const pushes = (await simulator.writes()).filter(
      (one) => one['ticketId'] === id && /^(update|commit)$/.test(String(one['action'])),
    );
    expect(pushes.map((one) => [one['action'], one['deviceId']])).toEqual([
      ['update', 21],
      ['update', 31],
      ['update', 40],
      ['commit', 21],
      ['commit', 31],
    ]);
  });

  it('gives the same facts in every form of lists', async () => {
    const { id, ref } = await approved();
    const forms = [];
    for (const jsonLists of ['documented', 'objects', 'arrays']) {
      await simulator.control('PUT', '/switches', { jsonLists });
      forms.push({ facts: await read(id), design: await client.readDesign(ref) });
    }
    expect(forms[1]).toEqual(forms[0]);
    expect(forms[2]).toEqual(forms[0]);
  });
});

describe('a redo', () => {
  it.each(['keep', 'renew'])(
    'with step ids: %s begins a new epoch, and the old approval does not count',
    async (redoStepIds) => {
      await simulator.control('PUT', '/switches', { redoStepIds });
      const { id, ref } = await approved();
      await client.redo(ref, 'Design and Risk', 'wrong target');
      const back = await eventually('the redo is done', async () => {
        const facts = await read(id);
        return facts.step?.name === 'Design and Risk' && facts;
      });
      expect(back).toMatchObject({ epoch: 2, previousStepName: 'Open Request' });
      expect(back.approvals.filter((one) => one.inEpoch && !one.redone)).toEqual([]);

      await client.redesign(refOf(back));
      await client.completeTask(refOf(await notPending(id)), []);
      await simulator.act(id, 'a.kaya', 'approve', { reason: 'again' });
      const again = await read(id);
      expect(again.step?.name).toBe('Implementation');
      expect(again.approvals.filter((one) => one.inEpoch && !one.redone)).toMatchObject([
        { approved: true, reason: 'again' },
      ]);
    },
  );
});

describe('what goes wrong', () => {
  it('an Update that fails on the device is failed, with the reason', async () => {
    const { id, ref } = await approved(target(21, 'DG-B'));
    await simulator.control('POST', '/faults', {
      match: { action: 'update', ticketId: id },
      kind: 'deviceLocked',
      times: 1,
    });
    await client.update(ref, '21');
    await notPending(id);
    expect((await client.readDesign(ref)).devices[0]).toMatchObject({
      update: 'failed',
      updateMessage: 'object is locked by another administrator',
    });
  });

  it.each([
    ['commitPartiallyFailed', 'partial'],
    ['commitReverted', 'reverted'],
    ['commitSkippedWithWarning', 'skipped'],
    ['deviceLocked', 'failed'],
  ])('a Commit with %s is %s', async (kind, state) => {
    const { id, ref } = await approved(target(21, 'DG-B'));
    await client.update(ref, '21');
    await notPending(id);
    await simulator.control('POST', '/faults', { match: { action: 'commit', ticketId: id }, kind, times: 1 });
    await client.commit(ref, '21');
    await notPending(id);
    expect((await client.readCommitReport(ref, '21')).state).toBe(state);
  });

  it('a Commit that firewalls take back later is reverted in the same report, and saved again', async () => {
    const { id, ref } = await approved(target(21, 'DG-B'));
    await client.update(ref, '21');
    await notPending(id);
    await client.commit(ref, '21');
    await notPending(id);
    const before = await client.readCommitReport(ref, '21');
    expect(before.state).toBe('committed');
    await simulator.control('POST', '/devices/21/revert', {});
    const { reportStart } = before;
    expect(await client.readCommitReport(ref, '21')).toMatchObject({ state: 'reverted', reportStart });
    const { devices } = (await simulator.control('GET', '/state')) as {
      devices: { id: number; saved: unknown[]; enforced: { ticketId: number }[] }[];
    };
    const device = devices.find((one) => one.id === 21);
    expect(device?.enforced.filter(({ ticketId }) => ticketId === id)).toEqual([]);
    expect(device?.saved).toContainEqual(expect.objectContaining({ ticketId: id }));
  });

  it('a second Commit shows other evidence', async () => {
    const { id, ref } = await approved(target(21, 'DG-B'));
    const evidences = [];
    for (let turn = 0; turn < 2; turn += 1) {
      await client.update(ref, '21');
      await notPending(id);
      await client.commit(ref, '21');
      await notPending(id);
      evidences.push(await client.readCommitReport(ref, '21'));
    }
    expect(evidences[0]?.state).toBe('committed');
    expect(evidences[1]?.reportStart).not.toBe(evidences[0]?.reportStart);
  });

  it.each([
    ['resetBefore', false],
    ['resetAfter', true],
  ])('a Commit answered with %s is ambiguous, whether or not it happened', async (kind, applied) => {
    const { id, ref } = await approved(target(21, 'DG-B'));
    await simulator.control('POST', '/faults', { match: { action: 'commit', ticketId: id }, kind, times: 1 });
    expect(await failureOf(client.commit(ref, '21'))).toMatchObject({ kind: 'ambiguous' });
    const commits = (await simulator.writes()).filter(
      (one) => one['ticketId'] === id && one['action'] === 'commit',
    );
    expect(commits).toMatchObject([{ applied }]);
  });

  it.each([
    ['maxConcurrent', {}, 'busy', 'busy'],
    ['status', { status: 502 }, 'transient', 'ambiguous'],
    ['status', { status: 503, retryAfterS: 2 }, 'busy', 'busy'],
    ['status', { status: 429 }, 'busy', 'busy'],
    ['status', { status: 401 }, 'auth', 'auth'],
    ['wrongSchema', {}, 'transient', null],
  ])('fault %s %j: a read is %s, a push %s', async (kind, more, readKind, pushKind) => {
    const { id, ref } = await approved(target(21, 'DG-B'));
    await simulator.control('POST', '/faults', {
      match: { action: 'getTicket', ticketId: id },
      kind,
      times: 1,
      ...more,
    });
    expect(await failureOf(read(id))).toMatchObject({ kind: readKind });
    if (pushKind === null) return;
    await simulator.control('POST', '/faults', {
      match: { action: 'commit', ticketId: id },
      kind,
      times: 1,
      ...more,
    });
    expect(await failureOf(client.commit(ref, '21'))).toMatchObject({ kind: pushKind });
  });

  it('each refusal has its own code', async () => {
    const { id, ref } = await approved();
    expect(await failureOf(client.commit(ref, '40'))).toMatchObject({
      code: 'securechange.commit_not_supported',
    });
    expect(await failureOf(client.update(ref, '52'))).toMatchObject({
      code: 'securechange.provisioning_not_supported',
    });
    const other = await approved();
    // Nothing ends by itself from here on: `finish` ends it.
    await simulator.control('PUT', '/timings', { updateMs: 600_000 });
    await client.update(ref, '21');
    expect(await failureOf(client.completeTask(ref, []))).toMatchObject({
      kind: 'busy',
      code: 'securechange.task_pending',
    });
    expect(await failureOf(client.update(other.ref, '31'))).toMatchObject({
      kind: 'busy',
      code: 'securechange.update_running',
    });
    await simulator.control('POST', '/operations/finish');
    await notPending(id);
    await client.completeTask(ref, []);
    expect(await failureOf(client.completeTask(ref, []))).toMatchObject({
      kind: 'rejected',
      code: 'securechange.ticket_moved_on',
    });
    expect(await failureOf(client.readTicket('999999', { requestField: null }))).toMatchObject({
      kind: 'rejected',
      code: 'securechange.not_found',
    });
  });

  it('a task of another user is refused as such, a wrong password as auth', async () => {
    const id = await simulator.create();
    const facts = await read(id);
    await simulator.control('PUT', '/switches', { writeOthersTasks: 'refuse' });
    const otherUser = clientFor(simulator, 'o.brandt');
    expect(await failureOf(otherUser.completeTask(refOf(facts), []))).toMatchObject({
      kind: 'rejected',
      code: 'securechange.task_not_assigned',
    });
    const wrong = clientFor(simulator, 'wf-api', 'wrong');
    expect(await failureOf(wrong.readTicket(String(id), { requestField: null }))).toMatchObject({
      kind: 'auth',
      status: 401,
    });
  });
});

describe('around the ticket', () => {
  it('our user and the steps of a workflow are found', async () => {
    expect(await client.whoAmI()).toEqual({ login: 'wf-api', id: '11' });
    expect(await client.readWorkflow('Firewall change')).toEqual({
      steps: ['Open Request', 'Design and Risk', 'Approval', 'Implementation', 'Verification'],
    });
    expect(await client.readWorkflow('Nothing of the kind')).toBeNull();
  });

  it('tasks are reassigned and taken back, tickets rejected and no longer listed', async () => {
    const id = await simulator.create();
    const ref = refOf(await read(id));
    await client.reassignTask(ref, '57', 'on call');
    expect((await read(id)).step?.tasks[0]).toMatchObject({ assignee: 'o.brandt', assigneeId: '57' });
    await client.reassignTask(ref, '11', 'back');
    const { rows } = await client.listOpenTickets(0);
    expect(rows.find((row) => row.id === String(id))).toEqual({
      id: String(id),
      status: 'inProgress',
      workflow: 'Firewall change',
      stepId: ref.stepId,
      stepName: 'Design and Risk',
    });
    await client.rejectTicket(String(id), 'refused in the ITSM');
    expect(await read(id)).toMatchObject({ status: 'rejected', step: null });
    expect((await client.listOpenTickets(0)).rows.some((row) => row.id === String(id))).toBe(false);
  });

  it('change windows, their runs and what those skipped are read', async () => {
    const http = createHttp({
      name: 'securetrack',
      baseUrl: simulator.running.url,
      auth: { kind: 'basic', user: 'wf-api', password: 'wf-api' },
    });
    closers.push(() => http.close());
    const windows = createChangeWindows(http);
    const [window] = (await windows.list()).rows;
    expect(window).toMatchObject({ name: 'Panorama - Change Window', enabled: true });
    const [newest] = (await windows.listRuns(window?.uuid ?? '')).rows;
    expect(newest).toMatchObject({ id: '197', startMs: 1_711_666_801_000 });
    expect((await windows.readRun(window?.uuid ?? '', '197')).devices).toMatchObject([
      { managementId: '21', outcome: 'skipped', revisionId: '264' },
    ]);
  });
});

describe('the clock of SecureChange', () => {
  it.each([
    [{}, null],
    [{ clockOffsetMs: 60_000 }, 'ahead of'],
    [{ clockOffsetMs: -60_000 }, 'behind'],
    [{ dateHeader: 'absent' }, 'no readable Date'],
  ])('is known from the dates of its answers: %j', async (switches, text) => {
    await simulator.control('PUT', '/switches', switches);
    const fresh = clientFor(simulator);
    expect(fresh.clockDifference()).toBeNull();
    await fresh.listOpenTickets(0);
    const said = clocksDiffer(fresh.clockDifference());
    if (text === null) expect(said).toBeNull();
    else expect(said).toContain(text);
  });
});

describe('who uses a group that a ticket changes', () => {
  async function groupTicket(change: object): Promise<FieldRef> {
    const field = {
      '@xsi.type': 'multi_group_change',
      name: 'Modify network object group',
      group_change: { members: { member: [] }, ...change },
    };
    const made = await simulator.call('POST', '/securechangeworkflow/api/securechange/tickets', {
      ticket: {
        subject: 'group',
        workflow: { name: 'Group change' },
        steps: { step: [{ name: 'Submit Request', tasks: { task: { fields: { field } } } }] },
      },
    });
    const id = /(\d+)$/.exec(made.headers.get('location') ?? '')?.[1] ?? '';
    return refOf(await client.readTicket(id, { requestField: 'Modify network object group' }));
  }

  it('is every rule and group on every device that has it, by its uid', async () => {
    const ref = await groupTicket({
      name: 'Web servers',
      management_id: 21,
      change_action: 'UPDATE',
      object_UID: '{0F1C3B1E-2B1B-4C6A-9C0E-6B3C6F2D8A11}',
    });
    expect(await client.readGroupUses(ref)).toEqual({
      uses: [
        {
          group: 'Web servers',
          complete: true,
          devices: [
            {
              device: 'DG-B',
              rules: ['Standard: Web in #4', 'Standard: Monitoring #11'],
              groups: ['All servers'],
            },
            { device: 'DG-C', rules: [], groups: [] },
          ],
        },
      ],
      left: 0,
    });
  });

  it('is looked up by its name on its own manager where it has no uid, and what is not found is not taken for unused', async () => {
    const named = { name: 'Web servers', management_id: 24, change_action: 'UPDATE' };
    const { uses } = await client.readGroupUses(await groupTicket(named));
    expect(uses).toMatchObject([{ devices: [{ device: 'DG-C' }], complete: true }]);
    const gone = await client.readGroupUses(await groupTicket({ ...named, name: 'gone' }));
    expect(gone.uses).toEqual([{ group: 'gone', devices: [], complete: false }]);
  });

  it('is nothing for a group that is created', async () => {
    const ref = await groupTicket({ name: 'new', management_id: 21, change_action: 'CREATE' });
    expect(await client.readGroupUses(ref)).toEqual({ uses: [], left: 0 });
  });
});
