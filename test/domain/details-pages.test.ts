import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { marked, type Token } from 'marked';

import { SPARE_LINE } from '../../src/domain/clean-text.js';
import { newLane } from '../../src/domain/lane.js';
import { enrol } from '../../src/domain/lane-places.js';
import { laneDetails } from '../../src/domain/lane-view.js';
import { nextStep } from '../../src/domain/lane-order.js';
import { endPush } from '../../src/domain/push-end.js';
import { startPush } from '../../src/domain/running-push.js';
import { questionDetails } from '../../src/domain/script-question.js';
import { sweepDetails } from '../../src/domain/sweep.js';
import { ticketDetails } from '../../src/domain/ticket-details.js';
import { pushDetails } from '../../workflows/push-details.js';
import { leaveLane, savedEnrolment } from '../support/enrolment.js';
import { targetViewOf, ticketViewOf } from '../support/ticket-view.js';
import { pageLink } from '../../src/domain/page-link.js';

const FOREIGN = 'see https://evil.example\n# **bold** | `x` \u202e\u001b[2J <b>';

/** A lane with a push under way, a failed one, and a saved change of a ticket that has moved on. */
function lanePage(name: string): string {
  const lane = newLane('boss', name);
  enrol(lane, savedEnrolment({ ticketId: '1', target: 'DG' }), 0);
  const step = nextStep(lane, 10);
  if (step.kind !== 'start') throw new Error('nothing to start');
  const push = { ...startPush(lane, { ...step.push, targetName: name }, 10), runId: 'run' };
  lane.push = push;
  const result = { kind: 'notSent', cause: 'sharedFailure', message: name } as const;
  const members = [{ ticketId: '1', target: 'DG', result }];
  endPush(lane, { n: push.n, runId: 'run', members, sharedFailure: name, restMs: 0 }, 20);
  enrol(lane, savedEnrolment({ ticketId: '9', target: 'X', path: ['M'] }), 5);
  leaveLane(lane, { ticketId: '9', target: null, because: 'movedOn' }, 6);
  lane.push = { ...push, n: push.n + 1, kind: 'enforcingUpdate' };
  return laneDetails(lane, 30);
}

function pushPage(text: string): string {
  return pushDetails({
    laneKey: 'boss',
    laneName: text,
    n: 7,
    kind: 'enforcingUpdate',
    target: 'DG',
    targetName: text,
    members: [
      { ticketId: '1', target: 'DG', state: 'notSent' },
      { ticketId: '2', target: 'DG', state: 'byOthers' },
    ],
    doing: text,
    question: { text, sinceMs: 0 },
    foreign: text,
    ignored: { count: 1, last: [{ atMs: 0, message: text, why: text }] },
  });
}

const PAGES: readonly (readonly [string, (text: string) => string])[] = [
  [
    'a ticket',
    (text) => ticketDetails(ticketViewOf({ subject: text, targets: [targetViewOf({ name: text })] }), []),
  ],
  ['a lane', lanePage],
  ['a push', pushPage],
  [
    'a sweep',
    (text) =>
      sweepDetails({
        odd: [`ticket 2: ${text}`, text],
        oddCount: 2,
        cut: true,
        openInSecureChange: 4,
        running: 3,
        started: ['5'],
        signalled: [],
      }),
  ],
  ['a question to a script', (text) => questionDetails({ kind: 'failed', why: text })],
  ['an answered question', () => questionDetails({ kind: 'answered', answer: { output: '', error: null } })],
];

function tokensOf(markdown: string): Token[] {
  const found: Token[] = [];
  void marked.walkTokens(marked.lexer(markdown, { gfm: true }), (token) => {
    found.push(token);
  });
  return found;
}

describe.each(PAGES)('the page of %s in the Web UI', (_what, page) => {
  it('ends with a line that may be cut', () => {
    expect(page('plain').split('\n').at(-1)).toBe(SPARE_LINE);
  });

  it('has a blank line before each list and table, which is otherwise part of the paragraph', () => {
    const lines = page('plain').split('\n');
    const starts = lines.flatMap((line, at) => {
      const kind = /^(\* |\| )/.exec(line)?.[0];
      return kind !== undefined && lines[at - 1]?.startsWith(kind) !== true ? [at] : [];
    });
    expect(starts.filter((at) => at > 0 && lines[at - 1] !== '')).toEqual([]);
  });

  it('uses words, no identifiers', () => {
    expect(page('plain').match(/\b[a-z]+[A-Z]\w*/g)).toBeNull();
  });

  it('holds no markup, link or control character of what others wrote', () => {
    const shown = page(FOREIGN);
    expect(shown).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
    const types = new Set(tokensOf(shown).map(({ type }) => type));
    for (const type of ['link', 'image', 'html', 'heading', 'code', 'blockquote', 'hr', 'del', 'def'])
      expect(types).not.toContain(type);
    expect(shown).not.toMatch(/(?<!\\)\*\*bold/);
  });
});

it('a lane gives each failed push the command that repeats it', () => {
  expect(lanePage('plain')).toContain('\n\n* `sco lane retry boss --reason "…"`\n');
  expect(lanePage('plain')).toContain('(enforcing update)');
  expect(lanePage('plain')).toContain('saved, ticket moved on');
});

it('what stands beside an event in the Web UI is cleaned by the one function, wherever it is made', () => {
  const files = execFileSync('git', ['ls-files', 'workflows/*.ts', 'activities/*.ts', 'src/**/*.ts'], {
    encoding: 'utf8',
  })
    .trim()
    .split('\n');
  const made = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\bstatic(?:Summary|Details): *([^\n]*)/g)].map(
      ([, value]) => `${file}: ${value}`,
    ),
  );
  expect(made.length).toBeGreaterThan(3);
  // A link is made of a setting and of what is encoded.
  expect(made.filter((one) => !/: (cleanSummary\(|summaryOf\(|linkTo\(|'[^']*',?$)/.test(one))).toEqual([]);
  for (const id of ['ticket/4) [x](https://evil.example', 'lane/a"<b>\n](x)'])
    expect(pageLink('https://sco.example', id).staticDetails).toMatch(/^\[[^\]]*\]\([^()\s<>"[\]]*\)$/);
});
