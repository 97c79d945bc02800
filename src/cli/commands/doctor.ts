import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { loadConfig } from '../../config/load-config.js';
import type { OperatorConfig } from '../../config/operator-config.js';
import { calendarsOf } from '../../config/windows-basis.js';
import { onAction, type Asked, type Cli } from '../act.js';
import { checkFilesHere, checkSettings } from '../doctor/configuration.js';
import { checkChangeWindows } from '../doctor/change-windows.js';
import { examineDevices } from '../doctor/devices.js';
import { checkGateway } from '../doctor/gateway.js';
import { checkMachine } from '../doctor/machine.js';
import { checkPayloadKeys } from '../doctor/payload-keys.js';
import { note, type DoctorRow } from '../doctor/row.js';
import { checkSignIn } from '../doctor/sign-in.js';
import { checkSecureChange } from '../doctor/securechange.js';
import { checkServers } from '../doctor/servers.js';
import { checkTemporal, temporalAway } from '../doctor/temporal.js';
import { checkUsedConfiguration } from '../doctor/used-configuration.js';
import { EXIT } from '../exit-codes.js';
import { styleOf, type Style } from '../style.js';
import { safe } from '../output.js';
import { readStop, withUse, type Status } from '../status/read-status.js';
import { workersOf } from '../status/workers.js';
import { wrapLine } from '../text-width.js';

export function addDoctor(program: Command, cli: Cli): void {
  const command = program.command('doctor');
  onAction(command, cli, async (asked) => {
    const rows = await examine(asked);
    const problems = rows.filter(({ state }) => state === 'problem').length;
    asked.output.answer({ problems, rows }, () => renderRows(rows, problems, styleOf(asked)));
    return problems === 0 ? EXIT.ok : EXIT.problem;
  });
}

async function examine(asked: Asked): Promise<readonly DoctorRow[]> {
  const { context } = asked;
  const { row: environment, settings } = checkSettings(context.settings);
  const machine = checkMachine(process.version, context.environment['PATH'] ?? '');
  const { rows: temporal, configurations } = await examineTemporal(context);
  const used = checkUsedConfiguration(configurations, context.now());
  if (settings === null) return [...machine, ...environment, ...temporal, ...used];
  const folder = folderHere(configurations[0], settings.configDir);
  const here = folder === null ? { rows: [], processes: [] } : await checkFilesHere(folder, loadConfig);
  const processes = configurations[0]?.processes ?? here.processes;
  const config = configHere(settings.configDir);
  return [
    ...machine,
    ...environment,
    ...checkPayloadKeys(settings, context.environment),
    ...temporal,
    ...used,
    ...here.rows,
    ...(await checkGateway(settings.gatewayUrl, settings.token !== undefined, context.gatewayReady)),
    ...(await checkSignIn(settings.oidcIssuer, settings.oidcClientId, config?.people ?? null)),
    ...(await examineSecureChange(context, settings, processes, config)),
    ...(await checkServers(asked, config?.servers ?? [], configurations)),
  ];
}

/**
 * The files of this machine count only where no living worker says what it uses: before the first sweep those of the settings, and
 * those of a worker that is gone, which may be why it does not come back.
 */
function folderHere(said: Status['configurations'][number] | undefined, configDir: string): string | null {
  if (said === undefined) return configDir;
  return !said.inUse && existsSync(said.folder) ? said.folder : null;
}

interface TemporalExamined {
  readonly rows: readonly DoctorRow[];
  readonly configurations: Status['configurations'];
}

async function examineTemporal(context: Asked['context']): Promise<TemporalExamined> {
  const address = await context.temporalAddress();
  const client = await context.openClient();
  try {
    const facts = await context.inspectTemporal();
    const stop = await readStop(client);
    const workers = workersOf(facts.queues, context.now(), context.hasEnded, stop !== null);
    return {
      rows: [
        ...checkTemporal(address, facts, workers, context.now()),
        ...(stop?.stopped === true
          ? [
              note(
                'Temporal',
                'stop',
                'it is on: no Update or Commit is sent',
                'sco status shows who and why',
              ),
            ]
          : []),
      ],
      configurations: withUse(await client.status.configurations(), workers),
    };
  } catch (error) {
    return { rows: [temporalAway(address, error)], configurations: [] };
  } finally {
    await client.close();
  }
}

async function examineSecureChange(
  context: Asked['context'],
  settings: ReturnType<Asked['context']['settings']>,
  processes: Parameters<typeof checkSecureChange>[1],
  config: OperatorConfig | null,
): Promise<readonly DoctorRow[]> {
  const opened = await context.openSecureChange(settings);
  if (opened === null) {
    const advice =
      'set SECURECHANGE_URL, SECURECHANGE_USER and SECURECHANGE_PASSWORD (or _FILE) to have it examined';
    return [note('SecureChange', 'address and credential', 'not set here', advice)];
  }
  try {
    const rows = await checkSecureChange(opened, processes);
    const isReadable = rows.every(({ check, state }) => check !== 'login' || state === 'ok');
    if (config === null || !isReadable) return rows;
    return [
      ...rows,
      ...(await examineDevices(opened.secureChange, config)),
      ...(await checkChangeWindows(
        opened.secureChange,
        calendarsOf(config),
        config.processes,
        config.managers,
        context.now(),
      )),
    ];
  } finally {
    await opened.close();
  }
}

/** Of the files of this machine; null when they cannot be used, which other rows say. */
function configHere(configDir: string): OperatorConfig | null {
  try {
    return loadConfig(configDir);
  } catch {
    return null;
  }
}

const MARKS = { ok: '✓ ok', problem: '✗ problem', note: '– note' } as const;

/** Whole sentences on any terminal: what was found is what one came to read. */
function renderRows(rows: readonly DoctorRow[], problems: number, { colours, width }: Style): string {
  const paint = { ok: colours.green, problem: colours.red, note: colours.dim } as const;
  const areas = Math.max(...rows.map(({ area }) => area.length));
  const found = rows.map((row) => {
    const mark = paint[row.state](MARKS[row.state].padEnd(MARKS.problem.length));
    const line = `${mark}  ${row.area.padEnd(areas)}  ${safe(row.check, 60)}: ${safe(row.found, 900)}`;
    return wrapLine(line, width, MARKS.problem.length + areas + 6);
  });
  const advice = rows.flatMap((row) => {
    if (row.advice === null) return [];
    const mark = row.state === 'problem' ? colours.red('✗') : '–';
    return [wrapLine(`  ${mark} ${row.area}, ${safe(row.check, 60)}: ${row.advice}`, width, 4)];
  });
  const verdict =
    problems === 0
      ? colours.green('No problem found.')
      : colours.red(`${problems} ${problems === 1 ? 'problem' : 'problems'} found.`);
  return [
    found.join('\n'),
    ...(advice.length === 0 ? [] : [['What to do:', ...advice].join('\n')]),
    verdict,
  ].join('\n\n');
}
