import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { createScriptRunner } from '../../src/scripts/script-runner.js';
import type { ScriptResult } from '../../src/scripts/scripts.js';
import { startSimulator, type RunningSimulator } from '../../packages/simulator/src/index.js';
import { approveField, ticketInApproval } from '../support/mediator-test-ticket.js';
import { startRecordedServer, type RecordedServer } from '../support/recorded-server.js';
import { temporaryFolder, writeExecutable } from '../support/run-script.js';
import { scriptEntry } from '../support/running-gateway.js';

const folder = temporaryFolder();
afterAll(() => folder.remove());

/** A copy, because whoever may write to this checkout could replace the file there. */
const SAMPLE = writeExecutable(
  folder.path,
  'mediator-test.mjs',
  readFileSync(join(__dirname, '../../config/scripts/mediator-test.mjs'), 'utf8'),
);

function runSample(url: string, event: string, stdin: string): Promise<ScriptResult> {
  const runner = createScriptRunner({
    clock: { now: () => 0 },
    references: { setting: () => url, secret: () => 'wf-api:wf-api' },
    dataDir: folder.path,
  });
  const entry = scriptEntry({
    name: 'mediator-test',
    executable: SAMPLE,
    sha256: createHash('sha256').update(readFileSync(SAMPLE)).digest('hex'),
    timeoutMs: 20_000,
    env: {
      SECURECHANGE_URL: 'setting:SECURECHANGE_URL',
      SECURECHANGE_CREDENTIAL_FILE: 'secret:SECURECHANGE',
    },
  });
  return runner.run(entry, { event, args: [], stdin, key: stdin });
}

const left = (id: string | number, step: string): string =>
  `<ticket_info><id>${id}</id><subject>x</subject><current_stage><id>1</id><name>${step}</name></current_stage></ticket_info>`;

describe('the sample script against SecureChange', () => {
  let simulator: RunningSimulator;
  beforeEach(async () => {
    simulator = await startSimulator();
  });
  afterEach(() => simulator.close());

  it('writes newval<time> as the reason of the approval the ticket has just entered', async () => {
    const id = await ticketInApproval(simulator);
    const result = await runSample(simulator.url, 'ADVANCE', left(id, 'Auto Target'));
    expect(result).toMatchObject({ outcome: 'exited', exitCode: 0, stderr: '' });
    expect(result.stdout).toMatch(/Successfully updated field/);
    const field = await approveField(simulator, id);
    expect(field?.reason).toMatch(/^newval\d{4}-\d\d-\d\dT/);
    expect(field?.approved).not.toBe(true);
  });

  it('leaves a ticket alone that is no longer where the event says', async () => {
    const id = await ticketInApproval(simulator);
    const result = await runSample(simulator.url, 'ADVANCE', left(id, 'Some Other Step'));
    expect(result).toMatchObject({ exitCode: 0 });
    expect(result.stdout).toMatch(/no longer at the expected step/);
    expect((await approveField(simulator, id))?.reason ?? '').toBe('');
  });

  it('fails truthfully for a ticket that does not exist', async () => {
    const result = await runSample(simulator.url, 'ADVANCE', left('999999', 'Auto Target'));
    expect(result).toMatchObject({ exitCode: 1, stdout: '' });
    expect(result.stderr).toMatch(/HTTP 404/);
  });
});

describe('the sample script against other shapes', () => {
  let server: RecordedServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  const task = (id: number, status: string, field: object | object[]): object => ({
    id,
    status,
    fields: { field },
  });
  const approve = (id: number): object => ({
    '@xsi.type': 'approve_reject',
    id,
    name: 'Approve Access Request',
    approved: '',
  });

  async function serving(step: object): Promise<void> {
    const ticket = {
      id: 12,
      current_step: { id: 3, name: 'Approval' },
      steps: { step: [{ id: 2, name: 'Auto Target', tasks: '' }, step] },
    };
    server = await startRecordedServer(({ method }) =>
      method === 'GET' ? { body: { ticket } } : { body: '' },
    );
  }

  it('writes to every open one of parallel tasks', async () => {
    await serving({
      id: 3,
      name: 'Approval',
      tasks: {
        task: [
          task(31, 'ASSIGNED', approve(310)),
          task(32, 'DONE', approve(320)),
          task(33, 'ASSIGNED', [approve(330)]),
        ],
      },
    });
    const result = await runSample(server!.url, 'ADVANCE', left(12, 'Auto Target'));
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    const puts = server!.received.filter(({ method }) => method === 'PUT');
    expect(puts.map(({ path }) => path.split('/').slice(-5).join('/'))).toEqual(
      ['3/tasks/31/fields/', '3/tasks/33/fields/'].map((end) => expect.stringContaining(end) as string),
    );
    expect(JSON.parse(puts[0]!.body)).toEqual({
      fields: {
        field: [
          {
            '@xsi.type': 'approve_reject',
            id: 310,
            name: 'Approve Access Request',
            reason: expect.stringMatching(/^newval/) as string,
          },
        ],
      },
    });
  });

  it('waits until the ticket shows the step it has entered', async () => {
    let reads = 0;
    const entered = { id: 3, name: 'Approval', tasks: { task: task(31, 'ASSIGNED', approve(310)) } };
    server = await startRecordedServer(({ method }) => {
      if (method !== 'GET') return { body: '' };
      reads += 1;
      const leaving = { id: 2, name: 'Auto Target', tasks: '' };
      return {
        body: {
          ticket:
            reads < 3
              ? { id: 12, current_step: { id: 2 }, steps: { step: leaving } }
              : { id: 12, current_step: { id: 3 }, steps: { step: [leaving, entered] } },
        },
      };
    });
    const result = await runSample(server.url, 'ADVANCE', left(12, 'Auto Target'));
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(reads).toBe(3);
    expect(server.received.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  });

  it('says so when the step has no such field', async () => {
    await serving({
      id: 3,
      name: 'Approval',
      tasks: { task: task(31, 'ASSIGNED', { id: 1, name: 'Other' }) },
    });
    const result = await runSample(server!.url, 'ADVANCE', left(12, 'Auto Target'));
    expect(result).toMatchObject({ exitCode: 0, stdout: 'no field match\n' });
  });

  it.each([
    ['another event', 'CREATE', left(12, 'Auto Target')],
    ['a test', 'ADVANCE', '<ticket_info/>'],
  ])('makes no call for %s', async (_what, event, stdin) => {
    await serving({ id: 3, name: 'Approval', tasks: '' });
    expect(await runSample(server!.url, event, stdin)).toMatchObject({ exitCode: 0 });
    expect(server!.received).toHaveLength(0);
  });

  it('fails without its credential in any output when SecureChange is not there', async () => {
    const result = await runSample('http://127.0.0.1:9', 'ADVANCE', left(12, 'Auto Target'));
    expect(result.exitCode).toBe(1);
    expect(result.stderr).not.toBe('');
    expect(result.stdout + result.stderr).not.toContain('wf-api:wf-api');
  });
});
