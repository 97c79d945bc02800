import type { ClockDifference } from '../../src/domain/clock-difference.js';
import type { GroupUses } from '../../src/domain/group-uses.js';
import type { FieldContent } from '../../src/domain/ticket-content.js';
import { CallFailure, type FailureFacts } from '../../src/domain/failure.js';
import type { CommitPart } from '../../src/domain/commit-report.js';
import type { CommitReport, DesignFacts, DeviceDesign } from '../../src/domain/provisioning.js';
import { evidenceKey } from '../../src/domain/provisioning.js';
import { isFinal, type TicketFacts } from '../../src/domain/ticket.js';
import { backOutId, backOutSubject } from '../../src/domain/back-out.js';
import type { ShownTicket } from '../../src/domain/own-ticket.js';
import type { OddRow } from '../../src/securechange/rows.js';
import type {
  FieldRef,
  FieldValue,
  ReverseRequest,
  Revision,
  SecureChange,
  TaskRef,
  TicketToOpen,
  ChangeWindow,
  WindowCommit,
  WindowRunDevice,
  WindowRuns,
  VerifierTarget,
} from '../../src/securechange/secure-change.js';
import { expectDeclared } from './declared-effects.js';
import { FakeTicket, type FakeTicketInput, type Mutable } from './fake-ticket.js';
import type { VirtualTime } from './virtual-time.js';
import { suffer } from './worker-death.js';

export const SERVICE_LOGIN = 'sco';

/** A write to an external system, in the order of arrival. */
export interface Effect {
  readonly atMs: number;
  readonly ticketId: string;
  readonly kind:
    | 'accept'
    | 'reassign'
    | 'redesign'
    | 'update'
    | 'commit'
    | 'complete'
    | 'rejectTicket'
    | 'redo'
    | 'fields'
    | 'cancel'
    | 'openTicket'
    | 'comment'
    | 'create'
    | 'itsm'
    | 'script';
  readonly target: string;
  readonly epoch: number;
}

/** What befalls one call: an error before or after its effect, or another ending of what it starts. */
export interface Fault {
  readonly call: keyof SecureChange | 'send' | 'runScript';
  readonly target?: string;
  /** How many calls fail; 1 by default. */
  times?: number;
  readonly before?: Error;
  readonly after?: Error;
  readonly ends?: 'failed' | 'partial' | 'reverted' | 'skipped' | 'unknown' | 'locked' | 'vanishes';
}

/** Takes the first fault that fits the call, once less than before. */
export function strike(faults: Fault[], call: Fault['call'], target?: string): Fault | undefined {
  const fault = faults.find(
    (candidate) => candidate.call === call && (candidate.target === undefined || candidate.target === target),
  );
  if (fault === undefined) return undefined;
  fault.times = (fault.times ?? 1) - 1;
  if (fault.times <= 0) faults.splice(faults.indexOf(fault), 1);
  return fault;
}

export function refused(facts: Partial<FailureFacts> = {}): CallFailure {
  return new CallFailure({
    kind: 'rejected',
    system: 'securechange',
    operation: 'call',
    code: 'securechange.web_application',
    message: 'refused',
    ...facts,
  });
}

