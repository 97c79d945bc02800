import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';

import { createIntake, type IntakeConnection } from '../../packages/client/src/create-intake.js';
import { signNewTicket } from '../../packages/client/src/sign.js';
import { contentsOf } from '../../packages/client/src/ticket-contents.js';
import type { NewTicket, NewTicketResult, SignedNewTicket } from '../../src/domain/new-ticket.js';
import { NEW_TICKET } from '../support/new-ticket.js';

const signed = (part: Partial<NewTicket> = {}): SignedNewTicket =>
  signNewTicket({ ...NEW_TICKET, ...part, issuedAtMs: 1 }, 'key');

/** Temporal with one workflow id, which keeps its last run; a run opens what its first caller asked for. */
function temporal(first: NewTicketResult | 'nothing', isRunning: boolean) {
  let kept = first;
  const started: string[] = [];
  const handle = { result: () => Promise.resolve(kept) };
  const start = (_type: string, options: { args: [SignedNewTicket]; workflowIdReusePolicy: string }) => {
    if (kept !== 'nothing' && !isRunning && options.workflowIdReusePolicy === 'REJECT_DUPLICATE')
      return Promise.reject(
        new WorkflowExecutionAlreadyStartedError('there', 'itsm/CHG0030001', 'itsmTicket'),
      );
    if (kept === 'nothing' || !isRunning) {
      started.push(options.args[0].subject);
      kept = { kind: 'open', ticketId: '9', isNew: true, contents: contentsOf(options.args[0]) };
    }
    return Promise.resolve(handle);
  };
  const connection: IntakeConnection = {
    client: { workflow: { start, getHandle: () => handle } } as unknown as IntakeConnection['client'],
    connection: { withDeadline: (_deadline, call) => call() },
    namespace: 'default',
  };
  const intake = createIntake(connection);
  return { started, open: (asked: SignedNewTicket) => intake.openTicket(asked, { deadlineMs: 5_000 }) };
}

const OPEN: NewTicketResult = { kind: 'open', ticketId: '9', isNew: true, contents: contentsOf(NEW_TICKET) };
const OTHERS: [string, Partial<NewTicket>][] = [
  ['onBehalfOf', { onBehalfOf: 'r.meier' }],
  ['workflow', { workflow: 'Other' }],
  ['subject', { subject: 'web shop' }],
  ['priority', { priority: 'High' }],
  ['fields', { fields: [{ kind: 'textArea', name: 'Reason', text: 'go live now' }] }],
  ['caller', { by: 'another-itsm' }],
];

describe('a ticket of an ITSM whose external id was used', () => {
  it('is the same ticket for the same contents, whenever they were signed', async () => {
    const there = temporal(OPEN, false);
    const again = signNewTicket({ ...NEW_TICKET, issuedAtMs: 2 }, 'key');
    expect(await there.open(again)).toEqual({ ...OPEN, isNew: false });
    expect(there.started).toEqual([]);
  });

  it.each(OTHERS)('is not answered for another %s', async (part, other) => {
    const differs = { kind: 'differs', ticketId: '9', parts: [part] };
    // While the first call still runs, and when it has ended.
    for (const isRunning of [true, false])
      expect(await temporal(OPEN, isRunning).open(signed(other))).toEqual(differs);
  });

  it('names every part that differs', async () => {
    const asked = signed({ subject: 'x', fields: [] });
    expect(await temporal(OPEN, true).open(asked)).toMatchObject({ parts: ['subject', 'fields'] });
  });

  it('is opened with other contents where the first was refused', async () => {
    const there = temporal({ kind: 'refused', why: 'no user' }, false);
    expect(await there.open(signed({ onBehalfOf: 'r.meier' }))).toMatchObject({ kind: 'open', isNew: true });
    expect(there.started).toEqual(['Web shop']);
  });
});
