import type * as messages from '../../workflows/messages.js';
import type { ArgsOf, MessageName } from '../../workflows/message-shapes.js';
import { signedCommand } from './fake-temporal.js';

const NOW = 1_764_000_000_000;
const interval = { opensAtMs: NOW, closesAtMs: NOW + 3_600_000 };

/** One well-formed message of each kind: a new message without one does not compile. */
export const MESSAGE_SAMPLES: { readonly [N in MessageName]: ArgsOf<(typeof messages)[N]> } = {
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
  laneGranted: [{ laneKey: '20', token: 1, epoch: 1, target: 'FW1', kind: 'commit' }],
  laneRefused: [
    { laneKey: '20', target: 'FW1', kind: 'commit', why: 'replanned', message: 'edited', next: interval },
  ],
  ticketView: [],
  operateTicket: [
    signedCommand({ kind: 'completeManual', target: 'FW1', evidence: 'CHG-1' }, 'ticket/4711', NOW),
  ],
  laneEnrol: [
    [
      {
        ticketId: '4711',
        epoch: 1,
        target: 'FW1',
        targetName: 'FW1',
        kind: 'commit',
        window: { calendar: 'nightly', ruleVersion: 'r1', intervals: [interval], minimumRemainingMs: 60_000 },
        priority: 3,
      },
    ],
  ],
  laneReplan: [[{ calendar: 'nightly', ruleVersion: 'r2', intervals: [interval] }]],
  laneWithdraw: [{ ticketId: '4711', target: null }],
  laneEndPush: [{ token: 1, ticketId: '4711', result: 'done', settleMs: 0 }],
  laneEndSaving: [
    { ticketId: '4711', epoch: 1, target: 'FW1', targetName: 'FW1', effectKey: 'e', result: 'saved' },
  ],
  laneTicketEnded: [{ ticketId: '4711' }],
  laneBeginPush: [{ token: 1, effectKey: 'e', baseline: '{}' }],
  laneBeginSaving: [{ ticketId: '4711', target: 'FW1', effectKey: 'e' }],
  laneToken: [1],
  laneView: [],
  operateLane: [signedCommand({ kind: 'acceptLedger', ticketId: null }, 'lane/20', NOW)],
  controlView: [],
  operateControl: [signedCommand({ kind: 'stop' }, 'control', NOW)],
};
