import {
  QueryNotRegisteredError,
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
} from '@temporalio/client';
import { askTemporal } from '../../packages/client/src/ask-temporal.js';
import { ClientError } from '../../packages/client/src/contract.js';
import { DeadlinePassed, callWithDeadline } from '../../packages/client/src/deadline.js';
import { toClientError, type Call } from '../../packages/client/src/errors.js';
import { PayloadUnreadable } from '../../src/temporal/payload-codec.js';

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
    [
      'a query of another release',
      new QueryNotRegisteredError('Workflow did not register a handler for ticketView.', 3),
      QUERY,
      'unexpected',
    ],
    ['a query that failed in its worker', new QueryNotRegisteredError('was evicted', 3), QUERY, 'unexpected'],
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
    [
      'an update whose worker lacks the key',
      new WorkflowUpdateFailedError('failed', new Error('Unknown encoding: binary/key-missing')),
      COMMAND,
      'payloadUnreadable',
    ],
    [
      'a key that is missing here',
      new PayloadUnreadable('key', 'temporal: no key'),
      READ,
      'payloadUnreadable',
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

describe('a query that its worker failed to answer', () => {
  const EVICTED = 'Received workflow activation for an untracked workflow with no init workflow job';
  const reader = {
    client: {} as Client,
    connection: { withDeadline: <R>(_deadline: number | Date, fn: () => Promise<R>) => fn() },
    deadlineMs: 1_000,
  };

  /** Throws these in turn, then answers. */
  function answering(...errors: readonly Error[]) {
    const left = [...errors];
    const run = jest.fn(async () => {
      const error = left.shift();
      if (error !== undefined) throw error;
      return 'the view';
    });
    return run;
  }

  it('is asked again: the worker begins with the history then', async () => {
    const run = answering(new QueryNotRegisteredError(EVICTED, 3));
    await expect(askTemporal(reader, QUERY, run)).resolves.toBe('the view');
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('says what the worker said when it fails again, not that the worker is of another release', async () => {
    const run = answering(new QueryNotRegisteredError(EVICTED, 3), new QueryNotRegisteredError(EVICTED, 3));
    await expect(askTemporal(reader, QUERY, run)).rejects.toThrow(`temporal: ticket 1: ${EVICTED}`);
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('is asked once only when the worker does not know it, and so is a command', async () => {
    const unknown = answering(new QueryNotRegisteredError('Workflow did not register a handler for x', 3));
    await expect(askTemporal(reader, QUERY, unknown)).rejects.toThrow('of another release than this client');
    expect(unknown).toHaveBeenCalledTimes(1);
    const command = answering(new QueryNotRegisteredError(EVICTED, 3));
    await expect(askTemporal(reader, COMMAND, command)).rejects.toThrow(EVICTED);
    expect(command).toHaveBeenCalledTimes(1);
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
