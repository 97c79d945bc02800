/** The form of what a lane starts a push with. */

import type { Enrolment, QueuedEnrolment } from '../../src/domain/lane.js';
import { integer, list, object, oneOf, optional, text, type Shape } from '../../src/domain/shape.js';
import type { BegunCall, PushStart } from '../push-run.js';
import { enrolment } from './enrolment.js';
import { id, instant, n } from './parts.js';
import { baseline, call } from './push.js';

const inQueue = object<Omit<QueuedEnrolment, keyof Enrolment>>({
  enrolledAtMs: instant,
  finishUntilMs: optional(instant),
  seq: integer(),
});
const member: Shape<QueuedEnrolment> = (value, path) => ({
  ...enrolment(value, path),
  ...inQueue(value, path),
});

export const pushStart = object<PushStart>({
  version: oneOf(1),
  laneKey: text(255, 1),
  laneName: text(255),
  n,
  kind: oneOf('save', 'enforcingUpdate', 'commit'),
  target: id,
  targetName: text(255),
  members: list(member, 1_000),
  expectedSaveMs: integer(),
  restMs: integer(),
  resolve: list(object<BegunCall>({ call, baseline, members: list(text(600, 1), 1_000) }), 1_000),
});
