import type { LaneView } from '../../src/domain/view.js';
import { NOW, runSco } from '../support/cli-context.js';
import { targetOf, ticketViewOf } from '../support/ticket-view.js';

type Saved = LaneView['ledger'][number];

const saved = (ticketId: string, part: Partial<Saved> = {}): Saved => ({
  ticketId,
  target: 'DG-B',
  savedAtMs: NOW,
  state: 'saved',
  left: 'held',
  acceptedBy: null,
  path: ['20', '21'],
  ...part,
});
const LEDGER = [
  saved('9'),
  saved('3'),
  saved('4', { acceptedBy: 'a.kaya' }),
  saved('5', { target: 'DG-A', path: ['20', '22'] }),
];
const view = ticketViewOf({
  ticketId: '9',
  emergency: { owed: null },
  targets: [{ ...targetOf(), done: false, waiting: null }],
});
const asked = async (argv: readonly string[], ticket = view) =>
  await runSco(['ticket', 'override', '9', '--device', 'DG-B', '--reason', 'the pay desk is down', ...argv], {
    tickets: { get: async () => ticket },
    lanes: { get: async () => ({ ledger: LEDGER }) as unknown as LaneView },
  });

describe('sco ticket override of an emergency', () => {
  it('lists what it would carry, and asks nothing before each is named', async () => {
    const { code, err, sent } = await asked([]);
    expect([code, sent]).toEqual([2, []]);
    expect(err).toContain('saved by ticket 3 on DG-B (saved, ticket held)');
    expect(err).toContain('--carry 3\n');
  });

  it('asks with the tickets that were named', async () => {
    const { code, sent } = await asked(['--carry', '3']);
    expect(code).toBe(0);
    expect(sent).toMatchObject([{ command: { kind: 'override', devices: ['DG-B'], carries: ['3'] } }]);
  });

  it('of another process lists nothing: the saved change hinders', async () => {
    const { emergency: _, ...normal } = view;
    const { code, sent } = await asked([], normal);
    expect(code).toBe(0);
    expect(sent[0]?.command).toEqual({ kind: 'override', devices: ['DG-B'], hours: 2 });
  });

  it('is asked also when the lane cannot be read: the fence refuses what is not named', async () => {
    const { code, sent } = await runSco(
      ['ticket', 'override', '9', '--device', 'DG-B', '--reason', 'the pay desk is down'],
      { tickets: { get: async () => view } },
    );
    expect([code, sent.length]).toEqual([0, 1]);
  });
});

it('sco ticket record-approval sends the evidence', async () => {
  const { sent } = await runSco([
    'ticket',
    'record-approval',
    '9',
    '--evidence',
    'minutes',
    '--reason',
    'lost',
  ]);
  expect(sent).toMatchObject([{ command: { kind: 'recordApproval', evidence: 'minutes' } }]);
});

describe('sco ticket backout', () => {
  it('asks for all devices, or for those that are named', async () => {
    const sent = async (...argv: string[]) =>
      (await runSco(['ticket', 'backout', '9', '--reason', 'it broke', ...argv])).sent.map(
        ({ command }) => command,
      );
    expect(await sent()).toEqual([{ kind: 'backOut', devices: [] }]);
    expect(await sent('--device', 'DG-B', 'FW1')).toEqual([{ kind: 'backOut', devices: ['DG-B', 'FW1'] }]);
  });

  it('is shown with the ticket that takes it back', async () => {
    const devices = [{ id: '21', name: 'DG-B' }];
    const one = { by: 'o.brandt', reason: 'it broke', atMs: NOW, devices, all: true, refused: null };
    const shown = ticketViewOf({ ticketId: '9', backOuts: [{ ...one, ticket: '1300' }] });
    const { out } = await runSco(['ticket', 'show', '9'], { tickets: { get: async () => shown } });
    expect(out).toMatch(/back-out +DG-B, by o\.brandt: it broke; ticket 1300 takes it back/);
  });
});
