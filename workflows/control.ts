import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';

import { cleanMarkdown, SPARE_LINE } from '../src/domain/clean-text.js';
import { emptyMemory, type CommandMemory } from '../src/domain/command-memory.js';
import type { CommandResult, CommandRecord, ControlCommand } from '../src/domain/commands.js';
import { CONTROL_WORKFLOW_ID } from '../src/domain/ids.js';
import { ignoredText, shownIgnored, withIgnored, NONE_IGNORED, type Ignored } from '../src/domain/ignored.js';
import type { ControlView } from '../src/domain/view.js';
import { activities } from './activity-proxies.js';
import { handle } from './handle.js';
import { carryOut } from './operator.js';
import { checkStart } from './start.js';

export interface ControlStart {
  readonly version: 1;
  readonly carry?: ControlState;
}

interface ControlState {
  view: Omit<ControlView, 'ignored'>;
  commandMemory: CommandMemory;
  records: readonly CommandRecord[];
  ignored: Ignored;
}

const RUNNING: ControlState['view'] = { stopped: false, by: null, reason: null, sinceMs: null };

/** The stop switch and its record. While it is on, every gate is closed. */
export async function control(start?: ControlStart): Promise<void> {
  checkStart(start, () => CONTROL_WORKFLOW_ID, String);
  const state: ControlState = start?.carry ?? {
    view: RUNNING,
    // The first command may start the workflow, so it can be older than the run.
    commandMemory: emptyMemory(0),
    records: [],
    ignored: NONE_IGNORED,
  };
  const show = (): void => {
    const lines = [standingText(state.view), ignoredText(state.ignored)].flatMap((text) => text ?? []);
    setCurrentDetails([...lines.map((text) => cleanMarkdown(text)), SPARE_LINE].join('\n\n'));
  };
  handle(
    {
      controlView: () => ({ ...state.view, ...shownIgnored(state.ignored) }),
      // A stop must not wait for a sign-in: every caller may stop, and the record names what is known of the caller.
      operateControl: async (signed) => {
        const { command, key, reason } = signed;
        return await carryOut(signed, {
          workflowId: CONTROL_WORKFLOW_ID,
          state,
          checkActor: activities.checkActor,
          nowMs: () => Date.now(),
          apply: (by) => apply(state, command, by, reason),
          standing: ({ kind }) => ({
            holds: (kind === 'stop') === state.view.stopped,
            now: standingText(state.view),
          }),
          record: (by, result) => {
            const record = { atMs: Date.now(), key, by, kind: command.kind, reason, result };
            state.records = [...state.records, record].slice(-50);
            show();
          },
        });
      },
    },
    (message, why) => {
      state.ignored = withIgnored(state.ignored, { atMs: Date.now(), message, why });
      show();
    },
  );
  show();
  await condition(() => workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > 2_000);
  await condition(allHandlersFinished);
  await continueAsNew<typeof control>({ version: 1, carry: state });
}

function apply(state: ControlState, { kind }: ControlCommand, by: string, reason: string): CommandResult {
  const { stopped } = state.view;
  if (kind === 'stop') {
    if (stopped) return wrongState(`already ${standingText(state.view)}`);
    state.view = { stopped: true, by, reason, sinceMs: Date.now() };
    return {
      accepted: true,
      code: 'done',
      message: `stopped by ${by}: no Update or Commit is sent from now on`,
    };
  }
  if (!stopped) return wrongState('it is not stopped');
  state.view = RUNNING;
  return { accepted: true, code: 'done', message: 'started: the stop switch is off, gates are judged again' };
}

function wrongState(message: string): CommandResult {
  return { accepted: false, code: 'wrongState', message };
}

function standingText({ stopped, by, reason }: ControlState['view']): string {
  return stopped
    ? `stopped by ${by ?? 'an operator'}: ${(reason ?? '').slice(0, 200)}`
    : 'the stop switch is off';
}
