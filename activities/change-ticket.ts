import { CallFailure } from '../src/domain/failure.js';
import type { FieldText, TicketAction, TicketChange } from '../src/domain/point-action.js';
import type { ProcessDefinition } from '../src/domain/process.js';
import { riskFrom } from '../src/domain/risk.js';
import type { FieldContent, TicketContent } from '../src/domain/ticket-content.js';
import type { StepFacts, TaskFacts, TicketFacts } from '../src/domain/ticket.js';
import { isPending, stepInstanceOf } from '../src/domain/ticket.js';
import type { FieldValue, SecureChange, TaskRef } from '../src/securechange/secure-change.js';
import { commentOnce } from './comment-once.js';
import type { ActivityDeps } from './contract.js';
import { holdingOf, acceptFreeTask } from './task-access.js';
import { withHeartbeat } from './with-heartbeat.js';

export interface ChangeTicketInput {
  readonly ticketId: string;
  /** Of the step that the change is for; null: the step in which the ticket is. */
  readonly stepInstance: string | null;
  readonly requestField: string | null;
  readonly taskAccess: ProcessDefinition['taskAccess'];
  readonly workflowType: string;
  readonly change: TicketChange;
  /** Stands in what is written: name of the integration point. */
  readonly point: string;
}

/** For a person; `advance`: the step may be completed now. */
export type ChangeTicketResult =
  { readonly done: string; readonly advance?: true } | { readonly notDone: string };

export interface ChangeTicketActivities {
  /**
   * Makes the change of an integration point in our own ticket, once SecureChange has finished its own work on the step. It
   * completes no task. What is written already is not written again, and an answer of a person is never replaced.
   */
  changeTicket: (input: ChangeTicketInput) => Promise<ChangeTicketResult>;
}

const EMPTY_TEXT = 'Set by integration script';
const APPROVED = 'Approved by integration script';

type Deps = Pick<ActivityDeps, 'secureChange' | 'clock' | 'settings'>;

export function createChangeTicketActivities(deps: Deps): ChangeTicketActivities {
  const { secureChange, clock, settings } = deps;
  return {
    async changeTicket(input) {
      return await withHeartbeat(async ({ signal }) => {
        for (;;) {
          const facts = await secureChange.readTicket(input.ticketId, {
            requestField: input.requestField,
            signal,
          });
          if (facts.status !== 'inProgress' || facts.step === null)
            return { notDone: `the ticket is ${facts.status}` };
          if (input.stepInstance !== null && stepInstanceOf(facts) !== input.stepInstance)
            return { notDone: 'the ticket has left the step' };
          if (!isPending(facts))
            return await new OneChange(secureChange, input, facts, facts.step, signal).make();
          await clock.sleep(settings.pollEveryMs, signal);
        }
      });
    },
  };
}

interface Wanted {
  readonly task: TaskFacts;
  readonly field: FieldContent;
  readonly value: FieldValue;
}

class OneChange {
  private readonly secureChange: SecureChange;
  private readonly input: ChangeTicketInput;
  private readonly facts: TicketFacts;
  private readonly step: StepFacts;
  private readonly signal: AbortSignal;

  constructor(
    secureChange: SecureChange,
    input: ChangeTicketInput,
    facts: TicketFacts,
    step: StepFacts,
    signal: AbortSignal,
  ) {
    this.secureChange = secureChange;
    this.input = input;
    this.facts = facts;
    this.step = step;
    this.signal = signal;
  }

  async make(): Promise<ChangeTicketResult> {
    const { change } = this.input;
    switch (change.kind) {
      case 'action':
        return await this.act(change.action);
      case 'writeFields':
        return await this.writeTexts(change.values, change.problems);
      case 'comment':
        return await this.comment(change.text, change.key);
    }
  }

