/** The form of an enrolment and of the rules of a manager. */

import type { ApprovalRecord } from '../../src/domain/approval.js';
import type { Revisions } from '../../src/domain/foreign.js';
import type {
  Enrolment,
  EnrolmentWindow,
  ManagerPolicy,
  SaveTime,
  WindowFor,
} from '../../src/domain/lane.js';
import type { Claim } from '../../src/domain/push.js';
import {
  integer,
  list,
  nullable,
  object,
  oneOf,
  optional,
  text,
  truth,
  type Shape,
  record,
} from '../../src/domain/shape.js';
import type { OverrideGrant } from '../../src/domain/override.js';
import type { ConflictPolicy, Touches } from '../../src/domain/conflicts.js';
import {
  PARTIAL_FAILURE,
  type EarlierWave,
  type FailedTarget,
  type PartialFailure,
} from '../../src/domain/partial-failure.js';
import { MOST_CARRIED, type NamedToCarry } from '../../src/domain/emergency.js';
import { commandKey, confirmCommand, overrideCommand, signed } from './command.js';
import { epoch, id, interval, intervals, placeNumber, ticketId } from './parts.js';

const window = object<EnrolmentWindow>({
  calendar: id,
  ruleVersion: id,
  intervals,
  minimumRemainingMs: integer(),
  finish: optional(truth),
  basis: optional(text(64)),
});
/** By device id; a path has a few. */
export const revisions: Shape<Revisions> = record(integer(), 50);
const digest = text(255);
export const touches: Shape<Touches> = list(text(100), 20);
/** Ids from the topmost manager down. */
export const path = list(id, 50);
const claim = object<Claim>({
  stepInstance: text(500),
  stepName: text(255),
  requestField: text(255),
  taskAccess: oneOf('accept', 'reassign', 'waitForHandler'),
  adopted: truth,
  instructionDigest: digest,
  requestDigest: digest,
  riskDigest: digest,
  designDigest: digest,
  approvals: list(
    object<ApprovalRecord>({
      name: text(100),
      epoch,
      by: list(text(255), 100),
      requestDigest: digest,
      riskDigest: nullable(digest),
      designDigest: nullable(digest),
    }),
    20,
  ),
  commitBaseline: nullable(text(4_096)),
  override: optional(
    object<OverrideGrant>({ ask: signed(overrideCommand), confirm: signed(confirmCommand) }),
  ),
});
const saves: Shape<SaveTime> = (value, where) =>
  typeof value === 'string'
    ? oneOf('inWindow', 'early')(value, where)
    : object<{ readonly aheadMs: number }>({ aheadMs: integer() })(value, where);
const partialFailure = oneOf(...(Object.keys(PARTIAL_FAILURE) as PartialFailure[]));
export const enrolment = object<Enrolment>({
  ticketId,
  epoch,
  target: id,
  targetName: text(255),
  path,
  saved: truth,
  hasSaved: truth,
  mayLead: truth,
  window,
  claim,
  kind: oneOf('commit', 'enforcingUpdate'),
  wants: oneOf('live', 'saved'),
  saves,
  windowFor: optional(
    object<WindowFor>({
      workflow: text(1_000, 1),
      vendor: text(255),
      domain: nullable(text(255)),
      planned: nullable(interval),
    }),
  ),
  revisions: optional(revisions),
  priority: integer(0, 4),
  carries: optional(
    object<NamedToCarry>({
      override: commandKey,
      tickets: list(ticketId, MOST_CARRIED),
      by: text(300, 1),
      reason: text(500, 1),
    }),
  ),
  placeNumber,
  conflicts: optional(object<ConflictPolicy>({ policy: oneOf('wait', 'warn'), on: oneOf('device', 'rule') })),
  touches: optional(touches),
  partialFailure: optional(partialFailure),
  failed: optional(object<FailedTarget>({ target: id, targetName: text(255) })),
  readUntil: optional(integer()),
  without: optional(list(id, 1_000)),
  over: optional(list(id, 1_000)),
  secureTrack: optional(truth),
  earlierWave: optional(object<EarlierWave>({ wave: integer(1, 3), names: text(1_000) })),
});

export const manager = object<ManagerPolicy>({
  owner: nullable(text(255)),
  exclusive: truth,
  maxMembers: integer(1, 50),
  commit: oneOf('together', 'each'),
  expectedPushMs: integer(),
  expectedSaveMs: integer(),
  watchRevertMs: optional(integer()),
  lockAlarmMs: optional(integer()),
  alertBeforeMs: optional(list(integer(), 10)),
  partialFailure: optional(partialFailure),
});