/** SecureChange as it behaves towards us: tickets, steps, Designer, Update and Commit that take their time. */
export class FakeSecureChange implements SecureChange {
  readonly tickets = new Map<string, FakeTicket>();
  readonly effects: Effect[] = [];
  /** When a push became true on its device, not when it was asked for. */
  readonly landed: { atMs: number; ticketId: string; target: string; kind: 'update' | 'commit' }[] = [];
  /** Saved on a manager and not live yet, of whatever ticket. */
  saved: { ticketId: string; target: string }[] = [];
  /** What became live, when, and whose Commit or Update made it so. */
  readonly enforced: { atMs: number; ticketId: string; target: string; by: string }[] = [];
  readonly faults: Fault[] = [];
  readonly comments: { readonly ticketId: string; readonly text: string; readonly by?: string }[] = [];
  /** What the report of a Commit says of each firewall. */
  reportParts: readonly CommitPart[] = [];
  pushMs = 4_000;
  /** Ends of Updates and Commits that a test holds back. */
  private heldBack: (() => void)[] | null = null;
  designMs = 2_000;
  /** How far its clock is from ours; null: its answers do not show the time. */
  clockAhead: ClockDifference | null = { leastMs: 0, mostMs: 900 };
  /** The same of SecureTrack. */
  secureTrackAhead: ClockDifference | null = { leastMs: 0, mostMs: 900 };
  /** The revision that the verifier checked, by management id; the newest by default. */
  readonly verified = new Map<string, Partial<VerifierTarget>>();
  /** Whether Commit reports carry their start time. */
  printsReportStart = true;
  reads = 0;
  /** Rows of the list of open tickets that cannot be read, in place of their tickets. */
  oddRows: readonly OddRow[] = [];
  cutList = false;
  /** Called with every lifecycle event, as a mediator is. */
  onEvent: (ticket: FakeTicket, name: string, stage: string | null) => void = () => {};
  /** Called when a ticket entered a step or changed its status. */
  onChange: (ticket: FakeTicket) => void = () => {};
  protected readonly time: VirtualTime;

  constructor(time: VirtualTime) {
    this.time = time;
  }

  create(input: FakeTicketInput): FakeTicket {
    const ticket = new FakeTicket(input, this.time.nowMs, {
      event: (name, stage) => this.onEvent(ticket, name, stage),
      changed: () => this.onChange(ticket),
    });
    this.tickets.set(ticket.id, ticket);
    ticket.begin();
    return ticket;
  }

  clockDifference(): ClockDifference | null {
    return this.clockAhead;
  }

  secureTrackClockDifference(): ClockDifference | null {
    return this.secureTrackAhead;
  }

  async readTicket(
    ticketId: string,
    { requestField }: Parameters<SecureChange['readTicket']>[1],
  ): Promise<TicketFacts> {
    this.reads += 1;
    await this.meet('readTicket');
    const ticket = this.find(ticketId);
    return ticket.facts(typeof requestField === 'function' ? requestField(ticket.workflow) : requestField);
  }

  async readContent(ticketId: string): ReturnType<SecureChange['readContent']> {
    const ticket = this.find(ticketId);
    const fieldsOf = (taskId: string): FieldContent[] =>
      [...this.fieldTypes].map(([name, type]) => {
        const text = this.written.get(`${taskId}/${name}`) ?? '';
        const shown = type === 'text_field' ? text : `Status: ${text}; Reason: `;
        return { name, type, value: text, text: shown };
      });
    const steps = ticket.facts(null).path.map((name) => ({
      name,
      tasks:
        name === ticket.current?.name
          ? ticket.current.tasks.map(({ id, assignee }) => ({ id, assignee, fields: fieldsOf(id) }))
          : [],
    }));
    return {
      link: null,
      domain: null,
      requesterName: null,
      comments: [],
      steps,
      lastChangeMs: null,
      skippedSteps: [],
    };
  }

  async listOpenTickets(start: number): ReturnType<SecureChange['listOpenTickets']> {
    await this.meet('listOpenTickets');
    const open = [...this.tickets.values()].filter((ticket) => ticket.status === 'inProgress');
    const rows = open.slice(start, start + 100).map((ticket) => ({
      id: ticket.id,
      status: ticket.status,
      workflow: ticket.workflow,
      stepId: ticket.current?.id ?? null,
      stepName: ticket.current?.name ?? null,
    }));
    const odd = start === 0 ? this.oddRows : [];
    const readable = rows.filter(({ id }) => !odd.some((row) => row.id === id));
    return {
      rows: readable,
      odd,
      next: open.length > start + 100 ? start + 100 : null,
      cut: this.cutList,
    };
  }

  async listDevices(): ReturnType<SecureChange['listDevices']> {
    return [];
  }

  async listOddRows(): ReturnType<SecureChange['listOddRows']> {
    return [{ list: 'open tickets', read: this.tickets.size, odd: this.oddRows, cut: this.cutList }];
  }

