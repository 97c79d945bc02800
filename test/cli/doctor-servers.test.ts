import { rmSync } from 'node:fs';
import { writeFolder } from '../config/config-folder.js';
import type { ConfigurationFacts } from '../../src/domain/configuration-facts.js';
import { CONFIGURATION, runSco } from '../support/cli-context.js';
import { startRecordedServer, type Answer, type RecordedServer } from '../support/recorded-server.js';

const AUTH = 'auth: { kind: basic, user: itsm, passwordEnv: ITSM_PASSWORD }';
const SERVERS = `servers:
  itsm: { kind: servicenow, urlEnv: ITSM_URL, ${AUTH} }
  elsewhere: { kind: servicenow, urlEnv: NOT_SET_HERE, ${AUTH} }
`;

let answer: Answer;
let instance: RecordedServer;
let folder: string;
beforeEach(async () => {
  answer = { body: { result: [] } };
  instance = await startRecordedServer(() => answer);
  folder = writeFolder({ 'servers.yaml': SERVERS });
});
afterEach(async () => {
  await instance.close();
  rmSync(folder, { recursive: true });
});

interface Row {
  readonly area: string;
  readonly check: string;
  readonly state: string;
  readonly found: string;
  readonly advice: string | null;
}

async function rows(said: readonly ConfigurationFacts[] = [CONFIGURATION]): Promise<readonly Row[]> {
  const { json } = await runSco(['doctor', '--json'], {
    status: { configurations: async () => said },
    context: {
      environment: {
        PATH: process.env['PATH'],
        SCO_CONFIG_DIR: folder,
        SCO_TOKEN: 'x',
        ITSM_URL: instance.url,
        ITSM_PASSWORD: 'canary-55e1',
      },
    },
  });
  return (json() as { readonly rows: readonly Row[] }).rows.filter(({ area }) => area === 'servers');
}

const DRIVEN = {
  name: 'web',
  version: '1',
  workflow: 'Web',
  mode: 'drive',
  steps: [],
  requestField: 'Access',
  approvals: [],
} as const;

describe('a server whose settings are not here', () => {
  const lacking = [{ server: 'elsewhere', why: 'NOT_SET_HERE is not set' }];

  it.each<[string, Partial<ConfigurationFacts>, string, string]>([
    ['the worker has them', { unusableServers: [] }, 'note', 'the worker has its settings'],
    ['the worker does not say', {}, 'note', 'is not known'],
    ['it only observes without them', { unusableServers: lacking }, 'note', 'before a process drives'],
    [
      'it drives without them',
      { unusableServers: lacking, processes: [DRIVEN] },
      'problem',
      'set it where the worker runs',
    ],
  ])('is judged by what the worker says: %s', async (_, said, state, advice) => {
    const row = (await rows([{ ...CONFIGURATION, ...said }])).find(({ check }) => check === 'elsewhere');
    expect(row).toMatchObject({ state, advice: expect.stringContaining(advice) as string });
    expect(row?.found.startsWith('worker@a/7 cannot use it: NOT_SET_HERE')).toBe(
      'unusableServers' in said && said.unusableServers !== undefined && said.unusableServers.length > 0,
    );
  });
});

describe('the servers of servers.yaml', () => {
  it('are tried by sco doctor, and only read; one without its settings here is noted', async () => {
    expect(await rows()).toEqual([
      expect.objectContaining({ check: 'itsm', state: 'ok' }),
      expect.objectContaining({
        check: 'elsewhere',
        state: 'note',
        found: expect.stringContaining('NOT_SET_HERE') as string,
      }),
    ]);
    expect(new Set(instance.received.map(({ method }) => method))).toEqual(new Set(['GET']));
  });

  it.each<[string, Answer, string]>([
    [
      'that ignores the condition of our look-up',
      { body: { result: [{ sys_id: 'a1', number: 'CHG0040000', correlation_id: 'theirs' }] } },
      'ignores the condition',
    ],
    ['that refuses our credential', { status: 401, body: { error: { message: 'no' } } }, 'sign-in'],
    ['that sleeps', { body: '<html>hibernating</html>' }, 'sample call'],
  ])('are a problem each, with what to do: one %s', async (_, given, words) => {
    answer = given;
    const [row] = await rows();
    expect(row).toMatchObject({ check: 'itsm', state: 'problem' });
    expect(row?.found).toContain(words);
    expect(row?.advice).not.toBeNull();
    expect(JSON.stringify(row)).not.toContain('55e1');
  });
});
