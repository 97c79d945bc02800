import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Client } from '@temporalio/client';

import { createCheckActorActivities } from '../../activities/check-actor.js';
import { createActivities } from '../../activities/index.js';
import { createConfigSource } from '../../src/config/config-source.js';
import { loadSettings } from '../../src/config/settings.js';
import type { SignedCommand } from '../../src/domain/commands.js';
import { signCommand } from '../../packages/client/src/sign.js';
import { createActivityDeps } from '../../workers/activity-deps.js';
import { ACTOR_KEY, OLGA, signedCommand } from '../support/fake-temporal.js';
import { fakeEnvironment, MINUTE } from '../support/fake-environment.js';
import { activityEnvironment } from './activity-environment.js';

const env = fakeEnvironment();
const NOW = env.time.nowMs;
const command = (part: Partial<SignedCommand> = {}, options = {}): SignedCommand => ({
  ...signedCommand({ kind: 'hold' }, 'ticket/4711', NOW, options),
  ...part,
});
async function check(signed: SignedCommand, actorKeys: readonly string[] = [ACTOR_KEY]) {
  const here = fakeEnvironment();
  here.settings = { ...here.settings, actorKeys };
  return await activityEnvironment().run(createActivities(here.deps()).checkActor, signed);
}

it('accepts what the gateway signed', async () => {
  expect(await check(command())).toEqual({
    verified: true,
    actor: OLGA,
    fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
  });
});

it('does not accept a command without a signature', async () => {
  expect(await check(command({}, { signature: null }))).toMatchObject({
    verified: false,
    why: expect.stringContaining('not signed') as string,
  });
});

it.each<[string, Partial<SignedCommand>]>([
  ['another command', { command: { kind: 'abort' } }],
  ['another reason', { reason: 'something else' }],
  ['another workflow', { workflowId: 'ticket/9999' }],
  ['another key', { key: 'another' }],
  ['another person', { actor: { login: 'mallory', roles: OLGA.roles } }],
  ['more roles', { actor: { login: OLGA.login, roles: ['operator', 'approver'] } }],
  ['another time', { issuedAtMs: NOW + 1 }],
  ['a signature of another length', { signature: 'abcd' }],
  ['a signature that is no hex', { signature: 'z'.repeat(64) }],
])('does not accept a signature that was made for another text: %s', async (_, part) => {
  expect(await check(command(part))).toMatchObject({ verified: false, why: 'the signature does not match' });
});

it.each([-16, 16])('does not accept one whose time is %i minutes off', async (minutes) => {
  const old = signedCommand({ kind: 'hold' }, 'ticket/4711', NOW + minutes * MINUTE);
  expect(await check(old)).toEqual({ verified: false, why: 'the signature is too old' });
});

it('accepts the old and the new key during an exchange, and only the new one afterwards', async () => {
  const signed = command({}, { secret: 'the old key' });
  expect(await check(signed, ['the new key', 'the old key'])).toMatchObject({ verified: true });
  expect(await check(signed, ['the new key'])).toMatchObject({ verified: false });
  expect(await check(signed, [])).toMatchObject({ verified: false });
});

describe('a worker with the previous key', () => {
  const NEW = 'n'.repeat(40);
  const OLD = 'o'.repeat(40);
  const folder = mkdtempSync(join(tmpdir(), 'sco-keys-'));
  const oldFile = join(folder, 'old');
  writeFileSync(oldFile, `${OLD}\n`);
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  /** What a worker with this environment says to a command that a gateway signed with `key`. */
  async function checkedBy(env: Readonly<Record<string, string>>, key: string) {
    const settings = loadSettings('worker', {
      SECURECHANGE_URL: 'https://securechange.example.com',
      SECURECHANGE_USER: 'wf-api',
      SECURECHANGE_PASSWORD: 'secret',
      ...env,
    });
    const deps = createActivityDeps(
      settings,
      createConfigSource('config', { env: {} }),
      {} as Client,
      () => {},
    );
    const checks = createCheckActorActivities({
      settings: deps.settings,
      clock: { ...deps.clock, now: () => NOW },
    });
    return await checks.checkActor(signCommand(command(), key));
  }

  it.each([
    ['in the environment', { SCO_ACTOR_KEY_PREVIOUS: OLD }],
    ['in a file', { SCO_ACTOR_KEY_PREVIOUS_FILE: oldFile }],
  ])(
    '%s accepts signatures of gateways with the old and the new key, and no others',
    async (_where, previous) => {
      const env = { SCO_ACTOR_KEY: NEW, ...previous };
      expect(await checkedBy(env, OLD)).toMatchObject({ verified: true });
      expect(await checkedBy(env, NEW)).toMatchObject({ verified: true });
      expect(await checkedBy(env, 'x'.repeat(40))).toMatchObject({ verified: false });
    },
  );

  it('does not accept the old key once it is not configured', async () => {
    expect(await checkedBy({ SCO_ACTOR_KEY: NEW }, OLD)).toMatchObject({ verified: false });
  });
});
