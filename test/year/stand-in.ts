import { asyncLocalStorage } from '@temporalio/activity';

import { CallFailure } from '../../src/domain/failure.js';
import type { FieldRef } from '../../src/securechange/secure-change.js';
import { FakeSecureChange, refused } from '../support/fake-secure-change.js';
import { chanceOf } from '../support/random.js';
import type { VirtualTime } from '../support/virtual-time.js';
import { suffer, WorkerDied } from '../support/worker-death.js';
import type { ByOthers, PlannedGroup, PlannedManager, YearPlan } from './plan.js';

/** A call that changed something, or tried to, as managers and SecureChange saw it. */
export interface PushCallSeen {
  readonly atMs: number;
  endedAtMs: number | null;
  readonly kind: 'update' | 'commit';
  readonly ticketId: string;
  readonly target: string;
  readonly epoch: number;
  /** `push/<manager>/<n>`; null where another user made it. */
  readonly push: string | null;
  ended: 'running' | 'done' | 'failed' | 'partial' | 'nothing' | 'vanished';
  /** `ticket/target` of what it made live. */
  carried: readonly string[];
}

/** A change that became live. */
export interface MadeLive {
  /** When the call was made, and when it landed. */
  readonly calledAtMs: number;
  readonly atMs: number;
  readonly ticketId: string;
  readonly target: string;
  /** null: another user. */
  readonly push: string | null;
  readonly visible: boolean;
  /** It was saved above the target of the Commit, and this manager inherits. */
  readonly inherited: boolean;
  /** Some firewalls were offline and do not have it. */
  readonly partly: boolean;
}

interface SavedChange {
  /** null: another administrator's own. */
  readonly ticketId: string | null;
  readonly target: string;
  readonly path: readonly string[];
  /** Installed on some firewalls. */
  partly: boolean;
}

/** How long calls take, shortest and longest. */
interface CallLengths {
  readonly shortMs: number;
  readonly longMs: number;
}

/**
 * SecureChange over managers with groups and parents, with the switches of the plan. It keeps its own record of what is
 * saved, live, and since when: the year is judged by that.
 */
export class YearSecureChange extends FakeSecureChange {
  readonly calls: PushCallSeen[] = [];
  readonly live: MadeLive[] = [];
  onManagers: SavedChange[] = [];
  readonly locked = new Set<string>();
  readonly offline = new Set<string>();
  /** Errors happen now and then; false for a year without. */
  faulty = true;
  private readonly plan: Pick<YearPlan, 'seed' | 'managers'>;
  private readonly lengths: CallLengths;
  private readonly groups = new Map<
    string,
    { readonly manager: PlannedManager; readonly group: PlannedGroup }
  >();
  private readonly attempts = new Map<string, number>();

  constructor(time: VirtualTime, plan: Pick<YearPlan, 'seed' | 'managers'>, lengths: CallLengths) {
    super(time);
    this.plan = plan;
    this.lengths = lengths;
    for (const manager of plan.managers)
      for (const group of manager.groups) this.groups.set(group.name, { manager, group });
  }

  override async update(ref: FieldRef, managementId: string): Promise<void> {
    const luck = await this.strikes('update', ref, managementId);
    const ticket = this.here(ref, 'Update');
    const device = this.device(ref, managementId);
    this.refuseLocked(device.name);
    const call = this.begun('update', ref.ticketId, device.name);
    if (luck === 'vanishes') call.ended = 'vanished';
    else {
      const fails = luck === 'fails';
      this.work(ticket, 'implementation running', this.lengthOf(device.name, 4), () => {
        const { nowMs } = this.time;
        device.update = fails ? 'failed' : 'updated';
        device.updateMessage = fails ? 'the policy is locked by another session' : null;
        ticket.designerStatus = `implementation ${fails ? 'failure' : 'success'}`;
        call.endedAtMs = nowMs;
        call.ended = fails ? 'failed' : 'done';
        if (fails) return;
        const known = this.groups.get(device.name);
        if (known === undefined) {
          call.carried = [`${ref.ticketId}/${device.name}`];
          this.becomesLive(call, ref.ticketId, device.name, false, true);
          return;
        }
        const { group, manager } = known;
        this.onManagers = this.onManagers.filter(
          (change) => change.ticketId !== ref.ticketId || change.target !== device.name,
        );
        this.onManagers.push({
          ticketId: ref.ticketId,
          target: device.name,
          path: group.path,
          partly: false,
        });
        this.landed.push({ atMs: nowMs, ticketId: ref.ticketId, target: device.name, kind: 'update' });
        if (manager.switches.staleAfterUpdate) this.makeStale(manager, ref.ticketId);
      });
    }
    await this.answerOr(luck);
  }

