import { createHash } from 'node:crypto';

import { ClientError } from '../../packages/client/src/contract.js';
import type { CommandResult } from '../../src/domain/commands.js';
import type { NewTicketResult } from '../../src/domain/new-ticket.js';
import { QUESTION_KINDS, QUESTIONS, type QuestionKind } from '../../src/domain/script-question.js';
import type { ScriptReply } from '../../src/domain/script-reply.js';
import { misfitsOf } from '../support/open-api-reader.js';
import {
  base64,
  basic,
  MEDIATOR,
  scriptEntry,
  startGateway,
  TOKENS,
  type GatewayOptions,
  type RunningGateway,
} from '../support/running-gateway.js';

const SNOW = 'servicenow-token';
const SNOW_SHA256 = createHash('sha256').update(SNOW).digest('hex');
const AS_MEDIATOR = basic(MEDIATOR.user, MEDIATOR.password);
const INFO = base64('<ticket_info><id>7</id></ticket_info>');

let gateway: RunningGateway;
async function start(options: GatewayOptions = {}): Promise<void> {
  const question = (kind: QuestionKind) =>
    scriptEntry({
      name: `ask-${kind}`,
      kind,
      executable: `/opt/scripts/${kind}`,
      onFailure: QUESTIONS[kind].onFailure[0],
    });
  gateway = await startGateway({
    scripts: [
      scriptEntry({ name: 'ticket-events' }),
      scriptEntry({ name: 'with-result', executable: '/opt/scripts/result', reply: 'result' }),
      ...QUESTION_KINDS.map(question),
    ],
    credentials: [{ kind: 'bearer', login: 'snow', roles: ['itsm'], sha256: SNOW_SHA256 }],
    ...options,
  });
}
afterEach(() => gateway.close());

/** The status, and what of the answer is not as docs/openapi.json says. */
async function answered(
  path: string,
  body: object | string,
  authorization: string,
): Promise<{ status: number; misfits: readonly string[] }> {
  const response = await fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, misfits: await misfitsOf(response, 'POST') };
}

const fits = (status: number) => ({ status, misfits: [] });

describe('what a mediator is answered fits docs/openapi.json:', () => {
  const report = (more: object = {}, authorization = AS_MEDIATOR) =>
    answered(
      '/trigger_file',
      { ticket_info: INFO, event: 'CREATE', args: '', script: 'ticket-events', ...more },
      authorization,
    );

  it('an event, a test, and what is refused', async () => {
    await start();
    expect(await report()).toEqual(fits(200));
    expect(await report({ event: 'TEST' })).toEqual(fits(200));
    expect(await report({ ticket_info: '<' })).toEqual(fits(400));
    expect(await answered('/trigger_file', 'no JSON', AS_MEDIATOR)).toEqual(fits(400));
    expect(await report({}, basic(MEDIATOR.user, 'wrong'))).toEqual(fits(401));
    expect(await report({}, `Bearer ${TOKENS.vera}`)).toEqual(fits(403));
    expect(await report({ args: 'x'.repeat(300_000) })).toEqual(fits(413));
    expect(await report({ script: 'unknown' })).toEqual(fits(422));
    gateway.temporal.report = () => Promise.reject(new ClientError('temporalAway', 'away'));
    expect(await report()).toEqual(fits(503));
  });

  it.each<ScriptReply>([
    { kind: 'ended', answer: { output: 'done\n', error: null } },
    { kind: 'ended', answer: { output: '', error: { output: 'no\n', returnCode: 3 } } },
    { kind: 'running' },
    { kind: 'notRun', why: 'the ticket is only observed' },
  ])('an event that waits for its script: $kind', async (reply) => {
    await start();
    gateway.temporal.scriptReply = async () => reply;
    expect(await report({ script: 'with-result' })).toEqual(fits(200));
  });

  it.each(QUESTION_KINDS)('a question of kind %s', async (kind) => {
    await start();
    const path = `/scripts/${QUESTIONS[kind].path}`;
    const ask = (more: object = {}) =>
      answered(
        path,
        { ticket_info: INFO, event: '', args: ['7'], script: `ask-${kind}`, ...more },
        AS_MEDIATOR,
      );
    expect(await ask({ event: 'TEST' })).toEqual(fits(200));
    expect(await ask()).toEqual(fits(200));
    gateway.temporal.ask = async () => ({ kind: 'answered', answer: { output: '<tasks/>', error: null } });
    expect(await ask()).toEqual(fits(200));
    expect(await ask({ script: 'ticket-events' })).toEqual(fits(422));
  });
});

