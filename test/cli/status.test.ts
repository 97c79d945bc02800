import { ClientError, type ParkedTicket } from '../../packages/client/src/contract.js';
import { workersOf } from '../../src/cli/status/workers.js';
import type { ConfigurationFacts } from '../../src/domain/configuration-facts.js';
import type { ControlView, ParkingView } from '../../src/domain/view.js';
import { ASKS_WITHIN_MS } from '../../src/domain/workers.js';
import { CONFIGURATION, HEALTHY, NOW, runSco } from '../support/cli-context.js';

const STOPPED: ControlView = {
  stoppedByPerson: true,
  stopped: true,
  by: 'o.brandt',
  reason: 'storage incident',
  sinceMs: NOW - 300_000,
};

const parked = (part: Partial<ParkingView> = {}): ParkingView => ({
  code: 'push.failed',
  phase: 'update',
  target: '21',
  targetName: 'DG-B',
  reason: 'it failed: rejected by the device',
  evidence: null,
  sinceMs: NOW - 60_000,
  waysOut: [{ command: 'retry', hint: 'sco ticket retry 5 --reason "…"' }],
  ...part,
});

const TICKET: ParkedTicket = {
  ticketId: '5',
  subject: 'CRM to billing',
  parkings: [parked(), parked({ targetName: 'ADOM-RETAIL', reason: 'it is locked' })],
  moreParkings: 0,
  unreadable: null,
};

interface StatusDocument {
  readonly concerns: readonly string[];
  readonly stop: ControlView | null;
}

