import type { FakeEnvironment } from '../support/fake-environment.js';
import { DAY, fakeEnvironment, HOUR, MINUTE, WINDOW } from '../support/fake-environment.js';
import { refused } from '../support/fake-secure-change.js';
import { manager } from '../support/firewall-change.js';

const MANAGERS = 20;
const IDS = Array.from({ length: 300 }, (_, index) => `${index + 1}`);
const AWAY_FROM_MS = WINDOW.opensAtMs - 30 * MINUTE;
const BACK_AT_MS = AWAY_FROM_MS + HOUR;

/** Their messages wait for the ITSM when their window opens. */
const LATE = IDS.filter((id) => Number(id) % 2 === 0);

/** Tickets on shared managers for a day: half of them approved at once, the others while the ITSM is away. */
async function night(): Promise<FakeEnvironment> {
  const env = fakeEnvironment();
  const { faults } = env.secureChange;
  env.time.at(AWAY_FROM_MS, () => {
    faults.push({ call: 'send', times: Infinity, before: refused({ kind: 'transient' }) });
  });
  // At first the answers of many calls get lost.
  env.time.at(BACK_AT_MS, () => {
    faults.splice(0, 1, { call: 'send', times: 100, after: refused({ kind: 'ambiguous' }) });
  });
  env.secureChange.onChange = (ticket) => {
    if (ticket.current?.name !== 'Approval') return;
    if (LATE.includes(ticket.id)) env.time.at(AWAY_FROM_MS + 10 * MINUTE, () => ticket.approve('a.schmidt'));
    else ticket.approve('a.schmidt');
  };
  for (const id of IDS) {
    const ticket = env.ticket({ id, devices: [manager(`FW${Number(id) % MANAGERS}`)] });
    ticket.complete(ticket.requester);
  }
  await env.time.pass(DAY);
  return env;
}

describe('an ITSM that is away for an hour while the window of 300 tickets opens', () => {
  it('gets every message once and in the order of its ticket, and no push waits for it', async () => {
    const env = await night();
    for (const id of IDS) {
      const messages = env.messages.filter((each) => each.correlationId === `securechange-${id}-servicenow`);
      const points = ['create-change', 'implementation-started', 'close-change'];
      const seen = { id, outcome: env.run(id).outcome, points: messages.map(({ point }) => point) };
      expect(seen).toEqual({ id, outcome: 'closed', points });
    }
    const { effects, enforced } = env.secureChange;
    const taken = effects.filter(({ kind }) => kind === 'itsm').map(({ atMs }) => atMs);
    expect(taken).toHaveLength(3 * IDS.length);
    expect(taken.filter((atMs) => atMs > AWAY_FROM_MS && atMs < BACK_AT_MS)).toEqual([]);
    expect(new Set(enforced.map(({ ticketId }) => ticketId)).size).toBe(IDS.length);
    expect(enforced.filter(({ atMs }) => atMs < WINDOW.opensAtMs || atMs >= BACK_AT_MS)).toEqual([]);
  });
});
