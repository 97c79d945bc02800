import { createHash } from 'node:crypto';

import type { DesignFacts, DeviceDesign } from '../../src/domain/provisioning.js';
import type {
  ApprovalFacts,
  AutomationTool,
  DesignerStatus,
  RequestRisk,
  ShownEvent,
  StepFacts,
  TicketFacts,
  TicketStatus,
} from '../../src/domain/ticket.js';

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface FakeTask {
  readonly id: string;
  done: boolean;
  pending: boolean;
  assignee: string | null;
  approved: boolean | null;
  approvedBy: string | null;
  reason: string | null;
  /** What the task asked for when it was approved. */
  request?: string;
}

export interface FakeStep {
  readonly id: string;
  readonly name: string;
  readonly tasks: FakeTask[];
  skipped: boolean;
  redone: boolean;
  /** The epoch it was last completed in. */
  completedIn: number | null;
}

export interface FakeTicketInput {
  readonly id: string;
  readonly workflow: string;
  readonly steps: readonly string[];
  readonly devices: readonly DeviceDesign[];
  readonly requester?: string;
  readonly priority?: string;
  readonly createdAtMs?: number | null;
  readonly risks?: readonly RequestRisk[];
  readonly requestField?: string;
  readonly requestType?: string;
  readonly approvalStep?: string;
  readonly approvalField?: string;
  /** Approval steps with their fields, where there are several; their tasks show the request. */
  readonly approvalSteps?: Readonly<Record<string, string>>;
  /** Tasks of every step, worked on in parallel. */
  readonly tasksPerStep?: number;
  /** Whether a redo leads to a new step with new tasks, or to the old one with the old answers still showing. */
  readonly redoIds?: 'new' | 'same';
  readonly endsAs?: 'closed' | 'resolved';
}

/** One ticket: what people and SecureChange do to it, and what a reading shows of it. */
export class FakeTicket {
  readonly id: string;
  readonly workflow: string;
  readonly requester: string;
  readonly devices: Mutable<DeviceDesign>[];
  readonly passed: FakeStep[] = [];
  current: FakeStep | null = null;
  status: TicketStatus = 'inProgress';
  epoch = 1;
  expired = false;
  designerStatus: DesignerStatus = 'not run';
  cannotComputeReason: string | null = null;
  request = 'request-1';
  risks: readonly RequestRisk[];
  verifier: 'implemented' | 'notImplemented' | 'unverified' = 'implemented';
  automationFailure: { tool: AutomationTool; reason: string } | null = null;
  provisionedBy: string | null = null;
  autoClosed = false;
  /** What its history shows. */
  readonly shown: ShownEvent[] = [];
  private readonly input: FakeTicketInput;
  private readonly createdAtMs: number | null;
  private readonly notify: { event(name: string, stage: string | null): void; changed(): void };
  private previousStepName: string | null = null;
  private nextId = 1;

  constructor(input: FakeTicketInput, nowMs: number, notify: FakeTicket['notify']) {
    this.input = input;
    this.notify = notify;
    this.id = input.id;
    this.workflow = input.workflow;
    this.requester = input.requester ?? 'r.meier';
    this.createdAtMs = input.createdAtMs === undefined ? nowMs : input.createdAtMs;
    this.risks = input.risks ?? [{ order: 'AR1', status: 'hasRisk', severity: 'medium' }];
    this.devices = input.devices.map((device) => ({ ...device }));
  }

  begin(): void {
    this.enter(this.input.steps[0] ?? '-');
    this.notify.event('CREATE', this.current?.name ?? null);
  }

  // — what people do —

  /** Completes every task of the step. */
  complete(by: string): void {
    for (const task of this.current?.tasks ?? []) {
      task.assignee ??= by;
      this.completeTask(task.id, by);
    }
  }

  approve(by: string, approved = true, reason: string | null = null, task = 0): void {
    const asked = this.current?.tasks[task];
    if (!asked) throw new Error('there is nothing to approve');
    Object.assign(asked, { assignee: by, approved, approvedBy: by, reason, request: this.request });
    if (approved) this.completeTask(asked.id, by);
  }

  skipStep(): void {
    if (this.current) this.current.skipped = true;
    this.leave();
  }

  redo(to: string): void {
    if (this.current) this.passed.push(this.current);
    const from = this.passed.findIndex((step) => step.name === to && !step.redone);
    for (const step of this.passed.slice(Math.max(from, 0))) step.redone = true;
    this.epoch += 1;
    this.shown.push({ event: 'REDO', step: null, nth: this.epoch });
    const left = this.current?.name ?? null;
    this.previousStepName = this.passed[from - 1]?.name ?? null;
    this.enter(to);
    this.notify.event('REDO', left);
  }

  end(status: 'cancelled' | 'rejected' | 'closed' | 'resolved'): void {
    const left = this.current?.name ?? null;
    if (this.current) this.passed.push(this.current);
    this.previousStepName = left;
    this.current = null;
    this.status = status;
    this.notify.changed();
    this.notify.event(
      { cancelled: 'CANCEL', rejected: 'REJECT', closed: 'CLOSE', resolved: 'RESOLVE' }[status],
      left,
    );
  }

  reopen(to: string): void {
    this.status = 'inProgress';
    this.epoch += 1;
    this.shown.push({ event: 'REOPEN', step: null, nth: this.epoch });
    this.enter(to);
    this.notify.event('REOPEN', null);
  }

  assign(taskId: string, login: string): void {
    const task = this.current?.tasks.find((candidate) => candidate.id === taskId);
    if (task) task.assignee = login;
  }

