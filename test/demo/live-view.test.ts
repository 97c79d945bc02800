import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import pc from 'picocolors';
import { renderFrame, type Frame, type OnStage } from '../../src/demo/frame.js';
import { createLiveView } from '../../src/demo/live-view.js';
import type { TicketView } from '../../src/domain/view.js';
import { targetViewOf, ticketViewOf } from '../support/ticket-view.js';

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);
const plain = pc.createColors(false);

function onStage(view: TicketView | null, done: OnStage['done'] = new Set()): OnStage {
  return { ticketId: view?.ticketId ?? '1', subject: 'CRM', view, done };
}

function frame(part: Partial<Frame>): Frame {
  return {
    scenario: { name: 'happy', title: 'a title' },
    nowMs: NOW,
    startedAtMs: NOW - 7_000,
    webUi: 'http://127.0.0.1:8233',
    pageUrl: 'http://127.0.0.1:8000',
    window: null,
    workerAway: false,
    tickets: [],
    ...part,
  };
}

const text = (part: Partial<Frame>): string => renderFrame(frame(part), plain).join('\n');

const inWindowWait = ticketViewOf({
  ticketId: '1',
  step: 'Implementation',
  phase: 'changeWindow',
  risk: { verdict: 'needsApproval', severity: 'medium', reason: null },
  approval: { by: ['a.kaya'], epoch: 1 },
  waiting: { for: 'window', what: 'the change window of calendar nightly', untilMs: NOW, sinceMs: NOW },
  window: { calendar: 'nightly', zone: 'UTC', next: { opensAtMs: NOW + 8_400, closesAtMs: NOW + 60_000 } },
  targets: [
    targetViewOf(),
    targetViewOf({
      name: 'ASA-EDGE',
      laneName: 'ASA-EDGE',
      enforcedBy: 'update',
      commitBy: 'none',
      update: 'todo',
    }),
  ],
});

describe('the live view', () => {
  it('says how long until the window, and where the Web UI is', () => {
    const shown = text({ window: { opensAtMs: NOW + 8_400, closesAtMs: NOW + 60_000 } });
    expect(shown).toContain('change window opens in 9 s');
    expect(shown).toContain('http://127.0.0.1:8233');
    expect(shown).toContain('+7 s');
  });

  it('says where a browser shows the first ticket, and the list while there is none', () => {
    expect(text({ tickets: [onStage(inWindowWait)] })).toMatch(/ http:\/\/127\.0\.0\.1:8000\/tickets\/\d+\n/);
    expect(text({ tickets: [] })).toContain(' http://127.0.0.1:8000/tickets\n');
  });

  it('fills a row for each ticket, also with phases that were over between two looks', () => {
    const [row] = text({ tickets: [onStage(inWindowWait)] })
      .split('\n')
      .filter((line) => line.includes('Implementation'));
    expect(row?.split(/ {2,}/)).toEqual([
      '1',
      'Implementation',
      '✓',
      'medium',
      '✓ a.kaya',
      '· 1/2',
      '9 s',
      '· 0/1',
      '·',
    ]);
  });

  it('shows each device, how it is reached and when it goes live', () => {
    const rows = text({ tickets: [onStage(inWindowWait)] }).split('\n');
    expect(rows).toContainEqual(expect.stringMatching(/^DG-B +1 +PANO-8 +Commit +✓ done +· to do$/));
    expect(rows).toContainEqual(expect.stringMatching(/^ASA-EDGE +1 +directly +Update +· to do +none$/));
  });

  it('shows an approval of an older epoch as none', () => {
    const [row] = text({ tickets: [onStage({ ...inWindowWait, epoch: 2 })] })
      .split('\n')
      .filter((line) => line.includes('Implementation'));
    expect(row).toBeDefined();
    expect(row).not.toContain('a.kaya');
  });

  const unknown = {
    code: 'push.unknown',
    phase: 'commit',
    target: '21',
    targetName: 'DG-B',
    reason: 'outcome unknown',
    evidence: null,
    sinceMs: NOW,
    waysOut: [],
  } as const;
  const failed = {
    ...unknown,
    target: '31',
    targetName: 'ADOM-RETAIL',
    reason: 'the Commit failed',
  } as const;
  const parked = {
    ...inWindowWait,
    needsAttention: unknown,
    parkings: [unknown, failed],
    moreParkings: 3,
  };

  it('shows everything that a ticket is parked for in place of what it waits for', () => {
    const shown = text({ tickets: [onStage(parked)] });
    expect(shown).toContain('Ticket 1 needs attention: DG-B: outcome unknown');
    expect(shown).toContain('Ticket 1 needs attention: ADOM-RETAIL: the Commit failed');
    expect(shown).toContain('Ticket 1 needs attention for 3 more reasons');
    expect(shown).not.toContain('Ticket 1 waits');
  });

  it('prints each parking once where there is no terminal', () => {
    const stream = new Kept();
    const view = createLiveView({ stream: stream as unknown as NodeJS.WriteStream, colours: plain });
    view.show(frame({ tickets: [onStage(parked)] }));
    view.show(frame({ tickets: [onStage({ ...parked, parkings: [failed, unknown] })] }));
    expect(stream.lines().filter((line) => line.includes('NEEDS ATTENTION'))).toEqual([
      '     +7 s    ticket 1 NEEDS ATTENTION: DG-B: outcome unknown',
      '     +7 s    ticket 1 NEEDS ATTENTION: ADOM-RETAIL: the Commit failed',
      '     +7 s    ticket 1 NEEDS ATTENTION for 3 more reasons',
    ]);
  });

  it('says that what it shows is old while the worker is down', () => {
    expect(text({ workerAway: true })).toContain('The worker is down');
    expect(text({})).not.toContain('The worker is down');
  });

  it('fits a terminal of 80 columns, with two approvers and long names too', () => {
    const view = {
      ...inWindowWait,
      ticketId: '12345',
      step: 'A step with quite a long name',
      approval: { by: ['a.kaya', 'b.schneider'], epoch: 1 },
      waiting: null,
      targets: [
        targetViewOf({ name: 'a-device-with-quite-a-long-name', laneName: 'a-manager-of-the-same-length' }),
      ],
    };
    const widths = text({ tickets: [onStage(view)] })
      .split('\n')
      .map((line) => line.length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(80);
  });

  it('draws nothing that a ticket smuggles in', () => {
    const shown = text({ tickets: [onStage({ ...inWindowWait, step: 'A\u001b[2J\nB' })] });
    expect(shown).toBe(stripVTControlCharacters(shown));
  });

  it('prints lines where there is no terminal, each change once', () => {
    const stream = new Kept();
    const view = createLiveView({ stream: stream as unknown as NodeJS.WriteStream, colours: plain });
    view.say('Jana Meier opens ticket 1', 0);
    view.show(frame({ tickets: [onStage(null)] }));
    view.show(frame({ tickets: [onStage(inWindowWait)] }));
    view.show(frame({ tickets: [onStage(inWindowWait)], nowMs: NOW + 1_000 }));
    view.done();
    expect(stream.lines()).toEqual([
      '     +0 s  Jana Meier opens ticket 1',
      '     +7 s    ticket 1: Implementation · change window · waits: the change window of calendar nightly',
      '     +7 s    ticket 1: DG-B: Update done, Commit todo',
    ]);
  });
});

class Kept extends Writable {
  #text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#text += chunk.toString();
    done();
  }

  lines(): string[] {
    return this.#text.trimEnd().split('\n');
  }
}
