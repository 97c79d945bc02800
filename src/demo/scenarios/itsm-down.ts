import type { TicketView } from '../../domain/view.js';
import { allClosed, callsOf, CHANGE_CLOSED, changesOf, countText, onceEach } from '../expectations.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';

const GROUP = DEVICES.deviceGroup;
const FIREWALL = DEVICES.firewall;
const WINDOW_IN_MS = 3_000;

export const itsmDown: Scenario = {
  name: 'itsm-down',
  title:
    'ServiceNow is away while two tickets are pushed: its messages wait, in order, and each is sent once',
  story:
    'ServiceNow answers 503 from the first message on. Design, approval, window and push go on without it; its messages wait with each ticket. When it is back, every change is created, updated and closed, in this order, once.',
  play: async (stage) => {
    const { simulator, expect } = stage;
    const managed = await stage.open({ subject: 'Intranet search reaches its index', targets: [GROUP] });
    const direct = await stage.open({ subject: 'Web shop reaches payment', targets: [FIREWALL], port: 8443 });
    const ids = [managed, direct];
    const waiting: TicketView[] = [];
    await simulator.fault({ match: { system: 'itsm' }, kind: 'status', status: 503 });
    try {
      for (const id of ids) await stage.approve(id);
      stage.openWindowIn(WINDOW_IN_MS);
      for (const id of ids) waiting.push(await stage.until(id, 'is live and waits for the ITSM', isWaiting));
    } finally {
      await simulator.clearFaults();
    }
    const backAtMs = Date.now();
    stage.say('Both tickets are live and closed in SecureChange; now ServiceNow is back');
    const views = [await stage.ended(managed), await stage.ended(direct)];

    const writes = await simulator.writes();
    const pushes = [...callsOf(writes, managed, 'commit'), ...callsOf(writes, direct, 'update')];
    const sent = writes.filter(({ system, applied }) => system === 'itsm' && applied);
    const changes = await simulator.changes();
    expect(
      'both tickets are pushed while the ITSM is away, each once',
      onceEach(pushes, [GROUP, FIREWALL]) && pushes.every(({ atMs }) => atMs < backAtMs),
      countText(pushes),
    );
    expect(
      'each ticket shows what waits to be sent: create, update and close its change',
      waiting.every(({ outbox }) => outbox.map(({ point }) => point).join() === POINTS.join()),
      waiting
        .map(({ ticketId, outbox }) => `${ticketId}: ${outbox.map(({ point }) => point).join(', ')}`)
        .join('; '),
    );
    expect(
      'then the ITSM has one change for each ticket, and both are closed',
      changes.length === ids.length &&
        ids.every(
          (id) =>
            changesOf(changes, id)
              .map(({ state }) => state)
              .join() === CHANGE_CLOSED,
        ),
      changes.map(({ number, state }) => `${number}, state ${state}`).join('; '),
    );
    expect(
      'every message is sent once',
      sent.length === ids.length * POINTS.length && sent.every(({ atMs }) => atMs >= backAtMs),
      `${sent.length} writes for ${ids.length} tickets`,
    );
    expect('both tickets are closed', ...allClosed(views));
  },
};

function isWaiting({ status, waiting }: TicketView): boolean {
  return status === 'closed' && waiting?.for === 'itsm';
}

/** The integration points of the demo's process, in the order of a ticket's life. */
const POINTS = ['create-change', 'implementation-started', 'close-change'];
