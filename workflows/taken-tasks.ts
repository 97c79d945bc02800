import type { Phase } from '../src/domain/phase.js';
import type { PhaseRule } from '../src/domain/process.js';
import type { TakenTask, TaskFrom } from '../src/domain/taken-task.js';
import { isFinal, type TicketStatus } from '../src/domain/ticket.js';
import type { TicketRun } from './ticket-run.js';
import { PhaseSkipped } from './ticket-run.js';

/** Phases whose calls are made on our task. */
const ON_A_TASK: readonly Phase[] = ['design', 'changeWindow', 'update', 'commit', 'advance'];
/** Of one step. */
const MOST_TASKS = 40;

/**
 * Before a phase: with `taskAccess: reassign` takes the task that a person holds when our calls of the phase need it, and lets
 * go of a taken one where a person works in the phase. Who held it is recorded before SecureChange is asked.
 */
export async function prepareTask(run: TicketRun, { phase, by }: PhaseRule): Promise<void> {
  if (run.state.definition?.taskAccess !== 'reassign') return;
  if (by === 'person' || phase === 'approval') {
    releaseTasks(run);
    return;
  }
  if (by !== 'orchestrator' || !ON_A_TASK.includes(phase) || isApprovedHere(run)) return;
  await takeFromPerson(run, phase);
}

async function takeFromPerson(run: TicketRun, phase: Phase): Promise<void> {
  const { state } = run;
  for (;;) {
    // Also where a cancelled step ends: a write that has not begun is not made.
    await untilGivenBack(run);
    const [known] = takenOf(run);
    const result = await run.write('takeTask', { phase }, () => {
      const again = known?.asked ?? false;
      if (known !== undefined) known.asked = true;
      return { ...run.stepRef(), from: known?.from ?? null, again };
    });
    switch (result.kind) {
      case 'taken':
        if (known !== undefined) show(run, known);
        return;
      case 'ours':
        if (known === undefined) return;
        if (result.byUs) show(run, known);
        else forget(run, known);
        return;
      case 'free':
        return;
      case 'held':
        if (known?.taken === true) {
          run.display.note(`task ${known.from.task}: ${result.by.login} has it now, and keeps it`);
          forget(run, known);
          state.keptTasks = [...(state.keptTasks ?? []), known.from.taskId].slice(-MOST_TASKS);
        }
        if (state.keptTasks?.includes(result.by.taskId) === true) return;
        state.takenTasks = [{ from: result.by, asked: false, taken: false, due: false }];
    }
  }
}

async function untilGivenBack(run: TicketRun): Promise<void> {
  const isDue = (): boolean => takenOf(run).some(({ due }) => due);
  if (isDue())
    run.display.wait({ for: 'securechange', what: 'a task that was taken is given back', untilMs: null });
  await run.engine.condition(() => !isDue());
}

/** The answer of an approver shows who holds the task: taking it would make the approval ours. */
function isApprovedHere({ definition, state }: TicketRun): boolean {
  return definition.approvals.some(({ field, step }) => field !== null && step === state.stepName);
}

function show(run: TicketRun, known: TakenTask): void {
  if (known.taken) return;
  known.taken = true;
  const { task, login } = known.from;
  run.display.note(`took task ${task} from ${login}; it is given back when our work on it has ended`);
}

/** Our work on the taken tasks has ended. Nothing waits for their return. */
export function releaseTasks(run: TicketRun): void {
  for (const taken of takenOf(run)) taken.due = true;
}

/** The ticket is in another step, or is not driven any more. A ticket that has ended has no open task. */
export function leaveTasks(run: TicketRun, status: TicketStatus): void {
  releaseTasks(run);
  delete run.state.keptTasks;
  if (isFinal(status)) delete run.state.takenTasks;
}

/** Gives each released task back, beside the phases. */
export async function giveTasksBack(run: TicketRun): Promise<void> {
  for (;;) {
    const due = (): TakenTask | undefined => takenOf(run).find((one) => one.due);
    await run.engine.condition(() => due() !== undefined);
    const one = due();
    if (one === undefined) continue;
    // SecureChange was never asked for it.
    if (one.asked) run.display.note(await giveBack(run, one.from));
    forget(run, one);
  }
}

async function giveBack(run: TicketRun, from: TaskFrom): Promise<string> {
  const { state } = run;
  const { ticketId } = state;
  const place = (): string => `${state.mode} ${state.stepInstance ?? '-'}`;
  const before = place();
  const target = `task ${from.task}`;
  try {
    // A step that is left ends what it asks a person for.
    const context = { phase: null, target, news: () => place() !== before };
    const result = await run.write('giveTaskBack', context, () => ({ ticketId, from }));
    switch (result.kind) {
      case 'givenBack':
        return `gave ${target} back to ${from.login}`;
      case 'others':
        return `${target} is not given back to ${from.login}: a person gave it to ${result.holder ?? 'its group'}`;
      case 'over':
        return `${target} is not given back to ${from.login}: it is done, or the ticket has left its step`;
    }
  } catch (error) {
    if (!(error instanceof PhaseSkipped)) throw error;
    return `${target} is not given back to ${from.login}: an operator skipped it`;
  }
}

function takenOf({ state }: TicketRun): readonly TakenTask[] {
  return state.takenTasks ?? [];
}

function forget({ state }: TicketRun, known: TakenTask): void {
  state.takenTasks = (state.takenTasks ?? []).filter((one) => one !== known);
}
