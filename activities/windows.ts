import type { WindowPolicy } from '../src/domain/process.js';
import { calendarsFor } from '../src/domain/window.js';
import type { WindowPlan, WindowQuestion } from '../src/domain/window.js';
import type { ActivityDeps } from './contract.js';

type Deps = Pick<ActivityDeps, 'calendars' | 'definitions' | 'managers' | 'clock'>;

/** Without a target only rules for every target open, every deny counts, and no manager's calendar is looked at. */
interface Question {
  readonly workflow: string;
  readonly target: WindowQuestion['target'] | null;
}

/** Whose calendars count: the policy of the process definition that is in use, else `otherwise`, as a step keeps it. */
export function planWindows(deps: Deps, question: Question, otherwise: WindowPolicy): WindowPlan {
  return plan(deps, question, deps.definitions.processFor(question.workflow)?.window ?? otherwise);
}

/** null when no process definition is in use for the workflow. */
export function planInUse(deps: Deps, question: Question): WindowPlan | null {
  const policy = deps.definitions.processFor(question.workflow)?.window;
  return policy === undefined ? null : plan(deps, question, policy);
}

/** The one place that decides which calendars count: the process's for this target and the one of its manager, as the files are now. */
function plan(deps: Deps, { target }: Question, policy: WindowPolicy): WindowPlan {
  const manager =
    target === null ? null : deps.managers.policyFor({ key: target.laneKey, name: target.laneName });
  return deps.calendars.plan({
    calendars: calendarsFor(policy, manager?.calendar ?? null, target),
    fromMs: deps.clock.now(),
    horizonDays: policy.horizonDays,
    target: target === null ? null : { ...target, tags: deps.managers.tagsOf(target) },
  });
}
