import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClientError } from '../../packages/client/src/contract.js';
import { checkMachine } from '../../src/cli/doctor/machine.js';
import { checkSecureChange } from '../../src/cli/doctor/securechange.js';
import { triggersSchema } from '../../src/cli/doctor/triggers.js';
import { processFactsOf } from '../../src/domain/configuration-facts.js';
import { CallFailure } from '../../src/domain/failure.js';
import { TRIGGER_EVENTS } from '../../src/domain/event.js';
import { loadConfig } from '../../src/config/load-config.js';
import type { SweepFindings } from '../../src/domain/sweep.js';
import type { SecureChange } from '../../src/securechange/secure-change.js';
import { startOidcProvider } from '../support/oidc-provider.js';
import { CONFIGURATION, HEALTHY, NOW, runSco } from '../support/cli-context.js';

interface Report {
  readonly problems: number;
  readonly rows: readonly { check: string; state: string; found: string; advice: string | null }[];
}

describe('sco doctor', () => {
  it('ends with 0 where everything is in place, and says what it could not look at', async () => {
    const { code, out } = await runSco(['doctor'], {
      context: { environment: { PATH: process.env['PATH'], SCO_CONFIG_DIR: './config', SCO_TOKEN: 'x' } },
    });
    expect(out).toContain('No problem found.');
    expect(out).toMatch(/✓ ok +machine +Node\.js: v/);
    expect(out).toMatch(/– note +SecureChange +address and credential/);
    expect(code).toBe(0);
  });

  it('says whether people can sign in at the OpenID provider, and that none is joined to it', async () => {
    const provider = await startOidcProvider();
    const folder = mkdtempSync(join(tmpdir(), 'sco-config-'));
    cpSync('config', folder, { recursive: true });
    const rowsOf = async () => {
      const { json } = await runSco(['doctor', '--json'], {
        context: {
          environment: {
            PATH: process.env['PATH'],
            SCO_CONFIG_DIR: folder,
            SCO_TOKEN: 'x',
            SCO_OIDC_ISSUER: provider.issuer,
            SCO_OIDC_CLIENT_ID: 'sco-page',
          },
        },
      });
      return (json() as Report).rows
        .filter(({ check }) => /OpenID|sign in there/.test(check))
        .map(({ state, found }) => [state, found]);
    };
    try {
      expect(await rowsOf()).toEqual([
        ['ok', `${provider.issuer} answers`],
        ['problem', expect.stringContaining('no person of people.yaml has an oidcSubject') as string],
      ]);
      const people = join(folder, 'people.yaml');
      writeFileSync(
        people,
        readFileSync(people, 'utf8').replace(
          /^people:\n/m,
          "people:\n  - { login: n.weber, roles: [viewer], oidcSubject: 'one' }\n",
        ),
      );
      provider.failing.set('/.well-known/openid-configuration', 500);
      expect(await rowsOf()).toEqual([
        ['problem', expect.stringContaining(`${provider.issuer}: discovery`) as string],
        ['ok', '1 with an oidcSubject'],
      ]);
    } finally {
      await provider.close();
      rmSync(folder, { recursive: true });
    }
  });

  it('names each mistake of a faulty process file, and what stands still because of it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sco-config-'));
    cpSync('config', folder, { recursive: true });
    const file = join(folder, 'processes', 'firewall-change.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('mode: observe', 'mode: full'));
    const { code, json } = await runSco(['doctor', '--json'], {
      context: { environment: { PATH: process.env['PATH'], SCO_CONFIG_DIR: folder, SCO_TOKEN: 'x' } },
    });
    rmSync(folder, { recursive: true });
    const { rows } = json() as Report;
    expect(rows.filter(({ state }) => state === 'problem')).toEqual([
      expect.objectContaining({
        check: 'processes/firewall-change.yaml',
        found: expect.stringMatching(/^processes\/firewall-change.yaml:\d+:1: mode: /) as string,
        advice: 'correct the file; until then tickets of Firewall change are not driven',
      }),
    ]);
    expect(code).toBe(1);
  });

  it('names what is faulty in the configuration that the worker uses, and each script that it would refuse', async () => {
    const fault = 'the process file processes/web.yaml is faulty: processes/web.yaml:4:1: mode: …';
    const refused = { name: 'notify', executable: '/opt/notify', why: 'it is not executable; chmod +x' };
    const { code, json } = await runSco(['doctor', '--json'], {
      status: {
        configurations: async () => [
          { ...CONFIGURATION, faultyProcesses: [fault], refusedScripts: [refused] },
        ],
      },
    });
    expect(code).toBe(1);
    const bad = (json() as Report).rows.filter(({ state }) => state === 'problem');
    expect(bad).toMatchObject([
      { check: 'used by worker@a/7', found: fault, advice: expect.stringContaining('not driven') as string },
      {
        check: 'script notify',
        found: '/opt/notify would be refused, checked by worker@a/7: it is not executable; chmod +x',
      },
    ]);
  });

  it('names each server whose refresh token ends soon or has ended, with the command to type', async () => {
    const refreshTokens = [
      { server: 'itsm', expiresAtMs: NOW + 2 * 86_400_000 },
      { server: 'kpi', expiresAtMs: NOW - 1 },
    ];
    const { code, json } = await runSco(['doctor', '--json'], {
      status: { configurations: async () => [{ ...CONFIGURATION, refreshTokens }] },
    });
    expect(code).toBe(1);
    const rows = (json() as Report).rows.filter(({ found }) => found.includes('refresh token'));
    expect(rows).toMatchObject([
      {
        state: 'note',
        found: 'the refresh token of server itsm expires in 2 d (2026-11-24T13:00Z)',
        advice: 'get a new refresh token and give it with: sco server login itsm',
      },
      {
        state: 'problem',
        found: 'the refresh token of server kpi has expired (2026-11-22T12:59Z); messages to it are held',
        advice: 'get a new refresh token and give it with: sco server login kpi',
      },
    ]);
  });

  it('checks the registered scripts itself where no worker says what it uses', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sco-config-'));
    cpSync('config', folder, { recursive: true });
    const executable = join(folder, 'notify.sh');
    writeFileSync(executable, '#!/bin/sh\n', { mode: 0o600 });
    writeFileSync(
      join(folder, 'scripts.yaml'),
      `scripts:\n  - { name: notify, executable: ${executable}, sha256: ${'ab'.repeat(32)} }\n`,
    );
    const { json } = await runSco(['doctor', '--json'], {
      context: { environment: { PATH: process.env['PATH'], SCO_CONFIG_DIR: folder, SCO_TOKEN: 'x' } },
    });
    rmSync(folder, { recursive: true });
    expect((json() as Report).rows.filter(({ check }) => check === 'script notify')).toMatchObject([
      { state: 'problem', found: expect.stringContaining('it is not executable; chmod +x') as string },
    ]);
  });

  it('names every workflow whose code fails, with its reason', async () => {
    const lane = { workflowId: 'lane/20', runId: 'r', type: 'lane', attempt: 7, sinceMs: null };
    const failing = [{ ...lane, reason: 'TypeError: null is not iterable' }];
    const { code, json } = await runSco(['doctor', '--json'], {
      context: {
        inspectTemporal: async () => ({
          ...HEALTHY,
          workflows: { failing, undecodable: [], examined: 12, more: false },
        }),
        environment: { PATH: process.env['PATH'], SCO_CONFIG_DIR: './config', SCO_TOKEN: 'x' },
      },
    });
    expect(code).toBe(1);
    const bad = (json() as Report).rows.filter(({ state }) => state === 'problem');
    expect(bad).toMatchObject([
      { check: 'workflow lane/20', found: expect.stringContaining('attempt 7): TypeError: null') as string },
    ]);
  });

  it('says once of workflows of ours that this machine lacks their key, and nothing of terminating them', async () => {
    const undecodable = ['ticket/1', 'ticket/2', 'lane/20'].map((workflowId) => ({
      workflowId,
      runId: 'r7',
      what: ['memo subject (encoding binary/key-missing)'],
    }));
    const { json } = await runSco(['doctor', '--json'], {
      context: {
        inspectTemporal: async () => ({
          ...HEALTHY,
          workflows: { failing: [], undecodable, examined: 12, more: false },
        }),
        environment: { PATH: process.env['PATH'], SCO_CONFIG_DIR: './config', SCO_TOKEN: 'x' },
      },
    });
    const bad = (json() as Report).rows.filter(({ state }) => state === 'problem');
    expect(bad).toMatchObject([
      {
        check: 'workflow ticket/1 and 2 more',
        advice: expect.stringMatching(/^copy the file of SCO_PAYLOAD_KEYS_FILE/) as string,
      },
    ]);
  });

  it('names the payload keys by their ids, and a file of theirs that others can read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sco-keys-'));
    const file = join(folder, 'payload-keys');
    writeFileSync(file, `new ${'b'.repeat(64)}\nold ${'a'.repeat(64)}\n`, { mode: 0o644 });
    const environment = {
      PATH: process.env['PATH'],
      SCO_CONFIG_DIR: './config',
      SCO_TOKEN: 'x',
      SCO_PAYLOAD_CODEC: 'aes-256-gcm',
      SCO_PAYLOAD_KEYS_FILE: file,
    };
    const { code, json, out } = await runSco(['doctor', '--json'], { context: { environment } });
    rmSync(folder, { recursive: true });
    const rows = (json() as Report).rows.filter(({ check }) => check === 'payload keys');
    expect(rows).toMatchObject([
      {
        state: 'ok',
        found: expect.stringMatching(
          /^encrypts with new\.[0-9a-f]{8} \(aes-256-gcm\), decrypts also with old\.[0-9a-f]{8}$/,
        ) as string,
      },
      { state: 'problem', advice: `chmod 600 '${file}', then exchange the key` },
    ]);
    expect(out).not.toContain('bbbb');
    expect(code).toBe(1);
  });

  it('names every workflow with parts that cannot be decoded', async () => {
    const lane = { workflowId: 'lane/20', runId: 'r7', what: ['memo x (encoding binary/unheard-of)'] };
    const undecodable = [lane, ...Array.from({ length: 11 }, () => lane)];
    const { code, json } = await runSco(['doctor', '--json'], {
      context: {
        inspectTemporal: async () => ({
          ...HEALTHY,
          workflows: { failing: [], undecodable, examined: 12, more: false },
        }),
        environment: { PATH: process.env['PATH'], SCO_CONFIG_DIR: './config', SCO_TOKEN: 'x' },
      },
    });
    expect(code).toBe(1);
    const bad = (json() as Report).rows.filter(({ state }) => state === 'problem');
    expect(bad).toHaveLength(11);
    expect(bad[0]).toMatchObject({
      check: 'workflow lane/20',
      found: expect.stringContaining('cannot be decoded: memo x (encoding binary/unheard-of)') as string,
      advice: expect.stringContaining("temporal workflow terminate -w 'lane/20' -r r7") as string,
    });
    expect(bad.at(-1)).toMatchObject({ found: expect.stringContaining('2 more') as string });
  });

  it('names what runs under an id of ours and is not ours, and a stop switch that does not run', async () => {
    const found = [{ workflowId: 'lane/20', runId: 'r7', type: 'whatever', taskQueue: 'mine' }];
    const foreign = { found, more: false };
    const { json } = await runSco(['doctor', '--json'], {
      context: {
        inspectTemporal: async () => ({ ...HEALTHY, foreign, control: 'TERMINATED' }),
        environment: { PATH: process.env['PATH'], SCO_CONFIG_DIR: './config', SCO_TOKEN: 'x' },
      },
    });
    expect((json() as Report).rows.filter(({ state }) => state === 'problem')).toMatchObject([
      { check: 'stop switch', found: expect.stringContaining('does not run (terminated)') as string },
      {
        check: 'workflow lane/20',
        found: expect.stringContaining('type whatever, task queue mine') as string,
        advice: expect.stringContaining("temporal workflow terminate -w 'lane/20' -r r7") as string,
      },
    ]);
  });

  it('says how many more there are that are not ours than it names, and when there may be more', async () => {
    const found = Array.from({ length: 13 }, (_, at) => ({
      workflowId: `ticket/${at + 1}`,
      runId: 'r',
      type: 'whatever',
      taskQueue: 'mine',
    }));
    const named = async (more: boolean): Promise<string[]> => {
      const { json } = await runSco(['doctor', '--json'], {
        context: { inspectTemporal: async () => ({ ...HEALTHY, foreign: { found, more } }) },
      });
      return (json() as Report).rows.filter(({ state }) => state === 'problem').map((row) => row.found);
    };
    expect((await named(false)).at(-1)).toMatch(/^3 more that this product did not start/);
    expect((await named(true)).at(-1)).toMatch(/^at least 3 more/);
  });

  it('ends with 1 and says what to type for each problem', async () => {
    const { code, json } = await runSco(['doctor', '--json'], {
      context: {
        inspectTemporal: async () => ({
          ...HEALTHY,
          retentionDays: 1,
          missingSearchAttributes: ['ScoPhase'],
          registerCommand: 'temporal operator search-attribute create --name ScoPhase --type Keyword',
          queues: [{ name: 'sco', pollers: [] }],
          sweep: null,
        }),
        gatewayReady: async () => {
          throw new ClientError('gatewayAway', 'gateway: readiness: cannot be reached');
        },
        environment: { PATH: '', SCO_CONFIG_DIR: './nowhere' },
      },
    });
    const { problems, rows } = json() as Report;
    expect(code).toBe(1);
    const bad = rows.filter(({ state }) => state === 'problem');
    expect(bad).toHaveLength(problems);
    expect(bad.map(({ check }) => check)).toEqual(
      expect.arrayContaining([
        'bash',
        'curl',
        'base64',
        'files in ./nowhere',
        'search attributes',
        'retention',
        'worker for workflows and reads',
        'sweep',
        'http://127.0.0.1:8000',
      ]),
    );
    expect(bad.every(({ advice }) => (advice ?? '').length > 10)).toBe(true);
  });

  it('looks at the configuration that the worker uses, not at the one that lies here', async () => {
    const processes = loadConfig('./config').processes.map(processFactsOf);
    const { code, json } = await runSco(['doctor', '--json'], {
      status: { configurations: async () => [{ ...CONFIGURATION, processes }] },
      context: { environment: { PATH: process.env['PATH'], SCO_CONFIG_DIR: './nowhere', SCO_TOKEN: 'x' } },
    });
    const rows = (json() as Report).rows.map(({ check, found }) => `${check}: ${found}`);
    expect(code).toBe(0);
    expect(rows.join('\n')).not.toContain('nowhere');
    expect(rows).toContainEqual(
      expect.stringMatching(
        /^used by worker@a\/7: \/etc\/sco\/config, digest ab12cd34ef56: .*firewall-change observe/,
      ),
    );
  });

  it('reports edited files that the worker cannot use', async () => {
    const { code, out } = await runSco(['doctor'], {
      status: { configurations: async () => [{ ...CONFIGURATION, problem: 'calendars.yaml:3:1: no zone' }] },
    });
    expect(code).toBe(1);
    expect(out).toMatch(/✗ problem .*used by worker@a\/7: calendars\.yaml:3:1: no zone/);
  });

  it('does not take a worker that is gone for one that is there, and says how long ago it asked', async () => {
    const gone = { identity: 'worker@b/9', lastAskedAtMs: NOW - 180_000 };
    const queues = ['sco', 'sco-push', 'sco-script', 'sco-question'].map((name) => ({
      name,
      pollers: [gone],
    }));
    const { code, json } = await runSco(['doctor', '--json'], {
      context: { inspectTemporal: async () => ({ ...HEALTHY, queues }) },
    });
    const bad = (json() as Report).rows.filter(({ state }) => state === 'problem');
    expect(code).toBe(1);
    expect(bad.map(({ found }) => found)).toEqual(
      ['sco', 'sco-push', 'sco-script', 'sco-question'].map(
        (name) => `no worker polls queue ${name}; gone: worker@b/9 (last poll 3 m ago)`,
      ),
    );
  });

  it('reports an absent Temporal and wrong settings, each mistake by itself', async () => {
    const { code, json } = await runSco(['doctor', '--json'], {
      context: {
        inspectTemporal: async () => {
          throw new ClientError('temporalAway', 'temporal: namespace default: does not answer');
        },
        environment: { SCO_GATEWAY_URL: 'not an address', SECURECHANGE_URL: 'neither', PATH: '' },
      },
    });
    const found = (json() as Report).rows.map((row) => row.found).join('\n');
    expect(code).toBe(1);
    expect(found).toContain('SCO_GATEWAY_URL');
    expect(found).toContain('SECURECHANGE_URL');
    expect(found).toContain('temporal: namespace default');
  });
});

