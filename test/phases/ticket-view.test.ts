import type { Target } from '../../src/domain/provisioning.js';
import { clipKeyword, clipKeywordList } from '../../workflows/search-attributes.js';
import { freshState, type TicketState } from '../../workflows/ticket-state.js';
import { publishedOf, savedNotPushed, viewOf } from '../../workflows/ticket-view.js';
import { targetOf } from '../support/ticket-view.js';

function target(number: number, part: Partial<Target> = {}): Target {
  return targetOf({
    managementId: `m-${number}`,
    name: `fw|${'x'.repeat(100)}-${number}`,
    laneKey: 'boss',
    laneName: 'boss',
    ...part,
  });
}

function state(part: Partial<TicketState> = {}): TicketState {
  return Object.assign(freshState('4711'), part);
}

it('shows at most 250 devices and says how many more there are', () => {
  const targets = Array.from({ length: 400 }, (_, number) => target(number));
  const view = viewOf(state({ targets }));
  expect(view.targets.length).toBe(250);
  expect(view.moreTargets).toBe(150);
  expect(viewOf(state({ targets: targets.slice(0, 250) })).moreTargets).toBe(0);
});

it('keeps details and search attributes within what the server takes', () => {
  const targets = Array.from({ length: 400 }, (_, number) => target(number));
  const { details, devices } = publishedOf(state({ targets, subject: '*'.repeat(1_000) }));
  expect(details.length).toBeLessThan(16_000);
  expect(details).toContain('…and 350 more devices');
  const clipped = clipKeywordList(devices);
  expect(clipped.at(-1)).toBe('…more');
  expect(JSON.stringify(clipped).length).toBeLessThan(2_048);
  expect(clipKeyword('k'.repeat(900)).length).toBe(255);
});

it('lets no text from outside become Markdown', () => {
  const { details } = publishedOf(
    state({ targets: [target(1)], subject: '| <script> [x](y) **b**\n# head', stepName: '`x`' }),
  );
  expect(details).not.toMatch(/(?<!\\)<script>|(?<!\\)\[x|(?<!\\)\*\*b|^# head/m);
  expect(
    details
      .split('\n')
      .find((line) => line.startsWith('| fw'))
      ?.split(/(?<!\\)\|/).length,
  ).toBe(7);
});

it('shows the phase of the least advanced device', () => {
  const grant = { laneKey: 'boss', token: 1, target: 'm-1', kind: 'commit', again: false } as const;
  const shown = (part: Partial<TicketState>): string | null =>
    viewOf(state({ phase: 'commit', ...part })).phase;
  expect(shown({ targets: [target(1), target(2, { update: 'todo' })] })).toBe('update');
  expect(shown({ targets: [target(1)] })).toBe('changeWindow');
  expect(shown({ targets: [target(1)], grants: [grant] })).toBe('commit');
  expect(shown({ targets: [target(1, { enforcedBy: 'update', update: 'todo' })], grants: [grant] })).toBe(
    'update',
  );
  expect(shown({ targets: [target(1, { commit: 'done' })] })).toBe('commit');
  expect(viewOf(state({ phase: 'verify', targets: [target(1)] })).phase).toBe('verify');
});

it('names what is saved on a manager and not pushed', () => {
  const targets = [
    target(1),
    target(2, { commit: 'done' }),
    target(3, { update: 'todo' }),
    target(4, { enforcedBy: 'update' }),
    target(5, { commit: 'failed' }),
  ];
  expect(savedNotPushed({ targets }).map(({ managementId }) => managementId)).toEqual(['m-1', 'm-5']);
});

describe('what a ticket waits for', () => {
  const asked = (part: object = {}) => ({
    code: 'push.unknown',
    phase: 'commit' as const,
    target: 'm-1',
    reason: 'was it sent?',
    evidence: null,
    sinceMs: 5,
    waysOut: [],
    ...part,
  });
  const waits = (part: Partial<TicketState>) =>
    viewOf(state({ targets: [target(1), target(2)], ...part })).waiting;
  const lane = { for: 'lane', what: 'a lane gives the ticket its turn', untilMs: null, sinceMs: 1 } as const;
  const person = { for: 'operator', what: 'somebody decides: was it sent?', untilMs: null, sinceMs: 5 };

  it('is the person where every device that waits has a question open', () => {
    const open = { parkings: [asked()], targetWaiting: { 'm-1': 'the Commit' } };
    expect(waits({ ...open, waiting: lane })).toEqual(person);
    expect(waits({ ...open, waiting: { ...lane, for: 'window' } })).toEqual(person);
    expect(waits({ ...open, waiting: { ...lane, for: 'event' } })).toEqual(person);
    expect(waits({ ...open, waiting: null })).toEqual(person);
    expect(waits({ ...open, parkings: [asked(), asked({ target: null })], waiting: lane })?.what).toBe(
      'somebody decides: was it sent? (and 1 more)',
    );
    expect(waits({ ...open, parkings: [asked({ code: 'lane.ledger' })], waiting: lane })?.for).toBe('ledger');
  });

  it('stays what it is while another device waits, or SecureChange works', () => {
    const both = { parkings: [asked()], targetWaiting: { 'm-1': 'the Commit', 'm-2': 'its turn' } };
    expect(waits({ ...both, waiting: lane })).toEqual(lane);
    const works = { ...lane, for: 'securechange' } as const;
    expect(waits({ ...both, waiting: works })).toEqual(works);
    expect(waits({ waiting: lane })).toEqual(lane);
  });
});
