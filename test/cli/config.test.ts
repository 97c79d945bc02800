import { rmSync } from 'node:fs';
import { FILES, PROCESS, writeFolder } from '../config/config-folder.js';
import { runSco } from '../support/cli-context.js';

const folders: string[] = [];
const made = (changes: Readonly<Record<string, string | undefined>> = {}): string => {
  const folder = writeFolder(changes);
  folders.push(folder);
  return folder;
};
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));
const at = (folder: string): { context: { environment: Record<string, string> } } => ({
  context: { environment: { SCO_CONFIG_DIR: folder } },
});

describe('checklist point 20: sco config check', () => {
  it('says that there is no mistake', async () => {
    const folder = made({ 'scripts.yaml': undefined });
    const { code, out } = await runSco(['config', 'check'], at(folder));
    expect([code, out]).toEqual([0, `No mistake in ${folder}.\n`]);
  });

  it('shows the mistakes of all files at once, each with file and line', async () => {
    const folder = made({
      'calendars.yaml': 'calendars:\n  nightly:\n    zone: Europe/Berlni\n',
      'servers.yaml': 'servers:\n  itsm:\n    kind: servicenow\n    auth: { kind: none }\n',
      'processes/web.yaml': PROCESS.replace('mode: drive', 'mode: fly').replace('steps:', 'stpes:'),
    });
    const { code, out, json } = await runSco(['config', 'check', folder], at('/nowhere'));
    expect(code).toBe(1);
    for (const place of [
      'calendars.yaml:3:',
      'servers.yaml:2:',
      'processes/web.yaml:4:',
      'processes/web.yaml:',
    ])
      expect(out).toContain(`✗ ${place}`);
    expect(out).toMatch(/\d mistakes in /);
    expect(json).toThrow();
    const program = await runSco(['config', 'check', folder, '--json'], at('/nowhere'));
    const { mistakes } = program.json() as { mistakes: { file: string; line: number }[] };
    expect(mistakes.length).toBeGreaterThanOrEqual(4);
    expect(mistakes.every(({ line }) => line > 0)).toBe(true);
  });

  it('shows mistakes of a process file, which stops its process only', async () => {
    const folder = made({ 'processes/web.yaml': PROCESS.replace('calendar: nightly', 'calendar: daily') });
    const { code, out } = await runSco(['config', 'check', folder], at(folder));
    expect([code, out]).toEqual([1, expect.stringContaining('there is no calendar daily in calendars.yaml')]);
  });

  it('names a script that would not run on this machine', async () => {
    const scripts = `scripts: [{ name: gone, executable: scripts/gone.sh, sha256: '${'0'.repeat(64)}' }]\n`;
    const folder = made({ 'scripts.yaml': scripts });
    const { code, out } = await runSco(['config', 'check'], at(folder));
    expect([code, out]).toEqual([0, expect.stringContaining('– script gone: ')]);
  });

  it('says what is missing for a comparison with SecureChange, and for a folder that is not there', async () => {
    const folder = made();
    const live = await runSco(['config', 'check', '--live'], at(folder));
    expect([live.code, live.err]).toEqual([2, expect.stringContaining('SECURECHANGE_URL')]);
    const absent = await runSco(['config', 'check', '/nowhere'], at(folder));
    expect([absent.code, absent.err]).toEqual([2, expect.stringContaining('there is no folder /nowhere')]);
  });
});

