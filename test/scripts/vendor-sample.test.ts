import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { startSimulator, type RunningSimulator } from '../../packages/simulator/src/index.js';
import { createConfigSource } from '../../src/config/config-source.js';
import { createScriptReferences } from '../../src/config/script-references.js';
import { simulatedConfig } from '../../src/embedded/simulated-config.js';
import { createScriptRunner } from '../../src/scripts/script-runner.js';
import type { ScriptResult } from '../../src/scripts/scripts.js';
import { approveField, MEDIATOR_TEST_LOGIN, ticketInApproval } from '../support/mediator-test-ticket.js';
import { temporaryFolder } from '../support/run-script.js';

const CONFIG = join(__dirname, '../../config');
const README = readFileSync(join(CONFIG, 'README.md'), 'utf8');
const folder = temporaryFolder();
afterAll(() => folder.remove());

/** The lines of the vendor's page, which has lost their indentation. */
const PUBLISHED = '845ca4b6c790af262b5ed14803e82d7e4543eecb369501724d9b3cd043f39f97';

/** The section's block of that language, with the folder of this test in the place of /opt. */
function block(language: string): string {
  const [, section] = /\n## The vendor's sample, unchanged\n(.*?)(?:\n## |$)/s.exec(README) ?? [];
  const [, text] = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(section ?? '') ?? [];
  if (text === undefined) throw new Error(`config/README.md has no example in ${language}`);
  // A legacy path is what mediators send; it stays.
  return text
    .replaceAll(/(?<!\[)\/opt\//g, `${folder.path}/`)
    .replaceAll('[/opt/trigger-service/venv', `[${folder.path}/trigger-service/venv`);
}

/** As the section says, without root: Python, httpx and pydantic come from the package index of this machine. */
function setUp(): void {
  const made = spawnSync('/bin/bash', ['-ec', block('sh')], { cwd: join(CONFIG, '..'), encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`the virtual environment cannot be made: ${made.stderr}`);
}

it('has only the indentation that the vendor published it without', () => {
  const lines = readFileSync(join(CONFIG, 'scripts/test.py'), 'utf8').trimEnd().split('\n');
  const hash = createHash('sha256').update(lines.map((line) => line.trim()).join('\n'));
  expect(hash.digest('hex')).toBe(PUBLISHED);
});

describe('the vendor sample in its virtual environment', () => {
  let simulator: RunningSimulator;
  beforeAll(async () => {
    setUp();
    simulator = await startSimulator();
  });
  afterAll(() => simulator.close());

  async function runSample(event: string, stdin: string): Promise<ScriptResult> {
    const configDir = join(folder.path, 'config');
    if (!existsSync(configDir)) simulatedConfig(CONFIG, configDir);
    writeFileSync(join(configDir, 'scripts.yaml'), block('yaml'));
    const config = createConfigSource(configDir, {
      env: {
        SECURECHANGE_URL: simulator.url,
        SECURECHANGE_USER: MEDIATOR_TEST_LOGIN,
        SECURECHANGE_PASSWORD: MEDIATOR_TEST_LOGIN,
      },
    });
    const runner = createScriptRunner({
      clock: { now: () => Date.now() },
      references: createScriptReferences(config.references),
      dataDir: join(folder.path, 'data'),
    });
    const entry = config
      .scripts()
      .find(({ legacyPaths }) => legacyPaths[0] === '/opt/trigger-service/test.py');
    return await runner.run(entry!, { event, args: [], stdin, key: `${event} ${stdin}` });
  }

  const left = (id: string, step: string): string =>
    `<ticket_info><id>${id}</id><current_stage><id>1</id><name>${step}</name></current_stage></ticket_info>`;

  it('writes newval<time> as the reason of the approval', async () => {
    const id = await ticketInApproval(simulator);
    const result = await runSample('ADVANCE', left(id, 'Auto Target'));
    expect(result).toMatchObject({ outcome: 'exited', exitCode: 0 });
    expect(result.stdout).toMatch(/Successfully updated field/);
    expect((await approveField(simulator, id))?.reason).toMatch(/^newval\d{4}-\d\d-\d\d /);
  });

  it('fails with the reason of SecureChange, and without the password, for a ticket that does not exist', async () => {
    const result = await runSample('ADVANCE', left('999999', 'Auto Target'));
    expect(result).toMatchObject({ outcome: 'exited', exitCode: 1 });
    expect(result.stderr).toMatch(/404/);
    expect(result.stderr).not.toContain(`:${MEDIATOR_TEST_LOGIN}@`);
  });

  it('does nothing for another event', async () => {
    expect(await runSample('CREATE', left('1', 'Auto Target'))).toMatchObject({ exitCode: 0, stdout: '' });
  });
});
