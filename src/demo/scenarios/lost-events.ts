import { CHANGE_CLOSED, callsOf, changesOf, countText, onceEach, withEffect } from '../expectations.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';

const ASKS = [
  { subject: 'Monitoring of the new shop', target: DEVICES.deviceGroup, commits: true },
  { subject: 'Branch printers', target: DEVICES.adom, commits: true },
  { subject: 'Partner VPN', target: DEVICES.domain, commits: true },
  { subject: 'DMZ mail relay', target: DEVICES.firewall, commits: false },
  { subject: 'Branch backup', target: DEVICES.branchFirewall, commits: false },
];
const LOST = 0.2;
const SEED = 7;

export const lostEvents: Scenario = {
  name: 'lost-events',
  title: 'one call of the mediator in five never arrives; the sweep finds what was missed',
  story:
    'Five tickets at once. An event is only a reason to look, so what is lost costs time, never correctness: the sweep compares with SecureChange every five seconds.',
  play: async (stage) => {
    const { simulator, expect } = stage;
    await simulator.loseEvents(LOST, SEED);
    stage.say('From now on one call of the mediator in five is lost');
    const ids: string[] = [];
    for (const { subject, target } of ASKS) ids.push(await stage.open({ subject, targets: [target] }));
    stage.openWindowIn(6_000);
    const ended = await Promise.all(
      ids.map(async (id) => {
        await stage.approve(id);
        return stage.ended(id);
      }),
    );

    const lost = (await simulator.scriptRuns()).filter(({ state }) => state === 'dropped');
    const writes = await simulator.writes();
    const changes = await simulator.changes();
    expect(
      'at least one event was really lost',
      lost.length > 0,
      lost.map(({ event, ticketId }) => `${event} of ticket ${ticketId ?? '-'}`).join(', '),
    );
    expect(
      'every ticket is closed',
      ended.every(({ outcome }) => outcome === 'closed'),
      ended.map(({ ticketId, outcome }) => `${ticketId} ${outcome ?? 'open'}`).join(', '),
    );
    for (const [index, { target, commits }] of ASKS.entries()) {
      const id = ids[index] ?? '';
      // SecureChange updates one standard device at a time and refuses the other: that call did nothing.
      const updated = withEffect(callsOf(writes, id, 'update'));
      const committed = callsOf(writes, id, 'commit');
      expect(
        `ticket ${id}: one Update${commits ? ' and one Commit' : ', no Commit'} of ${target.name}`,
        onceEach(updated, [target]) && onceEach(committed, commits ? [target] : []),
        `Updates: ${countText(updated)}; Commits: ${countText(committed)}`,
      );
    }
    const own = ids.flatMap((id) => changesOf(changes, id));
    expect(
      'the ITSM has one closed change for every ticket',
      own.length === ids.length &&
        changes.length === ids.length &&
        own.every(({ state }) => state === CHANGE_CLOSED),
      own.map(({ number, state }) => `${number}, state ${state}`).join('; '),
    );
  },
};
