import { startSimulator, type RunningSimulator } from '../../packages/simulator/src/index.js';
import { differenceOf, type Registered } from '../../src/cli/mediator/registration.js';
import { TRIGGER_EVENTS } from '../../src/domain/event.js';
import { runSco, type Ran } from '../support/cli-context.js';

let simulator: RunningSimulator;
beforeEach(async () => {
  simulator = await startSimulator({ port: 0 });
});
afterEach(() => simulator.close());

async function install(argv: readonly string[], user = 'admin'): Promise<Ran> {
  const environment = {
    SCO_CONFIG_DIR: './config',
    SECURECHANGE_URL: simulator.url,
    SECURECHANGE_USER: user,
    SECURECHANGE_PASSWORD: user,
  };
  return await runSco(['mediator', 'install', ...argv], { context: { environment } });
}

interface Trigger {
  readonly name: string;
  readonly executer: { readonly path: string };
  readonly triggers: readonly { readonly workflow: { readonly name: string }; readonly events: string[] }[];
}

async function registered(): Promise<readonly Trigger[]> {
  const response = await fetch(`${simulator.url}/securechangeworkflow/api/securechange/triggers`, {
    headers: {
      accept: 'application/json',
      authorization: `Basic ${Buffer.from('admin:admin').toString('base64')}`,
    },
  });
  const body = (await response.json()) as { workflow_triggers: { workflow_trigger: Trigger[] } | '' };
  return body.workflow_triggers === '' ? [] : [body.workflow_triggers.workflow_trigger].flat();
}

const PATH = ['--path', '/opt/mediator.sh'];

describe('checklist point 20: sco mediator install', () => {
  it('shows what it would register, and changes nothing with --dry-run', async () => {
    const { code, out } = await install([...PATH, '--dry-run']);
    expect(code).toBe(0);
    expect(out).toContain(
      `+ securechange-orchestrator /opt/mediator.sh: Firewall change: ${TRIGGER_EVENTS.join(', ')}`,
    );
    expect(out).toContain('Nothing was changed');
    expect(await registered()).toEqual([]);
  });

  it('registers every event of every workflow with a process, and a second time has nothing to do', async () => {
    expect((await install(PATH)).code).toBe(0);
    const [own, ...more] = await registered();
    expect(more).toEqual([]);
    expect(own?.executer.path).toBe('/opt/mediator.sh');
    expect(own?.triggers.map(({ workflow }) => workflow.name)).toContain('Firewall change (ITSM)');
    for (const { events } of own?.triggers ?? [])
      expect([...events].sort()).toEqual([...TRIGGER_EVENTS].sort());
    const again = await install(PATH);
    expect([again.code, again.out]).toEqual([0, expect.stringContaining('Nothing to change')]);
  });

  it('replaces its own registration when the path is another, and leaves those of others', async () => {
    await install([...PATH, '--name', 'theirs']);
    await install(PATH);
    const { out } = await install(['--path', '/opt/new.sh']);
    expect(out).toContain('- securechange-orchestrator /opt/mediator.sh: Firewall change:');
    expect(out).toContain('+ securechange-orchestrator-2 /opt/new.sh: Firewall change:');
    const names = async () => (await registered()).map(({ name, executer }) => `${name} ${executer.path}`);
    expect(await names()).toEqual(['theirs /opt/mediator.sh', 'securechange-orchestrator-2 /opt/new.sh']);
    await install(PATH);
    expect(await names()).toEqual(['theirs /opt/mediator.sh', 'securechange-orchestrator /opt/mediator.sh']);
  });

  it('removes its own registration only', async () => {
    await install([...PATH, '--name', 'theirs']);
    await install(PATH);
    const dry = await install(['--remove', '--dry-run', '--json']);
    expect(dry.json()).toMatchObject({
      changed: false,
      difference: expect.arrayContaining([
        expect.stringContaining('- securechange-orchestrator /opt/mediator.sh') as string,
      ]) as string[],
    });
    expect(await registered()).toHaveLength(2);
    expect((await install(['--remove'])).code).toBe(0);
    expect((await registered()).map(({ name }) => name)).toEqual(['theirs']);
  });

  it.each<[string, readonly string[], number, string]>([
    ['the right to do it', PATH, 1, 'register securechange-orchestrator'],
    ['the path', [], 2, 'give --path'],
  ])('says what is missing: %s', async (_what, argv, code, why) => {
    const ran = await install(argv, 'j.meier');
    expect([ran.code, ran.err]).toEqual([code, expect.stringContaining(why)]);
    expect(await registered()).toEqual([]);
  });
});

describe('the difference', () => {
  const workflows = [{ workflow: 'A', events: ['CREATE', 'CLOSE'] }];
  const present: Registered = { id: '7', name: 'sco', path: '/m.sh', workflows };

  it('is none for the same events in another order', () => {
    const wanted = { path: '/m.sh', workflows: [{ workflow: 'A', events: ['CLOSE', 'CREATE'] }] };
    expect(differenceOf([present], 'sco', wanted)).toEqual({ lines: [], remove: [], add: null });
  });

  it('removes what an installation that broke off has left', () => {
    const left = { ...present, id: '8', name: 'sco-2', path: '/new.sh' };
    const { remove, add } = differenceOf([present, left], 'sco', { path: '/new.sh', workflows });
    expect([remove.map(({ id }) => id), add]).toEqual([['7'], null]);
  });
});
