import { ClientError, type ParkedTicket, type TicketSummary } from '../../packages/client/src/contract.js';
import type { ParkingView, TicketView } from '../../src/domain/view.js';
import { NOW, runSco, type Ran } from '../support/cli-context.js';
import { ticketViewOf } from '../support/ticket-view.js';

/** Clears the screen, in both encodings of its command; turns text around; ends a line. */
const HARM = '\u001b[2J\u009b2J\u001b[8m\u202e\u0007\u2028\r';
/** What no command may print: control characters but for line ends and tabs, changes of direction. */
const HARMFUL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2028\u2029]/;

const parking: ParkingView = {
  code: `script.failed${HARM}` as ParkingView['code'],
  phase: null,
  target: `21${HARM}`,
  targetName: `DG-B${HARM}`,
  reason: `failed${HARM}`,
  advice: `repair${HARM}`,
  evidence: `none${HARM}`,
  sinceMs: NOW,
  waysOut: [{ command: 'retry', hint: `sco ticket retry 1${HARM}` }],
};
const view: TicketView = ticketViewOf({
  ticketId: `4711${HARM}`,
  subject: `Web${HARM}`,
  requester: `j${HARM}`,
  workflow: `w${HARM}`,
  process: { name: `p${HARM}`, version: `v${HARM}` },
  modeReason: `m${HARM}`,
  step: `s${HARM}`,
  held: { by: `unverified:o${HARM}`, reason: `r${HARM}`, sinceMs: NOW },
  risk: { verdict: `allow${HARM}`, severity: null, reason: `r${HARM}` },
  parkings: [parking],
  timeline: [{ atMs: NOW, what: `happened${HARM}` }],
});
const parked: ParkedTicket = { ...view, unreadable: null };
const summary = { ...view, needsAttention: true, opensAtMs: null, devices: [`FW1${HARM}`] };
const refused = { accepted: false, code: 'wrongState', message: `held by unverified:o${HARM}` } as const;
const away = new ClientError('unexpected', `temporal: lane 8${HARM}`);
const fails = async (): Promise<never> => Promise.reject(away);
const stop = { stopped: true, by: `unverified:o${HARM}`, reason: `why${HARM}`, sinceMs: NOW };
const why = ['--reason', 'because'];

const COMMANDS: readonly (readonly [string, () => Promise<Ran>])[] = [
  ['ticket show', () => runSco(['ticket', 'show', '1'], { tickets: { get: async () => view } })],
  ['a command', () => runSco(['ticket', 'resume', '1', ...why], { answer: refused })],
  ['a failed command', () => runSco(['ticket', 'resume', '1', ...why], { answer: away })],
  ['an error', () => runSco(['lane', 'show', '8'], { lanes: { get: fails } })],
  ['what was typed', () => runSco(['ticket', `fly${HARM}`])],
  ['an id that was typed', () => runSco(['ticket', 'show', HARM])],
  [
    'ticket list',
    () =>
      runSco(['ticket', 'list'], {
        tickets: { list: async () => [summary as unknown as TicketSummary] },
        control: async () => stop,
        status: {
          attention: async () => [{ ticketId: `1${HARM}`, subject: HARM }],
          unread: async () => ({ odd: [`ticket ${HARM}`], oddCount: 1, cut: false }),
        },
      }),
  ],
  [
    'ticket watch',
    () =>
      runSco(['ticket', 'watch', '1'], {
        tickets: {
          watch: async function* () {
            yield await Promise.resolve(view);
          },
        },
      }),
  ],
  [
    'lane list',
    () => runSco(['lane', 'list'], { lanes: { list: async () => [{ key: `8${HARM}`, unreadable: HARM }] } }),
  ],
  [
    'status',
    () => runSco(['status'], { control: async () => stop, status: { parked: async () => [parked] } }),
  ],
];

it.each(COMMANDS)('text of others reaches no terminal as it is: %s', async (_what, run) => {
  const { out, err } = await run();
  expect(out + err).not.toBe('');
  expect(out).not.toMatch(HARMFUL);
  expect(err).not.toMatch(HARMFUL);
  // Colours are ours, and none of them hides.
  expect(out + err).not.toContain('\u001b[8m');
});

it('programs get the same text, written so that a terminal shows it', async () => {
  const shown = await runSco(['ticket', 'show', '1', '--json'], { tickets: { get: async () => view } });
  expect(shown.out).not.toMatch(HARMFUL);
  expect(shown.json()).toEqual(view);
  const wrong = await runSco(['ticket', `fly${HARM}`, '--json']);
  expect(wrong.out).not.toMatch(HARMFUL);
  expect(wrong.json()).toMatchObject({ error: { message: expect.stringContaining(HARM) as string } });
});
