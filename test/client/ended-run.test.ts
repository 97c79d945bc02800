import { WorkflowNotFoundError } from '@temporalio/client';

import { createIntake, type IntakeConnection } from '../../packages/client/src/create-intake.js';
import { fingerprintOf } from '../../packages/client/src/sign.js';
import type { CommandRecord, SignedCommand, TicketCommand } from '../../src/domain/commands.js';
import { ticketWorkflowId } from '../../src/domain/ids.js';
import { ticketViewOf } from '../support/ticket-view.js';

const AT = Date.parse('2026-01-05T10:00:00Z');
const NIGHT: TicketCommand = { kind: 'completeManual', target: '21', evidence: 'done by hand' };

function signed(command: TicketCommand, login = 'o.brandt'): SignedCommand {
  return {
    command,
    reason: 'because of the test',
    key: 'the-key',
    workflowId: ticketWorkflowId('113'),
    actor: { login, roles: ['operator'] },
    issuedAtMs: AT,
    signature: 'made-for-the-test',
  };
}

/** Temporal with a ticket that has ended and recorded these commands. */
function ended(commands: readonly CommandRecord[]): IntakeConnection {
  const handle = {
    describe: () => Promise.resolve({ status: { name: 'COMPLETED' } }),
    query: () => Promise.resolve(ticketViewOf({ ticketId: '113', commands })),
    executeUpdate: () => Promise.reject(new WorkflowNotFoundError('not found', 'ticket/113', undefined)),
  };
  return {
    client: { workflow: { getHandle: () => handle } } as unknown as IntakeConnection['client'],
    connection: { withDeadline: (_deadline, call) => call() },
    namespace: 'default',
  };
}

const record: CommandRecord = {
  atMs: AT,
  key: 'the-key',
  by: 'o.brandt',
  kind: 'completeManual',
  reason: 'because of the test',
  result: { accepted: true, code: 'done', message: 'recorded' },
  fingerprint: fingerprintOf(signed(NIGHT)),
};

describe('a command to a ticket that has ended', () => {
  const operate = (command: SignedCommand) =>
    createIntake(ended([record])).operate(command, { deadlineMs: 5_000 });

  it('gets the answer that was recorded for the same request under its key', async () => {
    expect(await operate(signed(NIGHT))).toMatchObject({
      accepted: true,
      message: expect.stringContaining('this call did nothing') as string,
    });
  });

  it.each<[string, TicketCommand]>([
    ['another target', { ...NIGHT, target: '31' }],
    ['other evidence', { ...NIGHT, evidence: 'something else' }],
    ['another command', { kind: 'abort' }],
  ])('is refused where its key was given to a request with %s', async (_what, command) => {
    expect(await operate(signed(command))).toMatchObject({ accepted: false, code: 'keyReused' });
  });

  it('of another person is not answered for the first one', async () => {
    expect(await operate(signed(NIGHT, 'a.kaya'))).toMatchObject({ accepted: false, code: 'wrongState' });
  });
});
