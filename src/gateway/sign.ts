import { createHmac } from 'node:crypto';

import type { Command, SignedCommand } from '../domain/commands.js';
import { canonicalCommand } from '../domain/commands.js';

/** Vouches for the actor: HMAC-SHA256, lower-case hex, over `canonicalCommand`, with the key the workers know too. */
export function signCommand<C extends Command>(
  unsigned: Omit<SignedCommand<C>, 'signature'>,
  actorKey: string,
): SignedCommand<C> {
  const signature = createHmac('sha256', actorKey).update(canonicalCommand(unsigned), 'utf8').digest('hex');
  return { ...unsigned, signature };
}
