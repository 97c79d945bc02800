import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Survey } from '../../domain/survey.js';
import { savesAhead } from '../configure.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';
import { openAndApprove, untilAllSaved } from './several-tickets.js';

const GROUP = DEVICES.deviceGroup;

export const survey: Scenario = {
  name: 'survey',
  title: 'what is saved and not live is found by reading alone, before anything is driven',
  story:
    'Two tickets have saved their Updates on one device group, and one of them is cancelled. `sco survey` asks SecureChange and SecureTrack with GETs only, without Temporal: it finds both changes, since when they are saved, and what the next Commit would carry. Nothing is written for it.',
  configure: savesAhead,
  play: async (stage) => {
    const { simulator, expect } = stage;
    const ids = await openAndApprove(stage, [
      { subject: 'Printers to scan server', targets: [GROUP], port: 445 },
      { subject: 'Test access for a supplier', targets: [GROUP], port: 2222 },
    ]);
    const [alive = '', cancelled = ''] = ids;
    await untilAllSaved(stage, ids);
    await simulator.act(cancelled, { as: 'j.meier', do: 'cancel', reason: 'the supplier is gone' });
    await stage.ended(cancelled);
    stage.say(`Jana Meier cancels ticket ${cancelled}: its change stays saved on ${GROUP.name}`);

    const folder = mkdtempSync(join(tmpdir(), 'sco-survey-'));
    const file = join(folder, 'survey.html');
    const before = (await simulator.writes()).length;
    const found = (await stage.sco(['survey', '--html', file])) as Survey;
    const after = (await simulator.writes()).length;
    const page = readFileSync(file, 'utf8');
    rmSync(folder, { recursive: true });
    const saved = found.saved.rows.filter(({ carriedBy }) => carriedBy === null);
    stage.say(`sco survey: ${found.calls} GET calls, ${saved.length} changes are saved and not live`);

    const device = (await simulator.devices()).find(({ id }) => id === GROUP.id);
    const really = device?.saved.map(({ ticketId }) => String(ticketId)).sort() ?? [];
    const said = saved.map(({ ticketId }) => ticketId).sort();
    const load = found.commits.rows.find(({ targetId }) => targetId === String(GROUP.id));
    expect('the survey writes nothing', before === after, `${after - before} writes`);
    expect(
      'it finds exactly what the device has saved and not live',
      said.length === 2 && JSON.stringify(said) === JSON.stringify(really),
      `said: ${said.join(', ')}; saved: ${really.join(', ')}`,
    );
    expect(
      'it says since when, from which line of which history',
      saved.every(({ savedAtMs, evidence }) => savedAtMs !== null && evidence.length > 0),
    );
    expect(
      'a Commit now would carry both, and one of them was cancelled',
      load?.tickets.find(({ ticketId }) => ticketId === cancelled)?.status === 'cancelled' &&
        load.tickets.some(({ ticketId }) => ticketId === alive),
    );
    expect(
      'the next window of the calendar would carry them',
      found.nextWindows.rows.some(({ opensAtMs, saved: of }) => opensAtMs !== null && of.includes(alive)),
    );
    expect(
      'the page needs nothing else: no script, no address of another server',
      page.includes("default-src 'none'") && !page.includes('<script'),
    );

    await simulator.act(alive, { as: 'j.meier', do: 'cancel', reason: 'the survey was what it was for' });
    await stage.ended(alive);
  },
};
