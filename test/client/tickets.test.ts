import { ClientError, type ClientErrorCode } from '../../packages/client/src/contract.js';
import type { TicketRun, TicketRuns } from '../../packages/client/src/ticket-runs.js';
import { createTickets } from '../../packages/client/src/tickets.js';
import { comparesHere, matches, quote, ticketQuery } from '../../packages/client/src/visibility-query.js';
import type { TicketView } from '../../src/domain/view.js';
import { ticketRunOf as run } from '../support/ticket-run.js';
import { ticketViewOf } from '../support/ticket-view.js';

/** Answers from a script: views in order (the last one stays), errors thrown where they stand. */
function fakeRuns(parts: {
  views?: readonly (TicketView | ClientErrorCode)[];
  byRun?: Readonly<Record<string, TicketView>>;
  lists?: readonly (readonly TicketRun[])[];
  running?: boolean;
}): TicketRuns & { readonly asked: string[] } {
  const views = [...(parts.views ?? [])];
  const lists = [...(parts.lists ?? [])];
  const asked: string[] = [];
  return {
    asked,
    view: async (ticketId, runId) => {
      asked.push(`view ${runId ?? 'newest'}`);
      const known = runId === undefined ? undefined : parts.byRun?.[runId];
      if (known) return known;
      const answer = views.length > 1 ? views.shift() : views[0];
      if (answer === undefined) throw new ClientError('ticketNotFound', `ticket ${ticketId}: unknown`);
      if (typeof answer === 'string') throw new ClientError(answer, `made: ${answer}`);
      return answer;
    },
    message: async () => null,
    describe: async () => run({ running: parts.running ?? true }),
    list: async (query) => {
      asked.push(query);
      return (lists.length > 1 ? lists.shift() : lists[0]) ?? [];
    },
    history: async () => ({ facts: [], continuedFrom: null }),
  };
}

describe('the newest run of a ticket', () => {
  it('is asked at once when it is no late event: one question', async () => {
    const runs = fakeRuns({ views: [ticketViewOf({ step: 'Approval' })] });
    expect((await createTickets(runs).get('1')).step).toBe('Approval');
    expect(runs.asked).toEqual(['view newest']);
  });

  it('is looked for behind late events and continued runs', async () => {
    const runs = fakeRuns({
      views: [ticketViewOf({ outcome: 'lateEvent' })],
      byRun: { r2: ticketViewOf({ outcome: 'closed' }) },
      lists: [
        [
          run({ runId: 'r1', running: false, startedAtMs: 1, continuedAsNew: true }),
          run({ runId: 'r2', running: false, startedAtMs: 2, outcome: 'closed' }),
          run({ runId: 'r3', running: false, startedAtMs: 3, outcome: 'lateEvent' }),
        ],
      ],
    });
    expect((await createTickets(runs).get('1')).outcome).toBe('closed');
    expect(runs.asked.at(-1)).toBe('view r2');
  });

  it('is the one before, while the newest has not read the ticket', async () => {
    const lists = [
      [
        run({ runId: 'r1', running: false, startedAtMs: 1, outcome: 'closed' }),
        run({ runId: 'r2', running: true, startedAtMs: 2 }),
      ],
    ];
    const unread = ticketViewOf({ status: 'unread' });
    const byRun = { r1: ticketViewOf({ outcome: 'closed' }), r2: unread };
    const runs = fakeRuns({ views: [unread], byRun, lists });
    expect((await createTickets(runs).get('1')).outcome).toBe('closed');
  });

  it('is one that could not read the ticket and asks a person', async () => {
    const needsAttention = {
      code: 'securechange.not_found',
      phase: null,
      target: null,
      targetName: null,
      reason: 'SecureChange does not know it',
      evidence: null,
      sinceMs: 0,
      waysOut: [],
    } as const;
    const asks = ticketViewOf({ status: 'unread', needsAttention });
    const runs = fakeRuns({ views: [asks] });
    expect(await createTickets(runs).get('1')).toEqual(asks);
  });

  it('is the late event itself when nothing else is kept', async () => {
    const runs = fakeRuns({ views: [ticketViewOf({ outcome: 'lateEvent' })], lists: [[]] });
    expect((await createTickets(runs).get('1')).outcome).toBe('lateEvent');
  });
});

