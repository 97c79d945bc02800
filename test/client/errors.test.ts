import {
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ClientError } from '../../src/client/contract.js';
import { DeadlinePassed, callWithDeadline } from '../../src/client/deadline.js';
import { toClientError, type Call } from '../../src/client/errors.js';

const READ: Call = { what: 'ticket 1', kind: 'read', notFound: 'ticketNotFound' };
const QUERY: Call = { ...READ, kind: 'query' };
const COMMAND: Call = { ...READ, kind: 'command' };

/** As the SDK throws it: a ServiceError around gRPC's error. */
function grpc(code: number, details: string): ServiceError {
  const cause = Object.assign(new Error(`${code} ${details}`), { code, details, metadata: {} });
  return new ServiceError('Failed', { cause });
}

describe('errors of Temporal', () => {
  it('say of a run with a delay or a cron schedule that it has not begun, not that its code fails', () => {
    const error = grpc(9, 'Workflow task is not scheduled yet.');
    expect(toClientError(error, QUERY).message).toContain('it has not begun');
  });

  it.each<[string, unknown, Call, string]>([
    ['an unknown workflow', new WorkflowNotFoundError('gone', 'ticket/1', undefined), READ, 'ticketNotFound'],
    [
      'not found from gRPC',
      grpc(5, 'workflow execution not found'),
      { ...READ, notFound: 'laneNotFound' },
      'laneNotFound',
    ],
    ['no connection', grpc(14, 'No connection established'), READ, 'temporalAway'],
    ['a deadline of a read', grpc(4, 'Deadline exceeded'), READ, 'temporalAway'],
    ['our own deadline of a read', new DeadlinePassed(100), READ, 'temporalAway'],
    ['a deadline of a query', grpc(4, 'Deadline exceeded'), QUERY, 'workerAway'],
    ['a read the server hung up on at its deadline', grpc(1, 'Call cancelled'), READ, 'temporalAway'],
    ['a query the server hung up on at its deadline', grpc(1, 'Call cancelled'), QUERY, 'workerAway'],
    ['a command the server hung up on at its deadline', grpc(1, 'Call cancelled'), COMMAND, 'commandUnknown'],
    ['a deadline of a command', new DeadlinePassed(100), COMMAND, 'commandUnknown'],
    ['no worker', grpc(9, 'no poller seen for task queue recently, worker may be down'), QUERY, 'workerAway'],
    [
      'failing workflow code',
      grpc(9, 'Cannot query workflow due to Workflow Task in failed state.'),
      QUERY,
      'unexpected',
    ],
    ['an overloaded server', grpc(8, 'namespace rate limit exceeded'), READ, 'temporalAway'],
    ['a refused client', grpc(7, 'Request unauthorized.'), READ, 'notAllowed'],
    [
      'an update without answer',
      new WorkflowUpdateRPCTimeoutOrCancelledError('timeout'),
      COMMAND,
      'commandUnknown',
    ],
    [
      'a run that ended under an update',
      new WorkflowUpdateFailedError(
        'failed',
        new Error('Workflow Update failed because the Workflow completed before the Update completed.'),
      ),
      COMMAND,
      'commandUnknown',
    ],
    [
      'a refused update',
      new WorkflowUpdateFailedError('failed', new Error('no handler')),
      COMMAND,
      'refused',
    ],
    ['anything else', new Error('what is this?\n  at secret place'), READ, 'unexpected'],
    ['what is no error', 'text', READ, 'unexpected'],
  ])('%s becomes its code', (_what, error, call, code) => {
    const clientError = toClientError(error, call);
    expect(clientError).toBeInstanceOf(ClientError);
    expect(clientError.code).toBe(code);
    expect(clientError.message).toContain(`temporal: ${call.what}:`);
    expect(clientError.message).not.toContain('\n');
    expect(clientError.cause).toBe(error);
  });

  it('leaves a ClientError as it is', () => {
    const error = new ClientError('laneNotFound', 'there is no lane 7');
    expect(toClientError(error, READ)).toBe(error);
  });
});

describe('a deadline', () => {
  const scope = { withDeadline: <R>(_deadline: number | Date, fn: () => Promise<R>) => fn() };

  it('holds also for a call that never ends', async () => {
    const from = Date.now();
    await expect(
      callWithDeadline(scope, 100, () => new Promise<never>(() => undefined)),
    ).rejects.toBeInstanceOf(DeadlinePassed);
    expect(Date.now() - from).toBeLessThan(1_000);
  });

  it('lets an answer or an error through as it is', async () => {
    await expect(callWithDeadline(scope, 100, () => Promise.resolve(7))).resolves.toBe(7);
    await expect(callWithDeadline(scope, 100, () => Promise.reject(new Error('mine')))).rejects.toThrow(
      'mine',
    );
  });
});