describe('the sweep', () => {
  const sweepRow = async (findings: SweepFindings) => {
    const { json } = await runSco(['doctor', '--json'], {
      context: {
        inspectTemporal: async () => ({
          ...HEALTHY,
          sweep: { paused: false, lastRunAtMs: 0, endedAtMs: 0, findings },
        }),
      },
    });
    return (json() as Report).rows.find(({ check }) => check === 'sweep');
  };

  it('is a problem while it leaves out what it cannot read, each by its name', async () => {
    expect(await sweepRow({ odd: ['ticket 2: workflow'], oddCount: 1, cut: false })).toMatchObject({
      state: 'problem',
      found: expect.stringContaining('1 not readable (ticket 2: workflow)'),
    });
  });

  it('is a problem while it does not see every open ticket', async () => {
    expect(await sweepRow({ odd: [], oddCount: 0, cut: true })).toMatchObject({ state: 'problem' });
    expect(await sweepRow({ odd: [], oddCount: 0, cut: false })).toMatchObject({ state: 'ok' });
  });
});

describe('the machine', () => {
  it('needs a Node that we are tested on', () => {
    const state = (version: string) => checkMachine(version, '')[0]?.state;
    expect([state('v20.18.3'), state('v20.19.0'), state('v22.1.0'), state('v18.20.0')]).toEqual([
      'problem',
      'ok',
      'ok',
      'problem',
    ]);
  });
});

