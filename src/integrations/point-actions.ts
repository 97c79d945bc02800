/** Actions of the Workflow Integrator that keep the message of a point back. */
import type { SuppressingAction } from '../domain/point-action.js';
import { SUPPRESSING_ACTIONS } from '../domain/point-action.js';
import type { IntegrationPoint } from '../domain/process.js';
import type { TicketContent } from '../domain/ticket-content.js';
import type { TicketFacts } from '../domain/ticket.js';

interface Context {
  readonly facts: Pick<TicketFacts, 'step' | 'previousStepName'>;
  /** Needed where the point has such an action, see `suppressionNeedsContent`. */
  readonly content: TicketContent | null;
  /** Names of the steps of the process, in their order. */
  readonly steps: readonly string[];
}

type Point = Pick<IntegrationPoint, 'before'>;

export function suppressionNeedsContent(point: Point): boolean {
  return suppressing(point).length > 0;
}

/** Why the message is kept back, for a person; null: it is sent. */
export function suppressedBy(point: Point, { facts, content, steps }: Context): string | null {
  for (const action of suppressing(point)) {
    switch (action) {
      case 'do_not_send_request_if_the_previous_step_skipped': {
        const before = steps[steps.indexOf(facts.step?.name ?? '') - 1];
        if (before !== undefined && content?.skippedSteps.includes(before) === true)
          return `step ${before} was skipped`;
        break;
      }
      case 'do_not_send_request_if_skip_checkbox_checked': {
        const previous = content?.steps.findLast(({ name }) => name === facts.previousStepName);
        const fields = (previous?.tasks ?? []).flatMap((task) => task.fields);
        const isChecked = fields.some(
          ({ name, type, value }) =>
            type === 'checkbox' && name.trim().toLowerCase() === 'skip' && value === true,
        );
        if (isChecked) return `the checkbox skip of step ${facts.previousStepName ?? '-'} is checked`;
        break;
      }
    }
  }
  return null;
}

function suppressing({ before = [] }: Point): readonly SuppressingAction[] {
  return SUPPRESSING_ACTIONS.filter((action) => before.includes(action));
}