  async readDesign(ref: FieldRef): Promise<DesignFacts> {
    await this.meet('readDesign');
    return this.find(ref.ticketId).design();
  }

  async readCommitReport(ref: FieldRef, managementId: string): Promise<CommitReport> {
    await this.meet('readCommitReport', managementId);
    return { ...this.device(ref, managementId).commit, parts: this.reportParts };
  }

  async redesign(ref: FieldRef): Promise<'started' | 'notNeeded'> {
    const fault = await this.meet('redesign');
    const ticket = this.here(ref, 'run the Designer');
    this.record('redesign', ref.ticketId, '-');
    this.work(ticket, 'designer running', this.designMs, () => {
      for (const device of ticket.devices) device.newRevisionArrived = false;
      ticket.designerStatus = fault?.ends === 'failed' ? 'designer cannot compute' : 'designer success';
    });
    if (fault?.after) await suffer(fault.after);
    return 'started';
  }

  async update(ref: FieldRef, managementId: string): Promise<void> {
    const fault = await this.meet('update', managementId);
    const ticket = this.here(ref, 'Update');
    const device = this.device(ref, managementId);
    this.record('update', ref.ticketId, device.name);
    if (fault?.ends !== 'vanishes') {
      this.work(ticket, 'implementation running', this.pushMs, () => {
        device.update = fault?.ends === 'failed' ? 'failed' : 'updated';
        device.updateMessage = fault?.ends === 'failed' ? 'the policy is locked by another session' : null;
        ticket.designerStatus = `implementation ${fault?.ends === 'failed' ? 'failure' : 'success'}`;
        if (device.update === 'updated') this.saveOrEnforce(ref.ticketId, device);
        if (device.update === 'updated')
          this.landed.push({
            atMs: this.time.nowMs,
            ticketId: ref.ticketId,
            target: device.name,
            kind: 'update',
          });
      });
    }
    if (fault?.after) await suffer(fault.after);
  }

  async commit(ref: FieldRef, managementId: string): Promise<void> {
    const fault = await this.meet('commit', managementId);
    const ticket = this.here(ref, 'Commit');
    const device = this.device(ref, managementId);
    this.record('commit', ref.ticketId, device.name);
    if (fault?.ends !== 'vanishes') {
      const locked = fault?.ends === 'locked';
      const state = fault?.ends === 'locked' ? 'failed' : (fault?.ends ?? 'committed');
      const reportStart = this.printsReportStart ? new Date(this.time.nowMs).toISOString() : null;
      this.work(ticket, 'commit running', this.pushMs, () => {
        device.commit = {
          state,
          reportStart,
          message: locked ? 'Device is locked by h.novak' : (fault?.ends ?? null),
          ...(locked && { locked: true }),
        };
        ticket.designerStatus = state === 'committed' ? 'commit success' : 'commit failure';
        if (state === 'committed') this.enforceSaved(ref.ticketId, device.name);
        if (state === 'committed')
          this.landed.push({
            atMs: this.time.nowMs,
            ticketId: ref.ticketId,
            target: device.name,
            kind: 'commit',
          });
      });
    }
    if (fault?.after) await suffer(fault.after);
  }

  private saveOrEnforce(ticketId: string, { name, capability }: DeviceDesign): void {
    const saves = capability.enforcedBy === 'commit';
    if (saves) this.saved.push({ ticketId, target: name });
    else this.enforced.push({ atMs: this.time.nowMs, ticketId, target: name, by: ticketId });
  }

  /** As managers do: a Commit makes everything live that is saved on the target, whoever saved it. */
  private enforceSaved(by: string, target: string): void {
    const live = this.saved.filter((change) => change.target === target);
    this.saved = this.saved.filter((change) => change.target !== target);
    for (const { ticketId } of live) this.enforced.push({ atMs: this.time.nowMs, ticketId, target, by });
  }

