import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';

import type { CommandResult, CommandRecord, ControlCommand, SignedCommand } from '../src/domain/commands.js';
import type { ControlView } from '../src/domain/view.js';
import { activities } from './activity-proxies.js';
import { controlView, operateControl } from './messages.js';
import { refusalOf } from './operator.js';

export interface ControlStart {
  readonly version: 1;
  readonly carry?: {
    readonly view: ControlView;
    readonly results: readonly { key: string; result: CommandResult }[];
    readonly records: readonly CommandRecord[];
  };
}

const RUNNING: ControlView = { stopped: false, by: null, reason: null, sinceMs: null };

/** The stop switch and its record: while it is on, no gate opens anywhere. */
export async function control(start?: ControlStart): Promise<void> {
  let view = start?.carry?.view ?? RUNNING;
  let results = start?.carry?.results ?? [];
  let records = start?.carry?.records ?? [];
  setHandler(controlView, () => view);
  setHandler(operateControl, async (signed) => {
    const known = results.find((entry) => entry.key === signed.key);
    if (known) return known.result;
    // Stopping must not wait for anybody: it is allowed to whoever reaches us, and recorded with what is known.
    const checked = await activities.checkActor(signed);
    const by = checked.verified ? checked.actor.login : `unverified:${signed.actor.login}`;
    const refused = refusalOf(signed, checked);
    const result = refused ?? apply(signed, by);
    if (refused === null && result.accepted) {
      view =
        signed.command.kind === 'stop'
          ? { stopped: true, by, reason: signed.reason, sinceMs: Date.now() }
          : RUNNING;
    }
    results = [...results, { key: signed.key, result }].slice(-100);
    records = [
      ...records,
      { atMs: Date.now(), by, kind: signed.command.kind, reason: signed.reason, result },
    ].slice(-50);
    setCurrentDetails(view.stopped ? `**Stopped** by ${by}: ${signed.reason.slice(0, 200)}` : 'Running');
    return result;
  });
  const apply = ({ command }: SignedCommand<ControlCommand>, by: string): CommandResult => {
    if (command.kind === 'stop') {
      return view.stopped
        ? { accepted: false, code: 'wrongState', message: `already stopped by ${view.by ?? 'somebody'}` }
        : {
            accepted: true,
            code: 'done',
            message: `stopped by ${by}: no Update or Commit is sent from now on`,
          };
    }
    return view.stopped
      ? { accepted: true, code: 'done', message: 'started: gates are judged again' }
      : { accepted: false, code: 'wrongState', message: 'it is not stopped' };
  };
  setCurrentDetails(
    view.stopped ? `**Stopped** by ${view.by ?? 'somebody'}: ${view.reason ?? ''}` : 'Running',
  );
  await condition(() => workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > 2_000);
  await condition(allHandlersFinished);
  await continueAsNew<typeof control>({ version: 1, carry: { view, results, records } });
}
