import type { LaneView, ParkingView, TicketView } from '../../src/domain/view.js';
import type { Actor } from '../../src/domain/commands.js';
import type { DeviceDesign } from '../../src/domain/provisioning.js';
import { IDA } from '../support/fake-temporal.js';
import { STEPS, directFirewall, firewallChange, manager } from '../support/firewall-change.js';
import { chanceOf } from '../support/random.js';
import { versionAt } from './calendars.js';
import { DAY, HOUR } from './draw.js';
import type { Change, Claimed, Said } from './judge.js';
import { EMERGENCY, type Act, type PlannedTicket, type TimedAct, type YearPlan } from './plan.js';
import type { Vehicle } from './vehicle.js';

/** No person is asked about the same thing for ever. */
const MOST_ANSWERS = 12;

/** The approval that an emergency owes: its ITSM has no change, so a third person records it. */
const LATER = {
  server: 'servicenow',
  field: 'approval',
  approvedValues: ['approved'],
  rejectedValues: ['rejected'],
};
const ANNA: Actor = { login: 'anna', roles: ['approver'] };

/** Left behind, unknown, or of a ticket that the reason names: one that waits for a person itself may hold up others for months. */
function hinders({ left, state, ticketId, target }: LaneView['ledger'][number], reason: string): boolean {
  return left !== null || state === 'unknown' || reason.includes(`ticket ${ticketId} on ${target} (`);
}

/** What people, other tools and the machinery do in the year, and the record of it that the judge needs. */
export class People {
  readonly changes: Change[] = [];
  readonly said: Said[] = [];
  private readonly plan: YearPlan;
  private readonly vehicle: Vehicle;
  private readonly answers = new Map<string, number>();
  private readonly over = new Set<string>();

  constructor(plan: YearPlan, vehicle: Vehicle) {
    this.plan = plan;
    this.vehicle = vehicle;
  }

  /** Before anything happens: what operators have written. */
  begin(): void {
    const { env } = this.vehicle;
    env.processes.clear();
    for (const { workflow, calendar, saves, isEmergency = false } of this.plan.processes) {
      const { window, steps } = firewallChange();
      const { Approval: _, ...withoutApproval } = steps;
      const overridable = { ...window, calendar, overrideRoles: ['operator'] as const };
      env.processes.set(
        workflow,
        firewallChange({
          name: workflow.replaceAll(' ', '-'),
          workflow,
          window: isEmergency ? { ...overridable, onlyOverride: true } : overridable,
          saveUpdates: saves === 'ahead' ? { aheadMs: 24 * HOUR } : saves,
          ...(isEmergency && {
            emergency: { approval: LATER, dueInMs: DAY },
            approvals: [],
            steps: withoutApproval,
          }),
        }),
      );
    }
    for (const { key, policy } of this.plan.managers) env.managers.set(key, policy);
    env.calendars.clear();
    for (const calendar of this.plan.calendars.keys()) this.write(calendar, this.vehicle.nowMs());
  }

  async happen(act: TimedAct): Promise<void> {
    const { vehicle } = this;
    const { secureChange } = vehicle;
    const atMs = vehicle.nowMs();
    switch (act.kind) {
      case 'create':
        this.create(this.plan.tickets.find(({ id }) => id === act.ticketId)!);
        return;
      case 'complete': {
        const ticket = secureChange.tickets.get(act.ticketId)!;
        if (ticket.current?.name === 'Open Request') ticket.complete(ticket.requester);
        return;
      }
      case 'approve':
        this.approve(act.ticketId);
        return;
      case 'redo': {
        const ticket = secureChange.tickets.get(act.ticketId)!;
        if (ticket.status !== 'inProgress' || !ticket.passed.some(({ name }) => name === act.to)) return;
        this.changes.push({ atMs, kind: 'approvalVoid', ticketId: act.ticketId });
        ticket.redo(act.to);
        return;
      }
      case 'cancel':
      case 'reject': {
        const ticket = secureChange.tickets.get(act.ticketId)!;
        if (ticket.status !== 'inProgress') return;
        this.changes.push({ atMs, kind: 'ended', ticketId: act.ticketId });
        ticket.end(act.kind === 'cancel' ? 'cancelled' : 'rejected');
        return;
      }
      case 'hold':
      case 'resume':
      case 'abort': {
        const { ticketId, kind } = act;
        await vehicle.caughtUp();
        const view = await vehicle.ticket(ticketId);
        if (view === null || view.outcome !== null) return;
        const { accepted } = await vehicle.operateTicket(ticketId, { kind });
        if (accepted) this.changes.push({ atMs: vehicle.nowMs(), kind, ticketId });
        return;
      }
      case 'override':
        await this.override(act);
        return;
      case 'editCalendar':
        this.write(act.calendar, act.atMs);
        await vehicle.sweep();
        return;
      case 'commitByOthers':
        for (const key of secureChange.commitByOthers(act.target, act.how))
          this.changes.push({ atMs, kind: 'committedByOthers', key, how: act.how });
        return;
      case 'savedByOthers':
        secureChange.savedByOthers(act.target);
        return;
      case 'lock':
        if (act.on) secureChange.locked.add(act.manager);
        else secureChange.locked.delete(act.manager);
        return;
      case 'offline':
        if (act.on) secureChange.offline.add(act.target);
        else secureChange.offline.delete(act.target);
        return;
      case 'stop':
      case 'start':
        await vehicle.stopSwitch(act.kind === 'stop');
        this.changes.push({ atMs: vehicle.nowMs(), kind: act.kind });
        return;
      case 'replaceWorkers':
        await vehicle.replaceWorkers();
        return;
      case 'loseLane':
        await vehicle.loseLane(act.manager);
        return;
      case 'rounds':
        await vehicle.sweep();
        await this.rounds();
        return;
      case 'compare':
        await this.compare();
        return;
    }
  }

