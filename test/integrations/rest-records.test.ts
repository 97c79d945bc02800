import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { createConfigSource } from '../../src/config/config-source.js';
import { simulatedConfig } from '../../src/embedded/simulated-config.js';
import { CallFailure } from '../../src/domain/failure.js';
import { correlationId } from '../../src/domain/ids.js';
import type { ItsmChange, RenderedMessage } from '../../src/domain/outbox.js';
import type { IntegrationPoint } from '../../src/domain/process.js';
import { createHttp } from '../../src/http/http.js';
import { createItsm } from '../../src/integrations/create-itsm.js';
import { context, point } from '../placeholders/context.js';
import {
  jira,
  requestTracker,
  startRestStandIn,
  type RestStandIn,
  type Vendor,
} from '../support/rest-stand-ins.js';
import { temporaryFolder } from '../support/run-script.js';
import { noTokens } from './servers.js';

const CONFIG = join(__dirname, '../../config');
const CANARY = 'canary-7f3a';
const README = readFileSync(join(CONFIG, 'README.md'), 'utf8');
const folder = temporaryFolder();
afterAll(() => folder.remove());

/** The folder of config/README.md for a system that no file of ours names. */
const [, DESCRIBED = ''] =
  /```yaml\n(# integrations\/request-tracker\/record\.yaml\n.*?)```/s.exec(README) ?? [];

interface System {
  readonly vendor: Vendor;
  readonly record: string;
  readonly create: IntegrationPoint['body'];
  readonly update: IntegrationPoint['body'];
  readonly close: IntegrationPoint['body'];
}

const template = (name: string): IntegrationPoint['body'] =>
  JSON.parse(readFileSync(join(CONFIG, 'integrations/jira', name), 'utf8')) as IntegrationPoint['body'];

const SYSTEMS: Readonly<Record<string, System>> = {
  jira: {
    vendor: jira,
    record: 'integrations/jira/record.yaml',
    create: template('create-issue.json'),
    update: { fields: { summary: 'Now #step_name#' }, note: 'Now #step_name#' },
    close: template('close-issue.json'),
  },
  'request-tracker': {
    vendor: requestTracker,
    record: 'integrations/request-tracker/record.yaml',
    create: { title: 'SecureChange #ticket_id#', priority: 3, tags: ['firewall'], note: 'Waits.' },
    update: { title: 'Now #step_name#', note: 'Now #step_name#' },
    close: { note: 'Closed.' },
  },
};

let system: RestStandIn;
let itsm: ReturnType<typeof createItsm>;
afterEach(async () => {
  await itsm.close();
  await system.server.close();
});

/** Everything comes from the configuration folder: nothing in the code knows the system. */
async function start(name: string): Promise<void> {
  const { vendor, record } = SYSTEMS[name]!;
  system = await startRestStandIn(vendor);
  const configDir = join(folder.path, 'config');
  simulatedConfig(CONFIG, configDir);
  mkdirSync(join(configDir, 'integrations/request-tracker'), { recursive: true });
  writeFileSync(join(configDir, 'integrations/request-tracker/record.yaml'), DESCRIBED);
  writeFileSync(
    join(configDir, 'servers.yaml'),
    `servers:
  servicenow: { kind: servicenow, urlEnv: SERVICENOW_URL, auth: { kind: none } }
  other:
    kind: http
    url: ${system.server.url}
    auth: { kind: bearer, tokenEnv: OTHER_TOKEN }
    record: ${record}
`,
  );
  const config = createConfigSource(configDir, { env: { OTHER_TOKEN: CANARY } });
  itsm = createItsm({ server: (one) => config.server(one), http: createHttp, tokens: noTokens });
}

const ID = correlationId('214', 'other');
const render = (name: string, action: 'create' | 'update' | 'close'): RenderedMessage =>
  itsm.render(
    point({ server: 'other', name: action, action, body: SYSTEMS[name]![action] }),
    context({ key: `214/1/Approval/itsmSync/${action}%2F1` }),
  );

const ours = (): RestStandIn['records'] => system.records.filter(({ number }) => number !== 'OTHER-1');

async function failureOf(send: Promise<ItsmChange>): Promise<CallFailure['facts']> {
  const error: unknown = await send.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CallFailure);
  expect(JSON.stringify(error)).not.toContain(CANARY);
  return (error as CallFailure).facts;
}