describe('SecureChange', () => {
  const [process] = loadConfig('./config')
    .processes.filter(({ workflow }) => workflow === 'Firewall change')
    .map(processFactsOf);
  if (process === undefined) throw new Error('the sample process is gone');
  const { steps } = process;
  const [exampleStep = ''] = steps;

  /** Only what the doctor reads; anything else would be a mistake. */
  function fake(part: Partial<SecureChange> = {}): SecureChange {
    return {
      whoAmI: async () => ({ login: 'wf-api', id: '5' }),
      readWorkflow: async () => ({ steps }),
      listOpenTickets: async () => ({
        rows: [
          { id: '1', status: 'inProgress', workflow: process!.workflow, stepId: '1', stepName: exampleStep },
        ],
        odd: [],
        next: null,
        cut: false,
      }),
      listOddRows: async () => [
        { list: 'open tickets', read: 1, odd: [], cut: false },
        { list: 'devices', read: 40, odd: [], cut: false },
      ],
      readTicket: async () =>
        ({
          step: {
            name: exampleStep,
            fieldNames: [process!.requestField, process!.approvals[0]?.field ?? ''],
          },
        }) as never,
      ...part,
    } as SecureChange;
  }

  const everyEvent = async () => ({
    rows: [{ script: '/m.sh', workflow: process.workflow, events: [...TRIGGER_EVENTS] }],
    odd: [],
  });

  it('is asked for the processes that the worker uses, else for those of the files here', async () => {
    const asked = async (configurations: readonly (typeof CONFIGURATION)[]): Promise<readonly string[]> => {
      const read: string[] = [];
      const secureChange = fake({
        readWorkflow: async (name) => {
          read.push(name);
          return { steps };
        },
      });
      await runSco(['doctor', '--json'], {
        status: { configurations: async () => configurations },
        context: {
          environment: { PATH: globalThis.process.env['PATH'], SCO_CONFIG_DIR: './config', SCO_TOKEN: 'x' },
          openSecureChange: async () => ({
            secureChange,
            readTriggers: everyEvent,
            close: async () => undefined,
          }),
        },
      });
      return read;
    };
    const used = { ...process, workflow: 'Only the worker has it' };
    expect(await asked([{ ...CONFIGURATION, processes: [used] }])).toEqual(['Only the worker has it']);
    expect(await asked([])).toContain('Firewall change');
  });

  it('is fine when workflow, steps, fields and triggers are as the definition says', async () => {
    const rows = await checkSecureChange({ secureChange: fake(), readTriggers: everyEvent }, [process]);
    // No call that changes nothing shows the permission.
    const seen = rows.filter(({ check }) => check !== 'right to act for others');
    expect(seen.map(({ state }) => state)).toEqual(seen.map(() => 'ok'));
    expect(seen).toHaveLength(7);
    expect(rows).toHaveLength(8);
  });

  it('names the steps in which SecureChange pushes by itself, as the process says', async () => {
    const itself = { ...process, pushesByItself: ['Release'] };
    const rows = await checkSecureChange({ secureChange: fake(), readTriggers: everyEvent }, [itself]);
    expect(rows.filter(({ check }) => check.startsWith('pushes of'))).toMatchObject([
      {
        state: 'note',
        found: expect.stringContaining('by itself in step Release') as string,
        advice: expect.stringContaining('sco survey') as string,
      },
    ]);
  });

  it('names the rows of lists that cannot be read, and a list that is cut', async () => {
    const odd = [{ row: 'ticket 2', id: '2', why: 'workflow' }];
    const secureChange = fake({
      readWorkflow: async () => ({
        steps,
        odd: [{ row: 'workflow step at place 3', id: null, why: 'name' }],
      }),
      listOddRows: async () => [
        { list: 'open tickets', read: 2, odd, cut: true },
        { list: 'devices', read: 50_000, odd: [], cut: true },
      ],
    });
    const readTriggers = async () => ({
      rows: (await everyEvent()).rows,
      odd: [{ row: 'script 14', id: '14', why: 'triggers' }],
    });
    const rows = await checkSecureChange({ secureChange, readTriggers }, [process]);
    const problems = rows.filter(({ state }) => state === 'problem');
    expect(problems.map(({ check, found }) => `${check}: ${found}`)).toEqual([
      'list of open tickets: 1 of 3 rows cannot be read: ticket 2 (workflow)',
      'list of open tickets: more than the 2 rows that are read in one go',
      'list of devices: more than the 50000 rows that are read in one go',
      'list of triggers: 1 of 2 rows cannot be read: script 14 (triggers)',
      `list of steps of ${process.workflow}: 1 of ${steps.length + 1} rows cannot be read: workflow step at place 3 (name)`,
    ]);
  });

  it('names missing steps, fields and events, and what there is instead', async () => {
    const rows = await checkSecureChange(
      {
        secureChange: fake({
          readWorkflow: async () => ({ steps: ['Something else'] }),
          readTicket: async () => ({ step: { name: exampleStep, fieldNames: ['Other'] } }) as never,
        }),
        readTriggers: async () => ({
          rows: [{ script: '/m.sh', workflow: process.workflow, events: ['CREATE'] }],
          odd: [],
        }),
      },
      [process],
    );
    const problems = rows.filter(({ state }) => state === 'problem');
    expect(problems.map(({ found, advice }) => `${found} ${advice ?? ''}`)).toEqual([
      expect.stringMatching(new RegExp(`has no step .*${exampleStep}.*Something else`)),
      expect.stringMatching(new RegExp(`has no field ${process.requestField}.*Other`)),
      expect.stringMatching(/none for ADVANCE.*sco mediator build/),
    ]);
  });

  it('stops at a refused credential, and only notes what it may not see', async () => {
    const refusal = new CallFailure({
      kind: 'auth',
      system: 'securechange',
      operation: 'find our own user',
      code: 'http.unauthorized',
      message: 'the credential is not accepted',
    });
    const refused = async () => {
      throw refusal;
    };
    const login = await checkSecureChange(
      { secureChange: fake({ whoAmI: refused }), readTriggers: everyEvent },
      [process],
    );
    expect(login).toEqual([
      expect.objectContaining({ state: 'problem', advice: expect.stringContaining('SECURECHANGE_USER') }),
    ]);
    const triggers = await checkSecureChange({ secureChange: fake(), readTriggers: refused }, [process]);
    expect(triggers.find(({ check }) => check === 'triggers')?.state).toBe('note');
  });

  it('reads triggers with all quirks of lists, row by row', () => {
    const trigger = { name: 't', workflow: { name: 'W' }, events: 'ADVANCE' };
    const registered = { id: 1, name: 'm', executer: { path: '/m.sh' }, triggers: [trigger] };
    const expected = [{ script: '/m.sh', workflow: 'W', events: ['ADVANCE'] }];
    const read = (workflow_triggers: unknown) =>
      triggersSchema.parse({ workflow_triggers }).workflow_triggers;
    expect(read({ workflow_trigger: registered })?.rows).toEqual(expected);
    expect(read({ workflow_trigger: [{ ...registered, triggers: { trigger } }] })?.rows).toEqual(expected);
    expect(read('')).toBeNull();
    const broken = { ...registered, id: 2, triggers: [{ ...trigger, workflow: '' }, trigger] };
    expect(read({ workflow_trigger: [broken, 'text', registered] })).toEqual({
      rows: [...expected, ...expected],
      odd: [
        { row: 'script at place 2', id: null, why: 'the row itself' },
        { row: 'trigger at place 1', id: null, why: 'workflow' },
      ],
    });
    expect(triggersSchema.safeParse({ error: 'nonsense' }).success).toBe(false);
  });
});