  completeTask(taskId: string, by: string): void {
    const task = this.current?.tasks.find((candidate) => candidate.id === taskId);
    if (!task || !this.current) throw new Error('no such task');
    task.done = true;
    task.assignee ??= by;
    if (this.current.tasks.every((each) => each.done)) this.leave();
  }

  // — what a reading shows —

  lastTask(): { readonly ticketId: string; readonly stepId: string; readonly taskId: string } | null {
    const step = this.current ?? this.passed.at(-1);
    const task = step?.tasks.at(-1);
    return step === undefined || task === undefined
      ? null
      : { ticketId: this.id, stepId: step.id, taskId: task.id };
  }

  facts(requestField: string | null): TicketFacts {
    return {
      id: this.id,
      subject: `Access for ${this.requester}`,
      requester: this.requester,
      workflow: this.workflow,
      status: this.status,
      priority: this.input.priority ?? 'Normal',
      createdAtMs: this.createdAtMs,
      expired: this.expired,
      step: this.current === null ? null : this.stepFacts(this.current, requestField),
      previousStepName: this.previousStepName,
      path: [...this.passed, ...(this.current ? [this.current] : [])]
        .filter((step) => !step.redone && !step.skipped)
        .map((step) => step.name),
      epoch: this.epoch,
      shownEvents: this.shown,
      approvals: [...this.passed, ...(this.current ? [this.current] : [])]
        .filter((step) => this.approvalField(step) !== undefined)
        .flatMap((step) => this.approvalFacts(step)),
      autoClosed: this.autoClosed,
      automationFailure: this.automationFailure,
      latestComment: null,
      provisionedBy: this.provisionedBy,
    };
  }

  design(): DesignFacts {
    const digests = this.devices.map((device) => device.instructionDigest);
    return {
      designerStatus: this.designerStatus,
      cannotComputeReason: this.cannotComputeReason,
      devices: this.designerStatus === 'not run' ? [] : this.devices.map((device) => ({ ...device })),
      designDigest: createHash('sha256').update(digests.join('+')).digest('hex'),
    };
  }

  private enter(name: string): void {
    const known = this.input.redoIds === 'same' ? this.passed.find((step) => step.name === name) : undefined;
    const id = this.nextId++;
    this.current = known ?? {
      id: `s${id}`,
      name,
      tasks: Array.from({ length: this.input.tasksPerStep ?? 1 }, (_, index) => ({
        id: `t${id}${index}`,
        done: false,
        pending: false,
        assignee: null,
        approved: null,
        approvedBy: null,
        reason: null,
      })),
      skipped: false,
      redone: false,
      completedIn: null,
    };
    if (known) {
      this.passed.splice(this.passed.indexOf(known), 1);
      known.redone = false;
      for (const task of known.tasks) task.done = false;
    }
    this.notify.changed();
  }

  private leave(): void {
    const left = this.current;
    if (!left) return;
    left.completedIn = this.epoch;
    this.shown.push({ event: 'ADVANCE', step: left.name, nth: this.epoch });
    const next = this.input.steps[this.input.steps.indexOf(left.name) + 1];
    if (next === undefined) {
      this.end(this.input.endsAs ?? 'closed');
      return;
    }
    this.passed.push(left);
    this.previousStepName = left.name;
    this.enter(next);
    this.notify.event('ADVANCE', left.name);
  }

  private stepFacts(step: FakeStep, requestField: string | null): StepFacts {
    const name = this.input.requestField ?? 'Required Access';
    const first = step.tasks[0];
    return {
      id: step.id,
      name: step.name,
      tasks: step.tasks.map((task) => ({
        id: task.id,
        name: `task of ${step.name}`,
        status: task.done ? 'DONE' : task.pending ? 'PENDING' : 'ASSIGNED',
        assignee: task.assignee,
        assigneeId: task.assignee === null ? null : `id-${task.assignee}`,
        pendingReason: task.pending ? 'Designer' : null,
      })),
      request:
        requestField === name && first !== undefined
          ? {
              id: `f-${first.id}`,
              name,
              type: this.input.requestType ?? 'multi_access_request',
              taskId: first.id,
              designerStatus: this.designerStatus,
              cannotComputeReason: this.cannotComputeReason,
              requestDigest: this.request,
              riskDigest: createHash('sha256').update(JSON.stringify(this.risks)).digest('hex'),
              risks: this.risks,
              verifier: this.verifier === 'unverified' ? 'notAvailable' : this.verifier,
            }
          : null,
      fieldNames: [name, this.input.approvalField ?? 'Approve Access Request'],
    };
  }

  private wasOnlySentBack({ completedIn }: FakeStep): boolean {
    return (
      completedIn !== null && completedIn < this.epoch && this.shown.every(({ event }) => event !== 'REOPEN')
    );
  }

  private approvalField({ name }: FakeStep): string | undefined {
    const { approvalSteps, approvalStep = 'Approval', approvalField = 'Approve Access Request' } = this.input;
    return (approvalSteps ?? { [approvalStep]: approvalField })[name];
  }

  private approvalFacts(step: FakeStep): ApprovalFacts[] {
    const shows = this.input.approvalSteps !== undefined;
    return step.tasks.map((task) => ({
      stepId: step.id,
      stepName: step.name,
      taskId: task.id,
      taskStatus: task.done ? 'DONE' : 'ASSIGNED',
      fieldName: this.approvalField(step) ?? '-',
      approved: task.approved,
      reason: task.reason,
      by: task.approvedBy,
      skipped: step.skipped,
      redone: step.redone,
      inEpoch: this.epoch === 1 || step.completedIn === this.epoch,
      ...(shows && task.request !== undefined && { requestDigest: task.request }),
      ...(shows && this.wasOnlySentBack(step) && { before: true }),
    }));
  }
}
