import type { Command } from 'commander';
import { TRIGGER_EVENTS } from '../../domain/event.js';
import { CallFailure } from '../../domain/failure.js';
import type { Http } from '../../http/http.js';
import { openHttp } from '../../securechange/open-http.js';
import { onAction, type Asked, type Cli } from '../act.js';
import { usableConfig } from '../config-folder.js';
import { loginOf } from '../doctor/open-secure-change.js';
import { readRegistrations } from '../doctor/triggers.js';
import { EXIT, UsageError, type ExitCode } from '../exit-codes.js';
import { differenceOf, type Difference, type Registration } from '../mediator/registration.js';
import { registerTrigger, removeTrigger } from '../mediator/trigger-writes.js';

export function addMediatorInstall(parent: Command, cli: Cli): void {
  const command = parent
    .command('install')
    .description(
      'register the mediator in SecureChange for every event of the workflows that have a process; shows the difference first',
    )
    .option('--path <path>', 'where the mediator script is on SecureChange')
    .option('--name <name>', 'name of the registration', 'securechange-orchestrator')
    .option('--dry-run', 'show the difference and change nothing')
    .option('--remove', 'remove the registration');
  onAction(command, cli, install, { quiet: true });
}

interface Answer {
  readonly difference: readonly string[];
  readonly changed: boolean;
}

async function install(asked: Asked): Promise<ExitCode> {
  const { output, flag } = asked;
  const login = loginOf(asked.context.settings());
  if (login === null)
    throw new UsageError(
      'mediator: SECURECHANGE_URL, SECURECHANGE_USER and SECURECHANGE_PASSWORD are not set',
    );
  const name = asked.text('name') ?? '';
  const wanted = flag('remove') ? null : wantedOf(asked);
  const timeouts = { connectMs: 3_000, headersMs: 10_000, bodyMs: 10_000 };
  const http = openHttp(login, 'securechange', login.secureChangeUrl, timeouts);
  const say = (answer: Answer, then: string): void => {
    output.answer(answer, () => [...answer.difference, then].join('\n'));
  };
  try {
    const difference = differenceOf(await present(http), name, wanted);
    const { lines } = difference;
    if (lines.length === 0) {
      say({ difference: [], changed: false }, 'Nothing to change: it is registered as it should be.');
      return EXIT.ok;
    }
    if (flag('dryRun')) {
      say({ difference: lines, changed: false }, 'Nothing was changed (--dry-run).');
      return EXIT.ok;
    }
    // Before the first change: whoever reads it can still find out what was there.
    if (!output.json) asked.context.stdout.write(`${lines.join('\n')}\n`);
    await carryOut(http, difference);
    const left = differenceOf(await present(http), name, wanted).lines;
    if (left.length > 0)
      throw new Error(`mediator: SecureChange accepted it and does not show it: ${left.join('; ')}`);
    output.answer({ difference: lines, changed: true }, () => 'Done: SecureChange shows it.');
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CallFailure) throw new Error(`mediator: ${error.message}`, { cause: error });
    throw error;
  } finally {
    await http.close();
  }
}

/** The new one first: an event may come twice meanwhile, and none is missed. */
async function carryOut(http: Http, { add, remove }: Difference): Promise<void> {
  if (add !== null) await registerTrigger(http, add);
  for (const { id } of remove) await removeTrigger(http, id);
}

async function present(http: Http) {
  const { rows, odd } = await readRegistrations(http);
  if (odd.length === 0) return rows;
  const which = odd.map(({ row, why }) => `${row} (${why})`).join(', ');
  throw new Error(`mediator: registrations that cannot be read: ${which}; nothing was changed`);
}

function wantedOf(asked: Asked): Omit<Registration, 'name'> {
  const path = asked.text('path');
  if (path === undefined) throw new UsageError('mediator: give --path, where the script is on SecureChange');
  const { processes } = usableConfig(asked);
  const workflows = [...new Set(processes.map(({ workflow }) => workflow))].sort();
  if (workflows.length === 0) throw new UsageError('mediator: config/processes has no process');
  return { path, workflows: workflows.map((workflow) => ({ workflow, events: [...TRIGGER_EVENTS] })) };
}
