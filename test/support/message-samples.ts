import type * as messages from '../../workflows/messages.js';
import type { ArgsOf, MessageName } from '../../workflows/message-shapes.js';
import { DEFAULT_MANAGER } from '../../src/domain/lane.js';
import type { Baseline, MemberResult } from '../../src/domain/push.js';
import { enrolment } from './enrolment.js';
import { signedCommand } from './fake-temporal.js';

const NOW = 1_764_000_000_000;
const interval = { opensAtMs: NOW, closesAtMs: NOW + 3_600_000 };

const LIVE: MemberResult = {
  kind: 'live',
  joined: false,
  message: 'committed',
  leader: '4711',
  otherTickets: ['4712'],
  atMs: NOW,
  commitEvidence: 'committed|now',
  revisionBefore: 7,
  committedUntil: null,
};

const BASELINE: Baseline = {
  leader: '4711/FW1',
  ref: { ticketId: '4711', stepId: '1', taskId: '2', fieldId: '3' },
  seen: 'none|-',
  revision: null,
  savedUntilMs: null,
};

/** One well-formed message of each kind: a new message without one does not compile. */
export const MESSAGE_SAMPLES: { readonly [N in MessageName]: ArgsOf<(typeof messages)[N]> } = {
  continueAsNew: [],
  ticketReported: [
    {
      key: 'advance-1',
      name: 'ADVANCE',
      ticketId: '4711',
      source: 'mediator',
      receivedAtMs: NOW,
      info: {
        id: '4711',
        subject: 'Web shop',
        priority: 'Normal',
        createDate: null,
        updateDate: null,
        requester: { id: '45', login: 'j.meier', displayName: 'Jana Meier' },
        stage: { id: '1', name: 'Approval', task: { id: '2', name: 'Default', handler: null } },
        openRequestStage: null,
        comment: null,
      },
      script: { name: 'notify', args: ['-v'], ticketInfoXml: '<a/>', ticketInfoSha256: 'a'.repeat(64) },
      scriptRefused: { name: 'notify', reason: 'too many arguments' },
      signature: 'b'.repeat(64),
    },
  ],
  laneNews: [{ laneKey: '20', target: 'FW1', kind: 'ended', n: 17, result: LIVE }],
  ticketView: [],
  outboxMessage: [2],
  scriptReply: [{ eventKey: 'advance-1', receivedAtMs: NOW, script: 'notify' }],
  operateTicket: [
    signedCommand({ kind: 'completeManual', target: 'FW1', evidence: 'CHG-1' }, 'ticket/4711', NOW),
  ],
  laneEnrol: [
    {
      manager: DEFAULT_MANAGER,
      enrolments: [enrolment({ ticketId: '4711', target: 'FW1', saves: { aheadMs: 3_600_000 } })],
      signature: 'b'.repeat(64),
    },
  ],
  laneReplan: [
    {
      basis: 'edited',
      plans: [
        {
          workflow: 'Firewall change',
          target: 'FW1',
          planned: null,
          zone: 'Europe/Berlin',
          calendar: 'nightly',
          ruleVersion: 'r2',
          intervals: [interval],
          minimumRemainingMs: 0,
        },
      ],
      signature: 'b'.repeat(64),
    },
  ],
  laneLeave: [{ ticketId: '4711', target: null, because: 'held', upTo: NOW, signature: 'b'.repeat(64) }],
  laneBeginSend: [
    {
      n: 17,
      runId: 'run',
      nonce: 'a',
      call: 'commit',
      effectKey: 'e',
      members: ['4711/FW1'],
      version: 3,
      baseline: JSON.stringify(BASELINE),
      signature: 'b'.repeat(64),
      foreign: null,
    },
  ],
  laneCallNotMade: [{ n: 17, runId: 'run', effectKey: 'e', signature: 'b'.repeat(64) }],
  laneSavedInPush: [
    { n: 17, runId: 'run', key: '4711/FW1', outcome: 'saved', commitEvidence: '', signature: 'b'.repeat(64) },
  ],
  laneBeginAutomatic: [
    {
      ticketId: '4711',
      epoch: 1,
      stepName: 'Implementation',
      targets: [
        {
          target: 'FW1',
          targetName: 'FW1',
          path: ['20', 'FW1'],
          instructionDigest: 'd',
          commits: true,
          foreign: null,
        },
      ],
      signature: 'b'.repeat(64),
    },
  ],
  laneEndAutomatic: [{ ticketId: '4711', outcome: 'live', signature: 'b'.repeat(64) }],
  lanePushEnded: [
    {
      n: 17,
      runId: 'run',
      members: [{ ticketId: '4711', target: 'FW1', result: LIVE }],
      sharedFailure: null,
      restMs: 0,
      signature: 'b'.repeat(64),
    },
  ],
  laneSendFacts: [{ n: 17, runId: 'run' }],
  laneKnownResults: [[{ n: 17, ticketId: '4711', target: 'FW1' }]],
  laneQuestionsToPlan: ['b2'],
  laneConflicts: [{ ticketId: '1', path: ['20', '21'], touches: ['rule Web'], on: 'rule' }],
  laneState: [],
  laneWindows: [],
  laneView: [],
  operateLane: [signedCommand({ kind: 'acceptLedger', ticketId: null }, 'lane/20', NOW)],
  pushView: [],
  operatePush: [signedCommand({ kind: 'decideUnknownPush', answer: 'wasSent' }, 'push/20/17', NOW)],
  updateSlotRequested: [
    {
      laneKey: '20',
      n: 17,
      runId: 'run',
      round: 1,
      closesAtMs: NOW,
      at: { ticketId: '4711', stepInstance: '4:9', requestField: 'Required Access' },
    },
  ],
  updateSlotReleased: [{ laneKey: '20', n: 17, runId: 'run', round: 1, closesAtMs: NOW }],
  updateSlotGranted: [1],
  controlView: [],
  operateControl: [signedCommand({ kind: 'stop' }, 'control', NOW)],
};
