import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { startCheckoutRegistry, type CheckoutRegistry } from '../support/checkout-registry.js';
import { startRunningProduct, type RunningProduct } from '../support/running-product.js';

const run = promisify(execFile);
const CLIENT = '@securechange-orchestrator/client';
const dir = mkdtempSync(join(tmpdir(), 'sco-packages-'));
let registry: CheckoutRegistry;
let running: RunningProduct;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  registry = await startCheckoutRegistry();
  running = await startRunningProduct();
  const { temporal, gatewayUrl, approverTokenFile } = running.product;
  env = {
    PATH: process.env['PATH'],
    HOME: dir,
    npm_config_registry: registry.url,
    npm_config_cache: join(dir, 'npm'),
    npm_config_update_notifier: 'false',
    TEMPORAL_ADDRESS: temporal.address,
    SCO_GATEWAY_URL: gatewayUrl,
    SCO_TOKEN: readFileSync(approverTokenFile ?? '', 'utf8').trim(),
  };
});

afterAll(async () => {
  await running.stop();
  await registry.close();
  rmSync(dir, { recursive: true, force: true });
});

/** What `npm pack` of a workspace makes; its build runs first, as before each release. */
async function pack(...workspace: readonly string[]): Promise<string> {
  const { stdout } = await run('npm', [
    'pack',
    '--json',
    '--silent',
    '--pack-destination',
    dir,
    ...workspace,
  ]);
  const said = stdout.slice(stdout.indexOf('['));
  const [{ filename }] = JSON.parse(said) as [{ filename: string }];
  return join(dir, filename);
}

function inFolder(name: string, files: Readonly<Record<string, string>>): string {
  const folder = join(dir, name);
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}

async function waitingTicket(): Promise<string> {
  const id = await running.simulator.createTicket({ subject: 'open 443 for the web shop' });
  await running.until(id, 'it was read', ({ step }) => step !== null);
  return id;
}

describe(`${CLIENT}, installed with npm into an empty project`, () => {
  let project: string;

  beforeAll(async () => {
    const tarball = await pack('--workspace', CLIENT);
    project = inFolder('project', { 'package.json': '{ "private": true }' });
    await run('npm', ['install', '--no-audit', '--no-fund', tarball], { cwd: project, env });
  });

  it('brings no worker and no native code', () => {
    const files = readdirSync(join(project, 'node_modules'), { recursive: true, encoding: 'utf8' });
    const packages = files.filter((path) => path.endsWith('/package.json'));

    expect(files).toContain(`${CLIENT}/README.md`);
    expect(files).toContain(`${CLIENT}/LICENSE`);
    expect(files.filter((path) => /\.node$|core-bridge|@temporalio\/worker/.test(path))).toEqual([]);
    expect(packages.length).toBeLessThan(100);
  });

  const program = `
import { ClientError, createClient, createCommands } from '${CLIENT}';
import type { ClientErrorCode, CommandsClient, TicketView } from '${CLIENT}';

const client = createClient({ address: 'localhost:7233', deadlineMs: 1_000 });
export const commands: CommandsClient = createCommands({ gatewayUrl: 'https://gateway', token: 'secret' });
export async function stateOf(ticketId: string): Promise<string | null | ClientErrorCode> {
  try {
    const view: TicketView = await client.tickets.get(ticketId);
    return view.step;
  } catch (error) {
    if (error instanceof ClientError) return error.code;
    throw error;
  }
}
// @ts-expect-error there is no such command: the types say so, they are not \`any\`
void commands.ticket('1', { kind: 'explode' }, { reason: 'a test' });
`;

  it.each([
    ['nodenext', []],
    ['node16', []],
    ['esnext', ['--moduleResolution', 'bundler']],
  ] as const)('compiles with --module %s and skipLibCheck: false', async (module, more) => {
    // A bundler's resolution has no `require`.
    const files = ['a.mts', ...(more.length > 0 ? [] : ['b.cts'])];
    inFolder('project', Object.fromEntries(files.map((file) => [file, program])));
    const options = [
      '--ignoreConfig',
      '--noEmit',
      '--strict',
      '--exactOptionalPropertyTypes',
      '--skipLibCheck',
      'false',
    ];
    const tsc = [join(process.cwd(), 'node_modules/typescript/bin/tsc'), ...options, '--target', 'es2022'];

    await expect(
      run(process.execPath, [...tsc, '--module', module, ...more, ...files], { cwd: project }),
    ).resolves.toMatchObject({ stdout: '' });
  });

  it.each([
    ['import', 'state.mjs', `import { createClient } from '${CLIENT}';`],
    ['require', 'state.cjs', `const { createClient } = require('${CLIENT}');`],
  ])('reads a ticket with %s', async (_kind, file, first) => {
    const id = await waitingTicket();
    inFolder('project', {
      [file]: `${first}
const client = createClient();
client.tickets
  .get(process.argv[2])
  .then(async ({ ticketId, workflow }) => {
    const history = await client.tickets.history(ticketId);
    console.log(JSON.stringify({ ticketId, workflow, begins: history[0].eventId }));
  })
  .finally(() => client.close());
`,
    });
    const { stdout } = await run(process.execPath, [file, id], { cwd: project, env });

    expect(JSON.parse(stdout)).toEqual({
      ticketId: id,
      workflow: 'Firewall change',
      begins: 1,
    });
  });

  it('does what its README says', async () => {
    const id = await waitingTicket();
    const readme = readFileSync(join(project, `node_modules/${CLIENT}/README.md`), 'utf8');
    const code = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    inFolder('project', { 'quick-start.mjs': code });
    const { stdout } = await run(process.execPath, ['quick-start.mjs', id], { cwd: project, env });

    expect(stdout).toMatch(new RegExp(`^ticket ${id}: .*, waits for `, 'm'));
    expect(stdout).toMatch(new RegExp(`^ticket ${id}: held by `, 'm'));
    expect((await running.view(id)).held).not.toBeNull();
  });
});

describe('securechange-orchestrator, unpacked from npm pack', () => {
  const sco = async (...words: readonly string[]): Promise<string> => {
    const bin = join(dir, 'main/node_modules/securechange-orchestrator/bin/sco.mjs');
    return (await run(process.execPath, [bin, ...words], { cwd: dir, env })).stdout;
  };

  beforeAll(async () => {
    const tarball = await pack();
    const modules = join(dir, 'main/node_modules');
    mkdirSync(modules, { recursive: true });
    await run('tar', ['-xzf', tarball, '-C', dir]);
    cpSync(join(dir, 'package'), join(modules, 'securechange-orchestrator'), { recursive: true });
    // Of what is installed with it, which is 300 MB, links: only of what it depends on, so that nothing of ours is found by accident.
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      dependencies: Record<string, string>;
    };
    for (const name of Object.keys(dependencies)) {
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      symlinkSync(join(process.cwd(), 'node_modules', name), join(modules, name));
    }
  });

  it('has a working sco', async () => {
    const id = await waitingTicket();

    expect(await sco('--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(JSON.parse(await sco('ticket', 'show', id, '--json'))).toMatchObject({ ticketId: id });
    expect(await sco('ticket', 'hold', id, '--reason', 'maintenance')).not.toBe('');
    expect((await running.view(id)).held).not.toBeNull();
  });
});