  override async commit(ref: FieldRef, managementId: string): Promise<void> {
    const luck = await this.strikes('commit', ref, managementId);
    const ticket = this.here(ref, 'Commit');
    const device = this.device(ref, managementId);
    this.refuseLocked(device.name);
    const call = this.begun('commit', ref.ticketId, device.name);
    if (luck === 'vanishes') call.ended = 'vanished';
    else {
      const reportStart = this.printsReportStart ? new Date(this.time.nowMs).toISOString() : null;
      this.work(ticket, 'commit running', this.lengthOf(device.name, 1), () => {
        const state = luck === 'fails' ? 'failed' : this.commitLands(call);
        const message =
          { failed: 'the install failed', skipped: 'no policies to install' }[state as string] ?? null;
        device.commit = { state, reportStart, message };
        ticket.designerStatus = state === 'committed' ? 'commit success' : 'commit failure';
        call.endedAtMs = this.time.nowMs;
        if (state === 'failed') call.ended = 'failed';
      });
    }
    await this.answerOr(luck);
  }

  /** The Commit of others. */
  commitByOthers(target: string, how: ByOthers): readonly string[] {
    const visible = how !== 'onTheManager';
    const call: PushCallSeen = {
      atMs: this.time.nowMs,
      endedAtMs: this.time.nowMs,
      kind: 'commit',
      ticketId: '-',
      target,
      epoch: 0,
      push: null,
      ended: 'running',
      carried: [],
    };
    this.calls.push(call);
    this.commitLands(call, visible);
    if (how === 'bySecureTrack' && call.ended === 'done') this.noteWindowRun(target);
    if (how === 'inSecureChange') {
      const reportStart = new Date(this.time.nowMs).toISOString();
      for (const key of call.carried) {
        const [ticketId = '', name] = key.split('/');
        const device = this.tickets.get(ticketId)?.devices.find((one) => one.name === name);
        const state = call.ended === 'partial' ? 'partial' : 'committed';
        if (device) device.commit = { state, reportStart, message: null };
      }
    }
    return call.carried;
  }

  private noteWindowRun(target: string): void {
    const { nowMs } = this.time;
    const runId = `${this.windowRuns.length + 1}`;
    this.windowRuns.push({ target: `m-${target}`, window: 'Friday', runId, startMs: nowMs, endMs: nowMs });
  }

  savedByOthers(target: string): void {
    const path = this.groups.get(target)?.group.path ?? [];
    this.onManagers.push({ ticketId: null, target, path, partly: false });
    const manager = this.groups.get(target)?.manager;
    if (manager?.switches.staleAfterUpdate === true) this.makeStale(manager, null);
  }

  /** Saved by a ticket, and on no firewall yet. */
  isSaved(ticketId: string, target: string): boolean {
    return this.onManagers.some((one) => one.ticketId === ticketId && one.target === target && !one.partly);
  }

  protected override revisionOf(managementId: string): number {
    return 100 + this.landed.filter(({ target }) => `m-${target}` === managementId).length;
  }

  // — what a Commit does —

  private commitLands(call: PushCallSeen, visible = true): 'committed' | 'partial' | 'skipped' {
    const known = this.groups.get(call.target);
    if (known === undefined) throw new Error(`${call.target} is no group of a manager`);
    const { switches } = known.manager;
    const path = known.group.path;
    const inside = (change: SavedChange): boolean => {
      const below = path.every((id, index) => change.path[index] === id);
      const above = change.path.every((id, index) => path[index] === id);
      const ours = change.ticketId !== null || switches.carries === 'everything' || call.push === null;
      return ours && (below || (switches.inherits && above));
    };
    const carried = this.onManagers.filter(inside);
    const partly = this.offline.has(call.target);
    if (carried.length === 0) {
      call.ended = 'nothing';
      if (switches.nothingToCommit === 'refuses') return 'skipped';
      this.land(call);
      return 'committed';
    }
    call.ended = partly ? 'partial' : 'done';
    call.carried = carried.flatMap(({ ticketId, target }) =>
      ticketId === null ? [] : [`${ticketId}/${target}`],
    );
    for (const { ticketId, target } of carried)
      if (ticketId !== null) this.becomesLive(call, ticketId, target, partly, visible);
    if (partly) for (const change of carried) change.partly = true;
    else this.onManagers = this.onManagers.filter((change) => !carried.includes(change));
    this.land(call);
    return partly ? 'partial' : 'committed';
  }