  /** Firewalls take back what the last Commit on the ticket's task made live: its report says so from now on. */
  revert(leader: string, target: string): void {
    const device = this.device({ ticketId: leader }, `m-${target}`);
    device.commit = { ...device.commit, state: 'reverted', message: 'connectivity check failed, reverted' };
    const taken = this.enforced.filter((change) => change.target === target && change.by === leader);
    for (const change of taken) this.enforced.splice(this.enforced.indexOf(change), 1);
    this.saved.push(...taken.map(({ ticketId }) => ({ ticketId, target })));
  }

  async completeTask(ref: TaskRef): Promise<void> {
    const fault = await this.meet('completeTask');
    const ticket = this.here(ref, 'complete the task');
    this.record('complete', ref.ticketId, ticket.current?.name ?? '-');
    ticket.completeTask(ref.taskId, SERVICE_LOGIN);
    if (fault?.after) await suffer(fault.after);
  }

  /** Fields that every task of a ticket has, in each step: type by name. */
  readonly fieldTypes = new Map<string, 'text_field' | 'approve_reject'>();
  /** What was written to them: `task/name`. */
  readonly written = new Map<string, string>();

  async writeFields(ref: TaskRef, values: readonly FieldValue[]): Promise<void> {
    const fault = await this.meet('writeFields');
    const ticket = this.here(ref, 'write fields');
    const task = ticket.current?.tasks.find(({ id }) => id === ref.taskId);
    if (task?.assignee !== SERVICE_LOGIN) throw refused({ message: 'the task is not yours' });
    for (const value of values) {
      const text = value.kind === 'text' ? value.text : value.approved ? 'Approved' : 'Rejected';
      this.record('fields', ref.ticketId, `${value.fieldName}: ${text}`);
      this.written.set(`${ref.taskId}/${value.fieldName}`, text);
      if (value.kind === 'approveReject')
        Object.assign(task, { approved: value.approved, approvedBy: SERVICE_LOGIN, reason: value.reason });
    }
    if (fault?.after) await suffer(fault.after);
  }

  /** Logins of SecureChange. */
  readonly users = new Set(['j.meier', 'r.meier', 'sco']);
  /** Tickets that were opened over the API. */
  readonly opened: (ShownTicket & Partial<Pick<TicketToOpen, 'fields'>>)[] = [];
  /** How long the search does not show a ticket that was opened. */
  shownAfterMs = 0;
  /** Rows of the search that cannot be read. */
  oddFound: readonly OddRow[] = [];
  /** It takes `external_data` and does not show it. */
  hidesExternalData = false;
  private readonly openedAtMs = new Map<string, number>();

  async findUser(login: string): Promise<{ login: string; id: string } | null> {
    await this.meet('findUser');
    return this.users.has(login) ? { login, id: `id-${login}` } : null;
  }

  async findTickets(subject: string): ReturnType<SecureChange['findTickets']> {
    await this.meet('findTickets');
    const isShown = ({ id }: ShownTicket): boolean =>
      (this.openedAtMs.get(id) ?? -Infinity) + this.shownAfterMs <= this.time.nowMs;
    const rows = this.opened.filter((ticket) => ticket.subject.includes(subject) && isShown(ticket));
    return { rows: rows.map(({ id }) => ({ id })), odd: this.oddFound };
  }

  async readShown(ticketId: string): Promise<ShownTicket> {
    await this.meet('readShown', ticketId);
    const found = this.opened.find(({ id }) => id === ticketId);
    if (found === undefined) throw refused({ code: 'securechange.not_found', status: 404 });
    return this.hidesExternalData ? { ...found, externalId: null } : found;
  }

  async createTicket(ticket: TicketToOpen): Promise<void> {
    const fault = await this.meet('createTicket');
    const { subject, workflow, requester, requesterId, fields, externalId } = ticket;
    const id = String(9_000 + this.opened.length);
    expectDeclared('create');
    this.effects.push({ atMs: this.time.nowMs, ticketId: id, kind: 'create', target: subject, epoch: 1 });
    this.openedAtMs.set(id, this.time.nowMs);
    this.opened.push({ id, subject, inProgress: true, workflow, requester, requesterId, externalId, fields });
    if (fault?.after) await suffer(fault.after);
  }

