import { z } from 'zod';
import { illegalArgument, notFound } from './api-error.js';
import type { Step, Task, Ticket } from './model.js';
import { announce, currentStep, record, touch } from './records.js';
import { completeTask, endTicket, workflowOf, type Simulation } from './tickets.js';
import { expire, reopen, resubmit, startRedo } from './turns.js';
import { runVerifier } from './verifier.js';

/** Body of `POST /simulator/tickets/:id/act`: what a person does in the user interface. */
export const actSchema = z.strictObject({
  as: z.string().min(1),
  do: z.enum([
    'complete',
    'approve',
    'reject',
    'redo',
    'cancel',
    'rejectTicket',
    'confirm',
    'reopen',
    'resubmit',
    'expire',
    'assign',
    'autoClose',
    'verify',
  ]),
  taskId: z.int().optional().describe('which of several parallel tasks; default: the first open one'),
  toStep: z.union([z.int(), z.string()]).optional().describe('redo: id or name of the earlier step'),
  to: z.string().optional().describe('assign: login; default: `as`'),
  comment: z.string().default(''),
  reason: z.string().default(''),
  fields: z.record(z.string(), z.string()).default({}).describe('complete: text fields to fill, by name'),
});

type Act = z.infer<typeof actSchema>;

function openTask(ticket: Ticket, act: Act): { step: Step; task: Task } {
  const step = currentStep(ticket);
  const open = step?.tasks.filter((one) => one.status !== 'DONE' && one.status !== 'INVALID') ?? [];
  const mine = open.find((one) => one.assignee === act.as);
  const task = act.taskId === undefined ? (mine ?? open[0]) : open.find((one) => one.id === act.taskId);
  if (!step || !task) throw illegalArgument(`Ticket ${String(ticket.id)} has no open task`);
  if (task.status === 'PENDING') throw illegalArgument(`Task ${String(task.id)} is in pending status`);
  return { step, task };
}

function decide(simulation: Simulation, ticket: Ticket, act: Act, approved: boolean): void {
  const { step, task } = openTask(ticket, act);
  const field = task.fields.find((one) => one.type === 'approve_reject');
  if (!field) throw illegalArgument(`Step ${step.name} has nothing to approve`);
  field.body = { approved, reason: act.reason === '' ? act.comment : act.reason };
  task.assignee = act.as;
  completeTask(simulation, ticket, step, task, act.as);
}

function complete(simulation: Simulation, ticket: Ticket, act: Act): void {
  const { step, task } = openTask(ticket, act);
  for (const [name, text] of Object.entries(act.fields)) {
    const field = task.fields.find((one) => one.name === name);
    if (!field) throw illegalArgument(`Step ${step.name} has no field ${name}`);
    field.body = { ...field.body, text };
  }
  task.assignee = act.as;
  completeTask(simulation, ticket, step, task, act.as);
}

function assign(simulation: Simulation, ticket: Ticket, act: Act): void {
  const { site } = simulation;
  const { step, task } = openTask(ticket, act);
  const login = act.to ?? act.as;
  const user = site.user(login);
  if (!user) throw illegalArgument(`User ${login} does not exist`);
  task.participant = login;
  task.assignee = user.kind === 'user' ? login : null;
  task.status = task.assignee === null ? 'WAITING_TO_BE_ASSIGNED' : 'ASSIGNED';
  record(site, ticket, act.as, `Ticket reassigned to ${login}`, step, task);
  announce(site, ticket, 'TASK_ASSIGNED', step, task);
  touch(site, ticket);
}

function redo(simulation: Simulation, ticket: Ticket, act: Act): void {
  const { step, task } = openTask(ticket, act);
  const target = ticket.steps.findLast((one) => one.id === act.toStep || one.name === act.toStep);
  if (!target) throw illegalArgument(`Ticket ${String(ticket.id)} has no earlier step ${String(act.toStep)}`);
  startRedo(simulation, ticket, step, task, target.id, act.as, act.comment);
}

function end(simulation: Simulation, ticket: Ticket, act: Act): void {
  const step = currentStep(ticket) ?? ticket.steps.at(-1);
  const ended = ticket.status !== 'In Progress' && ticket.status !== 'Ticket Resolved';
  if (ended) throw illegalArgument(`Ticket ${String(ticket.id)} is already ${ticket.status}`);
  const comment = act.comment === '' ? act.reason : act.comment;
  if (act.do === 'cancel') {
    endTicket(simulation, ticket, 'Ticket Cancelled', 'CANCEL', act.as, 'Cancel request', step, comment);
  } else if (act.do === 'rejectTicket') {
    endTicket(simulation, ticket, 'Ticket Rejected', 'REJECT', act.as, 'Reject request', step, comment);
  } else if (act.do === 'autoClose') {
    endTicket(simulation, ticket, 'Ticket Closed', 'CLOSE', 'System', 'Close request', step, comment, false);
    // A ticket that is closed because it is implemented already shows no handler.
    for (const task of step?.tasks ?? [])
      if (task.status === 'INVALID') Object.assign(task, { assignee: 'N/A', status: 'N/A' });
  } else {
    if (ticket.status !== 'Ticket Resolved')
      throw illegalArgument(`Ticket ${String(ticket.id)} is not resolved`);
    endTicket(simulation, ticket, 'Ticket Closed', 'CLOSE', act.as, 'Close request', step, comment);
  }
}

/** Runs the verifier, as its button in the request does. */
function verify({ site }: Simulation, ticket: Ticket): void {
  const step = currentStep(ticket);
  if (!step) throw illegalArgument(`Ticket ${String(ticket.id)} is in no step`);
  runVerifier(site, ticket, step, workflowOf(site, ticket).verifier);
  touch(site, ticket);
}

/** Does what a person would do in the user interface. Throws what the interface would refuse. */
export function act(simulation: Simulation, ticketId: number, input: Act): Ticket {
  const { site } = simulation;
  const ticket = site.tickets.get(ticketId);
  if (!ticket) throw notFound();
  if (!site.user(input.as)) throw illegalArgument(`User ${input.as} does not exist`);
  site.store.change(() => {
    if (input.do === 'approve' || input.do === 'reject')
      decide(simulation, ticket, input, input.do === 'approve');
    else if (input.do === 'complete') complete(simulation, ticket, input);
    else if (input.do === 'redo') redo(simulation, ticket, input);
    else if (input.do === 'assign') assign(simulation, ticket, input);
    else if (input.do === 'verify') verify(simulation, ticket);
    else if (input.do === 'expire') expire(simulation, ticket);
    else if (input.do === 'resubmit') resubmit(simulation, ticket, input.as, input.comment);
    else if (input.do === 'reopen') reopen(simulation, ticket, input.as, input.comment);
    else end(simulation, ticket, input);
  });
  return ticket;
}
