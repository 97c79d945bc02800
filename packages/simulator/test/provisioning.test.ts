import { at, list, startStandIn, type StandIn } from './stand-in.js';

/** Nothing ends by itself: `finish` ends it. */
const SLOW = { designMs: 600_000, updateMs: 600_000, commitMs: 600_000 };

let standIn: StandIn;

beforeEach(async () => {
  standIn = await startStandIn();
});
afterEach(() => standIn.running.close());

const message = (answer: { json: unknown }): unknown => at(answer.json, 'result', 'message');

it('locks the task while Designer runs and refuses a redesign that would change nothing', async () => {
  await standIn.control('PUT', '/timings', SLOW);
  const id = await standIn.create();
  const place = await standIn.place(id);
  const started = await standIn.call('PUT', `${place.designerPath}/redesign`);
  expect([started.status, started.headers.get('location')]).toEqual([
    202,
    standIn.running.url + place.taskPath,
  ]);
  expect(await standIn.place(id)).toMatchObject({ taskStatus: 'PENDING', designer: 'designer running' });
  expect((await standIn.done(place)).status).toBe(400);
  await standIn.finish();
  expect(await standIn.place(id)).toMatchObject({ taskStatus: 'ASSIGNED', designer: 'designer success' });
  const again = await standIn.call('PUT', `${place.designerPath}/redesign`);
  expect([again.status, message(again)]).toEqual([400, 'Redesign will not be run because it is not needed.']);
});

it('designs for the devices a request names, with their topmost managers', async () => {
  const { place } = await standIn.implementation({ '@type': 'Object', management_id: 51 });
  expect(await standIn.designerOf(place)).toEqual([
    expect.objectContaining({
      management_id: 51,
      ancestor_management_id: 50,
      ancestor_management_name: 'MDS-1',
    }),
  ]);
});

it('saves on a manager with Update and enforces with Commit', async () => {
  const { id, place } = await standIn.implementation();
  await standIn.control('PUT', '/timings', SLOW);
  await standIn.call('PUT', `${place.designerPath}/device/21/update`);
  expect(await standIn.place(id)).toMatchObject({
    taskStatus: 'PENDING',
    designer: 'implementation running',
  });
  await standIn.finish();
  expect(await standIn.place(id)).toMatchObject({
    taskStatus: 'ASSIGNED',
    designer: 'implementation success',
  });
  expect(await standIn.device(21)).toMatchObject({ saved: [{ ticketId: id }], enforced: [] });
  await standIn.call('PUT', `${place.designerPath}/device/21/commit`);
  expect(await standIn.place(id)).toMatchObject({ taskStatus: 'PENDING', designer: 'commit running' });
  await standIn.finish();
  expect(await standIn.place(id)).toMatchObject({ taskStatus: 'ASSIGNED', designer: 'commit success' });
  expect(await standIn.device(21)).toMatchObject({ saved: [], enforced: [{ ticketId: id }] });
  const [first] = await standIn.designerOf(place);
  expect(first).toMatchObject({
    push_status: 'Device update succeeded',
    commit_results: { status: 'COMMIT_SUCCESS' },
  });
});

it('enforces with Update on a direct device and has no Commit for it', async () => {
  const { id, place } = await standIn.implementation();
  await standIn.call('PUT', `${place.designerPath}/device/40/update`);
  await standIn.notPending(id);
  expect(await standIn.device(40)).toMatchObject({ saved: [], enforced: [{ ticketId: id }] });
  const commit = await standIn.call('PUT', `${place.designerPath}/device/40/commit`);
  expect([commit.status, message(commit)]).toEqual([400, 'Commit is not supported for device ID 40']);
});

it('refuses Update of a device outside the design and Commit of the manager above', async () => {
  const { place } = await standIn.implementation();
  expect(message(await standIn.call('PUT', `${place.designerPath}/device/41/update`))).toBe(
    'Provisioning is not supported for device ID 41',
  );
  expect((await standIn.call('PUT', `${place.designerPath}/device/20/commit`)).status).toBe(400);
  await standIn.control('PUT', '/switches', { commitOnAncestor: 'allow' });
  expect((await standIn.call('PUT', `${place.designerPath}/device/20/commit`)).status).toBe(202);
});

it('runs one standard Update at a time, refusing or queueing the next by switch', async () => {
  const one = await standIn.implementation();
  const two = await standIn.implementation();
  await standIn.control('PUT', '/timings', SLOW);
  const update = (place: { designerPath: string }) =>
    standIn.call('PUT', `${place.designerPath}/device/21/update`);
  expect((await update(one.place)).status).toBe(202);
  expect(message(await update(two.place))).toBe('Another device update is currently running');
  await standIn.control('PUT', '/switches', { secondUpdate: 'queue' });
  expect((await update(two.place)).status).toBe(202);
  expect(await standIn.place(two.id)).toMatchObject({ taskStatus: 'PENDING' });
  await standIn.finish();
  expect((await standIn.device(21)).saved.map((change) => change['ticketId'])).toEqual([one.id, two.id]);
});