  async cancelTicket(ticketId: string): Promise<void> {
    const fault = await this.meet('cancelTicket');
    this.record('cancel', ticketId, '-');
    this.find(ticketId).end('cancelled');
    if (fault?.after) await suffer(fault.after);
  }

  async acceptTask(ref: TaskRef): Promise<void> {
    await this.meet('acceptTask');
    const ticket = this.here(ref, 'accept the task');
    const holder = ticket.current?.tasks.find((task) => task.id === ref.taskId)?.assignee ?? null;
    if (holder !== null && holder !== SERVICE_LOGIN)
      throw refused({ operation: 'accept the task', kind: 'auth', message: `it is assigned to ${holder}` });
    this.record('accept', ref.ticketId, ticket.current?.name ?? '-');
    ticket.assign(ref.taskId, SERVICE_LOGIN);
  }

  async reassignTask(ref: TaskRef, userId: string): Promise<void> {
    const fault = await this.meet('reassignTask');
    const ticket = this.here(ref, 'reassign the task');
    const login = userId.replace(/^id-/, '');
    this.record('reassign', ref.ticketId, login);
    ticket.assign(ref.taskId, login);
    if (fault?.after) await suffer(fault.after);
  }

  async readVerifier(ref: FieldRef): ReturnType<SecureChange['readVerifier']> {
    await this.meet('readVerifier');
    const { verifier, devices } = this.find(ref.ticketId);
    const targets = devices.map(({ managementId, name }) => {
      const revision = this.revisionOf(managementId);
      const status = verifier === 'unverified' ? ('unknown' as const) : verifier;
      return { managementId, name, status, revision, revisionAt: null, ...this.verified.get(managementId) };
    });
    return { state: verifier, message: null, targets };
  }

  async readRevision(managementId: string): Promise<number> {
    await this.meet('readRevision', managementId);
    return this.revisionOf(managementId);
  }

  /** One more with each push that lands. */
  /** Negative: SecureTrack was restored, or failed over to an older copy. */
  revisionShift = 0;

  protected revisionOf(managementId: string): number {
    const landed = this.landed.filter(({ target }) => `m-${target}` === managementId);
    return 100 + landed.length + this.revisionShift;
  }

  /** Revisions of other administrators, by management id. */
  readonly foreignRevisions = new Map<string, readonly Revision[]>();

  async readRevisions(managementId: string): Promise<readonly Revision[]> {
    await this.meet('readRevisions', managementId);
    const others = this.foreignRevisions.get(managementId) ?? [];
    const own = { number: this.revisionOf(managementId), administrator: SERVICE_LOGIN, printedAt: null };
    return [...others, own].sort((a, b) => b.number - a.number);
  }

  async redo(ref: TaskRef, toStep: string): Promise<void> {
    await this.meet('redo');
    const ticket = this.here(ref, 'send the ticket back');
    this.record('redo', ref.ticketId, toStep);
    ticket.redo(toStep);
  }

  async rejectTicket(ticketId: string): Promise<void> {
    await this.meet('rejectTicket');
    this.record('rejectTicket', ticketId, '-');
    this.find(ticketId).end('rejected');
  }

  /** Tickets that were opened as the reverse of others, by the other's id. */
  readonly reverses = new Map<string, ReverseRequest & { readonly id: string }>();

  async openReverse(request: ReverseRequest): Promise<void> {
    const fault = await this.meet('openReverse');
    this.record('openTicket', request.ticketId, request.devices.join(','));
    const id = `9${request.ticketId}`;
    this.reverses.set(request.ticketId, { ...request, id });
    this.openedAtMs.set(id, this.time.nowMs);
    this.opened.push({
      id,
      subject: backOutSubject(request.ticketId, 'Web shop'),
      inProgress: true,
      workflow: this.find(request.ticketId).workflow,
      requester: SERVICE_LOGIN,
      requesterId: `id-${SERVICE_LOGIN}`,
      externalId: backOutId(request.ticketId),
    });
    if (fault?.after) await suffer(fault.after);
  }

