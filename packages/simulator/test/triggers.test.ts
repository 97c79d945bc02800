import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDropped } from '../src/triggers.js';
import { eventually } from './eventually.js';
import { API, at, list, startStandIn, type StandIn } from './stand-in.js';

const EVENTS = [
  'CREATE',
  'ADVANCE',
  'REDO',
  'RESOLVE',
  'REOPEN',
  'RESUBMIT',
  'CANCEL',
  'REJECT',
  'CLOSE',
  'AUTOMATION_FAILED',
];

let standIn: StandIn;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'simulator-triggers-'));
  standIn = await startStandIn();
  await standIn.control('PUT', '/switches', { triggerRetryMs: [10] });
});
afterEach(async () => {
  await standIn.running.close();
  rmSync(folder, { recursive: true });
});

/** Writes a Bash script and registers it for all events of a workflow. */
async function register(script: string, workflow = 'Firewall change'): Promise<string> {
  const path = join(folder, 'mediator.sh');
  writeFileSync(path, `#!/bin/bash\ncd ${folder}\n${script}\n`);
  chmodSync(path, 0o755);
  const trigger = {
    name: `all of ${workflow}`,
    executer: { '@xsi.type': 'ScriptDTO', path, arguments: `${workflow} "quoted"` },
    triggers: [{ name: 'all', workflow: { name: workflow }, events: EVENTS }],
  };
  const answer = await standIn.call('POST', `${API}/triggers`, {
    workflow_triggers: { workflow_trigger: [trigger] },
  });
  expect(answer.status).toBe(201);
  return answer.headers.get('location')?.split('/').pop() ?? '';
}

const runsEnded = (count: number): Promise<Record<string, unknown>[]> =>
  eventually(`${String(count)} script runs end`, async () => {
    const runs = await standIn.scriptRuns();
    const ended = runs.filter((run) => run['state'] === 'done' || run['state'] === 'failed');
    return ended.length >= count && ended;
  });

/** The elements of an XML text with their nesting, without their content. */
const skeleton = (xml: string): string => xml.replace(/>[^<]+</g, '><');
const sample = (event: string): string =>
  readFileSync(join(import.meta.dirname, 'fixtures/script', `ticket_info.${event}.xml`), 'utf8');

