import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulator, type RunningSimulator } from '../../packages/simulator/src/index.js';
import type { Rehearsed } from '../../src/cli/rehearse/rehearse.js';
import { createHttp } from '../../src/http/http.js';
import { createSecureChange } from '../../src/securechange/rest-client.js';
import { runSco, type Ran } from '../support/cli-context.js';
import { eventually } from '../support/eventually.js';
import { DEVICES, simulatorClient } from '../support/simulator-client.js';
import { shippedCapabilities } from '../support/shipped-capabilities.js';

const folder = mkdtempSync(join(tmpdir(), 'sco-rehearse-'));
let simulator: RunningSimulator;
let ticketId: string;

beforeAll(async () => {
  simulator = await startSimulator({ port: 0 });
  const client = simulatorClient(simulator.url);
  ticketId = await client.createTicket({ subject: 'Web shop', targets: [DEVICES.dgB, DEVICES.asa] });
  const http = createHttp({
    name: 'securechange',
    baseUrl: simulator.url,
    auth: { kind: 'basic', user: 'wf-api', password: 'wf-api' },
  });
  const ours = createSecureChange({
    http,
    secureTrackHttp: http,
    login: 'wf-api',
    clock: { now: () => Date.now() },
    capabilities: shippedCapabilities,
  });
  const requestField = 'Required Access';
  const facts = await eventually('the ticket is in step Design and Risk', async () => {
    const read = await ours.readTicket(ticketId, { requestField });
    return read.step?.name === 'Design and Risk' ? read : false;
  });
  const stepId = facts.step!.id;
  const request = facts.step!.request!;
  const ref = { ticketId, stepId, taskId: request.taskId, fieldId: request.id };
  await ours.redesign(ref);
  await eventually('the Designer has results', async () => {
    const { devices } = await ours.readDesign(ref);
    return devices.length === 2;
  });
  await http.close();
});
afterAll(async () => {
  await simulator.close();
  rmSync(folder, { recursive: true });
});

async function rehearse(...argv: readonly string[]): Promise<Ran> {
  const environment = {
    SCO_CONFIG_DIR: './config',
    SECURECHANGE_URL: simulator.url,
    SECURECHANGE_USER: 'wf-api',
    SECURECHANGE_PASSWORD: 'wf-api',
  };
  return await runSco(['rehearse', ...argv], { context: { environment } });
}

describe('checklist point 21: sco rehearse', () => {
  it('plays a ticket through its process: messages, phases and pushes with their windows; it writes nothing', async () => {
    const before = (await simulatorClient(simulator.url).writes()).length;
    const { code, json } = await rehearse(ticketId, '--json');
    expect(code).toBe(0);
    const { process, steps, events } = json() as Rehearsed;
    expect(process).toBe('firewall-change');
    expect(steps.map(({ step, isCurrent }) => [step, isCurrent])).toEqual([
      ['Open Request', false],
      ['Design and Risk', true],
      ['Approval', false],
      ['Implementation', false],
      ['Verification', false],
    ]);
    const [created] = steps[2]!.entering;
    expect(created).toMatchObject({
      point: 'create-change',
      what: 'create',
      server: 'servicenow',
      notSent: null,
    });
    expect(JSON.stringify(created!.body)).toContain('Web shop');
    expect(steps[3]!.entering[0]).toMatchObject({ point: 'implementation-started', notSent: null });
    expect(steps[3]!.pushes.map(({ call, target, window }) => [call, target, window?.calendar])).toEqual([
      ['Update', 'DG-B', 'nightly'],
      ['Update', 'ASA-EDGE', 'nightly'],
      ['Commit', 'DG-B', 'nightly'],
    ]);
    for (const { window } of steps[3]!.pushes)
      expect(window!.closesAtMs! - window!.opensAtMs!).toBeGreaterThan(0);
    expect(events.map(({ event }) => event)).toEqual(['CLOSE', 'REVERTED', 'CANCEL', 'REJECT']);
    expect((await simulatorClient(simulator.url).writes()).length).toBe(before);
  });

  it('shows it to a person, step by step', async () => {
    const { out } = await rehearse(ticketId);
    expect(out).toContain('nothing is sent or written');
    expect(out).toMatch(/waits for the approval in\s+step Approval/);
    expect(out).toMatch(/Design and Risk +\(the ticket is here\)/);
    expect(out).toMatch(/→ on entering: create-change sends create to servicenow, \d+ B/);
    expect(out).toMatch(/⇒ Commit of DG-B on PANO-8 in nightly: /);
  });

  it('plays the same again from the file of --save, without SecureChange', async () => {
    const file = join(folder, 'ticket.json');
    const live = await rehearse(ticketId, '--save', file, '--json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = await runSco(['rehearse', file, '--json'], {
      context: { environment: { SCO_CONFIG_DIR: './config' } },
    });
    expect([again.code, again.json()]).toEqual([0, live.json()]);
  });

  it('says what is wrong with a process, a file or the settings', async () => {
    const unknown = await rehearse(ticketId, '--process', 'nothing');
    expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('there are: ')]);
    const file = join(folder, 'other.json');
    writeFileSync(file, '{}');
    const other = await rehearse(file);
    expect([other.code, other.err]).toEqual([2, expect.stringContaining('is not a file of sco rehearse')]);
    const unset = await runSco(['rehearse', '1'], {
      context: { environment: { SCO_CONFIG_DIR: './config' } },
    });
    expect([unset.code, unset.err]).toEqual([2, expect.stringContaining('SECURECHANGE_URL')]);
  });
});