describe('sco status', () => {
  it('ends with 0 when nothing needs an operator, and says what is used and what opens next', async () => {
    const { code, out } = await runSco(['status'], {
      status: {
        configurations: async () => [CONFIGURATION],
        nextOpening: async () => ({ ticketId: '7', opensAtMs: NOW + 3_600_000 }),
      },
    });
    expect(code).toBe(0);
    expect(out).toMatch(/stop +off/);
    expect(out).toMatch(/queue sco-push\): worker@a\/7 \(last poll 12 s ago\)/);
    expect(out).toContain(
      '/etc/sco/config, digest ab12cd34ef56, loaded 2026-11-22 13:00:00 +01:00 (1 h ago)',
    );
    expect(out).toMatch(/opens next +ticket 7, 2026-11-22 15:00:00 \+01:00 \(in 1 h\)/);
    expect(out).toContain('✓ nothing needs an operator');
  });

  it('names a workflow whose code fails, which lists show as if nothing were wrong', async () => {
    const workflows = {
      failing: [
        {
          workflowId: 'lane/20',
          runId: 'r',
          type: 'lane',
          attempt: 7,
          sinceMs: null,
          reason: 'TypeError: null',
        },
      ],
      undecodable: [],
      examined: 3,
      more: false,
    };
    const { code, out } = await runSco(['status'], {
      context: { inspectTemporal: async () => ({ ...HEALTHY, workflows }) },
    });
    expect(code).toBe(1);
    expect(out).toContain('✗ workflow lane/20 is blocked, its workflow task fails: TypeError: null');
  });

  it('names a workflow with parts that cannot be decoded', async () => {
    const what = ['memo x (encoding binary/unheard-of)'];
    const undecodable = Array.from({ length: 6 }, (_, n) => ({
      workflowId: `ticket/${n}`,
      runId: 'r',
      what,
    }));
    const workflows = { failing: [], undecodable, examined: 6, more: false };
    const { code, json } = await runSco(['status', '--json'], {
      context: { inspectTemporal: async () => ({ ...HEALTHY, workflows }) },
    });
    expect(code).toBe(1);
    const { concerns } = json() as StatusDocument;
    expect(concerns).toHaveLength(6);
    expect(concerns[0]).toBe(
      'workflow ticket/0 cannot be decoded: memo x (encoding binary/unheard-of); see sco doctor',
    );
    expect(concerns[5]).toBe('1 more workflows cannot be decoded; see sco doctor');
  });

  it('names what runs under our ids and is not ours, and does not show what a stop switch says that is not ours', async () => {
    const lane = { workflowId: 'lane/20', runId: 'r7', type: 'whatever', taskQueue: 'mine' };
    const foreign = { found: [lane, { ...lane, workflowId: 'control' }], more: true };
    const off = async (): Promise<ControlView> => ({ stopped: false, by: null, reason: null, sinceMs: null });
    const { code, out, json } = await runSco(['status', '--json'], {
      control: off,
      context: { inspectTemporal: async () => ({ ...HEALTHY, foreign }) },
    });
    expect(code).toBe(1);
    expect((json() as StatusDocument).stop).toBeNull();
    expect((json() as StatusDocument).concerns).toEqual([
      'the workflow control is not ours: the stop switch counts as on, and nothing is pushed',
      expect.stringContaining('workflow lane/20 (type whatever, task queue mine) was not started by'),
      expect.stringContaining('workflow control (type whatever'),
      'there are more workflows that this product did not start; see sco doctor',
    ]);
    expect(out).not.toContain('nothing needs an operator');
  });

  it.each([
    ['TERMINATED', 'the stop switch does not run (terminated)'],
    [null, 'the stop switch does not exist'],
  ])('says that the stop switch does not run (%s)', async (control, text) => {
    const { code, out } = await runSco(['status'], {
      context: { inspectTemporal: async () => ({ ...HEALTHY, control }) },
    });
    expect(code).toBe(1);
    expect(out.replace(/\s+/g, ' ')).toContain(`✗ ${text}`);
  });

  it('says who stopped it, why and since when, and how it is ended', async () => {
    const { code, out } = await runSco(['status'], { control: async () => STOPPED });
    expect(code).toBe(1);
    expect(out).toMatch(
      /stop +STOPPED by o\.brandt since 2026-11-22 13:55:00 \+01:00 \(5 m ago\): storage incident; end it: sco start --reason "…" by another person than o\.brandt/,
    );
    expect(out).toContain('✗ a stop is on');
  });

  it('shows everything a ticket is parked for with its ways out, and one that cannot be asked', async () => {
    const silent = { ...TICKET, ticketId: '6', parkings: [], unreadable: 'its workflow code fails' };
    const { code, out } = await runSco(['status'], { status: { parked: async () => [TICKET, silent] } });
    expect(code).toBe(1);
    expect(out).toContain('NEEDS ATTENTION 1 of 2 it failed: rejected by the device');
    expect(out).toContain('push.failed in update, ADOM-RETAIL, since');
    expect(out.match(/sco ticket retry 5/g)).toHaveLength(2);
    expect(out).toContain('cannot be asked why: its workflow code fails');
    expect(out).toContain('✗ 2 tickets need attention');
  });

  it('says how many more workers there are than it names', async () => {
    const pollers = [1, 2, 3, 4, 5].map((at) => ({ identity: `worker@m/${at}`, lastAskedAtMs: NOW }));
    const queues = HEALTHY.queues.map(({ name }) => ({ name, pollers }));
    for (const command of ['status', 'doctor']) {
      const { out } = await runSco([command], {
        context: { inspectTemporal: async () => ({ ...HEALTHY, queues }) },
      });
      expect(out.replaceAll(/\s+/g, ' ')).toContain('worker@m/3 (last poll now), and 2 more');
    }
  });

  it('says that more tickets need attention than it shows', async () => {
    const parkedOf = async (limit: number): Promise<readonly ParkedTicket[]> =>
      Array.from({ length: limit }, (_, at) => ({ ...TICKET, ticketId: String(at + 1) }));
    const { out, json } = await runSco(['status', '--json'], { status: { parked: parkedOf } });
    expect((json() as StatusDocument).concerns).toEqual([
      'more than 50 tickets need attention; all of them: sco ticket list --needs-attention --limit 1000',
    ]);
    expect(out).not.toContain('"ticketId": "51"');
  });

  it('says which worker is gone, and that the stop switch cannot be read without one', async () => {
    const { code, out } = await runSco(['status'], {
      control: async () => {
        throw new ClientError('workerAway', 'temporal: stop switch: no worker answers');
      },
      context: { hasEnded: (identity) => identity === 'worker@a/7' },
      status: { configurations: async () => [CONFIGURATION] },
    });
    expect(code).toBe(1);
    expect(out).toContain(
      'none for Update and Commit (queue sco-push); gone: worker@a/7 (last poll 12 s ago, its process has ended)',
    );
    expect(out).toContain('reported by worker@a/7, release 0.1.0, 40 s ago; that worker is gone');
    expect(out).toContain('✗ no worker answers');
  });

  it('says what keeps edited files from being used, and where workers differ', async () => {
    const queues = HEALTHY.queues.map(({ name, pollers }) => ({
      name,
      pollers: [...pollers, { identity: 'worker@b/9', lastAskedAtMs: NOW }],
    }));
    const problem = 'calendars.yaml:3:1: there is no zone Mars/Base';
    const { out, json } = await runSco(['status', '--json'], {
      context: { inspectTemporal: async () => ({ ...HEALTHY, queues }) },
      status: {
        configurations: async () => [
          CONFIGURATION,
          { ...CONFIGURATION, worker: 'worker@b/9', digest: 'other', problem },
        ],
      },
    });
    expect((json() as StatusDocument).concerns).toEqual([
      'the workers use different configurations',
      'worker@b/9 cannot use the configuration files as they are now',
    ]);
    expect(out).toContain(problem);
  });

  it('names faulty process files, and scripts that the worker would refuse to run', async () => {
    const faults = {
      faultyProcesses: ['the process file processes/web.yaml is faulty: processes/web.yaml:4:1: mode: …'],
      refusedScripts: [{ name: 'notify', executable: '/opt/notify', why: 'it is not executable; chmod +x' }],
    };
    const configurations = async (): Promise<readonly ConfigurationFacts[]> => [
      { ...CONFIGURATION, ...faults },
    ];
    const { code, json } = await runSco(['status', '--json'], { status: { configurations } });
    expect(code).toBe(1);
    expect((json() as StatusDocument).concerns).toEqual([
      `worker@a/7: ${faults.faultyProcesses[0]}`,
      'worker@a/7 would refuse to run the script notify: it is not executable; chmod +x',
    ]);
    const { err } = await runSco(['lane', 'list'], {
      status: { configurations },
      lanes: { list: async () => [] },
    });
    expect(err).toContain('configuration /etc/sco/config ab12cd34ef56 with 1 faulty process file');
  });

  it('asks for another refresh token ahead of time, once for each server', async () => {
    const ending = (inMs: number) => [{ server: 'itsm', expiresAtMs: NOW + inMs }];
    const { code, json } = await runSco(['status', '--json'], {
      status: {
        configurations: async () => [
          { ...CONFIGURATION, refreshTokens: ending(5 * 86_400_000) },
          { ...CONFIGURATION, atMs: NOW - 90_000, refreshTokens: ending(60_000) },
        ],
      },
    });
    expect(code).toBe(1);
    expect((json() as StatusDocument).concerns).toEqual([
      'the refresh token of server itsm expires in 5 d (2026-11-27T13:00Z); get a new refresh token and give it with: sco server login itsm',
    ]);
  });

  it('says which messages to the stop switch were ignored', async () => {
    const ignored = { count: 1, last: [{ atMs: NOW - 60_000, message: 'stop', why: 'unknown message' }] };
    const { out } = await runSco(['status'], {
      control: async () => ({ stopped: false, by: null, reason: null, sinceMs: null, ignored }),
    });
    expect(out).toContain(
      'ignored: 1 message; the newest 2026-11-22 13:59:00 +01:00 (1 m ago): stop: unknown message',
    );
  });

  it('says size and age of the newest tree head of the evidence log', async () => {
    const { code, out } = await runSco(['status']);
    expect(code).toBe(0);
    expect(out.replace(/\s+/g, ' ')).toContain(
      'newest tree head signs 42 records, signed 2 h ago; confirmed by the export that ended 30 m ago',
    );
  });

  const EVIDENCE = HEALTHY.evidence as NonNullable<typeof HEALTHY.evidence>;
  it.each([
    [{ ...EVIDENCE, endedAtMs: NOW - 3 * 3_600_000 }, 'is too old: the last export that succeeded ended 3 h'],
    [{ ...EVIDENCE, endedAtMs: null, head: null }, 'no evidence export has succeeded since'],
    [{ ...EVIDENCE, paused: true }, 'the schedule of the evidence export is paused'],
    [null, 'the schedule of the evidence export does not exist'],
  ])('warns when the exports into the evidence log are late: %o', async (evidence, text) => {
    const context = { inspectTemporal: async () => ({ ...HEALTHY, evidence }) };
    const { code, json } = await runSco(['status', '--json'], { context });
    expect(code).toBe(1);
    expect((json() as StatusDocument).concerns).toEqual([expect.stringContaining(text)]);
    const doctor = await runSco(['doctor', '--json'], { context });
    const { rows } = doctor.json() as { rows: readonly { check: string; state: string; found: string }[] };
    expect(rows.find(({ check }) => check === 'evidence')).toMatchObject({
      state: 'problem',
      found: expect.stringContaining(text),
    });
  });

  it.each([
    ['a new installation', { ...EVIDENCE, firstRunAtMs: null, endedAtMs: null, head: null }],
    ['one export that failed', { ...EVIDENCE, endedAtMs: NOW - 2 * 3_600_000 }],
  ])('does not warn of %s', async (_what, evidence) => {
    const context = { inspectTemporal: async () => ({ ...HEALTHY, evidence }) };
    expect((await runSco(['status'], { context })).code).toBe(0);
  });

  it('names the tickets of SecureChange that cannot be read', async () => {
    const findings = { odd: ['ticket 2: workflow'], oddCount: 1, cut: false };
    const { code, out } = await runSco(['status'], {
      context: {
        inspectTemporal: async () => ({
          ...HEALTHY,
          sweep: { paused: false, lastRunAtMs: NOW, endedAtMs: NOW, findings },
        }),
      },
    });
    expect(code).toBe(1);
    expect(out).toContain('not readable: ticket 2: workflow');
    expect(out).toContain('✗ the sweep cannot read 1 tickets or lanes');
  });

  it('ends with 4 when Temporal does not answer', async () => {
    const { code } = await runSco(['status'], {
      context: {
        inspectTemporal: async () => {
          throw new ClientError('temporalAway', 'temporal: does not answer');
        },
      },
    });
    expect(code).toBe(4);
  });
});