describe('lists', () => {
  it('show one row a ticket: the running or newest run, never a late event', async () => {
    const runs = fakeRuns({
      lists: [
        [
          run({ ticketId: '1', runId: 'old', running: false, startedAtMs: 5 }),
          run({ ticketId: '1', runId: 'new', running: true, startedAtMs: 4 }),
          run({ ticketId: '2', runId: 'late', running: false, startedAtMs: 9, outcome: 'lateEvent' }),
          run({ ticketId: '2', runId: 'kept', running: false, startedAtMs: 3, outcome: 'closed' }),
        ],
      ],
    });
    expect((await createTickets(runs).list()).map(({ runId }) => runId)).toEqual(['new', 'kept']);
  });

  it('ask for what the server can compare, and compare the rest here', () => {
    expect(ticketQuery({ open: true, step: `it's`, needsAttention: true })).toBe(
      `WorkflowType = 'ticket' AND ExecutionStatus = 'Running' AND (ScoOutcome IS NULL OR ScoOutcome != 'lateEvent')` +
        ` AND ScoStep = 'it''s' AND ScoNeedsAttention = true`,
    );
    expect(ticketQuery({ open: false })).toContain(`ExecutionStatus NOT IN ('Running', 'ContinuedAsNew')`);
    const strange = { device: 'FW "A"', phase: 'commit' };
    expect(ticketQuery(strange)).not.toContain('FW');
    expect(comparesHere(strange)).toBe(true);
    expect(matches(run({ devices: ['FW "A"'] }), strange)).toBe(true);
    expect(matches(run({ devices: ['FW A'] }), strange)).toBe(false);
    expect(comparesHere({ phase: 'commit' })).toBe(false);
    expect(quote(`a'b\\c`)).toBe(`'a''b\\\\c'`);
  });
});

describe('watching and waiting', () => {
  it('throws at once when the first look fails, and lives through later absences', async () => {
    const gone = fakeRuns({ views: ['temporalAway'] });
    await expect(createTickets(gone).watch('1')[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'temporalAway',
    });
    const back = fakeRuns({
      views: [
        ticketViewOf({ step: 'A' }),
        'workerAway',
        'temporalAway',
        ticketViewOf({ step: 'B', outcome: 'closed' }),
      ],
    });
    const steps: (string | null)[] = [];
    for await (const view of createTickets(back).watch('1', { everyMs: 5 })) steps.push(view.step);
    expect(steps).toEqual(['A', 'B']);
  });

  it('says nothing twice, and ends with a run that was terminated', async () => {
    const same = ticketViewOf({ step: 'A' });
    const runs = fakeRuns({ views: [same], running: false });
    const views: TicketView[] = [];
    for await (const view of createTickets(runs).watch('1', { everyMs: 5 })) views.push(view);
    expect(views).toEqual([same]);
  });

  it('waits for a ticket that is about to start', async () => {
    const runs = fakeRuns({ views: ['ticketNotFound', 'workerAway', ticketViewOf({ step: 'A' })] });
    const view = await createTickets(runs).waitFor('1', ({ step }) => step === 'A', { deadlineMs: 5_000 });
    expect(view.step).toBe('A');
  });

  it('says at the deadline why it could not even look', async () => {
    const runs = fakeRuns({ views: ['workerAway'] });
    await expect(createTickets(runs).waitFor('1', () => true, { deadlineMs: 250 })).rejects.toMatchObject({
      code: 'deadlineExceeded',
      message: expect.stringContaining('made: workerAway'),
    });
  });
});

describe('history', () => {
  it('shows the hole where retention has removed a run, and is gone when nothing is left', async () => {
    const fact = (runId: string, atMs: number) => ({
      runId,
      eventId: 1,
      atMs,
      kind: 'started' as const,
      name: 'ticket',
      summary: null,
      identity: null,
      attempt: null,
      input: null,
      result: null,
      failure: null,
    });
    const kept: TicketRuns = {
      ...fakeRuns({ lists: [[run({ runId: 'r1' }), run({ runId: 'r2' })]] }),
      history: async (_ticketId, runId) => {
        if (runId === 'r0') throw new ClientError('historyGone', 'gone');
        return {
          facts: [fact(runId, runId === 'r1' ? 10 : 20)],
          continuedFrom: runId === 'r1' ? 'r0' : 'r1',
        };
      },
    };
    const facts = await createTickets(kept).history('1');
    expect(facts.map(({ runId, name }) => `${runId} ${name}`)).toEqual([
      'r0 historyGone',
      'r1 ticket',
      'r2 ticket',
    ]);
    const gone: TicketRuns = {
      ...kept,
      history: async () => {
        throw new ClientError('historyGone', 'gone');
      },
    };
    await expect(createTickets(gone).history('1')).rejects.toMatchObject({ code: 'historyGone' });
  });
});
