import type { Write } from '../support/simulator-client.js';
import { judge, type Ending, type Evidence, type SoakedTicket } from './judge.js';

const DEVICE = 21;

const ticket = (ending: Ending = { kind: 'closed' }): SoakedTicket => ({ id: '7', deviceId: DEVICE, ending });

function write(action: string, part: Partial<Write> = {}): Write {
  return {
    seq: 1,
    atMs: 1,
    system: 'securechange',
    path: '/',
    action,
    ticketId: 7,
    deviceId: DEVICE,
    status: 200,
    applied: true,
    ...part,
  };
}

function evidence(part: Partial<Evidence> = {}): Evidence {
  return {
    tickets: [{ id: 7, status: 'Ticket Closed' }],
    devices: [{ id: DEVICE, saved: [], enforced: [{ ticketId: 7 }] }],
    writes: [write('update'), write('commit')],
    changes: [{ correlation_id: 'securechange-7-servicenow', state: '3' }],
    ...part,
  };
}

it('finds nothing wrong when Update and Commit took effect once and ticket and change are closed', () => {
  expect(judge([ticket()], evidence())).toEqual([]);
});

it('does not count a call that had no effect, nor one of another ticket', () => {
  const others = [write('commit', { applied: false, status: 400 }), write('commit', { ticketId: 8 })];
  expect(judge([ticket()], evidence({ writes: [write('commit'), ...others] }))).toEqual([]);
});

it('takes the Commit on the task of another ticket for that of all that had saved by then', () => {
  const update = write('update', { seq: 5 });
  const byOther = (seq: number): Write => write('commit', { seq, ticketId: 8 });
  expect(judge([ticket()], evidence({ writes: [update, byOther(6)] }))).toEqual([]);
  expect(judge([ticket()], evidence({ writes: [byOther(4), update] }))).toEqual([
    'ticket 7: closed without a Commit',
  ]);
});

it.each<[string, Partial<Evidence>, string]>([
  [
    'a second Commit',
    { writes: [write('commit'), write('commit')] },
    'ticket 7: commit of device 21 was done 2 times',
  ],
  [
    'a second Update',
    { writes: [write('update'), write('update'), write('commit')] },
    'ticket 7: update of device 21 was done 2 times',
  ],
  [
    'a task completed twice',
    { writes: [write('commit'), write('putTask', { path: '/a' }), write('putTask', { path: '/a' })] },
    'ticket 7: a task was completed twice',
  ],
  ['no Commit', { writes: [write('update')] }, 'ticket 7: closed without a Commit'],
  [
    'a change that is not live',
    { devices: [{ id: DEVICE, saved: [{ ticketId: 7 }], enforced: [] }] },
    'ticket 7: device 21 does not enforce its change',
  ],
  [
    'a ticket that is open in SecureChange',
    { tickets: [{ id: 7, status: 'In Progress' }] },
    'ticket 7: SecureChange shows it as In Progress',
  ],
  ['no ITSM change', { changes: [] }, 'ticket 7: the ITSM has 0 changes for it'],
  [
    'two ITSM changes',
    {
      changes: [
        { correlation_id: 'securechange-7-servicenow', state: '3' },
        { correlation_id: 'securechange-7-servicenow', state: '3' },
      ],
    },
    'ticket 7: the ITSM has 2 changes for it',
  ],
  [
    'an ITSM change left open',
    { changes: [{ correlation_id: 'securechange-7-servicenow', state: '-1' }] },
    'ticket 7: its ITSM change is not closed',
  ],
])('names %s', (_what, part, sentence) => {
  expect(judge([ticket()], evidence(part))).toEqual([sentence]);
});

it('names a stuck ticket with its reason, and still a second Commit of it', () => {
  const writes = [write('commit'), write('commit')];
  expect(judge([ticket({ kind: 'stuck', reason: 'waits' })], evidence({ writes }))).toEqual([
    'ticket 7: commit of device 21 was done 2 times',
    'ticket 7 is stuck: waits',
  ]);
});

it('accepts a parked ticket only when its change is live', () => {
  const parked = ticket({ kind: 'parked', reason: 'nothing to install' });
  const writes = [write('update')];
  expect(judge([parked], evidence({ writes, changes: [] }))).toEqual([]);
  const notLive = [{ id: DEVICE, saved: [], enforced: [] }];
  expect(judge([parked], evidence({ writes, devices: notLive }))).toEqual([
    'ticket 7: device 21 does not enforce its change',
  ]);
});
