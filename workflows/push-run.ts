import {
  done,
  wrongState,
  type CommandResult,
  type PushCommand,
  type SignedCommand,
} from '../src/domain/commands.js';
import { takesMore } from '../src/domain/most-waiting.js';
import { ticketWorkflowId } from '../src/domain/ids.js';
import { NONE_IGNORED, shownIgnored, withIgnored, type Ignored } from '../src/domain/ignored.js';
import type { Begun, QueuedEnrolment } from '../src/domain/lane.js';
import {
  worstOf,
  type Baseline,
  type PushCall,
  type PushKind,
  type PushResults,
} from '../src/domain/push.js';
import type { Activities } from '../activities/index.js';
import { closesAtMs } from '../src/domain/window.js';
import type { PushEngine } from './engine.js';
import type { Question } from './push-call.js';
import { PushMembers } from './push-members.js';
import { untilDone } from './until-done.js';

/** What a push that finds out how the calls of another one ended needs of each. */
export type BegunCall = Pick<Begun, 'call' | 'baseline' | 'members'>;

export interface PushStart {
  readonly version: 1;
  readonly laneKey: string;
  readonly laneName: string;
  readonly n: number;
  readonly kind: PushKind;
  readonly target: string;
  readonly targetName: string;
  readonly members: readonly QueuedEnrolment[];
  /** An Update is not saved when less than this time of its window is left. */
  readonly expectedSaveMs: number;
  readonly restMs: number;
  /** Calls of a push that is gone: this push only finds out how they ended. */
  readonly resolve: readonly BegunCall[];
}

export interface PushView {
  readonly laneKey: string;
  readonly laneName: string;
  readonly n: number;
  readonly kind: PushKind;
  readonly target: string;
  readonly targetName: string;
  readonly members: readonly { readonly ticketId: string; readonly target: string; readonly state: string }[];
  readonly doing: string;
  readonly question: { readonly text: string; readonly sinceMs: number } | null;
  /** What was known of saved changes of others when its Commit was sent; absent before. */
  readonly foreign?: string;
  /** Absent while no message was ignored. */
  readonly ignored?: Ignored;
}

/** One push: what it waits for, what it asks, and its view. */
export class PushRun {
  readonly start: PushStart;
  readonly engine: PushEngine;
  readonly activities: Activities;
  readonly members: PushMembers;
  readonly unknownSaves: {
    readonly key: string;
    readonly question: Question;
    readonly notBeforeMs: number;
  }[] = [];
  private ignoredMessages: Ignored = NONE_IGNORED;
  private question: { readonly text: string; readonly sinceMs: number } | null = null;
  private answer: { readonly sent: boolean; readonly by: string; readonly reason: string } | null = null;
  private foreign: string | undefined;
  private doing = 'judging';
  private readonly startedAtMs: number;
  private round = 0;
  private readonly granted = new Set<number>();

  constructor(engine: PushEngine, start: PushStart) {
    this.engine = engine;
    this.activities = engine.activities;
    this.start = start;
    this.startedAtMs = engine.nowMs();
    this.members = new PushMembers(
      start.members,
      () => engine.nowMs(),
      () => {
        this.publish();
      },
    );
  }

  tooLateToSave({ window }: QueuedEnrolment): boolean {
    return (
      closesAtMs(window, this.engine.nowMs()) - this.engine.nowMs() <
      this.start.expectedSaveMs + window.minimumRemainingMs
    );
  }

  /** The call is recorded: what was known of saved changes of others is shown from now on. */
  noteForeign({ foreign }: Baseline): void {
    this.foreign = foreign;
    this.publish();
  }

  // — waiting —

  async untilDone<T>(call: () => Promise<T>): Promise<T> {
    return await untilDone(this.engine, call, ({ operation, message }) => {
      this.doing = `${operation}: ${message}`;
      this.publish();
    });
  }

