import { readPlanned } from '../../activities/planned-dates.js';
import type { PlannedDates } from '../../src/domain/process.js';
import { fakeEnvironment } from '../support/fake-environment.js';

const FIELDS: PlannedDates = {
  server: null,
  start: 'Planned Start',
  end: 'Planned End',
  zone: 'UTC',
  blank: 'refuse',
};

it('reads the dates from the newest step of the ticket that has the fields, in any letter case', async () => {
  const env = fakeEnvironment();
  const ticket = env.ticket();
  const field = (name: string, text: string) => ({ name, type: 'text_field', value: text, text });
  const step = (name: string, start: string) => ({
    name,
    tasks: [
      { assignee: null, fields: [field('planned start', start), field('Planned End', '2030-01-02 10:00')] },
    ],
  });
  const { secureChange } = env;
  const content = await secureChange.readContent(ticket.id);
  secureChange.readContent = async () => {
    await Promise.resolve();
    const steps = [
      step('Open Request', '2029-01-01'),
      step('Approve', '2030-01-01 08:00'),
      { name: 'Last', tasks: [] },
    ];
    return { ...content, steps };
  };
  const reading = await readPlanned(env.deps(), FIELDS, ticket.id, new AbortController().signal);
  const interval = {
    opensAtMs: Date.parse('2030-01-01T08:00Z'),
    closesAtMs: Date.parse('2030-01-02T10:00Z'),
  };
  expect(reading).toEqual({ kind: 'within', interval });
});

it('takes a field that is nowhere as blank', async () => {
  const env = fakeEnvironment();
  const ticket = env.ticket();
  const reading = await readPlanned(env.deps(), FIELDS, ticket.id, new AbortController().signal);
  expect(reading).toMatchObject({ kind: 'blank' });
});
