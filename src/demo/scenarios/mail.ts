import { sendsMail } from '../configure.js';
import { startMailbox, type Mail, type Mailbox } from '../mailbox.js';
import { DEVICES } from '../simulator-client.js';
import type { Scenario } from '../scenario.js';

const FIREWALL = DEVICES.firewall;
/** What people answer before the mail server is back. */
const AWAY_MS = 3_000;

let mailbox: Mailbox | null = null;

export const mail: Scenario = {
  name: 'mail',
  title: 'a mail asks a person to look, and the requester gets a mail at the end, each once',
  story:
    'ServiceNow refuses the first message of the ticket: the people on duty get a mail with the command to type. An operator sends the message again. At the end the mail server takes no mail for some seconds: the mail to the requester waits in the outbox and arrives once.',
  configure: async (configDir) => {
    mailbox = await startMailbox();
    sendsMail(configDir, mailbox.url);
  },
  play: async (stage) => {
    const { simulator, operator, expect } = stage;
    const box = mailbox;
    if (box === null) throw new Error('the mailbox was not started');
    const about = (text: string): readonly Mail[] =>
      box.mails.filter(({ subject }) => subject.includes(text));
    await simulator.fault({ match: { system: 'itsm' }, kind: 'status', status: 400 });
    const id = await stage.open({ subject: 'Web shop reaches payment', targets: [FIREWALL] });
    const [alert] = await stage.eventually('a mail asks for a person', async () => {
      const found = about('waits for a person');
      return found.length > 0 && found;
    });
    stage.say(`A mail says: ticket ${id} waits for a person`);
    await simulator.clearFaults();
    const held = await stage.until(id, 'holds the message', ({ outbox }) => outbox[0]?.state === 'held');
    const message = held.outbox[0]?.number ?? 0;
    await operator.ticket(id, { kind: 'retryMessage', message }, { reason: 'ServiceNow takes it again' });
    await stage.approve(id);
    box.open = false;
    stage.openWindowIn(500);
    await stage.eventually('the mail server has refused a mail', async () => box.refused > 0);
    const closedAtMs = Date.now();
    stage.say('The ticket is closed, and the mail server takes no mail: it waits');
    await stage.eventually('the mail server is back', async () => Date.now() > closedAtMs + AWAY_MS);
    box.open = true;
    const view = await stage.ended(id);

    const ends = about('is closed');
    const sent = view.delivered.filter(({ action }) => action === 'mail');
    expect(
      'the mail for a person says what to type',
      alert?.text.includes('sco ') === true,
      alert?.text.slice(0, 200),
    );
    expect('it goes out once', about('waits for a person').length === 1);
    expect(
      'the requester and the people on duty get one mail at the end',
      ends.length === 1 && ends[0]?.to.includes('j.meier@example.org') === true,
      ends.map(({ to }) => to.join(', ')).join('; '),
    );
    expect(
      'it was refused before, and waited',
      (ends[0]?.atMs ?? 0) > closedAtMs + AWAY_MS,
      `${box.refused} refused`,
    );
    expect(
      'the ticket shows each as acknowledged',
      sent.every(({ state }) => state === 'acknowledged') && sent.length > 0,
      sent.map(({ point, state }) => `${point} ${state}`).join(', '),
    );
    expect('the ticket is closed', view.outcome === 'closed', view.outcome ?? 'none');
  },
};
