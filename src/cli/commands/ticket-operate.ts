import type { Command } from 'commander';
import type { TicketCommand } from '../../domain/commands.js';
import type { Cli } from '../act.js';
import { onOperate } from '../operate.js';

/** Commands that say nothing but their name: one line each. */
const PLAIN: readonly (readonly [kind: Extract<TicketCommand['kind'], PlainKind>, description: string])[] = [
  ['retry', 'try again what the ticket was parked for'],
  ['skip', 'go on without the phase it was parked in (never riskCheck, approval or changeWindow)'],
  ['hold', 'start nothing new on this ticket until resume'],
  ['resume', 'end a hold'],
  ['abort', 'stop driving for good; the SecureChange ticket stays as it is'],
  ['adopt', 'drive a ticket that is observed because it is older than driveSince or was aborted'],
];
type PlainKind = 'retry' | 'skip' | 'hold' | 'resume' | 'abort' | 'adopt';

export function addTicketOperate(parent: Command, cli: Cli): void {
  for (const [kind, description] of PLAIN) {
    onOperate(parent.command(`${kind} <id>`).description(description), cli, (commands, options, { arg }) =>
      commands.ticket(arg(0), { kind }, options),
    );
  }
}
