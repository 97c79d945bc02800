import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { createConfigSource } from '../../src/config/config-source.js';
import { createScriptReferences } from '../../src/config/script-references.js';
import { createScriptRunner } from '../../src/scripts/script-runner.js';
import { simulatedConfig } from '../../src/embedded/simulated-config.js';
import { temporaryFolder, writeExecutable } from '../support/run-script.js';

const TEXT = readFileSync(join(__dirname, '../../config/README.md'), 'utf8');
const folder = temporaryFolder();
afterAll(() => folder.remove());

/** The example's block of that language, with the folder of this test in the place of /opt. */
function block(language: string, key = ''): string {
  const [, text] = new RegExp(`\`\`\`${language}\n(${key}.*?)\`\`\``, 's').exec(TEXT) ?? [];
  if (text === undefined) throw new Error(`config/README.md has no example in ${language}`);
  return text.replaceAll('/opt/', `${folder.path}/`);
}

/** A virtual environment as the example makes it. */
function makeVenv(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const made = spawnSync('python3', ['-m', 'venv', '--without-pip', path]);
  if (made.status === 0) return;
  throw new Error(`python3 -m venv does not work here; install python3-venv: ${String(made.stderr)}`);
}

it('the Python script with a virtual environment and a credential runs as config/README.md says', async () => {
  makeVenv(join(folder.path, 'sco-scripts/venv'));
  const python = `${block('python')}print(sys.prefix)\nprint(sorted(os.environ))\nprint(os.getcwd() == os.environ["TMPDIR"])\n`;
  const executable = writeExecutable(join(folder.path, 'sco-scripts'), 'notify.py', python, 0o755);

  const configDir = join(folder.path, 'config');
  simulatedConfig(join(__dirname, '../../config'), configDir);
  const hash = createHash('sha256').update(readFileSync(executable)).digest('hex');
  writeFileSync(join(configDir, 'scripts.yaml'), block('yaml', 'scripts:').replace('0'.repeat(64), hash));
  const config = createConfigSource(configDir, { env: { CMDB_TOKEN: 'canary' } });
  const [entry] = config.scripts();
  const runner = createScriptRunner({
    clock: { now: () => 0 },
    references: createScriptReferences(config.references),
    dataDir: join(folder.path, 'data'),
  });

  const result = await runner.run(entry!, {
    event: 'ADVANCE',
    args: ['a b'],
    stdin: '<ticket_info><id>4711</id></ticket_info>',
    key: 'run',
  });
  expect(result).toMatchObject({ outcome: 'exited', exitCode: 0, stderr: '' });
  const [said, prefix, environment, inItsFolder] = result.stdout.trim().split('\n');
  expect(said).toBe("ADVANCE of ticket 4711: https://cmdb.example.com, ['a b'], token of 6");
  expect(prefix).toBe(join(folder.path, 'sco-scripts/venv'));
  expect(JSON.parse(environment!.replaceAll("'", '"'))).toEqual([
    'CMDB_TOKEN_FILE',
    'CMDB_URL',
    ...['LANG', 'PATH', 'SCRIPT_PATH', 'SCRIPT_RUN', 'SCW_EVENT', 'TMPDIR'],
  ]);
  expect(inItsFolder).toBe('True');
});