describe('the line above every command', () => {
  const list = async () => [];

  it('says on standard error what an operator has to know first; the document stays clean', async () => {
    const { err, json } = await runSco(['ticket', 'list', '--json'], {
      tickets: { list },
      control: async () => STOPPED,
      status: {
        attention: async () => ['5', '6'].map((ticketId) => ({ ticketId, subject: null })),
        nextOpening: async () => ({ ticketId: '7', opensAtMs: NOW + 3_600_000 }),
        configurations: async () => [CONFIGURATION],
      },
    });
    expect(json()).toEqual([]);
    expect(err).toBe(
      'sco: STOPPED by o.brandt since 2026-11-22 13:55:00 +01:00 (5 m ago): storage incident; 2 tickets need attention: 5, 6; ' +
        'next window: ticket 7, 2026-11-22 15:00:00 +01:00 (in 1 h); configuration /etc/sco/config ab12cd34ef56 (sco status)\n',
    );
  });

  it.each([
    'ticket list',
    'ticket show 5',
    'ticket watch 5',
    'ticket history 5',
    'ticket retry 5 --reason repaired',
    'ticket decide 5 --target 21 --accept --reason seen',
    'lane list',
    'lane show 20',
    'lane pause 20 --reason repair',
    'push decide 20/7 --was-sent --reason seen',
    'start --reason over',
    'doctor',
  ])('is above each command that asks Temporal or sends: %s', async (command) => {
    const { err } = await runSco(command.split(' '), { control: async () => STOPPED });
    expect(err).toMatch(/^sco: STOPPED by o.brandt/);
  });

  it('says what opens next and what the worker uses also when nothing needs an operator', async () => {
    const quiet = await runSco(['ticket', 'list'], {
      tickets: { list },
      status: {
        nextOpening: async () => ({ ticketId: '7', opensAtMs: NOW + 3_600_000 }),
        configurations: async () => [CONFIGURATION],
      },
    });
    expect(quiet.err).toBe(
      'sco: next window: ticket 7, 2026-11-22 15:00:00 +01:00 (in 1 h); configuration /etc/sco/config ab12cd34ef56 (sco status)\n',
    );
    expect((await runSco(['ticket', 'list'], { tickets: { list } })).err).toBe('');
  });

  it('is left out where it cannot be read: the command itself says so', async () => {
    const away = async (): Promise<never> => {
      throw new ClientError('temporalAway', 'temporal: does not answer');
    };
    const { code, err } = await runSco(['ticket', 'list'], {
      control: away,
      status: { attention: away, configurations: away, nextOpening: away },
    });
    expect([code, err]).toEqual([4, 'sco: temporal: made for the test: does not answer\n']);
  });
});

describe('workers', () => {
  const queues = (lastAskedAtMs: number) => [
    { name: 'sco', pollers: [{ identity: 'worker@a/7', lastAskedAtMs }] },
  ];
  const alive = (askedAgoMs: number, ended = false, answered = false): boolean | undefined =>
    workersOf(queues(NOW - askedAgoMs), NOW, () => ended, answered)[0]?.alive;

  it('are there as long as they ask as often as a living one does', () => {
    expect(alive(0)).toBe(true);
    expect(alive(ASKS_WITHIN_MS)).toBe(true);
    expect(alive(ASKS_WITHIN_MS + 1)).toBe(false);
  });

  it('are gone at once when their process on this machine has ended, unless one of them has just answered', () => {
    expect(alive(1_000, true)).toBe(false);
    expect(alive(1_000, true, true)).toBe(true);
  });
});
