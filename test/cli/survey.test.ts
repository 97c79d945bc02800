import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  defaultScenario,
  startSimulator,
  type RunningSimulator,
} from '../../packages/simulator/src/index.js';
import { switchesSchema } from '../../packages/simulator/src/switches.js';
import type { Survey } from '../../src/domain/survey.js';
import { createHttp, type Http } from '../../src/http/http.js';
import { readOnly } from '../../src/http/read-only.js';
import { WRITE_RULES, type WriteName } from '../../src/http/write-rules.js';
import { createSecureChange } from '../../src/securechange/rest-client.js';
import type { FieldRef, SecureChange } from '../../src/securechange/secure-change.js';
import { runSco, type Ran } from '../support/cli-context.js';
import { eventually } from '../support/eventually.js';
import { shippedCapabilities } from '../support/shipped-capabilities.js';
import {
  DEVICES,
  simulatorClient,
  type SimulatorClient,
  type Target,
  type Write,
} from '../support/simulator-client.js';

const HOUR = 3_600_000;
const WINDOW = '07c230ce-2dec-4109-a0db-33ff45ba1057';
const HOSTILE = '<script>alert(1)</script>"\'&\u202e';

const ANY_WRITE = {
  path: '/securechangeworkflow/api/securechange/tickets',
  operation: 'write anything',
  meaning: () => null,
  unproven: 'securechange.unproven',
} as const;

const folder = mkdtempSync(join(tmpdir(), 'sco-survey-'));
const configDir = join(folder, 'config');
let simulator: RunningSimulator;
let client: SimulatorClient;
/** Who makes tickets and pushes: the company before it has an orchestrator. */
let people: SecureChange & { http: Http };

interface SimulatedDevice {
  readonly id: number;
  readonly name: string;
  readonly saved: readonly { readonly ticketId: number | null }[];
}

/** What the simulator itself has saved and not enforced: what the survey must find. */
async function savedInSimulator(): Promise<readonly string[]> {
  const { devices } = (await (await client.call('GET', '/simulator/state')).json()) as {
    devices: SimulatedDevice[];
  };
  return devices
    .flatMap(({ name, saved }) => saved.map(({ ticketId }) => `${String(ticketId)} on ${name}`))
    .sort();
}

function actAs(login: string): SecureChange & { http: Http } {
  const http = createHttp({
    name: 'securechange',
    baseUrl: simulator.url,
    auth: { kind: 'basic', user: login, password: login },
  });
  const options = { login, clock: { now: () => Date.now() }, capabilities: shippedCapabilities };
  return { ...createSecureChange({ http, secureTrackHttp: http, ...options }), http };
}

/** A ticket in its step Design and Risk, designed. */
async function designed(subject: string, target: Target): Promise<FieldRef> {
  const ticketId = await client.createTicket({ subject, targets: [target] });
  const request = await eventually(`ticket ${ticketId} is in Design and Risk`, async () => {
    const { step } = await people.readTicket(ticketId, { requestField: 'Required Access' });
    return step?.name === 'Design and Risk' && step.request !== null
      ? { ...step.request, stepId: step.id }
      : false;
  });
  const ref = { ticketId, stepId: request.stepId, taskId: request.taskId, fieldId: request.id };
  await people.redesign(ref);
  await eventually('it is designed', async () => (await people.readDesign(ref)).devices.length > 0);
  return ref;
}

async function saved(subject: string, target: Target): Promise<FieldRef> {
  const ref = await designed(subject, target);
  await people.update(ref, String(target.id));
  await eventually('it is saved', async () =>
    (await people.readDesign(ref)).devices.every(({ update }) => update === 'updated'),
  );
  return ref;
}

async function committed(subject: string, target: Target): Promise<FieldRef> {
  const ref = await saved(subject, target);
  await people.commit(ref, String(target.id));
  await eventually('it is committed', async () =>
    (await people.readDesign(ref)).devices.every(({ commit }) => commit.state === 'committed'),
  );
  return ref;
}

async function survey(...argv: readonly string[]): Promise<Ran> {
  return await runSco(['survey', ...argv], {
    context: { environment: environment(), now: () => Date.now() },
  });
}

function environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    SCO_CONFIG_DIR: configDir,
    SECURECHANGE_URL: simulator.url,
    SECURECHANGE_USER: 'r.reader',
    SECURECHANGE_PASSWORD: 'r.reader',
    SERVICENOW_URL: simulator.url,
    SERVICENOW_USER: 'itsm',
    SERVICENOW_PASSWORD: 'itsm',
    ...more,
  };
}

