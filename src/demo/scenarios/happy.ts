import { CHANGE_CLOSED, callsOf, changesOf, countText, onceEach, when, withEffect } from '../expectations.js';
import { DEVICES } from '../simulator-client.js';
import { savesAhead } from '../configure.js';
import type { Scenario } from '../scenario.js';

const MANAGED = [DEVICES.deviceGroup, DEVICES.adom];
const DIRECT = [DEVICES.firewall];
const TARGETS = [...MANAGED, ...DIRECT];
const WINDOW_IN_MS = 6_000;
const LONGEST_HISTORY = 300;

export const happy: Scenario = {
  name: 'happy',
  title: 'two managers and one firewall, approved, pushed when the window opens',
  story:
    'Panorama and FortiManager only save at Update, and this process saves ahead, so they are updated days before the window; the ASA is live at Update, so it waits for the window, as all Commits do.',
  configure: savesAhead,
  play: async (stage) => {
    const { simulator, expect } = stage;
    const id = await stage.open({ subject: 'CRM reaches the billing service', targets: TARGETS });
    await stage.until(id, 'waits for its approval', (view) => view.waiting?.for === 'approval');
    stage.say('The risk is medium: SecureChange asks a person');
    const approvedAtMs = await stage.approve(id);
    await stage.until(id, 'its managers are updated', (view) => {
      const saved = view.targets.filter(({ update }) => update === 'done');
      return saved.length >= MANAGED.length;
    });
    stage.say('Both managers have saved the change; nothing is live yet, the window is still closed');
    const opensAtMs = stage.openWindowIn(WINDOW_IN_MS);
    const view = await stage.ended(id);
    stage.say('Committed, verified, closed');

    const writes = await simulator.writes();
    const updates = withEffect(callsOf(writes, id, 'update'));
    const commits = withEffect(callsOf(writes, id, 'commit'));
    const saving = updates.filter(({ deviceId }) => MANAGED.some((device) => device.id === deviceId));
    const enforcing = [...updates.filter((update) => !saving.includes(update)), ...commits];
    const first = Math.min(...enforcing.map(({ atMs }) => atMs));
    expect('the ticket is closed', view.outcome === 'closed', `outcome ${view.outcome ?? 'none'}`);
    expect('exactly one Update for each device', onceEach(updates, TARGETS), countText(updates));
    expect('exactly one Commit for each manager', onceEach(commits, MANAGED), countText(commits));
    expect(
      'both managers are updated before the window opens',
      saving.length === MANAGED.length && saving.every(({ atMs }) => atMs < opensAtMs),
      saving.map(({ atMs }) => `${when(atMs, opensAtMs)} the opening`).join(', '),
    );
    expect(
      'nothing goes live before the window opens',
      enforcing.length > 0 && first >= opensAtMs,
      `first Commit or enforcing Update ${when(first, opensAtMs)} the opening`,
    );
    expect(
      'nothing is pushed before the approval',
      [...updates, ...commits].every(({ atMs }) => atMs >= approvedAtMs),
    );
    const devices = (await simulator.devices()).filter(({ id: device }) =>
      TARGETS.some((t) => t.id === device),
    );
    expect(
      'every device enforces the change, and none has it only saved',
      devices.length === TARGETS.length &&
        devices.every(({ enforced }) => enforced.some(({ ticketId }) => String(ticketId) === id)) &&
        devices.every(({ saved }) => saved.length === 0),
    );
    const changes = changesOf(await simulator.changes(), id);
    expect(
      'the ITSM has one change for the ticket, and it is closed',
      changes.length === 1 && changes[0]?.state === CHANGE_CLOSED,
      changes.map(({ number, state }) => `${number}, state ${state}`).join('; '),
    );
    const events = await stage.historyLength(id);
    expect(
      `the history has at most ${LONGEST_HISTORY} events`,
      events > 0 && events <= LONGEST_HISTORY,
      `${events} events`,
    );
  },
};
