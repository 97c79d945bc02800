import { completedBefore } from '../../src/securechange/history-facts.js';
import type { HistoryLine } from '../../src/securechange/wire.js';

/** Oldest first, as it happened: `description @ step`. */
function before(...lines: readonly string[]): boolean {
  const history = [...lines].reverse().map((line): HistoryLine => {
    const [description = null, step_name = null] = line.split(' @ ');
    const plain = { date: null, performed_by: 'a.kaya', task_name: null };
    return { ...plain, description, step_name };
  });
  return completedBefore(history)('Business');
}

const LEFT = "Complete request's task @ Business";
const DESIGNED = "Complete request's task @ Design";
const SENT_BACK = 'Reverted request to a previous task @ Security';

describe('a step that was completed before the ticket was sent back', () => {
  it('counts as such after one or several redos to later steps', () => {
    expect(before(LEFT, DESIGNED, SENT_BACK)).toBe(true);
    expect(before(LEFT, DESIGNED, SENT_BACK, DESIGNED, SENT_BACK, DESIGNED)).toBe(true);
  });

  it.each([
    ['of this epoch', [LEFT, DESIGNED]],
    ['that was never completed', [DESIGNED, SENT_BACK]],
    ['before a reopening', [LEFT, 'Reopened request to a previous task @ Design', DESIGNED]],
    ['before a resubmission', [LEFT, 'Resubmit request @ Open Request', DESIGNED]],
    ['sent to the requester', [LEFT, 'Reverted request to the requester @ Security', DESIGNED]],
    [
      'with a reopening between two redos',
      [LEFT, SENT_BACK, 'Reopened request to a previous task', SENT_BACK],
    ],
    ['skipped the last time', [LEFT, SENT_BACK, 'Step was skipped @ Business', SENT_BACK]],
    [
      'skipped, with a line that it was left',
      ['Step was skipped @ Business', 'Move to the next step @ Business', SENT_BACK],
    ],
  ])('is none %s', (_what, lines) => {
    expect(before(...lines)).toBe(false);
  });

  it('is none when a line since cannot be read', () => {
    const odd = { odd: ['no description'], description: null, step_name: null } as unknown as HistoryLine;
    const left = { description: "Complete request's task", step_name: 'Business' } as unknown as HistoryLine;
    const back = { description: 'Reverted request to a previous task' } as unknown as HistoryLine;
    expect(completedBefore([back, left])('Business')).toBe(true);
    expect(completedBefore([back, odd, left])('Business')).toBe(false);
  });
});
