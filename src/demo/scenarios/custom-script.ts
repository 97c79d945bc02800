import { callsOf, countText, onceEach } from '../expectations.js';
import { runsDemoScript } from '../configure.js';
import { KPI_SCRIPT } from '../demo-script.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';

const GROUP = DEVICES.deviceGroup;
const WORKFLOW = 'Firewall change (scripts)';

export const customScript: Scenario = {
  name: 'custom-script',
  title: 'a script of your own counts events in a KPI system, and writes an assessment into a field',
  story:
    'The mediator names a registered script. It runs once for each event of the ticket: the KPI system gets a row, and before the approval the destinations of the request are assessed in the field "Vulnerabilities", which the approver reads. The ticket shows each run with its exit code.',
  mediatorScript: KPI_SCRIPT,
  configure: runsDemoScript,
  play: async (stage) => {
    const { simulator, expect } = stage;
    const id = await stage.open({ subject: 'Payment gateway', workflow: WORKFLOW, targets: [GROUP] });
    const assessed = await stage.eventually('the assessment is written', async () => {
      const writes = await simulator.writes();
      const own = writes.filter((one) => one.action === 'putField' && String(one.ticketId) === id);
      return own.length > 0 ? own : undefined;
    });
    stage.say('The field "Vulnerabilities" of step Approval has the assessment');
    await stage.approve(id);
    stage.openWindowIn(500);
    const view = await stage.ended(id);

    const rows = stage.readConfigFile('kpi.txt').trim().split('\n');
    const events = rows.map((row) => row.split(' ')[0] ?? '-');
    const advances = events.filter((event) => event === 'ADVANCE').length;
    const commits = callsOf(await simulator.writes(), id, 'commit');
    const runs = view.timeline.filter(({ what }) => what.includes(KPI_SCRIPT));
    expect('the assessment is written once', assessed.length === 1, `${assessed.length}`);
    expect(
      'every row is of this ticket',
      rows.every((row) => row.endsWith(` ${id}`)),
      rows.join(', '),
    );
    expect(
      'creation and close are counted once, each step once',
      ['CREATE', 'CLOSE'].every((name) => events.filter((event) => event === name).length === 1) &&
        advances >= 3,
      events.join(', '),
    );
    expect('the ticket shows the runs', runs.length > 0, runs[0]?.what);
    expect('the change goes live once', onceEach(commits, [GROUP]), countText(commits));
    expect('the ticket is closed', view.outcome === 'closed', view.outcome ?? 'none');
  },
};
