import fc from 'fast-check';
import { marked, type Token } from 'marked';
import type { Parking } from '../../src/domain/commands.js';
import { parking } from '../../src/domain/parking.js';
import { ticketDetails } from '../../src/domain/ticket-details.js';
import type { TicketView } from '../../src/domain/view.js';
import { targetViewOf, ticketViewOf } from '../support/ticket-view.js';

const AT = Date.UTC(2026, 10, 25, 21, 0, 0);

function failed(name: string, target: string, advice?: string): Parking {
  return parking({
    ticketId: '3',
    code: 'push.failed',
    phase: 'update',
    target,
    reason: `${name}: it failed: command rejected by the device`,
    ...(advice !== undefined && { advice }),
    evidence: null,
    sinceMs: 5,
    ways: ['retry', 'completeManual', 'abort'],
  });
}

const details = (view: Partial<TicketView>, parkings: readonly Parking[] = []): string =>
  ticketDetails(ticketViewOf(view), parkings);

/** Every token of the page, as a renderer of GitHub's Markdown sees it: tables, automatic links. */
function tokensOf(markdown: string): Token[] {
  const found: Token[] = [];
  void marked.walkTokens(marked.lexer(markdown, { gfm: true }), (token) => {
    found.push(token);
  });
  return found;
}

describe('the details of a ticket in the Web UI', () => {
  it('have every question with its ways out as a list of its own', () => {
    const shown = details({}, [failed('DG-B', '21', 'look at the manager'), failed('ADOM-RETAIL', '31')]);

    expect(shown).toContain('**Needs attention** (1 of 2): DG-B: it failed');
    expect(shown).toContain('To do: look at the manager');
    expect(shown).toContain('**Needs attention** (2 of 2): ADOM-RETAIL: it failed');
    const lists = tokensOf(shown).filter((token) => token.type === 'list');
    expect(lists.map((token) => (token as { items: unknown[] }).items.length)).toEqual([3, 3]);
    expect(shown).toContain(
      '* Record that it was done by hand: `sco ticket complete 3 --target 31 --evidence "…" --reason "…"`',
    );
  });

  it('say who asked, how it was judged, who approved and how it ended', () => {
    const shown = details({
      requester: 'j.meier',
      risk: { verdict: 'needsApproval', severity: 'medium', reason: 'AR1 has medium risk' },
      approval: { by: ['a.kaya'], epoch: 1 },
      itsm: { server: 'servicenow', number: 'CHG0030003', id: 'x' },
      outcome: 'autoClosed',
    });

    for (const text of [
      'requested by **j.meier**',
      'Risk **medium** (needs approval: AR1 has medium risk)',
      'approved by **a.kaya** in epoch 1',
      'ITSM change **CHG0030003**',
      'Ended: **auto closed**',
    ])
      expect(shown).toContain(text);
  });

  it('say what an emergency owes, and which ticket takes a change back', () => {
    const devices = [{ id: '21', name: 'DG-B' }];
    const back = { by: 'o.brandt', reason: 'it broke', atMs: AT, devices, all: true, refused: null };
    const text = 'servicenow approves the emergency afterwards';
    const page = details({
      emergency: { owed: { text, dueMs: AT, state: 'due' } },
      backOuts: [{ ...back, ticket: '1300' }],
    });
    expect(page).toContain(`Emergency: ${text}`);
    expect(page).toContain('DG-B, by o.brandt: it broke; ticket 1300 takes it back');
    expect(details({})).not.toMatch(/Emergency|Back-out/);
  });

  it('say when a window opens, and when a lock is looked at again', () => {
    const window = { calendar: 'nightly', zone: 'UTC', next: { opensAtMs: AT, closesAtMs: AT + 60_000 } };
    const opening = { for: 'window', what: 'the change window of calendar nightly opens' } as const;
    const locked = { for: 'handler', what: 'n.weber releases the lock: locked' } as const;

    const shown = details({ window, waiting: { ...opening, untilMs: AT, sinceMs: 0 } });
    expect(shown).toContain(
      '**Waits** until the change window of calendar nightly opens at 2026-11-25 21:00:00 +00:00',
    );
    const span = 'from 2026-11-25 21:00:00 +00:00 to 2026-11-25 21:01:00 +00:00';
    expect(shown).toContain(`calendar **nightly** (UTC): ${span}`);
    expect(details({ window: { ...window, openEnded: true } })).toContain(
      ': from 2026-11-25 21:00:00 +00:00 on',
    );
    expect(details({ window: { ...window, overriddenBy: 'o.brandt and a.kaya' } })).toContain(
      `calendar **nightly** (UTC): outside it, under the override of o.brandt and a.kaya, ${span}`,
    );
    expect(details({ waiting: { ...locked, untilMs: AT, sinceMs: 0 } })).toContain(
      'releases the lock: locked; next try at 2026-11-25 21:00:00 +00:00',
    );
  });

  it('use words, no identifiers', () => {
    const shown = details({
      phase: 'changeWindow',
      targets: [targetViewOf({ update: 'notNeeded', waiting: 'the decision of an operator' })],
      outcome: 'lateEvent',
    });

    expect(shown.match(/\b[a-z]+[A-Z]\w*/g)).toBeNull();
    expect(shown).toContain('| DG-B | PaloAltoNetworks | not needed | to do | the decision of an operator |');
  });

  it('end with a line that may be cut', () => {
    expect(details({}).split('\n').at(-1)).toBe('\u00a0');
  });

  it('hold no markup and no link of what others wrote, and stay bounded, whatever that is', () => {
    const evil = fc.constantFrom(
      'https://evil.example',
      'www.evil.example/x',
      'a@evil.example',
      '[x](y)',
      '`',
      '|',
      '\n',
      '\\',
      '<b>',
      '**',
      '&colon;',
      '&#58;//',
      '\u202e',
      '\u001b[2J',
      '* ',
    );
    const foreign = fc.string({
      unit: fc.oneof(evil, fc.string({ unit: 'binary', maxLength: 4 })),
      maxLength: 60,
    });
    fc.assert(
      fc.property(foreign, foreign, foreign, (one, two, three) => {
        const shown = details(
          {
            subject: one,
            requester: two,
            step: three,
            workflow: one,
            modeReason: two,
            waiting: { for: 'operator', what: three, untilMs: null, sinceMs: 0 },
            risk: { verdict: 'block', severity: 'high', reason: one },
            approval: { by: [two], epoch: 1 },
            itsm: { server: one, number: two, id: three },
            window: { calendar: one, zone: two, next: null },
            targets: [targetViewOf({ name: one, vendor: two, waiting: three })],
            proposals: [`Update ${one}`],
            outbox: [
              {
                number: 1,
                point: one,
                server: 'servicenow',
                action: two,
                state: 'held',
                sinceMs: 0,
                sizeBytes: 1,
                message: three,
              },
            ],
          },
          [failed(one, two, three)],
        );
        expect(shown).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
        const tokens = tokensOf(shown);
        const types = new Set(tokens.map(({ type }) => type));
        for (const type of ['link', 'image', 'html', 'heading', 'code', 'blockquote', 'hr', 'del', 'def'])
          expect(types).not.toContain(type);
        const table = tokens.find(({ type }) => type === 'table') as { rows: unknown[][] } | undefined;
        expect(table?.rows.map((row) => row.length)).toEqual([5]);
        expect(tokens.filter(({ type }) => type === 'list').length).toBe(2);
        expect(shown.length).toBeLessThan(8_000);
      }),
      { numRuns: 300 },
    );
  });
});