describe.each(Object.keys(SYSTEMS))('a change on %s', (name) => {
  beforeEach(async () => start(name));

  it('is created once, with our id and its note, however often the message is sent', async () => {
    const created = await itsm.send(render(name, 'create'), null);
    expect(await itsm.send(render(name, 'create'), null)).toEqual(created);
    expect(ours()).toHaveLength(1);
    const [record] = ours();
    expect(created).toEqual({ server: 'other', number: record!.number, id: record!.id });
    expect(JSON.stringify(record!.fields)).toContain(ID);
    expect(record!.notes).toEqual([expect.stringMatching(/\[sco [0-9a-f]{16}\]$/)]);
    expect(system.server.received.every(({ headers }) => headers.authorization === `Bearer ${CANARY}`)).toBe(
      true,
    );
  });

  it('is adopted when the answer to its creation was lost', async () => {
    system.faults.losesAnswer = true;
    expect((await failureOf(itsm.send(render(name, 'create'), null))).kind).toBe('transient');
    system.faults.losesAnswer = false;
    const adopted = await itsm.send(render(name, 'create'), null);
    expect(ours().map(({ number }) => number)).toEqual([adopted.number]);
  });

  it('is changed once, and has the note once', async () => {
    const change = await itsm.send(render(name, 'create'), null);
    await itsm.send(render(name, 'update'), change);
    const writes = system.writes().length;
    await itsm.send(render(name, 'update'), change);
    expect(system.writes()).toHaveLength(writes);
    expect(JSON.stringify(ours()[0]!.fields)).toContain('Now Approval');
    expect(ours()[0]!.notes).toHaveLength(2);
  });

  it('has the note although a note of another author quotes its mark', async () => {
    const change = await itsm.send(render(name, 'create'), null);
    await itsm.send(render(name, 'update'), change);
    const { notes } = ours()[0]!;
    const mark = notes.at(-1)!.split('\n').at(-1)!;
    notes.splice(0, notes.length, `what does ${mark} mean?`, `${mark}\nI see`);
    await itsm.send(render(name, 'update'), change);
    expect(notes).toHaveLength(3);
  });

  it('is found again and closed by a run that does not know it; a repetition changes nothing', async () => {
    await itsm.send(render(name, 'create'), null);
    await itsm.send(render(name, 'close'), null);
    expect(ours()[0]!.state).toMatch(/^(Done|closed)$/);
    const writes = system.writes().length;
    await itsm.send(render(name, 'close'), null);
    expect(system.writes()).toHaveLength(writes);
  });

  it('of others is neither adopted nor changed when the look-up ignores its condition', async () => {
    system.faults.ignoresCondition = true;
    expect((await failureOf(itsm.send(render(name, 'create'), null))).code).toBe('itsm.foreign_record');
    expect((await failureOf(itsm.send(render(name, 'close'), null))).code).toBe('itsm.foreign_record');
    const other = { server: 'other', number: 'OTHER-1', id: '900' };
    expect((await failureOf(itsm.send(render(name, 'update'), other))).code).toBe('itsm.foreign_record');
    expect(system.writes()).toEqual([]);
  });

  it('is not chosen where another record has our id as well', async () => {
    await itsm.send(render(name, 'create'), null);
    system.records.push({ ...ours()[0]!, id: '901', number: 'COPY-1' });
    const { code, message } = await failureOf(itsm.send(render(name, 'close'), null));
    expect(code).toBe('itsm.foreign_record');
    expect(message).toContain('COPY-1 have our id');
    expect(ours().map(({ state }) => state)).not.toContain('closed');
  });

  it('that does not keep our id is reported with what to do', async () => {
    system.faults.dropsId = true;
    const { code, message } = await failureOf(itsm.send(render(name, 'create'), null));
    expect(code).toBe('itsm.id_not_stored');
    expect(message).toContain(`write ${ID}`);
  });

  it.each(['update', 'close'] as const)(
    'that accepts a message (%s) and does not show it is no success',
    async (action) => {
      const change = await itsm.send(render(name, 'create'), null);
      system.faults.keepsOld = true;
      expect((await failureOf(itsm.send(render(name, action), change))).code).toBe('itsm.not_shown');
    },
  );

  it.each([
    ['a page with 200', { body: '<html><body>sign in</body></html>' }, 'transient', 'itsm.not_json'],
    ['an error with 200', { body: { error: 'hibernating' } }, 'transient', 'itsm.failed_inside'],
    ['too many requests', { status: 429, headers: { 'retry-after': '7' } }, 'busy', 'http.too_many'],
    [
      'a refusal',
      { status: 400, body: { message: `project is closed ${CANARY}` } },
      'rejected',
      'itsm.refused',
    ],
    ['an unknown path', { status: 404, body: { message: 'gone' } }, 'rejected', 'itsm.not_found'],
  ] as const)('answered with %s is not there', async (_what, answers, kind, code) => {
    system.faults.answers = answers;
    const failure = await failureOf(itsm.send(render(name, 'create'), null));
    expect([failure.kind, failure.code]).toEqual([kind, code]);
    if (code === 'itsm.refused') expect(failure.message).toMatch(/it says: project is closed \[secret\]/);
  });
});

describe('the open records of a system', () => {
  it('are those that its description lists, with the ticket of each', async () => {
    await start('request-tracker');
    await itsm.send(render('request-tracker', 'create'), null);
    const [made] = ours();
    expect(await itsm.openChanges('other')).toEqual([
      { server: 'other', number: made!.number, id: made!.id, ticketId: '214' },
    ]);
    await itsm.send(render('request-tracker', 'close'), null);
    expect(await itsm.openChanges('other')).toEqual([]);
  });

  it('are not known where it lists none', async () => {
    await start('jira');
    expect(await itsm.openChanges('other')).toBeNull();
  });
});
