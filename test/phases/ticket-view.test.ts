import type { Target } from '../../src/domain/provisioning.js';
import { clipKeyword, clipKeywordList } from '../../workflows/search-attributes.js';
import { freshState, newPlace, type Place, type TicketState } from '../../workflows/ticket-state.js';
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
  const { details, attributes } = publishedOf(state({ targets, subject: '*'.repeat(1_000) }));
  expect(details.length).toBeLessThan(16_000);
  expect(details).toContain('…and 350 more devices');
  const clipped = clipKeywordList(attributes.devices);
  expect(clipped.at(-1)).toBe('…more');
  expect(JSON.stringify(clipped).length).toBeLessThan(2_048);
  expect(clipKeyword('k'.repeat(900)).length).toBe(255);
});

it('shows no text of others as Markdown', () => {
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

const place: Place = { ...newPlace({ laneKey: 'boss', target: 'm-1', wants: 'live' }), enrolled: true };

it('shows the phase of the least advanced device', () => {
  const saving = { ...place, target: 'm-2', wants: 'saved' } as const;
  const riding = { ...place, n: 7 };
  const shown = (part: Partial<TicketState>): string | null =>
    viewOf(state({ phase: 'commit', ...part })).phase;
  expect(shown({ targets: [target(1), target(2, { update: 'todo' })], places: [place, saving] })).toBe(
    'update',
  );
  expect(shown({ targets: [target(1)], places: [place] })).toBe('changeWindow');
  expect(shown({ targets: [target(1)], places: [riding] })).toBe('commit');
  expect(shown({ targets: [target(1, { enforcedBy: 'update', update: 'todo' })], places: [riding] })).toBe(
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
    code: 'push.unknown' as const,
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
  const person = { for: 'operator', what: 'an operator decides: was it sent?', untilMs: null, sinceMs: 5 };

  it('is an operator when every waiting device has an open question', () => {
    const open = { parkings: [asked()], places: [place] };
    expect(waits({ ...open, waiting: lane })).toEqual(person);
    expect(waits({ ...open, waiting: { ...lane, for: 'window' } })).toEqual(person);
    expect(waits({ ...open, waiting: { ...lane, for: 'event' } })).toEqual(person);
    expect(waits({ ...open, waiting: null })).toEqual(person);
    expect(waits({ ...open, parkings: [asked(), asked({ target: null })], waiting: lane })?.what).toBe(
      'an operator decides: was it sent? (and 1 more)',
    );
    expect(waits({ ...open, parkings: [asked({ code: 'lane.hindered' })], waiting: lane })?.for).toBe(
      'ledger',
    );
  });

  it('stays what it is while another device waits, or SecureChange works', () => {
    const both = { parkings: [asked()], places: [place, { ...place, target: 'm-2' }] };
    expect(waits({ ...both, waiting: lane })).toEqual(lane);
    const works = { ...lane, for: 'securechange' } as const;
    expect(waits({ ...both, waiting: works })).toEqual(works);
    expect(waits({ waiting: lane })).toEqual(lane);
  });
});

describe('what needs attention', () => {
  const asked = (id: string) => ({
    code: 'push.failed' as const,
    phase: 'update' as const,
    target: id,
    reason: 'rejected',
    evidence: null,
    sinceMs: 5,
    waysOut: [],
  });

  it('is every parking of the ticket, by the names of the devices', () => {
    const targets = [target(1, { name: 'FW1' }), target(2, { name: 'FW2' })];
    const view = viewOf(state({ targets, parkings: [asked('m-1'), asked('m-2')] }));
    expect(view.parkings.map(({ targetName }) => targetName)).toEqual(['FW1', 'FW2']);
    expect(view.needsAttention).toBe(view.parkings[0]);
    const many = Array.from({ length: 60 }, (_, number) => asked(`m-${number}`));
    expect(viewOf(state({ parkings: many }))).toMatchObject({ moreParkings: 10 });
  });

  it('is a message that its receiver does not accept, too, with what to type', () => {
    const message = {
      key: 'k',
      point: 'close the change',
      server: 'servicenow',
      action: 'close' as const,
      correlationId: 'c',
      body: '{}',
      blocking: false,
      number: 3,
      queuedAtMs: 5,
    };
    const view = viewOf(
      state({ outbox: [message], outboxBlocked: 'close the change: status 400', outboxBlockedSinceMs: 7 }),
    );
    expect(view.parkings).toMatchObject([
      { code: 'outbox.blocked', reason: 'message close the change: status 400', sinceMs: 7 },
    ]);
    expect(view.parkings[0]?.waysOut.map(({ hint }) => hint)).toEqual([
      'sco outbox retry 4711 3 --reason "…"',
      'sco outbox drop 4711 3 --reason "…"',
    ]);
  });
});

it('does not call the change window done while a device waits for it', () => {
  const riding = { ...place, n: 7 };
  const done = (part: Partial<TicketState>) =>
    viewOf(state({ phase: 'commit', donePhases: ['update', 'changeWindow'], ...part })).donePhases;
  const saved = target(1, { update: 'done' });
  expect(done({ targets: [saved] })).toEqual(['update']);
  expect(done({ targets: [saved], places: [riding] })).toEqual(['update', 'changeWindow']);
  expect(done({ targets: [target(1, { update: 'done', commit: 'done' })] })).toEqual([
    'update',
    'changeWindow',
  ]);
});

it('does not call the Update done while it is to do on a device: the push of the Commit saves first', () => {
  const done = (...targets: Target[]) =>
    viewOf(state({ phase: 'commit', donePhases: ['design', 'update'], targets })).donePhases;
  const saved = target(1, { update: 'done' });
  for (const update of ['todo', 'running', 'failed', 'unknown'] as const)
    expect(done(saved, target(2, { update }))).toEqual(['design']);
  expect(done(saved, target(2, { update: 'notNeeded' }))).toEqual(['design', 'update']);
  expect(done()).toEqual(['design', 'update']);
});
