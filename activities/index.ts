import { createAdvanceActivities, type AdvanceActivities } from './advance.js';
import { createCheckActorActivities, type CheckActorActivities } from './check-actor.js';
import type { ActivityDeps } from './contract.js';
import { createDesignActivities, type DesignActivities } from './design.js';
import { createEnrolActivities, type EnrolActivities } from './enrol.js';
import { translateFailures } from './failures.js';
import { createHolderActivities, type HolderActivities } from './holder.js';
import { createMessageActivities, type MessageActivities } from './message.js';
import { createPushActivities, type PushActivities } from './push.js';
import { createReadTicketActivities, type ReadTicketActivities } from './read-ticket.js';
import { createRejectTicketActivities, type RejectTicketActivities } from './reject-ticket.js';
import { createRunScriptActivities, type RunScriptActivities } from './run-script.js';
import { createSweepActivities, type SweepActivities } from './sweep.js';
import { createVerifyActivities, type VerifyActivities } from './verify.js';
import { createWatchActivities, type WatchActivities } from './watch.js';

/** Everything a workflow may ask of the outside world. One object in, one object out. */
export type Activities = ReadTicketActivities &
  DesignActivities &
  EnrolActivities &
  PushActivities &
  VerifyActivities &
  AdvanceActivities &
  MessageActivities &
  RunScriptActivities &
  CheckActorActivities &
  HolderActivities &
  RejectTicketActivities &
  WatchActivities &
  SweepActivities;

/** Joins them, with the one translation of failures around each. */
export function createActivities(deps: ActivityDeps): Activities {
  return translateFailures({
    ...createReadTicketActivities(deps),
    ...createDesignActivities(deps),
    ...createEnrolActivities(deps),
    ...createPushActivities(deps),
    ...createVerifyActivities(deps),
    ...createAdvanceActivities(deps),
    ...createMessageActivities(deps),
    ...createRunScriptActivities(deps),
    ...createCheckActorActivities(deps),
    ...createHolderActivities(deps),
    ...createRejectTicketActivities(deps),
    ...createWatchActivities(deps),
    ...createSweepActivities(deps),
  });
}

export type { CheckedActor } from './check-actor.js';
export type { PushInput, PushResult } from './push.js';
export type { Reading } from './read-ticket.js';
export type { SweepResult } from './sweep.js';