describe('sco config check --live', () => {
  const liveCheck = async (servers: string, environment: Record<string, string> = {}) => {
    const folder = made({ 'servers.yaml': servers, 'scripts.yaml': undefined });
    const openSecureChange = () => ({ close: async () => undefined }) as never;
    return await runSco(['config', 'check', '--live', '--json'], {
      context: { environment: { SCO_CONFIG_DIR: folder, ...environment }, openSecureChange },
    });
  };
  const itsm = (more: string): string =>
    `servers: { itsm: { kind: servicenow, auth: { kind: none }, ${more} } }`;
  const said = ({ json }: Awaited<ReturnType<typeof liveCheck>>) => {
    const { live, warnings } = json() as { live: string[]; warnings: string[] };
    const ofServer = (texts: string[]): string[] => texts.filter((text) => text.startsWith('server itsm'));
    return { problems: ofServer(live), notes: ofServer(warnings) };
  };

  it('finds nothing wrong with a server whose name has an address that is allowed', async () => {
    const fine = `allowedHosts: [localhost]\nallowedAddresses: [127.0.0.0/8, '::1/128']\n${itsm('url: https://localhost')}`;
    expect(said(await liveCheck(fine))).toEqual({ problems: [], notes: [] });
  });

  it.each([
    ['a name without an address', itsm('url: https://itsm.invalid'), 'the name itsm.invalid has no address'],
    ['a link-local address', itsm('url: https://169.254.169.254'), 'link-local'],
    [
      'an address that is not among those allowed',
      `allowedAddresses: [10.20.0.0/16]\n${itsm('url: https://127.0.0.1')}`,
      'has the address 127.0.0.1, which is not among allowedAddresses',
    ],
    [
      'a host of a variable that is not allowed',
      `allowedHosts: [itsm.example.com]\n${itsm('urlEnv: ITSM_URL')}`,
      'localhost is not among allowedHosts',
    ],
  ])('names %s', async (_what, servers, problem) => {
    const found = await liveCheck(servers, { ITSM_URL: 'https://localhost' });
    expect(found.code).toBe(1);
    expect(said(found).problems).toEqual([expect.stringContaining(problem)]);
  });

  it('says which address it cannot check here', async () => {
    expect(said(await liveCheck(itsm('urlEnv: ITSM_URL')))).toEqual({
      problems: [],
      notes: [expect.stringContaining('ITSM_URL is not set here')],
    });
  });
});

describe('checklist point 20: sco config diff', () => {
  it('shows what an edited folder changes, and what that means for tickets', async () => {
    const before = made({ 'processes/web.yaml': PROCESS.replace('mode: drive', 'mode: propose') });
    const after = made({
      'servers.yaml': `${FILES['servers.yaml']}  other:\n    kind: servicenow\n    url: https://other.example\n    auth: { kind: none }\n`,
      'scripts.yaml': undefined,
      'templates/create.json': '{"short_description": "#ticket_id#"}',
    });
    const { code, json } = await runSco(['config', 'diff', after, '--json'], at(before));
    expect(code).toBe(0);
    const changes = json() as { path: string; kind: string; before: string; after: string; means: string }[];
    const of = (path: string): unknown => changes.find((change) => change.path === path);
    expect(of('processes.web.mode')).toEqual({
      path: 'processes.web.mode',
      kind: 'changed',
      before: '"propose"',
      after: '"drive"',
      means: 'its tickets are driven: Updates and Commits are made',
    });
    expect(of('processes.web.integrationPoints.create-change.body.short_description')).toMatchObject({
      before: '"#ticket_subject#"',
      after: '"#ticket_id#"',
    });
    expect(of('servers.other.url')).toMatchObject({ kind: 'added', after: '"https://other.example"' });
    expect(changes.some(({ path, kind }) => path.startsWith('scripts.events') && kind === 'removed')).toBe(
      true,
    );
    expect(changes.every(({ path }) => !path.startsWith('calendars'))).toBe(true);
  });

  it('says that nothing differs between two copies', async () => {
    const { out } = await runSco(['config', 'diff', made()], at(made()));
    expect(out).toBe('Nothing differs.\n');
  });

  it('refuses a folder that cannot be used', async () => {
    const broken = made({ 'calendars.yaml': 'calendars: 7\n' });
    const { code, err } = await runSco(['config', 'diff', broken], at(made()));
    expect([code, err]).toEqual([2, expect.stringContaining('calendars.yaml:1:')]);
  });
});
