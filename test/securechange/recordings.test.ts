import { toText, toWrappedList } from '../../src/securechange/normalise.js';
import { readXml } from '../../src/securechange/safe-xml.js';
import { factsOf } from './ticket-builder.js';
import { fixtureNames, readFixture, readJsonFixture, type Recorded } from './fixture.js';

describe('recordings no call of ours reads yet', () => {
  it.each([
    ['securechange', 'lifecycle-events.json', 'ticket_events', 'ticket_event', 2],
    ['securechange', 'tickets.search_by_details.json', 'tickets_search_results', 'ticket_result', 2],
    ['securechange', 'triggers.json', 'workflow_triggers', 'workflow_trigger', 1],
  ] as const)('%s/%s holds lists in a form we understand', (folder, name, wrapper, entry, least) => {
    const entries = toWrappedList(readJsonFixture(folder, name)[wrapper], entry);
    expect(entries.length).toBeGreaterThanOrEqual(least);
    for (const one of entries) expect(typeof one).toBe('object');
  });

  it('counts come as numbers or text', () => {
    expect(toText(readJsonFixture('securetrack', 'violating_rules.count.json').count.count)).toBe('17');
  });

  it.each(fixtureNames('script').filter((name) => name.endsWith('.xml')))(
    'script/%s is XML we accept',
    (name) => {
      const element = readXml(readFixture('script', name));
      expect(['ticket_info', 'response', 'tasks', 'field_info']).toContain(element.name);
      expect(element.children.length).toBeGreaterThan(0);
    },
  );

  it.each(fixtureNames('script').filter((name) => name.endsWith('.json')))('script/%s is JSON', (name) => {
    expect(typeof readJsonFixture('script', name)).toBe('object');
  });
});

describe('the recorded order of states', () => {
  const sequences: [string, { task_status: string; designer_status: string }[]][] = Object.entries(
    readJsonFixture('securechange', 'async-sequences.json'),
  );

  it.each(sequences)('%s is known word by word', (_name, states) => {
    for (const { task_status, designer_status } of states) {
      const wire: Recorded = readJsonFixture('securechange', 'ticket.in-progress.single-as-object.json');
      const { task } = wire.ticket.steps.step[3].tasks;
      task.status = task_status;
      task.fields.field[0].designer_result.status = designer_status;
      const { step } = factsOf(wire);
      expect(step?.tasks[0]?.status).toBe(task_status);
      expect(step?.request?.designerStatus).toBe(designer_status);
    }
  });
});
