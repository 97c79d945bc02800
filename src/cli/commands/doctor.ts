import type { Command } from 'commander';
import { loadConfig } from '../../config/load-config.js';
import { onAction, type Asked, type Cli } from '../act.js';
import { checkConfiguration } from '../doctor/configuration.js';
import { checkGateway } from '../doctor/gateway.js';
import { checkMachine } from '../doctor/machine.js';
import { note, type DoctorRow } from '../doctor/row.js';
import { checkSecureChange } from '../doctor/securechange.js';
import { checkTemporal } from '../doctor/temporal.js';
import { EXIT } from '../exit-codes.js';
import { renderTable, safe, type Colours } from '../output.js';

export function addDoctor(program: Command, cli: Cli): void {
  const command = program
    .command('doctor')
    .description(
      'what is missing on this machine or in this SecureChange, and what to type; changes nothing',
    );
  onAction(command, cli, async (asked) => {
    const rows = await examine(asked);
    const problems = rows.filter(({ state }) => state === 'problem').length;
    asked.output.answer({ problems, rows }, () => renderRows(rows, problems, asked.output.colours));
    return problems === 0 ? EXIT.ok : EXIT.problem;
  });
}

async function examine({ world }: Asked): Promise<readonly DoctorRow[]> {
  const { rows, settings, config } = checkConfiguration(world.settings, loadConfig);
  const machine = checkMachine(process.version, world.environment['PATH'] ?? '');
  const temporal = checkTemporal(world.temporalAddress(), world.inspectTemporal, world.now());
  if (settings === null) return [...machine, ...rows, ...(await temporal)];
  const gateway = checkGateway(settings.gatewayUrl, settings.token !== undefined, world.gatewayReady);
  return [
    ...machine,
    ...rows,
    ...(await temporal),
    ...(await gateway),
    ...(await examineSecureChange(world, settings, config?.processes ?? [])),
  ];
}

async function examineSecureChange(
  world: Asked['world'],
  settings: ReturnType<Asked['world']['settings']>,
  processes: Parameters<typeof checkSecureChange>[1],
): Promise<readonly DoctorRow[]> {
  const opened = world.openSecureChange(settings);
  if (opened === null) {
    const advice =
      'set SECURECHANGE_URL, SECURECHANGE_USER and SECURECHANGE_PASSWORD (or _FILE) to have it examined';
    return [note('SecureChange', 'address and credential', 'not set here', advice)];
  }
  try {
    return await checkSecureChange(opened, processes);
  } finally {
    await opened.close();
  }
}

const MARKS = { ok: '✓ ok', problem: '✗ problem', note: '– note' } as const;

function renderRows(rows: readonly DoctorRow[], problems: number, colours: Colours): string {
  const paint = { ok: colours.green, problem: colours.red, note: colours.dim } as const;
  const cells = rows.map((row) => [
    row.area,
    safe(row.check, 50),
    paint[row.state](MARKS[row.state]),
    safe(row.found, 120),
  ]);
  const advice = rows.flatMap((row) => {
    if (row.advice === null) return [];
    return [
      `  ${row.state === 'problem' ? colours.red('✗') : '–'} ${row.area}, ${safe(row.check, 50)}: ${row.advice}`,
    ];
  });
  const verdict =
    problems === 0
      ? colours.green('No problem found.')
      : colours.red(`${problems} ${problems === 1 ? 'problem' : 'problems'} found.`);
  return [
    renderTable(['Area', 'Check', 'State', 'Found'], cells, colours),
    ...(advice.length === 0 ? [] : [['What to do:', ...advice].join('\n')]),
    verdict,
  ].join('\n\n');
}
