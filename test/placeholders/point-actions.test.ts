import { suppressedBy, suppressionNeedsContent } from '../../src/integrations/point-actions.js';
import type { FieldContent } from '../../src/domain/ticket-content.js';
import { content, facts } from './context.js';

const STEPS = ['Open Request', 'Design and Risk', 'Approval'];
const SKIPPED = 'do_not_send_request_if_the_previous_step_skipped';
const CHECKED = 'do_not_send_request_if_skip_checkbox_checked';

const checkbox = (name: string, value: boolean): FieldContent => ({
  name,
  type: 'checkbox',
  value,
  text: value ? '[V]' : '[X]',
});
const withField = (field: FieldContent) => ({
  ...content,
  steps: [
    { name: 'Design and Risk', tasks: [{ assignee: null, fields: [field] }] },
    { name: 'Approval', tasks: [{ assignee: null, fields: [checkbox('skip', true)] }] },
  ],
});

describe('checklist point 8: actions that keep a message back', () => {
  it.each([
    [['Design and Risk'], 'step Design and Risk was skipped'],
    [['Open Request'], null],
    [[], null],
  ])('%j skipped before step Approval: %s', (skippedSteps, why) => {
    const context = { facts, content: { ...content, skippedSteps }, steps: STEPS };
    expect(suppressedBy({ before: [SKIPPED] }, context)).toBe(why);
    expect(suppressedBy({ before: ['advance'] }, context)).toBeNull();
    expect(suppressionNeedsContent({ before: [SKIPPED] })).toBe(true);
    expect(suppressionNeedsContent({ before: ['advance'] })).toBe(false);
  });

  it.each([
    [checkbox('Skip', true), 'the checkbox skip of step Design and Risk is checked'],
    [checkbox('skip', false), null],
    [checkbox('other', true), null],
    [{ ...checkbox('skip', true), type: 'text_field', value: 'true' }, null],
  ])('the checkbox of the previous step: %j', (field, why) => {
    const context = { facts, content: withField(field), steps: STEPS };
    expect(suppressedBy({ before: [CHECKED] }, context)).toBe(why);
  });
});
