import { digestOfXml, signatureMatches } from '../../packages/client/src/sign.js';
import { ClientError } from '../../packages/client/src/contract.js';
import { canonicalQuestion, QUESTIONS, type QuestionKind } from '../../src/domain/script-question.js';
import {
  ACTOR_KEY,
  base64,
  basic,
  MEDIATOR,
  scriptEntry,
  startGateway,
  type GatewayOptions,
  type RunningGateway,
} from '../support/running-gateway.js';

const FALSE = '<response><condition_result>false</condition_result></response>\n';
const entry = (kind: QuestionKind, more: object = {}) =>
  scriptEntry({
    name: `ask-${kind}`,
    kind,
    executable: `/opt/scripts/${kind}`,
    legacyPaths: [`/opt/trigger-service/${kind}.py`],
    onFailure: QUESTIONS[kind].onFailure[0],
    replyWithinMs: 2_000,
    ...more,
  });

let gateway: RunningGateway;
async function start(options: GatewayOptions = {}): Promise<void> {
  const scripts = [
    entry('condition'),
    entry('validation'),
    entry('riskAnalysis'),
    scriptEntry({ name: 'ticket-events' }),
    scriptEntry({ name: 'vault-token', kind: 'token', executable: '/opt/scripts/vault-token' }),
  ];
  gateway = await startGateway({ scripts, ...options });
}
afterEach(() => gateway.close());

function ask(path: string, payload: object = {}, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: {
      authorization: basic(MEDIATOR.user, MEDIATOR.password),
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify({ ticket_info: '', event: '', args: ['4711'], script: 'ask-condition', ...payload }),
  });
}

const answerOf = async (response: Response): Promise<unknown> => {
  expect(response.status).toBe(200);
  return await response.json();
};

it('a question is asked with a signature, and the answer of its script goes back unchanged', async () => {
  await start();
  const answer = { output: '<response><condition_result>true</condition_result></response>', error: null };
  gateway.temporal.ask = async () => ({ kind: 'answered', answer });
  const input = '<ticket_info><id>4711</id></ticket_info>';
  const payload = { ticket_info: base64(input), script: '/opt/trigger-service/condition.py' };
  expect(await answerOf(await ask('/scripts/condition', payload))).toEqual(answer);

  const [question] = gateway.temporal.asked;
  expect(question).toMatchObject({
    kind: 'condition',
    script: 'ask-condition',
    args: ['4711'],
    input,
    inputSha256: digestOfXml(input),
    deadlineMs: 2_000,
  });
  expect(signatureMatches(question!.signature, canonicalQuestion(question!), [ACTOR_KEY])).toBe(true);
  // Nothing of it is an event of a ticket.
  expect(gateway.temporal.reports).toEqual([]);
});

it('two calls are two questions, and a call that a signing mediator repeats is one', async () => {
  const signing = { mediator: [] };
  await start({ signing });
  await ask('/scripts/condition');
  await ask('/scripts/condition');
  for (const _time of [1, 2]) await ask('/scripts/condition', {}, { 'webhook-id': 'msg-1' });
  const keys = gateway.temporal.asked.map(({ key }) => key);
  expect([new Set(keys).size, keys[2]]).toEqual([3, keys[3]]);
});

describe('the configured answer is given', () => {
  it.each([
    ['the script failed', async () => ({ kind: 'failed', why: 'it ended with exit code 3' }) as const],
    ['Temporal is away', async () => Promise.reject(new ClientError('temporalAway', 'canary'))],
    ['no worker answers', async () => Promise.reject(new ClientError('deadlineExceeded', 'canary'))],
  ])('when %s', async (_what, answer) => {
    await start();
    gateway.temporal.ask = answer;
    expect(await answerOf(await ask('/scripts/condition'))).toEqual({ output: FALSE, error: null });
    const refused = (await answerOf(await ask('/scripts/validation', { script: 'ask-validation' }))) as {
      error: { output: string };
    };
    expect(refused).toMatchObject({ output: '', error: { returnCode: 1 } });
    expect(refused.error.output).toMatch(/^script ask-validation: /);
    expect(refused.error.output).not.toMatch(/canary/);
    expect(gateway.logged.join('\n')).toMatch(/configured answer/);
  });

  it('within the deadline, whatever Temporal does', async () => {
    await start({ scripts: [entry('condition', { replyWithinMs: 100 })] });
    gateway.temporal.ask = () => new Promise(() => undefined);
    const startedMs = performance.now();
    expect(await answerOf(await ask('/scripts/condition'))).toEqual({ output: FALSE, error: null });
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });

  it('when its arguments are not allowed, without asking it', async () => {
    await start();
    const args = ['a'.repeat(300)];
    expect(await answerOf(await ask('/scripts/condition', { args }))).toEqual({ output: FALSE, error: null });
    expect(gateway.temporal.asked).toEqual([]);
  });

  it('as it is configured: a risk that was not analysed never counts as none', async () => {
    await start();
    const input = '<field_info><field><access_request><uuid>u-1</uuid></access_request></field></field_info>';
    const payload = { ticket_info: base64(input), script: 'ask-riskAnalysis' };
    expect(await answerOf(await ask('/scripts/risk-analysis', payload))).toEqual({
      output: expect.stringMatching(
        /<field_uuid>u-1<\/field_uuid><status>HAS_RISK<\/status>.*CRITICAL/,
      ) as string,
      error: null,
    });
  });
});

it.each([
  ['the argument test', { args: ['test'] }],
  ['an empty ticket_info', { ticket_info: base64('<ticket_info/>'), args: [] }],
  ['the event TEST', { event: 'TEST' }],
])('a test with %s is answered well and asks nothing', async (_what, payload) => {
  await start();
  expect(await answerOf(await ask('/scripts/condition', payload))).toEqual({ output: FALSE, error: null });
  expect(gateway.temporal.asked).toEqual([]);
});

it.each([
  ['/scripts/condition', 'unknown', /Add the name/],
  ['/scripts/condition', 'ask-validation', /registered as validation/],
  ['/scripts/validation', 'ticket-events', /registered as event/],
  ['/trigger_file', 'ask-condition', /\/scripts\/condition/],
  ['/trigger_file', 'vault-token', /called by the orchestrator itself/],
  ['/scripts/condition', 'vault-token', /registered as token/],
])('%s refuses the script %s visibly', async (path, script, detail) => {
  await start();
  const ticket_info = base64('<ticket_info><id>1</id></ticket_info>');
  const response = await ask(path, { script, ticket_info, event: 'CREATE' });
  const body = (await response.json()) as { detail: string; error: unknown };
  expect([response.status, body.error]).toMatchObject([422, { returnCode: 1 }]);
  expect(body.detail).toMatch(detail);
  expect(gateway.temporal.asked).toEqual([]);
});

it('only a mediator may ask', async () => {
  await start();
  expect((await ask('/scripts/condition', {}, { authorization: basic('mediator', 'wrong') })).status).toBe(
    401,
  );
  expect((await ask('/scripts/unknown')).status).toBe(404);
});
