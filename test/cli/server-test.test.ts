import { rmSync } from 'node:fs';
import { startSimulator } from '../../packages/simulator/src/index.js';
import { writeFolder } from '../config/config-folder.js';
import { runSco } from '../support/cli-context.js';

describe('sco server test', () => {
  it('tries the server as servers.yaml describes it, and ends with 1 at a problem', async () => {
    const simulator = await startSimulator({ port: 0 });
    const folder = writeFolder();
    const environment = { SCO_CONFIG_DIR: folder, ITSM_URL: simulator.url, ITSM_PASSWORD: 'itsm' };
    const servers = `servers: { itsm: { kind: servicenow, urlEnv: ITSM_URL, auth: { kind: basic, user: itsm, passwordEnv: ITSM_PASSWORD } } }`;
    const right = writeFolder({ 'servers.yaml': servers });
    const good = await runSco(['server', 'test', 'itsm'], {
      context: { environment: { ...environment, SCO_CONFIG_DIR: right } },
    });
    expect([good.code, good.out]).toEqual([0, expect.stringContaining('✓ ok       sample call: ')]);
    const bad = await runSco(['server', 'test', 'itsm', '--json'], { context: { environment } });
    expect([bad.code, bad.json()]).toMatchObject([
      1,
      [{ check: 'name' }, { check: 'connection' }, { check: 'sign-in', state: 'problem' }],
    ]);
    await simulator.close();
    for (const made of [folder, right]) rmSync(made, { recursive: true });
  });

  it('says which servers there are, and which variable is not set', async () => {
    const folder = writeFolder();
    const context = { environment: { SCO_CONFIG_DIR: folder } };
    const unknown = await runSco(['server', 'test', 'nowhere'], { context });
    expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('it has: itsm')]);
    const unset = await runSco(['server', 'test', 'itsm'], { context });
    expect([unset.code, unset.err]).toEqual([2, expect.stringContaining('ITSM_URL is not set')]);
    rmSync(folder, { recursive: true });
  });
});
