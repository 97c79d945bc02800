import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSimulator, type RunningSimulator } from '../../packages/simulator/src/index.js';
import { openSecureChange as open } from '../../src/cli/doctor/open-secure-change.js';
import { PROCESS, writeFolder } from '../config/config-folder.js';
import { runSco, type Ran } from '../support/cli-context.js';
import { DEVICES, simulatorClient } from '../support/simulator-client.js';
import { ticketViewOf } from '../support/ticket-view.js';

const openSecureChange = async (settings: Parameters<typeof open>[0]) => open(settings);

const SHIPPED = 'test/fixtures/mediator/vendor-example.sh';
let simulator: RunningSimulator;
let ticketId: string;
let folder: string;

beforeAll(async () => {
  simulator = await startSimulator({ port: 0 });
  ticketId = await simulatorClient(simulator.url).createTicket({
    subject: 'Web "shop" to DB',
    targets: [DEVICES.dgB],
  });
  folder = writeFolder({
    'processes/web.yaml': PROCESS.replace('workflow: Web change', 'workflow: Firewall change'),
    'scripts.yaml': 'scripts: [{ name: events, legacyPaths: [/opt/trigger-service/test.py] }]\n',
    'functions.yaml': 'modules: [functions.mjs]\n',
    'functions.mjs': 'export const upper = (value) => value.toUpperCase();\n',
  });
});
afterAll(async () => {
  await simulator.close();
  rmSync(folder, { recursive: true });
});

async function attempt(kind: string, text: string, ...more: readonly string[]): Promise<Ran> {
  const file = join(folder, 'tried');
  writeFileSync(file, text);
  const environment = {
    SCO_CONFIG_DIR: folder,
    SECURECHANGE_URL: simulator.url,
    SECURECHANGE_USER: 'wf-api',
    SECURECHANGE_PASSWORD: 'wf-api',
    PATH: process.env['PATH'],
  };
  const itsm = { server: 'itsm', number: 'CHG0030001', id: 'a1' };
  return await runSco(['try', kind, file, '--ticket', ticketId, ...more], {
    tickets: { get: async () => ticketViewOf({ ticketId, itsm }) },
    context: { environment, openSecureChange },
  });
}

describe('sco try template', () => {
  it('fills a template in for a real ticket, with what its workflow knows, and sends nothing', async () => {
    const template = JSON.stringify({
      short_description: 'SecureChange #ticket_id#: #ticket_subject|upper#',
      change: '#itsm_number#',
      fields: ['#workflow_name#', 7],
    });
    const before = (await simulatorClient(simulator.url).writes()).length;
    const { code, json } = await attempt('template', template, '--json');
    expect([code, json()]).toEqual([
      0,
      {
        body: {
          short_description: `SecureChange ${ticketId}: WEB "SHOP" TO DB`,
          change: 'CHG0030001',
          fields: ['Firewall change', 7],
        },
        unresolved: [],
        notes: [],
      },
    ]);
    expect((await simulatorClient(simulator.url).writes()).length).toBe(before);
  });

  it('names every placeholder without a value at once, and ends with 1', async () => {
    const { code, out } = await attempt('template', '{"a": "#No such field#", "b": "x #redo_reason#"}');
    expect(code).toBe(1);
    expect(out).toContain('✗ #no such field# is neither a known name nor a field of the ticket');
    expect(out).toContain('✗ #redo_reason# has a value only with the event REDO');
    expect(out).toContain('2 without a value: nothing would be sent.');
    const redone = await attempt('template', '{"b": "x #redo_reason#"}', '--event', 'REDO');
    expect(redone.code).toBe(0);
  });

  it.each([
    ['{"a": ', [], /is not valid JSON/],
    ['{}', ['--ticket', '999999'], /ticket 999999: /],
  ] as const)('ends with 2 and says what is wrong: %s', async (text, more, message) => {
    const { code, err } = await attempt('template', text, ...more);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });

  it('asks for the address of SecureChange', async () => {
    const ran = await runSco(['try', 'mediator', SHIPPED, '--ticket', '1'], {
      context: { environment: { SCO_CONFIG_DIR: folder }, openSecureChange },
    });
    expect([ran.code, ran.err]).toEqual([2, expect.stringContaining('SECURECHANGE_URL')]);
  });
});

describe('sco try mediator', () => {
  const mediator = async (text: string, ...more: string[]): Promise<Ran> =>
    attempt('mediator', text, ...more);
  const vendor = (): string => readFileSync(SHIPPED, 'utf8');

  it('says where the vendor’s example posts, and which entry its script is', async () => {
    const { code, out } = await mediator(vendor());
    expect(code).toBe(0);
    expect(out).toContain('✓ posts to 10.244.0.1:8000/trigger_file');
    expect(out).toContain('the gateway serves https');
    expect(out).toContain(
      '✓ /opt/trigger-service/test.py is entry events, which delivers events and runs nothing',
    );
    expect(out).toMatch(/✓ ticket \d+ is of process web, mode drive/);
  });

  it('says which entry is missing, and what to write', async () => {
    const other = vendor().replace('/opt/trigger-service/test.py', '/opt/other.py');
    const { code, out } = await mediator(other);
    expect(code).toBe(1);
    expect(out).toContain('✗ scripts.yaml has no entry for /opt/other.py');
    expect(out).toContain('legacyPaths: [/opt/other.py]');
  });

  it('reads what sco mediator build writes, and addresses in comments count for nothing', async () => {
    const environment = { SCO_MEDIATOR_PASSWORD: 'secret-7f3a-secret-7f3a', PATH: process.env['PATH'] };
    const built = await runSco(
      [
        'mediator',
        'build',
        '--gateway',
        'https://gateway.example:8000',
        '--user',
        'mediator',
        '--script',
        'events',
      ],
      { context: { environment } },
    );
    expect([built.code, built.err]).toEqual([0, '']);
    const { code, out } = await mediator(`# https://docs.example/mediators\n${built.out}`);
    expect(out).toContain('✓ posts to https://gateway.example:8000/trigger_file');
    expect(out).toContain('✓ events is entry events');
    expect(code).toBe(0);
    expect(out).not.toContain('7f3a');
  });

  it('runs nothing of the file', async () => {
    const mark = join(folder, 'was-run');
    await mediator(`#!/bin/bash\ntouch ${mark}\nHOST=$(touch ${mark})\n`);
    expect(existsSync(mark)).toBe(false);
  });
});