  private becomesLive(
    { atMs: calledAtMs, push, target: calledFor }: PushCallSeen,
    ticketId: string,
    target: string,
    partly: boolean,
    visible: boolean,
  ): void {
    const { nowMs } = this.time;
    const own = this.groups.get(calledFor)?.group.path ?? [];
    const inherited = (this.groups.get(target)?.group.path.length ?? 0) < own.length;
    this.live.push({ calledAtMs, atMs: nowMs, ticketId, target, push, visible, inherited, partly });
    this.landed.push({ atMs: nowMs, ticketId, target, kind: 'commit' });
  }

  private land({ ticketId, target }: PushCallSeen): void {
    this.landed.push({ atMs: this.time.nowMs, ticketId, target, kind: 'commit' });
  }

  private makeStale(manager: PlannedManager, by: string | null): void {
    const names = new Set(manager.groups.map(({ name }) => name));
    for (const ticket of this.tickets.values()) {
      if (ticket.id === by || ticket.status !== 'inProgress') continue;
      for (const device of ticket.devices) if (names.has(device.name)) device.newRevisionArrived = true;
    }
  }

  // — mishaps —

  private begun(kind: PushCallSeen['kind'], ticketId: string, target: string): PushCallSeen {
    this.record(kind, ticketId, target);
    const { epoch } = this.find(ticketId);
    const push = callingPush();
    const atMs = this.time.nowMs;
    const call: PushCallSeen = {
      atMs,
      endedAtMs: null,
      kind,
      ticketId,
      target,
      epoch,
      push,
      ended: 'running',
      carried: [],
    };
    this.calls.push(call);
    return call;
  }

  private refuseLocked(target: string): void {
    const manager = this.groups.get(target)?.manager.key;
    if (manager === undefined || !this.locked.has(manager)) return;
    throw refused({
      kind: 'locked',
      code: 'securechange.locked',
      message: `${manager} is locked by p.panos`,
    });
  }

  /** What befalls this call; throws where it never arrives. The same for the same seed, in whatever order calls come. */
  private async strikes(
    call: 'update' | 'commit',
    { ticketId }: FieldRef,
    managementId: string,
  ): Promise<Luck> {
    await this.meet(call, managementId);
    if (!this.faulty) return 'fine';
    const key = `${call}/${ticketId}/${managementId}`;
    const attempt = (this.attempts.get(key) ?? 0) + 1;
    this.attempts.set(key, attempt);
    const chance = chanceOf(this.plan.seed, key, attempt);
    const found = MISHAPS.find(({ upTo }) => chance < upTo)?.luck ?? 'fine';
    switch (found) {
      case 'busy':
        throw refused({ kind: 'busy', code: 'securechange.max_concurrent', message: 'too many requests' });
      case 'refusedConnection':
        throw new CallFailure({
          kind: 'transient',
          system: 'securechange',
          operation: call,
          code: 'http.refused',
          message: 'connection refused',
        });
      case 'lostBefore':
        throw lost(call);
      case 'diesBefore':
        return await suffer(new WorkerDied('before the call'));
      default:
        return found;
    }
  }

  private async answerOr(luck: Luck): Promise<void> {
    if (luck === 'lostAfter' || luck === 'vanishes') throw lost('answer');
    if (luck === 'diesAfter') await suffer(new WorkerDied('after the call'));
  }

  private lengthOf(target: string, part: number): number {
    const slowness = this.groups.get(target)?.manager.slowness ?? 0.1;
    const { shortMs, longMs } = this.lengths;
    return Math.round((shortMs + slowness * (longMs - shortMs)) / part);
  }
}

type Luck =
  | 'fine'
  | 'fails'
  | 'vanishes'
  | 'busy'
  | 'refusedConnection'
  | 'lostBefore'
  | 'lostAfter'
  | 'diesBefore'
  | 'diesAfter';

const MISHAPS: readonly { readonly luck: Luck; readonly upTo: number }[] = (
  [
    ['fails', 0.02],
    ['vanishes', 0.01],
    ['busy', 0.03],
    ['refusedConnection', 0.02],
    ['lostBefore', 0.015],
    ['lostAfter', 0.03],
    ['diesBefore', 0.015],
    ['diesAfter', 0.02],
  ] as const
).reduce<{ luck: Luck; upTo: number }[]>(
  (all, [luck, part]) => [...all, { luck, upTo: (all.at(-1)?.upTo ?? 0) + part }],
  [],
);

function lost(operation: string): CallFailure {
  return refused({
    kind: 'ambiguous',
    operation,
    code: 'http.connection_lost',
    message: 'the connection was lost after the request was sent',
  });
}

/** The push whose activity makes this call. */
function callingPush(): string | null {
  const execution = asyncLocalStorage.getStore()?.info.workflowExecution;
  if (execution === undefined) return null;
  const { workflowId, runId } = execution;
  return workflowId.startsWith('push/') ? workflowId : runId.replace(/^run-of-/, '');
}
