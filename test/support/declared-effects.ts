import { asyncLocalStorage } from '@temporalio/activity';

import { EFFECTS, type ActivityName, type Effect } from '../../activities/effects.js';

const MAY_DO: Readonly<Record<Effect, readonly string[]>> = {
  read: [],
  write: [
    'redesign',
    'complete',
    'accept',
    'reassign',
    'rejectTicket',
    'redo',
    'comment',
    'create',
    'itsm',
    'fields',
    'cancel',
    'openTicket',
  ],
  call: ['itsm'],
  send: ['update', 'commit', 'accept', 'reassign'],
  question: ['script'],
  script: ['script'],
};

/** Fails when the activity that runs just now does something that its row in the table of effects does not say. */
export function expectDeclared(kind: string): void {
  const name = asyncLocalStorage.getStore()?.info.activityType ?? '';
  if (!Object.hasOwn(EFFECTS, name)) return;
  const effect = EFFECTS[name as ActivityName];
  if (!MAY_DO[effect].includes(kind))
    throw new Error(`activity ${name} is declared ${effect} and did ${kind}`);
}
