import type { Command } from 'commander';
import type { PushCommand } from '../../domain/commands.js';
import type { Asked, Cli } from '../act.js';
import { UsageError } from '../exit-codes.js';
import { onOperate } from '../operate.js';

export function addPushDecide(parent: Command, cli: Cli): void {
  const command = parent
    .command('decide <push>')
    .description('answer whether a call with an unknown outcome was made; <push> is LANE/NUMBER')
    .option('--was-sent', 'the device has the change')
    .option('--was-not-sent', 'it has not: the call is made again in its window and after its gates');
  onOperate(command, cli, async (commands, options, asked) => {
    const { laneKey, n } = pushNamed(asked.arg(0));
    return commands.push(laneKey, n, { kind: 'decideUnknownPush', answer: answerOf(asked) }, options);
  });
}

function pushNamed(text: string): { laneKey: string; n: number } {
  const [, laneKey, n] = /^(.+)\/([1-9]\d{0,15})$/.exec(text) ?? [];
  if (laneKey === undefined || n === undefined)
    throw new UsageError('push decide: name the push as LANE/NUMBER, as `sco lane show` does');
  return { laneKey, n: Number(n) };
}

function answerOf({ flag }: Asked): PushCommand['answer'] {
  if (flag('wasSent') === flag('wasNotSent'))
    throw new UsageError('push decide: give exactly one of --was-sent, --was-not-sent');
  return flag('wasSent') ? 'wasSent' : 'wasNotSent';
}