  // — people at SecureChange —

  private create({ id, workflow, priority, targets, redoIds }: PlannedTicket): void {
    this.vehicle.secureChange.create({
      id,
      workflow,
      steps: workflow === EMERGENCY ? STEPS.filter((step) => step !== 'Approval') : STEPS,
      priority,
      redoIds,
      devices: targets.map((name) => this.deviceOf(name)),
    });
  }

  private deviceOf(name: string): DeviceDesign {
    for (const { key, groups } of this.plan.managers) {
      const group = groups.find((one) => one.name === name);
      if (group) return manager(name, { laneKey: key, laneName: `manager ${key}`, path: group.path });
    }
    return directFirewall(name);
  }

  private approve(ticketId: string): void {
    const { secureChange } = this.vehicle;
    const ticket = secureChange.tickets.get(ticketId)!;
    if (ticket.current?.name !== 'Approval' || ticket.current.completedIn === ticket.epoch) return;
    this.changes.push({ atMs: this.vehicle.nowMs(), kind: 'approved', ticketId });
    ticket.approve('a.schmidt');
  }

  // — two persons —

  private async override({
    ticketId,
    hours,
    second,
  }: Extract<Act, { readonly kind: 'override' }>): Promise<void> {
    const { vehicle } = this;
    await vehicle.caughtUp();
    const view = await vehicle.ticket(ticketId);
    if (view === null || view.outcome !== null) return;
    const targets = view.targets.map(({ name }) => name);
    const askedAtMs = vehicle.nowMs();
    const key = `override-${ticketId}-${askedAtMs}`;
    const reason = 'the pay desk is down until this rule is there';
    const asked = await vehicle.operateTicket(
      ticketId,
      { kind: 'override', devices: targets, hours },
      { key, reason },
    );
    if (!asked.accepted || second === 'none') return;
    const actor = second === 'another' ? { actor: IDA } : {};
    const atMs = vehicle.nowMs();
    const { accepted } = await vehicle.operateTicket(
      ticketId,
      { kind: 'confirm', override: key },
      { ...actor, reason },
    );
    if (!accepted) return;
    const persons = ['olga', second === 'another' ? IDA.login : 'olga'];
    const untilMs = askedAtMs + hours * HOUR;
    this.changes.push({ atMs, kind: 'overridden', ticketId, targets, untilMs, persons });
  }

  private write(calendar: string, atMs: number): void {
    const { env } = this.vehicle;
    const { intervals, ruleVersion } = versionAt(this.plan.calendars.get(calendar)!, atMs);
    env.calendars.set(calendar, intervals);
    env.ruleVersions.set(calendar, ruleVersion);
  }

  // — people who look after what asks for them —

  private async rounds(): Promise<void> {
    const { secureChange } = this.vehicle;
    const { tickets } = secureChange;
    for (const { id, status } of tickets.values()) if (status === 'inProgress') this.approve(id);
    await this.vehicle.caughtUp();
    for (const { id } of tickets.values()) {
      if (this.over.has(id)) continue;
      const view = await this.vehicle.ticket(id);
      if (view === null) continue;
      if (view.outcome !== null) this.over.add(id);
      for (const parking of view.parkings) await this.answer(view, parking);
    }
  }