  async saved(key: string, outcome: 'saved' | 'notSaved' | 'unknown', commitEvidence = ''): Promise<void> {
    const { laneKey, laneName, n } = this.start;
    await this.untilDone(async () =>
      this.activities.recordSave({ laneKey, laneName, n, key, outcome, commitEvidence }),
    );
  }

  /** SecureChange runs one Update at a time for all tickets: the push holds the slot for one send and its outcome. */
  async inUpdateSlot<T>({ ticketId, claim, window }: QueuedEnrolment, body: () => Promise<T>): Promise<T> {
    const { engine } = this;
    const { laneKey, n } = this.start;
    this.round += 1;
    const { stepInstance, requestField } = claim;
    const request = {
      laneKey,
      n,
      round: this.round,
      closesAtMs: closesAtMs(window, engine.nowMs()),
      at: { ticketId, stepInstance, requestField },
    };
    this.doing = 'waiting for the update slot';
    this.publish();
    await this.untilDone(async () => this.activities.requestUpdateSlot(request));
    while (
      !(await engine.condition(() => this.granted.has(this.round), 60_000, 'waiting for the update slot'))
    )
      await this.untilDone(async () => this.activities.requestUpdateSlot(request));
    this.doing = 'saving an Update';
    this.publish();
    try {
      return await body();
    } finally {
      await this.untilDone(async () => this.activities.releaseUpdateSlot(request));
    }
  }

  /** A push that was reset gets the grants of its later rounds first. */
  slotGranted(round: number): void {
    if (round === this.round || takesMore('slotGrants', this.granted.size)) this.granted.add(round);
  }

  /** Asks an operator whether a call was made: once, for all members. */
  async ask(question: Question): Promise<boolean> {
    this.answer = null;
    this.question = { text: question.text, sinceMs: this.engine.nowMs() };
    this.publish();
    await this.signalMembers(question.call, question.text);
    await this.engine.condition(() => this.answer !== null);
    const answer = this.answer as {
      readonly sent: boolean;
      readonly by: string;
      readonly reason: string;
    } | null;
    this.question = null;
    this.publish();
    await this.signalMembers(question.call, null);
    question.answer = `${answer?.sent === true ? 'sent' : 'not sent'}, says ${answer?.by ?? '-'}: ${answer?.reason ?? ''}`;
    return answer?.sent === true;
  }

  private async signalMembers(call: PushCall, message: string | null): Promise<void> {
    const { laneKey, n } = this.start;
    for (const { ticketId, target } of this.members.all())
      await this.engine.signalTicket(ticketWorkflowId(ticketId), {
        laneKey,
        target,
        kind: 'asks',
        n,
        call,
        message,
      });
  }

  command({ command, reason }: SignedCommand<PushCommand>, by: string): CommandResult {
    if (this.question === null)
      return wrongState(`push ${this.start.n} has no open question; it is ${this.doing}`);
    this.answer = { sent: command.answer === 'wasSent', by, reason };
    return done(
      command.answer === 'wasSent'
        ? 'recorded: the call was made; it counts as done and is not repeated'
        : 'recorded: the call was not made; it is repeated only in its window and when all gates are open',
    );
  }

  ignored(message: string, why: string): void {
    this.ignoredMessages = withIgnored(this.ignoredMessages, { atMs: this.engine.nowMs(), message, why });
    this.publish();
  }

  measure(results: PushResults): void {
    const seconds = (this.engine.nowMs() - this.startedAtMs) / 1_000;
    const { kind } = this.start;
    this.engine.measure('sco_push_duration_seconds', seconds, { kind, result: worstOf(results) });
  }

  // — showing —

  view(): PushView {
    const { laneKey, laneName, n, kind, target, targetName } = this.start;
    return {
      laneKey,
      laneName,
      n,
      kind,
      target,
      targetName,
      members: this.members.view(),
      doing: this.doing,
      question: this.question,
      ...(this.foreign !== undefined && { foreign: this.foreign }),
      ...shownIgnored(this.ignoredMessages),
    };
  }

  publish(): void {
    this.engine.publishPush(this.view());
  }
}
