import { pushesAutomatically, savesAhead } from '../configure.js';
import { allClosed, callsOf, countText, onceEach, when } from '../expectations.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';
import { untilAllSaved } from './several-tickets.js';

const GROUP = DEVICES.deviceGroup;

export const autoStepWouldPush: Scenario = {
  name: 'auto-step-would-push',
  title: 'completing a step would let SecureChange push by itself: it is judged like a push of ours',
  story:
    'In another workflow SecureChange runs Update and Commit by itself once step Release is completed. That Commit would also make live what a neighbour has saved, outside its window: the step is not completed before the neighbour is live, and not before its own window opens.',
  configure: (configDir) => {
    savesAhead(configDir);
    pushesAutomatically(configDir, 'later');
  },
  play: async (stage) => {
    const { simulator, expect } = stage;
    const neighbour = await stage.open({ subject: 'Archive to tape', targets: [GROUP], port: 9000 });
    await stage.approve(neighbour);
    await untilAllSaved(stage, [neighbour]);
    const workflow = 'Firewall change (automatic push)';
    const automatic = await stage.open({
      subject: 'Cameras to recorder',
      workflow,
      targets: [GROUP],
      port: 554,
    });
    const opensAtMs = stage.openWindowIn(9_000, 'later');
    await stage.approve(automatic);
    const stepOf = async (): Promise<string> => (await simulator.ticket(automatic)).step?.name ?? '-';
    const waits = await stage.until(
      automatic,
      'waits for its window',
      (view) => view.waiting?.for === 'window',
    );
    const hindered = await stage.until(automatic, 'is hindered', ({ needsAttention }) => {
      return needsAttention?.code === 'lane.hindered';
    });
    await stage.eventually('its window is open', async () => Date.now() > opensAtMs + 2_000);
    const whileHindered = await stepOf();
    const commitsBefore = (await simulator.writes()).filter(({ action }) => action === 'commit');
    stage.say(`Ticket ${automatic} stays in step Release: its push would carry ticket ${neighbour}`);

    const nightlyAtMs = stage.openWindowIn(2_000);
    const views = [await stage.ended(neighbour), await stage.ended(automatic)];

    const writes = await simulator.writes();
    const commits = callsOf(writes, neighbour, 'commit');
    const completed = writes.filter(
      (write) => write.ticketId === Number(automatic) && write.path.includes('/steps/') && write.applied,
    );
    const device = (await simulator.devices()).find(({ id }) => id === GROUP.id);
    const live = device?.enforced.map(({ ticketId }) => String(ticketId)) ?? [];
    expect(
      'the ticket says that completing the step would push, and waits for its window',
      waits.waiting?.what.includes('automatic push of step Provisioning') === true,
      waits.waiting?.what,
    );
    expect(
      'with its window open, it names whose change the push would carry, and what to type',
      hindered.needsAttention?.reason.includes(`ticket ${neighbour} on ${GROUP.name}`) === true &&
        hindered.needsAttention.waysOut.some(({ command }) => command === 'acceptLedger'),
      hindered.needsAttention?.reason,
    );
    expect(
      'until then the step is not completed and nothing is committed',
      whileHindered === 'Release' && commitsBefore.length === 0,
      `${whileHindered}; ${countText(commitsBefore)}`,
    );
    expect(
      'the neighbour goes live with its own Commit, in its own window',
      onceEach(commits, [GROUP]) && commits.every(({ atMs }) => atMs >= nightlyAtMs),
      commits.map(({ atMs }) => when(atMs, nightlyAtMs)).join(', '),
    );
    expect(
      'then the step is completed once, and SecureChange makes the other change live, last',
      JSON.stringify(live) === JSON.stringify([neighbour, automatic]) && device?.saved.length === 0,
      `live: ${live.join(', ')}; ${completed.length} write(s) to the ticket`,
    );
    expect('both tickets are closed, and no operator was needed', ...allClosed(views));
  },
};