/** Nothing is open in an hour around now. */
function writeCalendars(dir: string): void {
  const opens = new Date(Date.now() + 24 * HOUR).toISOString().slice(0, 19);
  const tonight = { zone: 'UTC', oneOff: [{ name: 'tonight', opens, duration: '2h' }] };
  writeFileSync(
    join(dir, 'calendars.yaml'),
    JSON.stringify({ calendars: { nightly: tonight, later: tonight } }),
  );
}

beforeAll(async () => {
  cpSync('config', configDir, { recursive: true });
  writeCalendars(configDir);
  simulator = await startSimulator({
    port: 0,
    scenario: {
      users: [
        ...defaultScenario.users,
        {
          id: 90,
          login: 'r.reader',
          password: 'r.reader',
          displayName: 'Rita Reader',
          roles: [],
          permissions: ['viewAllTickets', 'viewChangeWindows'],
        },
      ],
      workflows: defaultScenario.workflows.map((workflow) =>
        workflow.name === 'Mediator Test'
          ? {
              ...workflow,
              steps: workflow.steps.map((step) =>
                step.name === 'Auto Target'
                  ? { ...step, failTool: 'designer' as const, failReason: `no license ${HOSTILE}` }
                  : step,
              ),
            }
          : workflow,
      ),
    },
  });
  client = simulatorClient(simulator.url);
  await client.timings({ updateMs: 20, commitMs: 40, designMs: 20, autoStepMs: 20, windowRunMs: 20 });
  await client.switches({ ownUpdatesMakeDesignsStale: false });
  people = actAs('wf-api');
});
afterAll(async () => {
  await people.http.close();
  await simulator.close();
  rmSync(folder, { recursive: true });
});

