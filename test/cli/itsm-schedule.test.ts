import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runSco } from '../support/cli-context.js';
import { startRecordedServer, type RecordedServer } from '../support/recorded-server.js';
import { writeFolder } from '../config/config-folder.js';

const SERVERS = `servers: { itsm: { kind: servicenow, urlEnv: ITSM_URL, auth: { kind: basic, user: itsm, passwordEnv: ITSM_PASSWORD } } }`;
const BLANK = { parent: '', type: '', repeat_type: '', repeat_count: '', repeat_until: '', days_of_week: '' };
const ENTRY = {
  ...BLANK,
  sys_id: 'e1',
  schedule: 's1',
  name: 'Night',
  start_date_time: '20261128T220000',
  end_date_time: '20261129T040000',
};

let tables: Record<string, object[]>;
let instance: RecordedServer;
let folder: string;
beforeEach(async () => {
  tables = {
    cmn_schedule: [
      { sys_id: 's1', name: 'Freeze', type: 'blackout', time_zone: 'Europe/Berlin', parent: '' },
    ],
    cmn_schedule_span: [ENTRY],
    cmn_other_schedule: [],
  };
  instance = await startRecordedServer(({ path }) => ({
    body: { result: tables[/table\/(\w+)/.exec(path)?.[1] ?? ''] ?? [] },
  }));
  folder = writeFolder({ 'servers.yaml': SERVERS });
});
afterEach(async () => {
  await instance.close();
  rmSync(folder, { recursive: true });
});

async function schedule(...more: string[]): Promise<Awaited<ReturnType<typeof runSco>>> {
  const environment = { SCO_CONFIG_DIR: folder, ITSM_URL: instance.url, ITSM_PASSWORD: 'itsm' };
  return await runSco(['itsm', 'schedule', 'itsm', 'Freeze', ...more], { context: { environment } });
}

describe('sco itsm schedule', () => {
  it('prints the iCalendar file, and only reads', async () => {
    const { code, out } = await schedule();
    expect(code).toBe(0);
    expect(out).toContain('DTSTART;TZID=Europe/Berlin:20261128T220000');
    expect(instance.received.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET']);
  });

  it('ends with 1 when the file is another by now', async () => {
    const file = join(folder, 'freeze.ics');
    const printed = (await schedule()).out;
    writeFileSync(file, printed);
    expect((await schedule('--compare', file)).code).toBe(0);
    tables['cmn_schedule_span'] = [{ ...ENTRY, end_date_time: '20261129T050000' }];
    expect((await schedule('--compare', file)).code).toBe(1);
  });

  it('names what it cannot translate, with the schedule, and prints no file', async () => {
    tables['cmn_schedule_span'] = [ENTRY, { ...ENTRY, name: 'Month end', repeat_type: 'monthly' }];
    const { code, out } = await schedule();
    expect(code).toBe(1);
    expect(out).toContain('schedule Freeze: entry Month end: it repeats monthly');
    expect(out).not.toContain('BEGIN:VCALENDAR');
  });

  it.each([
    [
      'a field that our user may not read',
      [{ ...ENTRY, repeat_type: undefined }],
      'does not show repeat_type',
    ],
    ['an entry of another schedule', [{ ...ENTRY, schedule: 's2' }], 'ignores the condition on schedule'],
  ])('refuses %s', async (_, entries, why) => {
    tables['cmn_schedule_span'] = entries;
    const { code, err } = await schedule();
    expect(code).not.toBe(0);
    expect(err).toContain(why);
  });

  it('refuses a schedule that is not there', async () => {
    tables['cmn_schedule'] = [];
    expect((await schedule()).err).toContain('there is none');
  });
});