  private async answer(view: TicketView, parking: ParkingView): Promise<void> {
    const { vehicle } = this;
    const { ticketId } = view;
    const { code, target } = parking;
    const asked = `${ticketId}/${code}/${target ?? '-'}`;
    const times = (this.answers.get(asked) ?? 0) + 1;
    if (times > MOST_ANSWERS) return;
    const chance = chanceOf(this.plan.seed, 'answer', asked, times);
    this.answers.set(asked, times);
    // Not all at once: some are left alone for a while.
    if (chance < 0.2) return;
    const lane = view.targets.find(({ managementId }) => managementId === target)?.laneKey ?? null;
    const name = parking.targetName ?? '-';
    switch (code) {
      case 'lane.hindered': {
        if (lane === null || chance < 0.4) return;
        const entries = (await vehicle.lane(lane))?.ledger ?? [];
        for (const entry of entries.filter((one) => hinders(one, parking.reason))) {
          if (entry.acceptedBy !== null || chance < 0.5) continue;
          const { accepted } = await vehicle.operateLane(lane, {
            kind: 'acceptLedger',
            ticketId: entry.ticketId,
          });
          if (accepted)
            this.changes.push({ atMs: vehicle.nowMs(), kind: 'accepted', ticketId: entry.ticketId, lane });
        }
        return;
      }
      case 'lane.push_failed':
        if (lane === null) return;
        this.decided(ticketId, name);
        await vehicle.operateLane(lane, { kind: 'retryPush' });
        return;
      case 'push.unknown': {
        const n = lane === null ? null : ((await vehicle.lane(lane))?.push?.n ?? null);
        if (lane === null || n === null) return;
        // A person looks at the manager and says what is true.
        const last = vehicle.secureChange.calls.findLast(
          (call) =>
            call.push === `push/${lane}/${n}` &&
            call.kind === parking.phase &&
            (call.kind === 'commit' || call.ticketId === /for ticket (\d+)/.exec(parking.reason)?.[1]),
        );
        const sent = last !== undefined && ['done', 'partial', 'nothing'].includes(last.ended);
        this.decided(ticketId, name);
        await vehicle.operatePush(lane, n, {
          kind: 'decideUnknownPush',
          answer: sent ? 'wasSent' : 'wasNotSent',
        });
        return;
      }
      case 'push.partial':
        if (target === null) return;
        this.decided(ticketId, name);
        await vehicle.operateTicket(ticketId, {
          kind: 'decidePartial',
          target,
          answer: chance < 0.6 ? 'accept' : 'repeat',
        });
        return;
      case 'push.failed': {
        if (target === null) return;
        this.decided(ticketId, name);
        const isLive = vehicle.secureChange.live.some(
          (one) => one.ticketId === ticketId && one.target === name,
        );
        await vehicle.operateTicket(
          ticketId,
          isLive ? { kind: 'completeManual', target, evidence: 'it is on the firewalls' } : { kind: 'retry' },
        );
        return;
      }
      case 'push.holds_back': {
        if (chance < 0.6) return;
        const { accepted } = await vehicle.operateTicket(ticketId, { kind: 'skip' });
        if (accepted) this.changes.push({ atMs: vehicle.nowMs(), kind: 'wentOn', ticketId });
        return;
      }
      case 'emergency.two_persons':
        await this.override({ kind: 'override', ticketId, hours: 4, second: 'another' });
        return;
      case 'emergency.approval_overdue':
        await vehicle.operateTicket(
          ticketId,
          { kind: 'recordApproval', evidence: 'the change board approved it' },
          { actor: ANNA },
        );
        return;
      default:
        this.decided(ticketId, name);
        await vehicle.operateTicket(ticketId, { kind: 'retry' });
    }
  }

  /** A person said something about it: from here on a call may be made again. */
  private decided(ticketId: string, target: string): void {
    this.changes.push({ atMs: this.vehicle.nowMs(), kind: 'decided', ticketId, target });
  }

  // — what we say —

  /** Everything that tickets and lanes claim now. Where a push runs it is not known yet. */
  async compare(): Promise<void> {
    const { vehicle, said } = this;
    const busy = new Set<string>();
    const lanes = new Map<string, readonly string[]>();
    for (const { key } of this.plan.managers) {
      const lane = await vehicle.lane(key);
      if (lane === null) continue;
      if (lane.push !== null) busy.add(key);
      lanes.set(
        key,
        lane.ledger.map(({ ticketId, target }) => `${ticketId}/${target}`),
      );
    }
    const claims: Claimed[] = [];
    await vehicle.caughtUp();
    for (const { id } of vehicle.secureChange.tickets.values()) {
      if (this.over.has(id)) continue;
      const view = await vehicle.ticket(id);
      if (view === null) continue;
      for (const { name, laneKey, enforcedBy, update, commit, manualEvidence, message } of view.targets) {
        if (busy.has(laneKey) || manualEvidence !== null) continue;
        const done = enforcedBy === 'commit' ? commit === 'done' : update === 'done';
        const waits = view.savedNotPushed.includes(name);
        if (done || waits) claims.push({ key: `${id}/${name}`, live: done, text: message ?? '' });
      }
    }
    const saved = vehicle.secureChange.onManagers.flatMap(({ ticketId, target, partly }) =>
      ticketId === null || partly ? [] : [`${ticketId}/${target}`],
    );
    const quiet = this.plan.managers.filter(({ key }) => !busy.has(key)).map(({ key }) => key);
    said.push({
      atMs: vehicle.nowMs(),
      claims,
      saved,
      ledgers: quiet.flatMap((key) => (lanes.has(key) ? [{ lane: key, entries: lanes.get(key)! }] : [])),
    });
  }
}