  /** No task is taken for it: a person may have to accept and answer the one that is free. No decision reads it, so a refusal ends it. */
  private async comment(text: string, key: string): Promise<ChangeTicketResult> {
    const { ticketId } = this.input;
    const taskFor = async (): Promise<TaskRef | null> => {
      const me = await this.secureChange.whoAmI(this.signal);
      const open = this.step.tasks.filter(({ status }) => status !== 'DONE' && status !== 'INVALID');
      const task = open.find((one) => holdingOf(one, me) === 'ours') ?? open[0];
      return task === undefined ? null : { ticketId, stepId: this.step.id, taskId: task.id };
    };
    try {
      const done = await commentOnce(this.secureChange, { ticketId, text, key }, taskFor, this.signal);
      return done === 'no task' ? { notDone: 'the step has no open task to comment on' } : { done };
    } catch (error) {
      if (!(error instanceof CallFailure) || error.facts.kind !== 'rejected') throw error;
      return { notDone: `SecureChange refused the comment: ${error.message}` };
    }
  }

  private async act(action: TicketAction): Promise<ChangeTicketResult> {
    switch (action) {
      case 'advance':
        return { done: 'asked to complete the step', advance: true };
      case 'advance_with_defaults':
        return await this.fillDefaults();
      case 'advance_if_fully_implemented':
        return await this.judgeImplemented();
      case 'approve_reject':
        return await this.answerByRisk('low');
      case 'approve_reject_on_high':
        return await this.answerByRisk('high');
      case 'approve_reject_on_critical':
        return await this.answerByRisk('critical');
      case 'cancel_ticket':
        await this.secureChange.cancelTicket(this.input.ticketId, this.signal);
        return { done: 'ticket cancelled' };
    }
  }

  /** Only what is empty; asked for by name, for it writes an answer that no person gave. */
  private async fillDefaults(): Promise<ChangeTicketResult> {
    const wanted = (await this.fields()).flatMap(({ task, field }): Wanted[] => {
      if (field.readOnly === true || field.text !== emptyText(field)) return [];
      const { name: fieldName } = field;
      if (field.type === 'approve_reject')
        return [
          { task, field, value: { kind: 'approveReject', fieldName, approved: true, reason: APPROVED } },
        ];
      return field.type === 'text_field' || field.type === 'text_area'
        ? [{ task, field, value: { kind: 'text', fieldName, text: EMPTY_TEXT } }]
        : [];
    });
    const said = wanted.length === 0 ? 'nothing was empty' : await this.write(await this.mine(wanted));
    return { done: `${said}; asked to complete the step`, advance: true };
  }

  private async judgeImplemented(): Promise<ChangeTicketResult> {
    const { id: stepId, request } = this.step;
    if (request === null) return { notDone: 'the step shows no Designer results' };
    const { ticketId } = this.input;
    const ref = { ticketId, stepId, taskId: request.taskId, fieldId: request.id };
    const { devices } = await this.secureChange.readDesign(ref, this.signal);
    const open = devices.filter(({ design }) => design !== 'fullyImplemented').map(({ name }) => name);
    if (devices.length === 0) return { notDone: 'the Designer has no result' };
    if (open.length > 0) return { notDone: `not implemented on ${open.slice(0, 5).join(', ')}` };
    return { done: 'implemented on every device; asked to complete the step', advance: true };
  }

  private async answerByRisk(from: 'low' | 'high' | 'critical'): Promise<ChangeTicketResult> {
    const verdict = riskFrom(this.step.request?.risks ?? [], this.input.workflowType, from);
    if (verdict.kind === 'unknown')
      throw this.refuse('risk.missing', `the risk cannot be judged: ${verdict.reason}`);
    const approved = verdict.kind === 'below';
    const all = (await this.fields()).filter(({ field }) => field.type === 'approve_reject');
    if (all.length === 0)
      throw this.refuse(
        'securechange.field_missing',
        `step "${this.step.name}" has no Approve/Reject field; it has: ${this.names()}`,
      );
    const reason = `${this.input.point}: ${verdict.reason}`;
    const open = all
      .filter(({ field }) => field.text === emptyText(field))
      .map(({ task, field }): Wanted => ({
        task,
        field,
        value: { kind: 'approveReject', fieldName: field.name, approved, reason },
      }));
    if (open.length === 0) return { notDone: 'the Approve/Reject field is answered already' };
    return { done: await this.write(await this.mine(open)) };
  }

