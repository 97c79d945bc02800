import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';

import { cleanMarkdown, SPARE_LINE } from '../src/domain/clean-text.js';
import type { CommandResult, CommandRecord, ControlCommand, SignedCommand } from '../src/domain/commands.js';
import type { ControlView } from '../src/domain/view.js';
import { activities } from './activity-proxies.js';
import { controlView, operateControl } from './messages.js';
import { carryOut, type Answered } from './operator.js';

export interface ControlStart {
  readonly version: 1;
  readonly carry?: {
    readonly view: ControlView;
    readonly commandResults: Answered['commandResults'];
    readonly records: readonly CommandRecord[];
  };
}

const RUNNING: ControlView = { stopped: false, by: null, reason: null, sinceMs: null };

/** The stop switch and its record: while it is on, no gate opens anywhere. */
export async function control(start?: ControlStart): Promise<void> {
  let view = start?.carry?.view ?? RUNNING;
  const answered: Answered = { commandResults: start?.carry?.commandResults ?? [] };
  let records = start?.carry?.records ?? [];
  setHandler(controlView, () => view);
  // Stopping must not wait for anybody: it is allowed to whoever reaches us, and recorded with what is known.
  setHandler(operateControl, async (signed) => {
    const { command, reason } = signed;
    const record = (by: string, result: CommandResult): void => {
      if (result.accepted) {
        view = command.kind === 'stop' ? { stopped: true, by, reason, sinceMs: Date.now() } : RUNNING;
      }
      records = [...records, { atMs: Date.now(), by, kind: command.kind, reason, result }].slice(-50);
      tell();
    };
    return await carryOut(signed, answered, activities.checkActor, (by) => apply(signed, by), record);
  });
  const tell = (): void =>
    setCurrentDetails(
      view.stopped
        ? `**Stopped** by ${cleanMarkdown(view.by ?? 'somebody')}: ${cleanMarkdown(view.reason ?? '')}\n\n${SPARE_LINE}`
        : 'Running',
    );
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
  tell();
  await condition(() => workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > 2_000);
  await condition(allHandlersFinished);
  await continueAsNew<typeof control>({ version: 1, carry: { view, ...answered, records } });
}