/** What a workflow may say to a command, with the status of the answer. */
const SAID: Readonly<Record<CommandResult['code'], number>> = {
  done: 200,
  wrongState: 409,
  notAllowed: 403,
  notFound: 404,
  unverified: 403,
  keyReused: 409,
  tooOld: 409,
  undone: 409,
  secondPerson: 409,
  tooMany: 429,
};
const EACH_CODE = Object.entries(SAID) as readonly [CommandResult['code'], number][];
const said = (code: CommandResult['code']) => async () => ({
  accepted: code === 'done',
  code,
  message: 'as the workflow says it',
});

describe('what a command is answered fits docs/openapi.json:', () => {
  const retry = (authorization = `Bearer ${TOKENS.olga}`) =>
    answered('/v1/tickets/12/commands', { command: { kind: 'retry' }, reason: 'it is back' }, authorization);

  it.each(EACH_CODE)('a workflow that says %s', async (code, status) => {
    await start();
    gateway.temporal.operate = said(code);
    expect(await retry()).toEqual(fits(status));
  });

  it('a gateway that refuses it, with a problem where a workflow gives a result', async () => {
    await start();
    expect(await retry('Bearer wrong')).toEqual(fits(401));
    expect(await retry(`Bearer ${TOKENS.vera}`)).toEqual(fits(403));
    expect(await answered('/v1/control/commands', {}, `Bearer ${TOKENS.olga}`)).toEqual(fits(400));
    gateway.temporal.operate = () => Promise.reject(new ClientError('ticketNotFound', 'no such ticket'));
    expect(await retry()).toEqual(fits(404));
    gateway.temporal.operate = () => Promise.reject(new ClientError('commandUnknown', 'no answer'));
    expect(await retry()).toEqual(fits(202));
    gateway.temporal.operate = () => Promise.reject(new ClientError('workerAway', 'no worker'));
    expect(await retry()).toEqual(fits(503));
    for (let wrong = 0; wrong < 50; wrong += 1) {
      const answer = await retry('Bearer wrong');
      expect(answer.misfits).toEqual([]);
      if (answer.status === 429) return;
    }
    throw new Error('the gateway never said 429 to an address that failed 50 times');
  });

  it('and another member of a result would not', async () => {
    await start();
    gateway.temporal.operate = async () => ({ ...(await said('notFound')()), more: 1 });
    expect((await retry()).misfits).toEqual([expect.stringContaining('"more"')]);
  });
});

describe('what an ITSM is answered fits docs/openapi.json:', () => {
  const comment = () => answered('/v1/itsm/tickets/12/comment', { text: 'CAB on Tuesday' }, `Bearer ${SNOW}`);

  it.each(EACH_CODE)('a ticket that says %s', async (code, status) => {
    await start();
    gateway.temporal.operate = said(code);
    expect(await comment()).toEqual(fits(status));
  });

  it('a ticket that the gateway does not reach, and a caller without the role', async () => {
    await start();
    gateway.temporal.operate = () => Promise.reject(new ClientError('ticketNotFound', 'no such ticket'));
    expect(await comment()).toEqual(fits(404));
    gateway.temporal.operate = () => Promise.reject(new ClientError('deadlineExceeded', 'no answer'));
    expect(await comment()).toEqual(fits(202));
    const text = { text: 'CAB on Tuesday' };
    expect(await answered('/v1/itsm/tickets/12/comment', text, `Bearer ${TOKENS.vera}`)).toEqual(fits(403));
    expect(await answered('/v1/itsm/tickets/12/comment', 'x'.repeat(300_000), `Bearer ${SNOW}`)).toEqual(
      fits(413),
    );
  });

  it.each<[NewTicketResult, number]>([
    [{ kind: 'open', ticketId: '1201', isNew: true, contents: {} }, 201],
    [{ kind: 'open', ticketId: '1201', isNew: false, contents: {} }, 200],
    [{ kind: 'refused', why: 'SecureChange has no such user' }, 409],
    [{ kind: 'differs', ticketId: '1201', parts: ['subject'] }, 409],
  ])('a ticket that it asks for: %o', async (result, status) => {
    await start();
    gateway.temporal.open = async () => result;
    const asks = {
      externalId: 'CHG0030001',
      onBehalfOf: 'j.meier',
      workflow: 'Firewall change',
      subject: 'Web shop',
      fields: [],
    };
    expect(await answered('/v1/itsm/tickets', asks, `Bearer ${SNOW}`)).toEqual(fits(status));
  });
});
