import { eventually } from './eventually.js';
import { at, list, startStandIn, type StandIn } from './stand-in.js';

const TRACK = '/securetrack/api';
const PANORAMA = '07c230ce-2dec-4109-a0db-33ff45ba1057';

let standIn: StandIn;

beforeEach(async () => {
  standIn = await startStandIn({ switches: { forms: 'documented' } });
});
afterEach(() => standIn.running.close());

/** Runs the Panorama window and says what its newest run reports for its devices. */
async function run(plan: object = {}): Promise<{ task: unknown; devices: unknown[] }> {
  const tasks = async () =>
    list(
      at(
        (await standIn.call('GET', `${TRACK}/change_windows/${PANORAMA}/tasks`)).json,
        'commit_tasks',
        'commit_task',
      ),
    );
  const known = (await tasks()).length;
  await standIn.control('POST', `/change-windows/${PANORAMA}/run`, plan);
  const [newest] = await eventually('the run is listed', async () => {
    const found = await tasks();
    return found.length > known && found;
  });
  const path = `${TRACK}/change_windows/${PANORAMA}/tasks/${String(newest?.['id'])}`;
  const task = at((await standIn.call('GET', path)).json, 'commit_task');
  const devices = list(at(task, 'device_commits', 'device_commit')).map((commit) =>
    at(commit, 'result', 'device'),
  );
  return { task, devices };
}

it('shows devices with their managers, filtered and paged', async () => {
  const all = (await standIn.call('GET', `${TRACK}/devices`)).json;
  expect(at(all, 'devices')).toMatchObject({ count: 16, total: 16 });
  expect(at((await standIn.call('GET', `${TRACK}/devices/21`)).json, 'device')).toMatchObject({
    name: 'DG-B',
    model: 'Panorama_device_group',
    parent_id: 20,
    latest_revision: 64,
  });
  const one = (await standIn.call('GET', `${TRACK}/devices?name=DG-B`)).json;
  expect(at(one, 'devices', 'device', 'id')).toBe(21);
  const page = (await standIn.call('GET', `${TRACK}/devices?start=12&count=5&get_total=true`)).json;
  expect(at(page, 'devices')).toMatchObject({ count: 4, total: 16 });
  expect((await standIn.call('GET', `${TRACK}/devices?start=1`)).json).toEqual({
    result: {
      code: 'BAD_REQUEST_ERROR',
      message: 'For correct pagination provide a value for the start and count parameters',
    },
  });
});

it('makes a new revision with every saved change', async () => {
  await standIn.control('POST', '/devices/21/foreign-change', { by: 'h.novak' });
  const latest = (await standIn.call('GET', `${TRACK}/devices/21/latest_revision/`)).json;
  expect(at(latest, 'revision')).toMatchObject({ revisionId: 65, admin: 'h.novak' });
});

it('makes another one when a saved change goes live', async () => {
  const { id, place } = await standIn.implementation();
  const numbers: unknown[] = [];
  for (const push of ['update', 'commit']) {
    await standIn.call('PUT', `${place.designerPath}/device/21/${push}`);
    await standIn.notPending(id);
    const latest = (await standIn.call('GET', `${TRACK}/devices/21/latest_revision/`)).json;
    numbers.push(at(latest, 'revision', 'revisionId'));
  }
  expect(numbers).toEqual([65, 66]);
});

it('shows change windows without schedule or members, and only to who may see them', async () => {
  const answer = await standIn.call('GET', `${TRACK}/change_windows`);
  const [first] = list(at(answer.json, 'change_windows', 'change_window'));
  expect(Object.keys(first ?? {})).toEqual(['uuid', 'name', 'description', 'domain_id', 'enabled']);
  standIn.user = 'a.kaya';
  expect((await standIn.call('GET', `${TRACK}/change_windows`)).status).toBe(403);
});

it('commits in a window what every ticket saved, without a trace in the ticket', async () => {
  const { id, place } = await standIn.implementation();
  await standIn.call('PUT', `${place.designerPath}/device/21/update`);
  await standIn.notPending(id);
  const { task, devices } = await run();
  expect(at(task, 'start_date')).toMatch(/^\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d[AP]M \+0100$/);
  expect(devices).toEqual([{ id: 21, status: 'SUCCESS', revision_id: 66 }]);
  expect(await standIn.device(21)).toMatchObject({ saved: [], enforced: [{ ticketId: id }] });
  expect((await standIn.place(id)).designer).toBe('implementation success');
});

it('reports a device with nothing to commit as success with a warning', async () => {
  expect((await run()).devices).toEqual([
    expect.objectContaining({
      status: 'SUCCESS_WITH_WARNINGS',
      warnings: {
        warning: 'Commit not performed: This device had no policies to install on its managed firewalls',
      },
    }),
  ]);
});

it('plays the failures that a run is configured to have', async () => {
  const failed = await run({ devices: [{ id: 21, status: 'FAILURE', errors: ['Login error'] }] });
  expect(failed.devices).toEqual([
    expect.objectContaining({ status: 'FAILURE', errors: { error: 'Login error' } }),
  ]);
  const { task } = await run({ errors: ['Commit not performed as the Device Group monitoring is stopped'] });
  expect(at(task, 'errors', 'error')).toBe('Commit not performed as the Device Group monitoring is stopped');
});

it('does not know unknown windows and runs', async () => {
  const window = await standIn.call('GET', `${TRACK}/change_windows/none/tasks`);
  expect([window.status, at(window.json, 'result', 'message')]).toEqual([
    404,
    'Change window with uuid was not found',
  ]);
  const task = await standIn.call('GET', `${TRACK}/change_windows/${PANORAMA}/tasks/1`);
  expect([task.status, at(task.json, 'result', 'message')]).toEqual([
    404,
    'Fail to find task for change window',
  ]);
});

it('shows a window that an administrator disabled, until it is enabled again', async () => {
  const enabled = async (): Promise<unknown> => {
    const { json } = await standIn.call('GET', `${TRACK}/change_windows`);
    const windows = list(at(json, 'change_windows', 'change_window'));
    return windows.find((window) => at(window, 'uuid') === PANORAMA)?.['enabled'];
  };
  expect(await enabled()).toBe(true);
  await standIn.control('PUT', `/change-windows/${PANORAMA}`, { enabled: false });
  expect(await enabled()).toBe(false);
  await standIn.control('PUT', `/change-windows/${PANORAMA}`, { enabled: true });
  expect(await enabled()).toBe(true);
});
