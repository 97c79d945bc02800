import { digestOfXml, signQuestion } from '../../packages/client/src/sign.js';
import { ClientError } from '../../packages/client/src/contract.js';
import { TASK_QUEUES } from '../../src/domain/ids.js';
import type { ScriptQuestion } from '../../src/domain/script-question.js';
import { ACTOR_KEY } from '../support/fake-temporal.js';
import { quietSdk } from '../support/quiet-sdk.js';
import { startTestDevServer, type TestDevServer } from '../support/temporal-server.js';
import { TestEnvironment } from '../support/test-environment.js';

quietSdk();

let server: TestDevServer;
let env: TestEnvironment;
beforeAll(async () => {
  server = await startTestDevServer();
  env = await TestEnvironment.start({ address: server.address });
  env.fake.scripts.set('owner', { kind: 'condition', onFailure: 'false' });
});
afterAll(async () => {
  await env.stop();
  await server.stop();
});

const TRUE = '<response><condition_result>true</condition_result></response>';

function question(part: Partial<Omit<ScriptQuestion, 'signature'>> = {}, key = ACTOR_KEY): ScriptQuestion {
  const { input = '', issuedAtMs = Date.now() } = part;
  const plain = {
    kind: 'condition',
    key: 'q-1',
    script: 'owner',
    args: ['4711'],
    deadlineMs: 60_000,
  } as const;
  return signQuestion({ ...plain, ...part, input, issuedAtMs, inputSha256: digestOfXml(input) }, key);
}

it('a question is answered by its own workflow, and the same call is asked once', async () => {
  env.fake.scriptResults.set('owner', [{ stdout: TRUE }, { stdout: '<response/>' }]);
  const answered = { kind: 'answered', answer: { output: TRUE, error: null } };
  expect(await env.intake.ask(question())).toEqual(answered);
  expect(await env.intake.ask(question())).toEqual(answered);
  expect(await env.intake.ask(question({ key: 'q-2' }))).toMatchObject({ kind: 'failed' });
  const { status } = await env.temporal.client.workflow.getHandle('script/condition/q-1').describe();
  expect(status.name).toBe('COMPLETED');
});

it.each<[string, ScriptQuestion, RegExp]>([
  [
    'without our signature',
    question({ key: 'forged' }, 'another key of that length'),
    /signature does not match/,
  ],
  ['with another input', { ...question({ key: 'swapped' }), input: '<a/>' }, /differs from the one/],
  ['to a script that is gone', question({ key: 'gone', script: 'gone' }), /no longer registered/],
  ['to a script of another kind', question({ key: 'kind', kind: 'riskAnalysis' }), /registered as condition/],
])('a question %s runs nothing', async (_what, asked, why) => {
  const before = env.secureChange.effects.length;
  expect(await env.intake.ask(asked)).toEqual({ kind: 'failed', why: expect.stringMatching(why) as string });
  expect(env.secureChange.effects.length).toBe(before);
});

it('a recorded question that is started again runs nothing, however often and under whatever policy', async () => {
  env.fake.scriptResults.set('owner', [{ stdout: TRUE }, { stdout: TRUE }, { stdout: TRUE }]);
  const recorded = question({ key: 'recorded' });
  expect(await env.intake.ask(recorded)).toMatchObject({ kind: 'answered' });
  const again = () =>
    env.temporal.client.workflow.execute('script', {
      workflowId: 'script/condition/recorded',
      taskQueue: TASK_QUEUES.main,
      args: [recorded],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    });
  for (let time = 0; time < 2; time += 1)
    expect(await again()).toMatchObject({
      kind: 'failed',
      why: expect.stringContaining('asked before') as string,
    });
  expect(env.fake.scriptResults.get('owner')).toHaveLength(2);
});

it.each([-16, 16])(
  'a question that was signed %s minutes away from its start runs nothing',
  async (minutes) => {
    const issuedAtMs = Date.now() + minutes * 60_000;
    expect(await env.intake.ask(question({ key: `old${minutes}`, issuedAtMs }))).toEqual({
      kind: 'failed',
      why: 'its signature is too old',
    });
  },
);

it('without a worker there is no answer at the deadline, and no later run of the script', async () => {
  const before = env.secureChange.effects.length;
  await env.stopWorkers();
  await expect(env.intake.ask(question({ key: 'late', deadlineMs: 500 }))).rejects.toThrow(ClientError);
  await env.startWorkers();
  const late = env.temporal.client.workflow.getHandle('script/condition/late');
  expect(await late.result()).toMatchObject({
    kind: 'failed',
    why: expect.stringMatching(/in time/) as string,
  });
  expect(env.secureChange.effects.length).toBe(before);
});
