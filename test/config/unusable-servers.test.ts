import { rmSync } from 'node:fs';
import { createConfigSource } from '../../src/config/config-source.js';
import { unusableServers } from '../../workers/unusable-servers.js';
import { writeFolder } from './config-folder.js';

it('names each server that this worker has no settings for, and the setting', () => {
  const folder = writeFolder({
    'servers.yaml': `servers:
  itsm: { kind: servicenow, urlEnv: ITSM_URL, auth: { kind: none } }
  chat: { kind: http, urlEnv: CHAT_URL, auth: { kind: none } }
`,
  });
  const config = createConfigSource(folder, { env: { ITSM_URL: 'https://itsm.example' } });
  expect(unusableServers(config)).toEqual([
    { server: 'chat', why: expect.stringContaining('CHAT_URL') as string },
  ]);
  rmSync(folder, { recursive: true });
});