describe('a registered script', () => {
  it('gets the XML on stdin, the event in SCW_EVENT and its arguments as one word', async () => {
    await register('echo "$SCW_EVENT|$#|$1|$(cat)" >> seen');
    const id = await standIn.create();
    await runsEnded(1);
    const [event, count, argument, xml] = readFileSync(join(folder, 'seen'), 'utf8').trim().split('|');
    expect([event, count, argument]).toEqual(['CREATE', '1', 'Firewall change "quoted"']);
    expect(xml).toMatch(new RegExp(`^<ticket_info><id>${String(id)}</id>`));
    expect(skeleton(xml ?? '')).toBe(skeleton(sample('CREATE')));
  });

  it('names the step being left on ADVANCE, though the ticket already shows the next one', async () => {
    await register('[ "$SCW_EVENT" = ADVANCE ] && cat > advance; true');
    const id = await standIn.create();
    await standIn.call('PUT', `${(await standIn.place(id)).designerPath}/redesign`);
    await standIn.done(await standIn.notPending(id));
    await runsEnded(2);
    const xml = readFileSync(join(folder, 'advance'), 'utf8');
    expect(xml).toContain('<current_stage><id>7102</id><name>Design and Risk</name>');
    expect(skeleton(xml)).toBe(skeleton(sample('ADVANCE')));
    expect((await standIn.place(id)).step).toBe('Approval');
  });

  it('is run for every event of the vendor list, with stage and comment where the samples have them', async () => {
    await register('cat > "$SCW_EVENT"', 'Firewall change (confirmed)');
    const workflow = 'Firewall change (confirmed)';
    const id = await standIn.create(workflow);
    await standIn.act(id, 'a.kaya', 'approve');
    await standIn.act(id, 'o.brandt', 'assign');
    await standIn.act(id, 'o.brandt', 'redo', { toStep: 'Approval', comment: 'Wrong target group' });
    await standIn.arrives(id, 'Approval');
    await standIn.act(id, 'a.kaya', 'approve');
    await standIn.act(id, 'o.brandt', 'complete');
    await standIn.act(id, 'j.meier', 'reopen', { comment: 'Traffic still blocked' });
    await standIn.act(id, 'o.brandt', 'complete');
    await standIn.act(id, 'j.meier', 'confirm');
    const expired = await standIn.create(workflow);
    await standIn.act(expired, 'j.meier', 'expire');
    await standIn.act(expired, 'j.meier', 'resubmit', { comment: 'Extend' });
    await standIn.act(expired, 'j.meier', 'cancel', { comment: 'Request withdrawn' });
    const rejected = await standIn.create(workflow);
    await standIn.act(rejected, 'a.kaya', 'reject', { reason: 'Not approved by data owner' });
    const events = EVENTS.filter((event) => event !== 'AUTOMATION_FAILED');
    await eventually('a script ran for each event', () =>
      events.every((event) => existsSync(join(folder, event))),
    );
    await eventually('all scripts ended', async () =>
      (await standIn.scriptRuns()).every((run) => run['state'] === 'done'),
    );
    for (const event of events.filter((one) => one !== 'CREATE')) {
      const own = readFileSync(join(folder, event), 'utf8');
      expect([event, skeleton(own).replace('<comment></comment>', '<comment/>')]).toEqual([
        event,
        skeleton(sample(event)).replace('<comment></comment>', '<comment/>'),
      ]);
    }
    expect(readFileSync(join(folder, 'CLOSE'), 'utf8')).toContain('<completion_data><stage>');
    expect(readFileSync(join(folder, 'REDO'), 'utf8')).toContain('<comment>Wrong target group</comment>');
  });

  it('reports a failed automatic step before its task has a holder', async () => {
    await standIn.running.close();
    const { defaultScenario } = await import('../src/index.js');
    const workflows = structuredClone(defaultScenario.workflows);
    const step = workflows.find((one) => one.name === 'Firewall change (auto)')?.steps[1];
    if (step) Object.assign(step, { failTool: 'risk', failEpochs: 1 });
    standIn = await startStandIn({ workflows });
    await register('cat > "$SCW_EVENT"', 'Firewall change (auto)');
    const id = await standIn.create('Firewall change (auto)');
    await runsEnded(2);
    const xml = readFileSync(join(folder, 'AUTOMATION_FAILED'), 'utf8');
    expect(skeleton(xml)).toBe(skeleton(sample('AUTOMATION_FAILED')));
    await standIn.act(id, 'o.brandt', 'complete');
    expect((await standIn.place(id)).step).toBe('Approval');
  });

  it('is tried five times when it fails, then given up', async () => {
    await register('echo try >> tries; echo "no gateway" >&2; exit 7');
    await standIn.create();
    const [run] = await runsEnded(1);
    expect(run).toMatchObject({ state: 'failed', event: 'CREATE' });
    const attempts = list(run?.['attempts']);
    expect(attempts.map((attempt) => attempt['exitCode'])).toEqual([7, 7, 7, 7, 7]);
    expect(attempts[0]).toMatchObject({ stderrTail: 'no gateway\n' });
    expect(readFileSync(join(folder, 'tries'), 'utf8').trim().split('\n')).toHaveLength(5);
  });

  it('is not tried again once it succeeds', async () => {
    await register('echo try >> tries; [ $(wc -l < tries) -ge 3 ]');
    await standIn.create();
    const [run] = await runsEnded(1);
    expect(run).toMatchObject({ state: 'done' });
    expect(list(run?.['attempts'])).toHaveLength(3);
  });

  it('that runs too long is killed with its children and counts as a failed try', async () => {
    await standIn.control('PUT', '/switches', { scriptTimeoutMs: 50, triggerAttempts: 1 });
    await register('sleep 300 & wait');
    await standIn.create();
    const [run] = await runsEnded(1);
    expect(list(run?.['attempts'])[0]).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
  });

  it('that does not exist is a failed run that says so', async () => {
    await register('true');
    rmSync(join(folder, 'mediator.sh'));
    await standIn.create();
    const [run] = await runsEnded(1);
    expect(list(run?.['attempts'])[0]?.['stderrTail']).toContain('ENOENT');
  });
});