it('commits what every ticket saved on that manager', async () => {
  await standIn.control('PUT', '/switches', { ownUpdatesMakeDesignsStale: false });
  const one = await standIn.implementation();
  const two = await standIn.implementation();
  for (const { id, place } of [one, two]) {
    await standIn.call('PUT', `${place.designerPath}/device/21/update`);
    await standIn.notPending(id);
  }
  await standIn.call('PUT', `${one.place.designerPath}/device/21/commit`);
  await standIn.notPending(one.id);
  expect((await standIn.device(21)).enforced.map((change) => change['ticketId'])).toEqual([one.id, two.id]);
});

describe('a Commit of a device group', () => {
  const saveAndCommit = async (): Promise<{ id: number; report: unknown }> => {
    const { id, place } = await standIn.implementation();
    await standIn.call('PUT', `${place.designerPath}/device/21/update`);
    await standIn.notPending(id);
    await standIn.call('PUT', `${place.designerPath}/device/21/commit`);
    await standIn.notPending(id);
    const [first] = await standIn.designerOf(place);
    return { id, report: first };
  };

  it.each([
    ['warns', 'COMMIT_SUCCESS', 'SUCCESS_WITH_WARNINGS'],
    ['installsAgain', 'COMMIT_SUCCESS', 'SUCCESS'],
    ['refuses', 'COMMIT_FAILURE', 'FAILURE'],
  ])('with nothing saved %s', async (commitOfNothing, status, deviceStatus) => {
    await standIn.control('PUT', '/switches', { commitOfNothing });
    const { id, place } = await standIn.implementation();
    await standIn.call('PUT', `${place.designerPath}/device/21/commit`);
    await standIn.notPending(id);
    const [first] = await standIn.designerOf(place);
    expect(first).toMatchObject({ commit_results: { status } });
    const report = await standIn.call('GET', `${place.designerPath}/commit_report/21`);
    expect(JSON.stringify(report.json)).toContain(`"status":"${deviceStatus}"`);
    expect((await standIn.device(21)).enforced).toEqual([]);
  });

  it.each([
    ['everything', 2],
    ['ownAccount', 1],
  ])('carries %s of what is saved', async (commitCarries, live) => {
    await standIn.control('PUT', '/switches', { commitCarries, updateOnNewRevision: 'allow' });
    await standIn.control('POST', '/devices/21/foreign-change', { by: 'h.novak' });
    await saveAndCommit();
    const { enforced, saved } = await standIn.device(21);
    expect([enforced.length, saved.length]).toEqual([live, 2 - live]);
  });

  it.each([
    [true, 1],
    [false, 0],
  ])('carries what is saved above it: %s', async (commitInherits, live) => {
    await standIn.control('PUT', '/switches', { commitInherits });
    await standIn.control('POST', '/devices/20/foreign-change', { by: 'h.novak' });
    await saveAndCommit();
    expect((await standIn.device(20)).enforced).toHaveLength(live);
  });

  it.each([
    ['failsCommit', 'COMMIT_FAILURE', true],
    ['warns', 'COMMIT_SUCCESS', false],
  ])('with one firewall offline %s', async (offlineFirewall, status, partial) => {
    await standIn.control('PUT', '/switches', { offlineFirewall });
    await standIn.control('PUT', '/devices/23/offline', { offline: true });
    const { report } = await saveAndCommit();
    expect(report).toMatchObject({ commit_results: { status } });
    expect((await standIn.device(21)).enforced).toMatchObject([{ partial }]);
  });

  it('with one firewall of three offline finishes the policies of the others', async () => {
    const policyTarget = (policy: string) => ({
      '@type': 'Object',
      object_name: policy,
      management_id: 31,
      management_name: 'ADOM-RETAIL',
    });
    const places = [];
    for (const policy of ['shops', 'depots']) {
      const { id, place } = await standIn.implementation(policyTarget(policy));
      await standIn.call('PUT', `${place.designerPath}/device/31/update`);
      await standIn.notPending(id);
      places.push({ id, place, policy });
    }
    await standIn.control('PUT', '/devices/34/offline', { offline: true });
    const [{ id, place }] = places as [(typeof places)[number]];
    await standIn.call('PUT', `${place.designerPath}/device/31/commit`);
    await standIn.notPending(id);

    const report = (await standIn.call('GET', `${place.designerPath}/commit_report/31`)).json;
    const policies = list(at(report, 'commit_report', 'device', 0, 'policy'));
    const seen = policies.map(({ name, fw_result: firewalls }) => [
      name,
      list(firewalls).map(({ status }) => status),
    ]);
    expect(seen).toEqual([
      ['shops', ['SUCCESS', 'SUCCESS']],
      ['depots', ['FAILURE']],
    ]);
    const { enforced, saved } = await standIn.device(31);
    expect(enforced).toMatchObject([{ partial: false }, { partial: true }]);
    expect(saved).toMatchObject([{ ticketId: places[1]?.id, policy: 'depots' }]);
    for (const one of places) {
      const [suggestion] = await standIn.designerOf(one.place);
      const bindings = list(at(suggestion, 'suggestions_per_binding', 'binding_suggestion'));
      expect(bindings).toMatchObject([{ binding_name: one.policy }]);
    }
  });

  it('hides what another administrator has saved where candidate edits are invisible', async () => {
    await standIn.control('PUT', '/switches', { candidateEdits: 'invisible' });
    const { place } = await standIn.implementation();
    await standIn.control('POST', '/devices/21/foreign-change', { by: 'h.novak' });
    expect((await standIn.designerOf(place))[0]).toMatchObject({ new_revision_arrived: false });
  });
});