  async hasOwnComment(ticketId: string, mark: string): Promise<boolean> {
    return this.comments.some(
      ({ by = SERVICE_LOGIN, ...comment }) =>
        by === SERVICE_LOGIN && comment.ticketId === ticketId && comment.text.endsWith(`\n${mark}`),
    );
  }

  async readLastTask(ticketId: string): Promise<TaskRef | null> {
    return this.find(ticketId).lastTask();
  }

  /** Also on a task of a ticket that has ended. */
  async addComment(ref: TaskRef, text: string): Promise<void> {
    const fault = await this.meet('addComment');
    const { ticketId } = ref;
    const last = this.find(ticketId).lastTask();
    if (!isFinal(this.find(ticketId).status)) this.here(ref, 'comment');
    else if (last?.stepId !== ref.stepId || last.taskId !== ref.taskId)
      throw refused({ code: 'securechange.not_found', message: 'there is no such task', status: 404 });
    this.record('comment', ticketId, '-');
    this.comments.push({ ticketId, text });
    if (fault?.after) await suffer(fault.after);
  }

  async whoAmI(): Promise<{ login: string; id: string }> {
    return { login: SERVICE_LOGIN, id: `id-${SERVICE_LOGIN}` };
  }

  async readWorkflow(name: string): Promise<{ steps: readonly string[] } | null> {
    return name === 'Firewall change' || name === 'Other' ? { steps: ['Open Request'] } : null;
  }

  /** Baseline of a target as a ticket's state keeps it. */
  evidence(ticketId: string, managementId: string): string {
    return evidenceKey(this.device({ ticketId }, managementId).commit);
  }

  /** No Update or Commit ends before the returned function is called. */
  holdPushes(): () => void {
    this.heldBack = [];
    return () => {
      const ends = this.heldBack ?? [];
      this.heldBack = null;
      for (const end of ends) end();
    };
  }

  /** Runs of SecureTrack's change windows, by the target they committed. */
  readonly windowRuns: (WindowCommit & { readonly target: string })[] = [];

  /** SecureTrack's own change windows; their completed runs commit whatever is saved. */
  readonly changeWindows: Mutable<ChangeWindow>[] = [];
  readonly changeWindowRuns: Mutable<WindowRuns['runs'][number]>[] = [];

  /** Rows of the lists of runs that cannot be read. */
  oddWindowRuns: WindowRuns['unread'] = [];

  /** A run that has just ended: what it committed is live. Each device by its name. */
  runWindow(
    uuid: string,
    devices: readonly (Partial<WindowRunDevice> & { readonly name: string })[],
    errors: readonly string[] = [],
    { tookMs = 0, odd = [] }: { readonly tookMs?: number; readonly odd?: readonly string[] } = {},
  ): string {
    const runId = String(197 + this.changeWindowRuns.length);
    const window = this.changeWindows.find((one) => one.uuid === uuid)?.name ?? uuid;
    const results = devices.map(({ name, ...result }) => {
      const device = {
        managementId: `m-${name}`,
        outcome: 'committed',
        revisionId: null,
        message: null,
        ...result,
      } as const;
      if (device.outcome === 'committed') this.enforceSaved(`window ${uuid}`, name);
      return device;
    });
    const { nowMs } = this.time;
    this.changeWindowRuns.push({
      uuid,
      window,
      runId,
      startMs: nowMs - tookMs,
      endMs: nowMs,
      errors,
      devices: results,
      odd,
    });
    return runId;
  }

  /** Who uses the groups of each ticket. */
  readonly groupUses = new Map<string, GroupUses>();

  async readGroupUses({ ticketId }: FieldRef): Promise<GroupUses> {
    await this.meet('readGroupUses', ticketId);
    return this.groupUses.get(ticketId) ?? { uses: [], left: 0 };
  }

