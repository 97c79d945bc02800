import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { eventually } from '../support/eventually.js';

const folder = mkdtempSync(join(tmpdir(), 'sco-people-'));
const logged: string[] = [];
let gateway: ChildProcess;
let url: string;

function writePeople(text: string): void {
  const file = join(folder, 'people.yaml');
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

function viewer(login: string): string {
  const sha256 = createHash('sha256').update(`token-of-${login}`).digest('hex');
  return `  - { login: ${login}, roles: [viewer], credentials: [{ kind: bearer, sha256: ${sha256} }] }\n`;
}

/** 401: unknown caller. 404: known caller, and nothing under this address. */
async function answerTo(login: string): Promise<number> {
  const headers = { authorization: `Bearer token-of-${login}` };
  return (await fetch(`${url}/v1/nothing`, { headers })).status;
}

const said = (text: string): Promise<string> =>
  eventually(`the gateway says: ${text}`, () => logged.find((line) => line.includes(text)));

beforeAll(async () => {
  writePeople(`people:\n${viewer('olga')}${viewer('vera')}`);
  gateway = spawn(process.execPath, ['--import', 'tsx', 'src/gateway/main.ts'], {
    env: {
      PATH: process.env['PATH'],
      SCO_CONFIG_DIR: folder,
      SCO_ACTOR_KEY: 'k'.repeat(32),
      GATEWAY_PORT: '0',
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  createInterface({ input: gateway.stderr! }).on('line', (line) => logged.push(line));
  url = await eventually(
    'the gateway listens',
    () => /"url":"(http:[^"]+)"/.exec(logged.join('\n'))?.[1],
    60_000,
  );
});

afterAll(async () => {
  const ended = new Promise((resolve) => gateway.once('exit', resolve));
  gateway.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true });
});

it('a running gateway shuts out who is removed from people.yaml, and survives a mistake in it', async () => {
  expect([await answerTo('olga'), await answerTo('vera'), await answerTo('anna')]).toEqual([404, 404, 401]);

  writePeople(`people:\n${viewer('vera')}${viewer('anna')}`);
  expect(await said('read again')).toContain('"gone":["olga"]');
  expect([await answerTo('olga'), await answerTo('vera'), await answerTo('anna')]).toEqual([401, 404, 404]);

  writePeople('people:\n  - { login: vera }\n');
  expect(await said('people.yaml was changed and cannot be used')).toContain('people.yaml:2');
  expect([await answerTo('olga'), await answerTo('vera'), await answerTo('anna')]).toEqual([401, 404, 404]);
});
