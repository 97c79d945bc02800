import { renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConfigSource } from '../../src/config/config-source.js';
import type { ConfigSource, ConfigSourceOptions } from '../../src/config/config-source.js';
import { ConfigError } from '../../src/config/mistakes.js';
import { CallFailure } from '../../src/domain/failure.js';
import { FILES, PROCESS, writeFolder } from './config-folder.js';

const CANARY = 'canary-5d1c';
let folder: string;
let problems: Error[];

function open(options: ConfigSourceOptions = {}): ConfigSource {
  return createConfigSource(folder, { env: {}, onProblem: (error) => problems.push(error), ...options });
}

const write = (name: string, text: string): void => {
  writeFileSync(join(folder, name), text);
};

beforeEach(() => {
  folder = writeFolder();
  problems = [];
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('operators’ files', () => {
  it('count from the next question on after they were edited', () => {
    const source = open();
    expect(source.processFor('Web change')?.mode).toBe('drive');
    write('processes/web.yaml', PROCESS.replace('mode: drive', 'mode: observe'));
    expect(source.processFor('Web change')?.mode).toBe('observe');
    write('calendars.yaml', `${FILES['calendars.yaml']}  lab: { kind: always }\n`);
    expect(source.calendarNames()).toEqual(['nightly', 'lab']);
    expect(problems).toEqual([]);
  });

  it('are looked for once in a while only where that was asked for, also after the clock was set back', () => {
    let nowMs = 1_000_000;
    const source = open({ lookEveryMs: 1_000, now: () => nowMs });
    const lab = `${FILES['calendars.yaml']}  lab: { kind: always }\n`;
    write('calendars.yaml', lab);
    nowMs += 999;
    expect(source.calendarNames()).toEqual(['nightly']);
    nowMs += 1;
    expect(source.calendarNames()).toEqual(['nightly', 'lab']);
    write('calendars.yaml', lab.replace('lab', 'field'));
    nowMs -= 500_000;
    expect(source.calendarNames()).toEqual(['nightly', 'field']);
  });

  it('say which content is in use, and what keeps a newer one from being used', () => {
    const source = open();
    const before = source.inUse();
    expect(before).toMatchObject({ folder, problem: null, faultyProcesses: [] });
    expect(open().inUse().digest).toBe(before.digest);
    write('calendars.yaml', 'calendars: [oops');
    expect(source.inUse()).toEqual({
      ...before,
      problem: expect.stringContaining('calendars.yaml:1') as string,
    });
    write('calendars.yaml', `${FILES['calendars.yaml']}  lab: { kind: always }\n`);
    expect(source.inUse().problem).toBeNull();
    expect(source.inUse().digest).not.toBe(before.digest);
  });

  it('have another basis of windows after each edit that changes windows, and only then', () => {
    const source = open();
    const bases: string[] = [source.windowsBasis()];
    const edit = (name: string, text: string): void => {
      write(name, text);
      bases.push(source.windowsBasis());
    };
    edit('people.yaml', 'people: []\n');
    expect(new Set(bases).size).toBe(1);
    edit('calendars.yaml', `${FILES['calendars.yaml']}  lab: { kind: always }\n`);
    edit('processes/web.yaml', PROCESS.replace('calendar: nightly', 'calendar: lab'));
    edit('managers.yaml', 'managers: { CMA: { calendar: nightly } }\n');
    edit('managers.yaml', 'managers: { CMA: { calendar: nightly } }\ntags: { pci: [FW1] }\n');
    const inWindow = (line: string): void =>
      edit('processes/web.yaml', PROCESS.replace('calendar: nightly', line));
    inWindow('calendar: lab, horizonDays: 90');
    inWindow('calendar: lab, whenWindowCloses: finish');
    inWindow('calendar: lab, itsmPlannedDates: { server: itsm, start: start_date, end: end_date }');
    expect(new Set(bases).size).toBe(8);
    expect(problems).toEqual([]);
  });

  it('give a tag to what is below the named manager or group, in any case of the letters', () => {
    write('managers.yaml', 'tags: { pci: [FW1, "31"], lab: [pano-8] }\n');
    const target = {
      id: '12',
      name: 'fw1',
      vendor: '',
      laneKey: '3',
      laneName: 'PANO-8',
      path: ['3', '12'],
      domain: null,
    };
    const source = open();
    expect(source.tagsOf(target)).toEqual(['pci', 'lab']);
    expect(source.tagsOf({ ...target, name: 'FW9', laneName: 'CMA', path: ['3', '31', '12'] })).toEqual([
      'pci',
    ]);
    expect(source.tagsOf({ ...target, name: 'FW9', laneName: 'CMA' })).toEqual([]);
  });

  it('are read again when a template changes, and when a file comes or goes', () => {
    const source = open();
    const before = source.processFor('Web change')?.version;
    write('templates/create.json', '{"a": 1}');
    expect(source.processFor('Web change')?.version).not.toBe(before);
    const second = PROCESS.replace('name: web', 'name: lab').replace('Web change', 'Lab change');
    write('processes/lab.yaml', second);
    expect(source.workflowsWithProcess()).toEqual(['Lab change', 'Web change']);
    unlinkSync(join(folder, 'processes/lab.yaml'));
    expect(source.processFor('Lab change')).toBeNull();
  });

  it('that became wrong leave the last good content in use, and are reported once', () => {
    const source = open();
    write('calendars.yaml', 'calendars: 1\n');
    expect(source.calendarNames()).toEqual(['nightly']);
    expect(source.calendarNames()).toEqual(['nightly']);
    expect(problems).toEqual([expect.any(ConfigError)]);
    write('calendars.yaml', `${FILES['calendars.yaml']}  lab: { kind: always }\n`);
    expect(source.calendarNames()).toEqual(['nightly', 'lab']);
    expect(problems).toHaveLength(1);
  });

  it('that are read while they are being written are read again', () => {
    const finished = `${FILES['calendars.yaml']}  lab: { kind: always }\n`;
    const source = open({
      onProblem: () => {
        write('calendars.yaml', finished);
      },
    });
    write('calendars.yaml', finished.slice(0, 20));
    expect(source.calendarNames()).toEqual(['nightly']);
    expect(source.calendarNames()).toEqual(['nightly', 'lab']);
  });

  it('whose folder goes away and comes back are read again', () => {
    const source = open();
    renameSync(folder, `${folder}.away`);
    expect(source.processFor('Web change')?.mode).toBe('drive');
    renameSync(`${folder}.away`, folder);
    write('processes/web.yaml', PROCESS.replace('mode: drive', 'mode: observe'));
    expect(source.processFor('Web change')?.mode).toBe('observe');
    expect(problems).toHaveLength(1);
  });

  it('that are wrong at the start start nothing', () => {
    write('calendars.yaml', 'calendars: 1\n');
    expect(() => open()).toThrow(ConfigError);
  });

  it('say nothing of a workflow without a definition', () => {
    expect(open().processFor('Another workflow')).toBeNull();
  });
});

describe('a process file that is faulty', () => {
  const lab = PROCESS.replace('name: web', 'name: lab').replace('Web change', 'Lab change');
  const faulty = PROCESS.replace('mode: drive', 'mode: full');
  const opened = (): { source: ConfigSource; reported: string[]; pass: (ms: number) => void } => {
    write('processes/lab.yaml', lab);
    const reported: string[] = [];
    let nowMs = 0;
    const source = open({ onFaulty: ({ file }) => reported.push(file), now: () => nowMs });
    return { source, reported, pass: (ms) => (nowMs += ms) };
  };

  it('at the start stops its process, with the reason, and no other', () => {
    write('processes/web.yaml', faulty);
    const { source, reported } = opened();
    expect(source.processFor('Web change')).toBeNull();
    expect(source.faultFor('Web change')).toMatch(
      /^the process file processes\/web.yaml is faulty: processes\/web.yaml:4:1: mode: /,
    );
    expect(source.processFor('Lab change')?.mode).toBe('drive');
    expect(source.faultFor('Lab change')).toBeNull();
    expect(source.inUse()).toMatchObject({ problem: null, faultyProcesses: [source.faultFor('Web change')] });
    expect(source.faultFor('Another workflow')).toBeNull();
    expect(reported).toEqual(['processes/web.yaml']);
  });

  it('after an edit stops its process once the edit has had time to be finished, and starts it when it is right', () => {
    const { source, reported, pass } = opened();
    write('processes/web.yaml', faulty);
    expect(source.processFor('Web change')?.mode).toBe('drive');
    pass(9_000);
    expect(source.faultFor('Web change')).toBeNull();
    pass(1_000);
    expect(source.faultFor('Web change')).toContain('is faulty');
    expect(source.processFor('Web change')).toBeNull();
    expect(source.processFor('Lab change')?.mode).toBe('drive');
    expect(reported).toEqual(['processes/web.yaml']);
    write('processes/web.yaml', PROCESS);
    expect(source.faultFor('Web change')).toBeNull();
    expect(source.processFor('Web change')?.mode).toBe('drive');
    expect(problems).toEqual([]);
  });

  it('that is seen while it is being written changes nothing', () => {
    const { source, reported, pass } = opened();
    write('processes/web.yaml', PROCESS.slice(0, 80));
    expect(source.processFor('Web change')?.mode).toBe('drive');
    pass(3_000);
    write('processes/web.yaml', PROCESS.replace('mode: drive', 'mode: observe'));
    expect(source.processFor('Web change')?.mode).toBe('observe');
    expect(reported).toEqual([]);
  });
});

describe('a server', () => {
  const env = { ITSM_URL: 'https://itsm.example.com/', ITSM_PASSWORD: CANARY };
  const failureOf = (ask: () => unknown): CallFailure['facts'] => {
    try {
      ask();
    } catch (error) {
      if (error instanceof CallFailure) return error.facts;
    }
    throw new Error('no CallFailure');
  };

  it('has its references filled in, and a secret that does not print', () => {
    const server = open({ env }).server('itsm');
    expect(server).toMatchObject({
      url: 'https://itsm.example.com',
      table: 'change_request',
      states: null,
      ticketsField: null,
      allowedAddresses: null,
      timeoutMs: 30_000,
    });
    expect(server.auth.kind === 'basic' && server.auth.password.reveal()).toBe(CANARY);
    expect(JSON.stringify(server)).not.toContain(CANARY);
  });

  it('takes a secret from the file its variable names, read at each use', () => {
    const path = join(folder, 'password');
    writeFileSync(path, 'old\n');
    const source = open({ env: { ITSM_URL: env.ITSM_URL, ITSM_PASSWORD_FILE: path } });
    const password = (): string | false => {
      const { auth } = source.server('itsm');
      return auth.kind === 'basic' && auth.password.reveal();
    };
    expect(password()).toBe('old');
    writeFileSync(path, 'new\n');
    expect(password()).toBe('new');
  });

  it.each([
    ['an unset address', { ITSM_PASSWORD: CANARY }, 'ITSM_URL is not set'],
    ['an unset password', { ITSM_URL: env.ITSM_URL }, 'ITSM_PASSWORD is not set'],
    ['no address', { ...env, ITSM_URL: CANARY }, 'ITSM_URL is not an address'],
    ['plain http', { ...env, ITSM_URL: 'http://itsm.example.com' }, 'plain http'],
  ])('with %s stops the send and says what to set', (_what, broken, message) => {
    const failure = failureOf(() => open({ env: broken }).server('itsm'));
    expect(failure).toMatchObject({ kind: 'rejected', code: 'itsm.not_configured' });
    expect(failure.message).toContain(message);
    expect(failure.message).not.toContain(CANARY);
  });

  it('that is not in the file is named with those that are', () => {
    expect(failureOf(() => open({ env }).server('jira')).message).toContain('(it has: itsm)');
  });
});
