import { createHash } from 'node:crypto';
import type { SaveTime } from '../domain/lane.js';
import type {
  ApprovalPolicy,
  IntegrationPoint,
  ItsmPoll,
  PlannedDates,
  PointCondition,
  PointConditions,
  ProcessDefinition,
  WindowPolicy,
} from '../domain/process.js';
import type { ConditionFile, PointFile } from './point-schema.js';
import type { ProcessFile } from './process-schema.js';
import { toPhaseRule } from './process-rules.js';

/** Kept with every step that uses it, so it must stay small. */
export const MOST_DEFINITION_BYTES = 32 * 1024;

/** Never opens: a definition without a window policy pushes nothing. */
const NO_WINDOW: WindowPolicy = {
  calendar: 'none',
  perTarget: {},
  minimumRemainingMs: 0,
  whenWindowCloses: 'stopBeforeNextTarget',
  openingJitterMs: 0,
  plannedDates: null,
  horizonDays: 1,
};

/** SHA-256 over the file and the templates it names, first 12. */
export function definitionVersion(texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text, 'utf8');
  return hash.digest('hex').slice(0, 12);
}

export function toProcess(
  file: ProcessFile,
  version: string,
  {
    bodyOf,
    shared,
  }: {
    readonly bodyOf: (point: PointFile) => Readonly<Record<string, unknown>>;
    /** Servers whose changes the ITSM opens. */
    readonly shared: readonly string[];
  },
): ProcessDefinition {
  const sharedOn = shared.filter((name) => file.integrationPoints.some(({ server }) => server === name));
  return {
    name: file.name,
    version,
    workflow: file.workflow,
    mode: file.mode,
    driveSinceMs: file.driveSince === undefined ? 0 : Date.parse(file.driveSince),
    workflowType: file.workflowType,
    requestField: file.requestField,
    taskAccess: file.taskAccess,
    commitBy: file.commitBy,
    commentPushes: file.commentPushes,
    // Without a written policy the strictest one.
    risk: {
      requests: file.risk?.requests ?? 'all',
      approvalFrom: file.risk?.approvalFrom ?? 'always',
      blockFrom: file.risk?.blockFrom ?? 'critical',
    },
    approvals: toApprovals(file),
    ...(file.emergency !== undefined && {
      emergency: { approval: file.emergency.approval, dueInMs: file.emergency.dueIn },
    }),
    window:
      file.window === undefined
        ? NO_WINDOW
        : {
            calendar: file.window.calendar,
            perTarget: file.window.perTarget,
            minimumRemainingMs: file.window.minimumRemaining,
            whenWindowCloses: file.window.whenWindowCloses,
            openingJitterMs: file.window.openingJitter,
            plannedDates: toPlannedDates(file.window),
            horizonDays: file.window.horizonDays,
            ...(file.kind === 'emergency' && { onlyOverride: true as const }),
            ...(file.window.override !== undefined && { overrideRoles: file.window.override.roles }),
          },
    ...(file.gate !== undefined && {
      itsmGate: {
        server: file.gate.itsmChange.server,
        fields: file.gate.itsmChange.fields,
        everyMs: file.gate.itsmChange.every,
      },
    }),
    ...conflictsOf(file),
    ...(file.partialFailure !== undefined && { partialFailure: file.partialFailure }),
    saveUpdates: toSaveTime(file.saveUpdates),
    steps: Object.fromEntries(
      Object.entries(file.steps).map(([name, step]) => [name, { phases: step.phases.map(toPhaseRule) }]),
    ),
    integrationPoints: file.integrationPoints.map((point) => toPoint(point, bodyOf(point))),
    ...(sharedOn.length > 0 && { sharedOn }),
    ...(file.itsmMay.length > 0 && { itsmMay: file.itsmMay }),
  };
}

type ApprovalFile = NonNullable<ProcessFile['approvals']>[number];

function toApprovals({ approval, approvals }: ProcessFile): readonly ApprovalPolicy[] {
  if (approval === undefined) {
    return (approvals ?? []).map(({ by: _, field = null, poll, redoTo, ...policy }) => ({
      ...policy,
      ...(redoTo !== undefined && { redoTo }),
      field,
      ...(poll !== undefined && { poll: toPoll(poll) }),
    }));
  }
  const { itsm: _, redoTo, ...policy } = approval;
  const redo = redoTo === undefined ? {} : { redoTo };
  return [{ name: 'approval', covers: 'requestAndDesign', needed: 'byRisk', ...policy, ...redo }];
}

function conflictsOf({ conflicts }: ProcessFile): Pick<ProcessDefinition, 'conflicts'> {
  if (conflicts === undefined || conflicts.policy === 'ignore') return {};
  return { conflicts: { policy: conflicts.policy, on: conflicts.on } };
}

function toPoll({ every, ...poll }: NonNullable<ApprovalFile['poll']>): ItsmPoll {
  return { ...poll, everyMs: every };
}

function toSaveTime(written: ProcessFile['saveUpdates']): SaveTime {
  return typeof written === 'object' ? { aheadMs: written.ahead } : written;
}

function toPoint(point: PointFile, body: Readonly<Record<string, unknown>>): IntegrationPoint {
  const { name, enabled, server = 'securechange', action = 'none', blocking, unresolved, runs, on } = point;
  const { before, after, response } = point;
  const conditions = point.if === undefined ? {} : { conditions: toConditions(point.if) };
  const always = runs === 'always' ? { runs } : {};
  const when: IntegrationPoint['when'] =
    'inbound' in on
      ? { kind: 'inbound', step: on.inbound }
      : 'outbound' in on
        ? { kind: 'outbound', step: on.outbound }
        : { kind: 'event', event: on.event, step: on.step ?? null };
  const literal = unresolved === 'literal' ? { unresolved } : {};
  return {
    name,
    enabled,
    when,
    server,
    action,
    blocking,
    body,
    ...callOf(point),
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    ...(response !== undefined && { response }),
    ...literal,
    ...always,
    ...conditions,
  };
}

function callOf(point: PointFile): Pick<IntegrationPoint, 'call'> {
  if (point.action !== 'call' || point.path === undefined) return {};
  const { method = 'POST', path, accept = [200, 201, 204] } = point;
  const paths = typeof path === 'string' ? [path] : path;
  // As HTTP defines the methods: what a PUT or DELETE does is the same, however often it is made.
  const repeatable = point.repeatable ?? (method !== 'POST' && method !== 'PATCH');
  const { answer } = point;
  return { call: { method, paths, accept, repeatable, ...(answer !== undefined && { answer }) } };
}

function toConditions(written: NonNullable<PointFile['if']>): PointConditions {
  return 'all' in written
    ? { join: 'all', of: written.all.map(toCondition) }
    : { join: 'any', of: written.any.map(toCondition) };
}

function toCondition(written: ConditionFile): PointCondition {
  const { not } = written;
  if ('field' in written) return { kind: 'field', name: written.field, is: written.is, not };
  if ('risk' in written) return { kind: 'risk', is: [written.risk], not };
  if ('device' in written) return { kind: 'device', is: written.device, not };
  if ('step' in written) return { kind: 'step', is: written.step, not };
  if ('event' in written) return { kind: 'event', is: written.event, not };
  if ('skipped' in written) return { kind: 'skipped', is: written.skipped, not };
  return { kind: 'priority', is: written.priority, not };
}

function toPlannedDates({
  itsmPlannedDates: dates,
}: Pick<NonNullable<ProcessFile['window']>, 'itsmPlannedDates'>): PlannedDates | null {
  return dates === undefined ? null : { ...dates, server: dates.server ?? null };
}
