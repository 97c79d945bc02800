import { createAdvanceActivities, type AdvanceActivities } from './advance.js';
import { createAlertActivities, type AlertActivities } from './alerts.js';
import { createAlertOwnerActivities, type AlertOwnerActivities } from './alert-owner.js';
import { createAnswerQuestionActivities, type AnswerQuestionActivities } from './answer-question.js';
import { createChangeTicketActivities, type ChangeTicketActivities } from './change-ticket.js';
import { createBackOutActivities, type BackOutActivities } from './back-out.js';
import { createCheckActorActivities, type CheckActorActivities } from './check-actor.js';
import { CallFailure } from '../src/domain/failure.js';
import { createCheckCommitActivities, type CheckCommitActivities } from './check-commit.js';
import { createCommentPushesActivities, type CommentPushesActivities } from './comment-pushes.js';
import type { ActivityDeps } from './contract.js';
import {
  createDescribeConfigurationActivities,
  type DescribeConfigurationActivities,
} from './describe-configuration.js';
import { createDesignActivities, type DesignActivities } from './design.js';
import { changeActivities } from './effects.js';
import { createEarlierRunsActivities, type EarlierRunsActivities } from './earlier-runs.js';
import { createEarlierSwitchActivities, type EarlierSwitchActivities } from './earlier-switch.js';
import { createEnrolActivities, type EnrolActivities } from './enrol.js';
import { translateFailures } from './failures.js';
import { createExportEvidenceActivities, type ExportEvidenceActivities } from './export-evidence.js';
import { createFollowActivities, type FollowActivities } from './follow.js';
import { createItsmGateActivities, type ItsmGateActivities } from './itsm-gate.js';
import { createLaterApprovalActivities, type LaterApprovalActivities } from './later-approval.js';
import { createMessageActivities, type MessageActivities } from './message.js';
import { createOpenTicketActivities, type OpenTicketActivities } from './open-ticket.js';
import { createPollItsmActivities, type PollItsmActivities } from './poll-itsm.js';
import { createDeliverResultsActivities, type DeliverResultsActivities } from './deliver-results.js';
import { createPushLinkActivities, type PushLinkActivities } from './push-link.js';
import { createReadTicketActivities, type ReadTicketActivities } from './read-ticket.js';
import { createRejectTicketActivities, type RejectTicketActivities } from './reject-ticket.js';
import { createRunScriptActivities, type RunScriptActivities } from './run-script.js';
import { createSendActivities, type SendActivities } from './send.js';
import { createSweepActivities, type SweepActivities } from './sweep.js';
import { createTakenTaskActivities, type TakenTaskActivities } from './taken-tasks.js';
import { createVerifyActivities, type VerifyActivities } from './verify.js';
import { createWatchActivities, type WatchActivities } from './watch.js';
import { createWatchWindowsActivities, type WatchWindowsActivities } from './watch-windows.js';

/** All activities: one object in, one object out. */
export type Activities = ReadTicketActivities &
  DesignActivities &
  EnrolActivities &
  SendActivities &
  FollowActivities &
  PushLinkActivities &
  DeliverResultsActivities &
  VerifyActivities &
  AdvanceActivities &
  MessageActivities &
  RunScriptActivities &
  AnswerQuestionActivities &
  CheckActorActivities &
  CheckCommitActivities &
  AlertActivities &
  AlertOwnerActivities &
  LaterApprovalActivities &
  ItsmGateActivities &
  BackOutActivities &
  RejectTicketActivities &
  TakenTaskActivities &
  ChangeTicketActivities &
  OpenTicketActivities &
  PollItsmActivities &
  CommentPushesActivities &
  WatchWindowsActivities &
  WatchActivities &
  DescribeConfigurationActivities &
  EarlierRunsActivities &
  EarlierSwitchActivities &
  ExportEvidenceActivities &
  SweepActivities;

/** Joins the activities and converts the failures of each. */
export function createActivities(deps: ActivityDeps): Activities {
  const activities: Activities = {
    ...createReadTicketActivities(deps),
    ...createDesignActivities(deps),
    ...createEnrolActivities(deps),
    ...createSendActivities(deps),
    ...createFollowActivities(deps),
    ...createPushLinkActivities(deps),
    ...createDeliverResultsActivities(deps),
    ...createVerifyActivities(deps),
    ...createAdvanceActivities(deps),
    ...createMessageActivities(deps),
    ...createRunScriptActivities(deps),
    ...createAnswerQuestionActivities(deps),
    ...createCheckActorActivities(deps),
    ...createCheckCommitActivities(deps),
    ...createAlertActivities(deps),
    ...createAlertOwnerActivities(deps),
    ...createLaterApprovalActivities(deps),
    ...createItsmGateActivities(deps),
    ...createBackOutActivities(deps),
    ...createRejectTicketActivities(deps),
    ...createTakenTaskActivities(deps),
    ...createChangeTicketActivities(deps),
    ...createOpenTicketActivities(deps),
    ...createPollItsmActivities(deps),
    ...createCommentPushesActivities(deps),
    ...createWatchActivities(deps),
    ...createWatchWindowsActivities(deps),
    ...createDescribeConfigurationActivities(deps),
    ...createEarlierRunsActivities(deps),
    ...createEarlierSwitchActivities(deps),
    ...createExportEvidenceActivities(deps),
    ...createSweepActivities(deps),
  };
  return translateFailures(deps.settings.restored ? withoutWrites(activities) : activities);
}

/**
 * After a restore of a database the state of running workflows is outdated: no activity writes, not even for a ticket in
 * mode drive. A push may read how an earlier call ended; the gate lets it send nothing.
 */
function withoutWrites(activities: Activities): Activities {
  return changeActivities(
    activities,
    ['write', 'call', 'script'],
    (_activity, operation) => () =>
      Promise.reject(
        new CallFailure({
          kind: 'rejected',
          system: 'orchestrator',
          operation,
          code: 'orchestrator.restored',
          message:
            'SCO_RESTORED is set, so all tickets are only observed; unset it, restart the workers, then retry',
        }),
      ),
  );
}

export type { LaneDevice, LaneRefusal } from './automatic-lanes.js';
export type { AdvanceResult, OthersTask } from './advance.js';
export type { CalendarOutlook } from './enrol.js';
export type { CheckedActor } from './check-actor.js';
export type { DoneEvidence, PushEvidence } from './push-evidence.js';
export type { ReadPushInput, ReadResult } from './push-link.js';
export type { EvidenceExport } from '../src/domain/evidence.js';
export type { SendResult } from './send-result.js';
export type { Reading } from './read-ticket.js';
export type { SweepResult } from './sweep.js';
export type { PushedDevice, Verification } from './verify.js';
export type { SeenOfWindows, SeenRun } from './watch-windows.js';
