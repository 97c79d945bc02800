/** The form of what a push records in its lane, and of the signals of a lane to its tickets. */

import type { Code } from '../../src/domain/codes.js';
import { FAILURE_KINDS, type FailureFacts } from '../../src/domain/failure.js';
import type { PushEnd } from '../../src/domain/push-end.js';
import type { ForeignChange, ForeignCheck, ForeignSeen } from '../../src/domain/foreign.js';
import { GATE_REASONS } from '../../src/domain/gate.js';
import type { Signed } from '../../src/domain/lane-ending.js';
import type { LaneNotice } from '../../src/domain/lane-notices.js';
import type { PlaceInPush } from '../../src/domain/lane.js';
import type { JudgedOverride, JudgedWindow } from '../../src/domain/window-record.js';
import { NOT_SENT_CAUSES, type Baseline, type MemberResult } from '../../src/domain/push.js';
import {
  check,
  clipped,
  integer,
  list,
  nullable,
  object,
  oneOf,
  optional,
  text,
  textThat,
  truth,
  variants,
  type Shape,
  record,
} from '../../src/domain/shape.js';
import type { LaneNews, SlotRequest, UpdatePlace } from '../messages.js';
import { id, instant, interval, n, runId, ticketId } from './parts.js';
import { revisions } from './enrolment.js';

const answer = oneOf('block', 'warn', 'allow');
export const foreignCheck = object<ForeignCheck>({
  policy: object<ForeignCheck['policy']>({ known: answer, notVisible: answer }),
  seen: object<ForeignSeen>({
    changes: list(object<ForeignChange>({ administrator: text(255), location: text(500) }), 200),
    notVisible: nullable(text(1_000)),
    revision: nullable(text(255)),
  }),
  newest: revisions,
});

export const judgedWindow = object<JudgedWindow>({
  calendar: id,
  ruleVersion: id,
  tzdataVersion: text(64),
  windows: list(text(1_000), 5),
  opensAtMs: integer(),
  closesAtMs: integer(),
  override: optional(
    object<JudgedOverride>({
      key: text(128),
      by: text(128),
      confirmedBy: text(128),
      reason: text(500),
    }),
  ),
});

const baselineOf = object<Baseline>({
  leader: text(600),
  ref: object<Baseline['ref']>({ ticketId: id, stepId: id, taskId: id, fieldId: id }),
  seen: text(60_000),
  revision: nullable(integer()),
  savedUntilMs: nullable(instant),
  policies: optional(record(list(text(600), 1_000), 50)),
  foreign: optional(text(4_000)),
});
/** A push that resolves the call reads it again: it must not fail there. */
export const baseline = textThat((given) => {
  try {
    return given.length <= 65_536 && check<unknown>(baselineOf, JSON.parse(given), 'baseline').ok;
  } catch {
    return false;
  }
}, 'a baseline');
/** Signed, so refused rather than shortened. */
const message = text(4_000);
const failure = object<FailureFacts>({
  kind: oneOf(...FAILURE_KINDS),
  system: text(255),
  operation: text(1_000),
  // Another release may have more codes: a result with one of them is accepted.
  code: text(255) as Shape<Code>,
  message,
  status: optional(integer(0, 999)),
  holder: optional(text(255)),
  retryAfterMs: optional(integer()),
  mayPass: optional(truth),
});
export const call = oneOf('update', 'commit');
const memberResult = variants<MemberResult>({
  live: {
    joined: truth,
    message,
    leader: text(64),
    otherTickets: list(text(64), 50),
    atMs: instant,
    commitEvidence: text(4_096),
    revisionBefore: nullable(integer()),
    committedUntil: nullable(text(255)),
    liveSinceMs: optional(instant),
    foreign: optional(message),
  },
  saved: { message, commitEvidence: text(4_096), notBeforeMs: optional(instant), atMs: optional(instant) },
  failed: { call, message },
  partial: { call, message },
  reverted: { call, message },
  gateClosed: { reason: oneOf(...GATE_REASONS), message },
  refused: { call, failure },
  notSent: { cause: oneOf(...NOT_SENT_CAUSES), message },
});
export const signature = optional(text(128));
export const pushEnd = object<Signed<PushEnd>>({
  n,
  runId,
  members: list(object<PushEnd['members'][number]>({ ticketId, target: id, result: memberResult }), 1_000),
  sharedFailure: nullable(message),
  restMs: integer(0, 24 * 3_600_000),
  signature,
});
export const placesInPush = list(object<PlaceInPush>({ n, ticketId, target: id }), 1_000);

export const slotRequest = object<SlotRequest>({
  laneKey: id,
  n,
  runId,
  round: integer(1),
  closesAtMs: integer(),
  at: optional(object<UpdatePlace>({ ticketId, stepInstance: text(500), requestField: text(255) })),
});

/** Signals of a lane to a ticket, by kind: each names the lane and the target. */
const place = { laneKey: id, target: id };
export const news = variants<LaneNews>({
  carried: { ...place, n },
  back: { ...place, n },
  ended: { ...place, n, result: memberResult, signature },
  missed: place,
  notice: {
    ...place,
    notice: nullable(
      object<LaneNotice>({
        kind: oneOf(
          'hindered',
          'foreign',
          'failed',
          'stopped',
          'paused',
          'locked',
          'busy',
          'conflict',
          'heldBack',
          'noLeader',
          'clockDiffers',
          'wentBack',
        ),
        message: clipped(2_000),
        tries: integer(),
        isLong: optional(truth),
        seen: optional(text(8)),
        failed: optional(id),
      }),
    ),
  },
  asks: { ...place, n, call, message: nullable(clipped(1_000)) },
  replanned: { ...place, next: nullable(interval), calendar: optional(id), zone: optional(id) },
});
