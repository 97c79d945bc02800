import { ticketSchema } from '../../src/securechange/wire.js';
import { toContent } from '../../src/securechange/to-content.js';
import { readJsonFixture, type Recorded } from './fixture.js';

const more = { link: null, requesterName: null, lastChangeMs: null, skippedSteps: new Set<string>() };

function contentOf(change: (ticket: Recorded) => void = () => {}) {
  const answer = readJsonFixture('securechange', 'ticket.commit-pending.json');
  change(answer.ticket);
  return toContent(ticketSchema.parse(answer).ticket, more);
}

function fieldOf(field: Record<string, unknown>) {
  const content = contentOf((ticket) => {
    ticket.steps.step[1].tasks.task.fields.field = { id: 1, name: 'One', ...field };
  });
  return content.steps[1]?.tasks[0]?.fields[0];
}

describe('the content of a ticket', () => {
  it('has every field of every step by its name', () => {
    const names = contentOf().steps.map(({ name, tasks }) => [
      name,
      tasks.flatMap(({ fields }) => fields.map((field) => field.name)),
    ]);
    expect(names).toEqual([
      ['Open Request', ['Required Access', 'Business justification']],
      ['Auto Design and Risk', ['Required Access']],
      ['Approval', ['Required Access', 'Approve Access Request']],
      ['Implementation', ['Required Access', 'ITSM change']],
    ]);
    expect(contentOf()).toMatchObject({ domain: 'Default', comments: [] });
  });

  it('names the steps that were skipped, also where the server does not list them', () => {
    const answer = readJsonFixture('securechange', 'ticket.commit-pending.json');
    answer.ticket.steps.step[1].skipped = 'true';
    const skippedSteps = new Set(['Business approval', 'Auto Design and Risk']);
    const content = toContent(ticketSchema.parse(answer).ticket, { ...more, skippedSteps });
    expect(content.skippedSteps).toEqual(['Business approval', 'Auto Design and Risk']);
    expect(toContent(ticketSchema.parse(answer).ticket, more).skippedSteps).toEqual(['Auto Design and Risk']);
    expect(contentOf().skippedSteps).toEqual([]);
  });

  it('reads an access request as a sentence, with its devices and findings', () => {
    const field = contentOf().steps[2]?.tasks[0]?.fields[0];
    expect(field?.text).toBe(
      'AR1: Accept from 10.20.4.15/32 to 172.16.90.5/32, billing-net, service TCP 8443, targets DG-B, comment CRM release 14',
    );
    expect(field?.requests?.targets).toEqual({ AR1: ['DG-B'] });
    expect(field?.requests?.risks).toEqual([
      {
        request: 'AR1',
        status: 'has risk',
        violations: [
          {
            severity: 'HIGH',
            policy: 'Corporate USP',
            from_zone: 'app-dmz',
            to_zone: 'billing',
            sources: ['10.20.4.15'],
            destinations: ['172.16.90.5'],
            violating_services: ['TCP 8443'],
            allowed_services: ['https'],
          },
        ],
      },
    ]);
  });

  it.each([
    ['text_area', { text: 'Hello' }, 'Hello', 'Hello'],
    ['text_field', { text: '' }, '', ''],
    ['checkbox', { value: true }, true, '[V]'],
    ['checkbox', { value: 'false' }, false, '[X]'],
    ['date', { value: '2026-11-22' }, '2026-11-22', '2026-11-22'],
    ['drop_down_list', { selection: 'DMZ', options: { option: ['DMZ', 'LAN'] } }, 'DMZ', 'DMZ'],
    [
      'approve_reject',
      { approved: true, reason: 'fine' },
      { status: 'Approved', reason: 'fine' },
      'Status: Approved; Reason: fine',
    ],
    ['multiple_selection', { selected_options: { selected_option: ['a', 'b'] } }, ['a', 'b'], 'a, b'],
    ['multiple_selection', { options: { option: ['a', 'b'] } }, [], ''],
    ['multi_text_field', { text_field: [{ text: 'a' }, { text: 'b' }] }, ['a', 'b'], 'a, b'],
    ['a_type_of_tomorrow', { strange: { deep: 1 } }, '', ''],
  ])('reads a field of type %s', (type, members, value, text) => {
    expect(fieldOf({ '@xsi.type': type, ...members })).toMatchObject({ name: 'One', type, value, text });
  });

  it('reads a group change with its members', () => {
    const field = fieldOf({
      '@xsi.type': 'multi_group_change',
      group_change: {
        name: 'Web',
        change_action: 'UPDATE',
        members: { member: [{ name: 'web-1', status: 'ADDED' }, { name: 'web-2' }] },
      },
    });
    expect(field?.text).toBe('Web: UPDATE with web-1 (ADDED), web-2');
  });
});