  async readWindowRuns(sinceMs: number): Promise<WindowRuns> {
    await this.meet('readWindowRuns');
    const runs = this.changeWindowRuns.filter(({ startMs, endMs }) => (endMs ?? startMs) >= sinceMs);
    return { windows: this.changeWindows, complete: true, unread: this.oddWindowRuns, runs };
  }

  /** How often the managers in runs of change windows were read. */
  runsRead = 0;

  async readManagersInRuns(sinceMs: number): ReturnType<SecureChange['readManagersInRuns']> {
    this.runsRead += 1;
    const { windows, runs } = await this.readWindowRuns(sinceMs);
    const devices = [...this.tickets.values()].flatMap((ticket) => ticket.devices);
    return runs.flatMap(({ uuid, window, runId, startMs, devices: shown }) =>
      shown.flatMap(({ managementId }) => {
        const device = devices.find((one) => one.managementId === managementId);
        const isEnabled = windows.some((one) => one.uuid === uuid && one.enabled);
        if (device === undefined || !isEnabled) return [];
        const { laneKey, laneName, name } = device;
        return [{ laneKey, laneName, device: name, window, runId, startMs }];
      }),
    );
  }

  async windowCommits(managementId: string, sinceMs: number): Promise<readonly WindowCommit[]> {
    await this.meet('windowCommits', managementId);
    return this.windowRuns.filter(({ target, startMs }) => target === managementId && startMs >= sinceMs);
  }

  /** The most Updates and Commits that ever ran on one ticket at the same time. */
  atOnce = 0;

  protected work(
    ticket: FakeTicket,
    status: FakeTicket['designerStatus'],
    ms: number,
    end: () => void,
  ): void {
    const step = ticket.current;
    this.atOnce = Math.max(this.atOnce, ticket.designerStatus.endsWith(' running') ? 2 : 1);
    ticket.designerStatus = status;
    for (const task of step?.tasks ?? []) task.pending = true;
    const finish = (): void => {
      for (const task of step?.tasks ?? []) task.pending = false;
      end();
    };
    this.time.at(this.time.nowMs + ms, () => {
      if (this.heldBack === null || status === 'designer running') finish();
      else this.heldBack.push(finish);
    });
  }

  protected record(kind: Effect['kind'], ticketId: string, target: string): void {
    expectDeclared(kind);
    const { epoch } = this.find(ticketId);
    this.effects.push({ atMs: this.time.nowMs, ticketId, kind, target, epoch });
  }

  protected async meet(call: keyof SecureChange, target?: string): Promise<Fault | undefined> {
    const fault = strike(this.faults, call, target);
    if (fault?.before) await suffer(fault.before);
    return fault;
  }

  protected find(ticketId: string): FakeTicket {
    const ticket = this.tickets.get(ticketId);
    if (!ticket) {
      throw refused({ code: 'securechange.not_found', message: 'there is no such ticket', status: 404 });
    }
    return ticket;
  }

  /** A write is addressed to the step's own task, by its assignee, and never while SecureChange works on the task. */
  protected here(ref: TaskRef, operation: string): FakeTicket {
    const ticket = this.find(ref.ticketId);
    const task = ticket.current?.tasks.find((candidate) => candidate.id === ref.taskId);
    if (isFinal(ticket.status) || ticket.current?.id !== ref.stepId || task === undefined)
      throw refused({
        operation,
        code: 'securechange.ticket_moved_on',
        message: 'not the current step or task',
      });
    if (task.pending)
      throw refused({
        operation,
        kind: 'busy',
        code: 'securechange.task_pending',
        message: 'task is PENDING',
      });
    if (
      operation !== 'accept the task' &&
      operation !== 'reassign the task' &&
      task.assignee !== SERVICE_LOGIN
    )
      throw refused({ operation, code: 'securechange.task_not_assigned', message: 'the task is not yours' });
    return ticket;
  }

  protected device({ ticketId }: { ticketId: string }, managementId: string): Mutable<DeviceDesign> {
    const device = this.find(ticketId).devices.find((candidate) => candidate.managementId === managementId);
    if (!device) throw refused({ code: 'securechange.not_found', message: 'no such suggestion' });
    return device;
  }
}