describe('sco survey', () => {
  let carried: FieldRef;
  let outside: FieldRef;
  let dead: FieldRef;
  let alive: FieldRef;
  let waiting: FieldRef;
  let stuck: string;
  let found: Survey;
  let ran: Ran;

  beforeAll(async () => {
    carried = await saved('Rides along', DEVICES.adom);
    outside = await committed('By day', DEVICES.adom);
    dead = await saved(`Cancelled ${HOSTILE}`, DEVICES.dgB);
    await client.act(dead.ticketId, { as: 'j.meier', do: 'cancel', reason: 'not needed' });
    alive = await saved('Still wanted', DEVICES.dgB);
    waiting = await designed('Only designed', DEVICES.cma);
    await client.call('POST', `/simulator/change-windows/${WINDOW}/run`, {
      devices: [
        {
          id: 21,
          status: 'SUCCESS_WITH_WARNINGS',
          warnings: ['Commit not performed as the Device Group monitoring is stopped'],
        },
      ],
    });
    stuck = await client.createTicket({
      subject: 'Stuck',
      workflow: 'Mediator Test',
      targets: [DEVICES.dgB],
    });
    await eventually('the window has run and the step has failed', async () => {
      const json = (await survey('--json')).json() as Survey;
      return json.idleRuns.rows.length > 0 && json.stuck.rows.length > 0;
    });
    await fetch(`${simulator.url}/api/now/table/change_request`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from('itsm:itsm').toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ correlation_id: `securechange-${dead.ticketId}-servicenow`, state: '-1' }),
    });
    const file = join(folder, 'survey.html');
    ran = await survey('--json', '--html', file, '--itsm', 'servicenow');
    found = ran.json() as Survey;
  });

  it('finds exactly what is saved and not live, also of a ticket that has ended, and since when', async () => {
    expect(ran.code).toBe(0);
    const rows = found.saved.rows.filter(({ carriedBy }) => carriedBy === null);
    expect(rows.map(({ ticketId, target }) => `${ticketId} on ${target}`).sort()).toEqual(
      await savedInSimulator(),
    );
    expect(rows.map(({ ticketId }) => ticketId).sort()).toEqual([dead.ticketId, alive.ticketId].sort());
    for (const { savedAtMs, evidence, manager } of rows) {
      expect(Math.abs(savedAtMs! - Date.now())).toBeLessThan(HOUR);
      expect(evidence.some(({ call }) => call.includes('/history'))).toBe(true);
      expect(manager).toBe('PANO-8');
    }
  });

  it('names the Commit that made the change of another ticket live', () => {
    const row = found.saved.rows.find(({ ticketId }) => ticketId === carried.ticketId);
    expect(row?.carriedBy).toBe(`the Commit of ticket ${outside.ticketId} on ADOM-RETAIL`);
  });

  it('says what a Commit of each target would carry', () => {
    const row = found.commits.rows.find(({ target }) => target === 'DG-B');
    expect(row?.tickets.map(({ ticketId, status }) => [ticketId, status])).toEqual([
      [dead.ticketId, 'cancelled'],
      [alive.ticketId, 'inProgress'],
    ]);
    expect(found.commits.rows.map(({ target }) => target)).not.toContain('ADOM-RETAIL');
  });

  it('names the push outside its window, and the run that committed nothing', () => {
    expect(found.outside.rows.map(({ ticketId, call, target }) => [ticketId, call, target])).toEqual([
      [outside.ticketId, 'Commit', 'ADOM-RETAIL'],
    ]);
    expect(found.judgedPushes).toBe(1);
    expect(found.idleRuns.rows).toEqual([
      expect.objectContaining({
        device: 'DG-B',
        outcome: 'skipped',
        says: expect.stringContaining('not performed'),
      }),
    ]);
  });

  it('names the automatic step that is stuck and the ticket whose change says otherwise', () => {
    expect(found.stuck.rows.map(({ ticketId, step }) => [ticketId, step])).toEqual([[stuck, 'Auto Target']]);
    expect(found.stuck.rows[0]?.why).toContain('no license');
    expect(found.itsm.rows.map(({ ticketId, what }) => [ticketId, what])).toEqual([
      [dead.ticketId, 'its change is open, and the ticket has ended (cancelled)'],
    ]);
  });

  it('forecasts the next window: what is saved, what is only designed', () => {
    const of = (target: string) => found.nextWindows.rows.find((row) => row.target === target);
    expect(of('DG-B')).toMatchObject({
      calendar: 'nightly',
      saved: [dead.ticketId, alive.ticketId],
      designed: [],
    });
    expect(of('CMA-DE')).toMatchObject({ saved: [], designed: [waiting.ticketId] });
    expect(of('DG-B')!.opensAtMs! - Date.now()).toBeGreaterThan(20 * HOUR);
    expect(found.nextWindows.notVisible.join()).toContain('its API shows no schedule');
  });

  it('counts tickets and pushes of each workflow, and who began them', () => {
    const row = found.adoption.rows.find(({ workflow }) => workflow === 'Firewall change');
    expect(row).toMatchObject({ open: 4, ended: 1, accounts: { 'wf-api': 4 }, mode: 'observe' });
  });

  it('gives every line its evidence', () => {
    const parts = Object.values(found).filter((part): part is { rows: { evidence: unknown[] }[] } =>
      Array.isArray((part as { rows?: unknown }).rows),
    );
    expect(parts.length).toBe(8);
    for (const { rows } of parts) for (const { evidence } of rows) expect(evidence.length).toBeGreaterThan(0);
  });

  it('sends GETs only: the log of the simulator has no write of this account', async () => {
    const writes = (await client.writes()) as readonly (Write & { user?: string })[];
    expect(writes.length).toBeGreaterThan(0);
    expect(writes.filter(({ user }) => user === 'r.reader')).toEqual([]);
  });

  it('has no way to send anything else: each write of its connection is refused unsent', async () => {
    const writer = actAs('wf-api');
    const http = readOnly(writer.http);
    const options = { login: 'wf-api', clock: { now: () => Date.now() }, capabilities: shippedCapabilities };
    const reader = createSecureChange({ http, secureTrackHttp: http, ...options });
    const before = (await client.writes()).length;
    const writes = [
      () => reader.update(alive, '21'),
      () => reader.commit(alive, '21'),
      () => reader.redesign(alive),
      () => reader.completeTask(alive, []),
      ...(Object.keys(WRITE_RULES) as WriteName[]).map((name) => () => http.write(name, ANY_WRITE)),
      () => reader.acceptTask(alive),
      () => reader.addComment(alive, 'x'),
      () => reader.cancelTicket(alive.ticketId),
      () => reader.rejectTicket(alive.ticketId, 'x'),
    ];
    for (const write of writes)
      await expect(write()).rejects.toThrow(/was not sent: this command only reads/);
    expect((await client.writes()).length).toBe(before);
    await writer.http.close();
  });

  it('writes one page that needs nothing else, in which no text of a ticket is markup', () => {
    const file = join(folder, 'survey.html');
    const html = readFileSync(file, 'utf8');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(html).toContain("default-src 'none'; style-src 'sha256-");
    expect(html).not.toMatch(/<script|<link|<img|\son\w+=|javascript:|https?:\/\/(?!127\.0\.0\.1)/i);
    expect(html).toContain('Cancelled &lt;script>alert(1)&lt;/script>');
    expect(html).not.toContain('\u202e');
    expect(html).toContain('not visible');
  });

  it('prints the same for a person on the terminal, with its progress on standard error', async () => {
    const file = join(folder, 'again.html');
    const { out, err, code } = await survey('--html', file);
    expect(code).toBe(0);
    expect(out).toContain('GET calls, nothing was written');
    expect(out).toContain(`ticket ${dead.ticketId} (cancelled) on DG-B`);
    expect(out).toContain(file);
    expect(err).toMatch(/… tickets: \d+ of \d+ read/);
  });

  it('needs no configuration: what would need it is not visible', async () => {
    const { code, json } = await runSco(['survey', '--json'], {
      context: {
        environment: environment({ SCO_CONFIG_DIR: join(folder, 'nothing') }),
        now: () => Date.now(),
      },
    });
    const bare = json() as Survey;
    expect(code).toBe(0);
    const rows = bare.saved.rows.filter(({ carriedBy }) => carriedBy === null);
    expect(rows.map(({ ticketId }) => ticketId)).toEqual(
      expect.arrayContaining([dead.ticketId, alive.ticketId]),
    );
    expect(bare.outside.notVisible.join()).toContain('no calendars');
  });

  it('reads no more than it was asked to, and says so', async () => {
    const { json } = await survey('--json', '--tickets', '1');
    const few = json() as Survey;
    expect(few.tickets.readInDepth).toBe(2);
    expect(few.limits.join()).toContain('1 of 5 open tickets were read in depth');
  });

  it('says what is wrong with the settings', async () => {
    const unset = await runSco(['survey'], { context: { environment: { SCO_CONFIG_DIR: configDir } } });
    expect([unset.code, unset.err]).toEqual([2, expect.stringContaining('SECURECHANGE_URL')]);
    const wrong = await runSco(['survey', '--json'], {
      context: { environment: environment({ SECURECHANGE_PASSWORD: 'wrong' }) },
    });
    expect([wrong.code, wrong.out]).toEqual([2, expect.stringContaining('nothing was surveyed')]);
    const calendar = await survey('--calendar', 'nowhere');
    expect([calendar.code, calendar.err]).toEqual([
      2,
      expect.stringContaining('there is no calendar nowhere'),
    ]);
  });

  describe.each([
    ['documented forms', { forms: 'documented' }],
    ['lists of one as objects', { jsonLists: 'objects' }],
    ['lists of one as arrays', { jsonLists: 'arrays' }],
    ['empty wrappers kept', { emptyObjects: 'kept' }],
    ['no dates of tickets', { ticketDates: 'absent' }],
    ['no names of tasks', { taskNames: 'absent' }],
    ['an absent current step', { closedStep: 'absent' }],
    ['an empty current step', { closedStep: 'object' }],
    ['an empty body for no user', { usersNotFound: 'emptyBody' }],
    ['another zone of the server', { hostZoneOffsetMinutes: -480 }],
    ['a server without a Date', { dateHeader: 'absent' }],
    ['at most two calls at once', { maxConcurrentCalls: 2 }],
  ] as const)('with %s', (_, switches) => {
    afterAll(async () => {
      const defaults = switchesSchema.parse({});
      await client.switches({ ...defaults, ownUpdatesMakeDesignsStale: false });
    });

    it('finds the same', async () => {
      await client.switches(switches);
      const { code, json } = await survey('--json', '--itsm', 'servicenow');
      const again = json() as Survey;
      expect(code).toBe(0);
      expect(again.odd).toEqual([]);
      const essence = (one: Survey): unknown => [
        one.saved.rows.map(({ ticketId, carriedBy, savedAtMs }) => [ticketId, carriedBy, savedAtMs]),
        one.commits.rows.map(({ target, tickets }) => [target, tickets]),
        one.outside.rows.map(({ ticketId, target }) => [ticketId, target]),
        one.idleRuns.rows.map(({ device, outcome }) => [device, outcome]),
        one.stuck.rows.map(({ ticketId }) => ticketId),
        one.itsm.rows.map(({ ticketId }) => ticketId),
        one.nextWindows.rows.map(({ target, saved: of, designed: next }) => [target, of, next]),
        one.adoption.rows.map(({ workflow, open, ended, pushes }) => [workflow, open, ended, pushes]),
      ];
      expect(essence(again)).toEqual(essence(found));
    });
  });
});
