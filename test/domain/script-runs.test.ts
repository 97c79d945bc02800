import * as fc from 'fast-check';
import type { TicketEvent } from '../../src/domain/event.js';
import { memoryOfNewRun, scriptRunFor, withScriptRun } from '../../src/domain/script-runs.js';
import type { ShownEvent } from '../../src/domain/ticket.js';

function event(name: string, key: string, args: readonly string[] = []): TicketEvent {
  return {
    key,
    name,
    ticketId: '7',
    source: 'mediator',
    receivedAtMs: 0,
    info: null,
    script: { name: 'notify', args, ticketInfoXml: '', ticketInfoSha256: 'a'.repeat(64) },
  };
}

const redos = (count: number): { epoch: number; shownEvents: readonly ShownEvent[] } => ({
  epoch: 1 + count,
  shownEvents: Array.from({ length: count }, (_, at) => ({ event: 'REDO', step: null, nth: at + 2 })),
});

/** The runs that the deliveries lead to; each is read with so many redos in the ticket's history. */
function runsOf(deliveries: readonly { event: TicketEvent; shown: number }[]): string[] {
  let memory = memoryOfNewRun(0);
  for (const { event: delivered, shown } of deliveries) {
    const key = scriptRunFor(delivered, redos(shown), memory.scriptRuns);
    if (key !== null) memory = withScriptRun(memory, key);
  }
  return memory.scriptRuns;
}

it('two redos that were read together run it twice, each delivered twice', () => {
  const [first, second] = [event('REDO', 'a'), event('REDO', 'b')];
  const deliveries = [first, second, first, second].map((each) => ({ event: each, shown: 2 }));
  expect(runsOf(deliveries)).toHaveLength(2);
});

it('an event of another instance of its step runs it, one of the same instance does not', () => {
  const left = (key: string, id: string): TicketEvent => {
    const stage = { id, name: 'Review', task: null };
    const info = {
      ...{ id: '7', subject: '', priority: null, createDate: null, updateDate: null, requester: null },
      ...{ stage, openRequestStage: null, comment: null },
    };
    return { ...event('ADVANCE', key), info };
  };
  const deliveries = [left('a', '11'), left('b', '12'), left('c', '11')].map((each) => ({
    event: each,
    shown: 0,
  }));
  expect(runsOf(deliveries)).toHaveLength(2);
});

it('an event of an unknown name runs once an epoch', () => {
  const runs = runsOf([0, 0, 1].map((shown) => ({ event: event('NEW', `k${shown}`), shown })));
  expect(runs).toHaveLength(2);
});

it('never runs more often than the history shows the event, and once for each that was delivered', () => {
  const delivery = fc.record({ key: fc.constantFrom('a', 'b', 'c'), more: fc.nat(2) });
  fc.assert(
    fc.property(fc.array(delivery, { maxLength: 12 }), (list) => {
      let shown = 1;
      const deliveries = list.map(({ key, more }) => ({ event: event('REDO', key), shown: (shown += more) }));
      const runs = runsOf(deliveries);
      expect(runs.length).toBeLessThanOrEqual(shown);
      expect(new Set(runs).size).toBe(runs.length);
      if (list.length > 0) expect(runs.length).toBeGreaterThan(0);
      // Delivered again as it was, nothing runs.
      expect(
        runsOf([...deliveries, ...deliveries.map((each) => ({ ...each, shown }))]).length,
      ).toBeLessThanOrEqual(shown);
    }),
  );
});

it('what is remembered stays small, whatever the arguments', () => {
  let memory = memoryOfNewRun(0);
  for (let epoch = 1; epoch <= 300; epoch += 1) {
    const facts = { epoch, shownEvents: [] };
    const args = Array.from({ length: 32 }, () => 'x'.repeat(256));
    const key = scriptRunFor(
      event('REDO', `k${epoch}`, epoch % 2 === 0 ? args : []),
      facts,
      memory.scriptRuns,
    );
    memory = withScriptRun(memory, key!);
  }
  const { scriptRuns: runs, reportsNotBeforeMs } = memory;
  // All are of the same time.
  expect(reportsNotBeforeMs).toBe(1);
  expect(runs.length).toBeLessThanOrEqual(200);
  expect(runs.join('').length).toBeLessThanOrEqual(64 * 1024);
  expect(runs.at(-1)).toContain('k300');
});