it('fails an Update after a foreign change unless it is forced', async () => {
  const { id, place } = await standIn.implementation();
  await standIn.control('POST', '/devices/21/foreign-change', { by: 'h.novak' });
  expect((await standIn.designerOf(place))[0]).toMatchObject({ new_revision_arrived: true });
  await standIn.call('PUT', `${place.designerPath}/device/21/update`);
  expect(await standIn.notPending(id)).toMatchObject({ designer: 'implementation failure' });
  await standIn.call('PUT', `${place.designerPath}/device/21/update?force=true`);
  expect(await standIn.notPending(id)).toMatchObject({ designer: 'implementation success' });
});

it('names the holder of a lock in the reason of a failed Update', async () => {
  const { id, place } = await standIn.implementation();
  await standIn.control('POST', '/devices/21/lock', { by: 'h.novak' });
  await standIn.call('PUT', `${place.designerPath}/device/21/update`);
  await standIn.notPending(id);
  expect((await standIn.designerOf(place))[0]).toMatchObject({
    push_status: 'Device update failed',
    push_status_reason: 'object is locked by administrator h.novak',
  });
  await standIn.control('DELETE', '/devices/21/lock');
  await standIn.call('PUT', `${place.designerPath}/device/21/update`);
  expect(await standIn.notPending(id)).toMatchObject({ designer: 'implementation success' });
});

it('says in every commit report when that Commit started', async () => {
  const { id, place } = await standIn.implementation();
  const starts = new Set<unknown>();
  for (let round = 0; round < 2; round += 1) {
    await standIn.call('PUT', `${place.designerPath}/device/21/update`);
    await standIn.notPending(id);
    await standIn.call('PUT', `${place.designerPath}/device/21/commit`);
    await standIn.notPending(id);
    const report = (await standIn.call('GET', `${place.designerPath}/commit_report/21`)).json;
    expect(at(report, 'commit_report')).toMatchObject({
      managmentName: 'DG-B',
      device: [{ status: 'SUCCESS' }],
    });
    starts.add(at(report, 'commit_report', 'startTime'));
  }
  expect(starts.size).toBe(2);
});

it('runs an Update to its end though the ticket was cancelled meanwhile', async () => {
  const { id, place } = await standIn.implementation();
  await standIn.control('PUT', '/timings', SLOW);
  await standIn.call('PUT', `${place.designerPath}/device/21/update`);
  await standIn.act(id, 'j.meier', 'cancel');
  expect(await standIn.ticket(id)).toMatchObject({ status: 'Ticket Cancelled' });
  await standIn.finish();
  expect((await standIn.device(21)).saved).toHaveLength(1);
});

it('updates devices under OPM by their own calls, several at once', async () => {
  await standIn.running.close();
  const { defaultScenario } = await import('../src/index.js');
  const devices = defaultScenario.devices.map((device) => ({ ...device, opm: [21, 31].includes(device.id) }));
  standIn = await startStandIn({ devices });
  const one = await standIn.implementation();
  const two = await standIn.implementation();
  const opm = (place: { designerPath: string }, device: number): string =>
    `${place.designerPath.replace(/designer$/, 'opm_designer')}/systems/${String(device)}/update`;
  expect((await standIn.call('PUT', `${one.place.designerPath}/device/21/update`)).status).toBe(400);
  expect((await standIn.call('PUT', opm(one.place, 21))).status).toBe(202);
  expect((await standIn.call('PUT', opm(two.place, 31))).status).toBe(202);
  await standIn.notPending(one.id);
  const result = await standIn.call(
    'GET',
    one.place.designerPath.replace(/designer$/, 'opm_provisioning/systems/21'),
  );
  expect(at(result.json, 'opm_provisioning_results', 'opm_provisioning_result', 'provisioning_status')).toBe(
    'Device update succeeded',
  );
});