  private async writeTexts(
    values: readonly FieldText[],
    problems: readonly string[],
  ): Promise<ChangeTicketResult> {
    if (problems.length > 0)
      throw this.refuse(
        'itsm.answer_incomplete',
        `the answer has no text for ${problems.join('; ')}; drop the message and correct response, or write the fields by hand`,
      );
    const all = await this.fields();
    const chosen: Wanted[] = [];
    for (const { field: wantedName, text } of values) {
      const named = all.filter(({ field }) => same(field.name, wantedName));
      if (named.length === 0)
        throw this.refuse(
          'securechange.field_missing',
          `step "${this.step.name}" has no field "${wantedName}"; it has: ${this.names()}`,
        );
      const wanted = named.map(({ task, field }): Wanted => ({
        task,
        field,
        value: { kind: 'text', fieldName: field.name, text },
      }));
      chosen.push(...(await this.mine(wanted)));
    }
    return { done: await this.write(chosen) };
  }

  /** The fields of the open tasks of the step. */
  private async fields(): Promise<readonly { readonly task: TaskFacts; readonly field: FieldContent }[]> {
    const content: TicketContent = await this.secureChange.readContent(this.input.ticketId, this.signal);
    const tasks = content.steps.flatMap((step) => step.tasks);
    return this.step.tasks
      .filter(({ status }) => status !== 'DONE' && status !== 'INVALID')
      .flatMap((task) =>
        (tasks.find(({ id }) => id === task.id)?.fields ?? []).map((field) => ({ task, field })),
      );
  }

  /** Each parallel task has its own copy of a field: those that we hold, else the first that we may take. */
  private async mine(wanted: readonly Wanted[]): Promise<readonly Wanted[]> {
    const me = await this.secureChange.whoAmI(this.signal);
    const ours = wanted.filter(({ task }) => holdingOf(task, me) === 'ours');
    if (ours.length > 0) return ours;
    const first = wanted.find(({ task }) => holdingOf(task, me) === 'unassigned') ?? wanted[0];
    return wanted.filter(({ task }) => task.id === first?.task.id);
  }

  private async write(wanted: readonly Wanted[]): Promise<string> {
    const { ticketId, taskAccess } = this.input;
    const open = wanted.filter(({ field, value }) => value.kind !== 'text' || field.text !== value.text);
    for (const task of new Set(open.map((one) => one.task))) {
      const ref = { ticketId, stepId: this.step.id, taskId: task.id };
      await acceptFreeTask(this.secureChange, { task, ref }, taskAccess, this.signal);
      const values = open.filter((one) => one.task === task).map(({ value }) => value);
      await this.secureChange.writeFields(ref, values, this.signal);
    }
    const names = [...new Set(wanted.map(({ field }) => field.name))];
    return `${open.length === 0 ? 'written already' : 'wrote'}: ${names.slice(0, 10).join(', ')}`;
  }

  private names(): string {
    return this.step.fieldNames.slice(0, 10).join(', ');
  }

  private refuse(code: CallFailure['facts']['code'], message: string): CallFailure {
    const { point } = this.input;
    return new CallFailure({
      kind: 'rejected',
      system: 'securechange',
      operation: `change the ticket for ${point}`,
      code,
      message,
    });
  }
}

/** As `readContent` shows a field without a value. */
function emptyText({ type }: FieldContent): string {
  return type === 'approve_reject' ? 'Status: ; Reason: ' : '';
}

function same(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.trim().toLowerCase();
}