it('the Test button runs a script once with an empty ticket_info and the event TEST', async () => {
  const id = await register('echo "$SCW_EVENT $(cat)" >> seen; exit 1');
  await standIn.control('POST', '/scripts/test', { trigger: Number(id) });
  const [run] = await runsEnded(1);
  expect(run).toMatchObject({ event: 'TEST', ticketId: null, state: 'failed' });
  expect(readFileSync(join(folder, 'seen'), 'utf8')).toBe('TEST <ticket_info/>\n');
});

describe('lost events', () => {
  it('are exactly the asked fraction, the same ones for the same seed', () => {
    const lost = (fraction: number, seed: number): number[] =>
      Array.from({ length: 100 }, (_, position) => position).filter((position) =>
        isDropped({ fraction, seed, seen: 0 }, position),
      );
    expect(lost(0.2, 7)).toHaveLength(20);
    expect(lost(0.2, 7)).toEqual(lost(0.2, 7));
    expect(lost(0.2, 7)).not.toEqual(lost(0.2, 8));
    expect([lost(0, 1).length, lost(1, 1).length]).toEqual([0, 100]);
  });

  it('are never started and show as dropped', async () => {
    await register('echo ran >> ran');
    await standIn.control('POST', '/triggers/drop', { fraction: 0.5, seed: 3 });
    for (let ticket = 0; ticket < 4; ticket += 1) await standIn.create();
    await runsEnded(2);
    const states = (await standIn.scriptRuns()).map((run) => run['state']);
    expect(states.filter((state) => state === 'dropped')).toHaveLength(2);
    expect(readFileSync(join(folder, 'ran'), 'utf8')).toBe('ran\nran\n');
  });
});

describe('the triggers API', () => {
  it('lists what was registered as it was sent, and forgets what was deleted', async () => {
    const id = await register('true');
    const listed = await standIn.call('GET', `${API}/triggers?id=${id}`);
    expect(at(listed.json, 'workflow_triggers', 'workflow_trigger')).toEqual([
      {
        id: Number(id),
        name: 'all of Firewall change',
        executer: expect.objectContaining({ '@xsi.type': 'ScriptDTO' }) as unknown,
        triggers: [
          { name: 'all', workflow: { name: 'Firewall change', parent_workflow_id: 612 }, events: EVENTS },
        ],
      },
    ]);
    expect((await standIn.call('DELETE', `${API}/triggers/${id}`)).status).toBe(200);
    await standIn.create();
    expect(await standIn.scriptRuns()).toEqual([]);
  });

  it('refuses empty ones, unknown events and, by switch, paths outside the scripts folder', async () => {
    const post = (trigger: object) =>
      standIn.call('POST', `${API}/triggers`, { workflow_triggers: { workflow_trigger: [trigger] } });
    const whole = (path: string, event: string): object => ({
      name: 'x',
      executer: { path },
      triggers: [{ name: 'g', workflow: { name: 'Firewall change' }, events: [event] }],
    });
    const empty = await post({ name: '', executer: { path: '' } });
    expect([empty.status, at(empty.json, 'result', 'message')]).toEqual([406, 'Must not be empty.']);
    expect((await post(whole('/bin/true', 'TEST'))).status).toBe(400);
    await standIn.control('PUT', '/switches', { scriptFolder: '/opt/tufin/data/securechange/scripts/' });
    expect(at((await post(whole('/bin/true', 'CREATE'))).json, 'result', 'message')).toBe(
      'Path location is not valid.',
    );
  });
});
