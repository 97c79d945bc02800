import { ApplicationFailure } from '@temporalio/common';
import { allHandlersFinished, condition, continueAsNew } from '@temporalio/workflow';

import { conflictsWith } from '../src/domain/conflicts.js';
import { knownResult } from '../src/domain/kept-results.js';
import { questionsToPlan } from '../src/domain/lane-places.js';
import { laneWorkflowId } from '../src/domain/ids.js';
import type { Signed, SignedLaneMessage } from '../src/domain/lane-ending.js';
import type { SignedText } from '../src/domain/signed-text.js';
import { laneViewOf } from '../src/domain/lane-view.js';
import { laneWindowsOf } from '../src/domain/window-record.js';
import { activities } from './activity-proxies.js';
import { handle } from './handle.js';
import { openInbox, signedText, UNSIGNED } from './lane-inbox.js';
import { runLane } from './lane-life.js';
import { LaneRun, type LaneStart } from './lane-run.js';
import { carryOut } from './carry-out.js';
import { laneEngine } from './temporal-engine.js';
import { untilDone } from './until-done.js';

/** One lane for each topmost manager: queue, window timer, fence and ledger. */
export async function lane(start: LaneStart): Promise<void> {
  const run = new LaneRun(laneEngine(), start);
  const ignored = (message: string, why: string): void => {
    run.ignored(message, why);
  };
  const check = async (signed: readonly SignedText[]): Promise<readonly boolean[]> =>
    await untilDone(
      run.engine,
      async () => activities.checkSignatures({ signed }),
      () => undefined,
    );
  const inbox = openInbox(run.engine, check, ignored, () => {
    run.touch();
  });
  // A message that changes fence or ledger waits until a lost lane has recovered its state.
  const ready = async (): Promise<void> => {
    await condition(() => run.state.recovered && inbox.isEmpty());
  };
  const whenSigned = async <T extends object, R>(
    message: SignedLaneMessage,
    input: Signed<T>,
    apply: () => R,
  ): Promise<R> => {
    await ready();
    const [ours] = await check([signedText(start.key, message, input)]);
    if (ours === true) return apply();
    run.ignored(message, UNSIGNED);
    throw ApplicationFailure.nonRetryable(`${message} refused: ${UNSIGNED}`, 'Unsigned');
  };
  handle(
    {
      continueAsNew: () => {
        run.engine.wantNewRun();
      },
      laneEnrol: (input) => {
        const apply = (): void => {
          run.enrolled(input);
        };
        inbox.put('laneEnrol', apply, signedText(start.key, 'laneEnrol', input));
      },
      laneReplan: (input) => {
        const apply = (): void => {
          run.replanned(input);
        };
        inbox.put('laneReplan', apply, signedText(start.key, 'laneReplan', input));
      },
      laneLeave: async (input) => await whenSigned('laneLeave', input, () => run.leaving(input)),
      laneBeginSend: async (input) => await whenSigned('laneBeginSend', input, () => run.begin(input)),
      laneCallNotMade: async (input) => await whenSigned('laneCallNotMade', input, () => run.notMade(input)),
      laneSavedInPush: async (input) => await whenSigned('laneSavedInPush', input, () => run.saved(input)),
      laneBeginAutomatic: async (input) =>
        await whenSigned('laneBeginAutomatic', input, () => run.beginAutomatic(input)),
      laneEndAutomatic: async (input) =>
        await whenSigned('laneEndAutomatic', input, () => run.endAutomatic(input)),
      lanePushEnded: async (end) => await whenSigned('lanePushEnded', end, () => run.pushEnded(end)),
      laneSendFacts: (push) => run.facts(push),
      laneKnownResults: (places) => places.map((place) => knownResult(run.state, place)),
      laneQuestionsToPlan: (basis) => questionsToPlan(run.state, basis),
      laneConflicts: (question) => conflictsWith(run.state, question),
      laneState: () => run.state,
      laneWindows: () => laneWindowsOf(run.state),
      laneView: () => laneViewOf(run.state, run.now()),
      operateLane: async (signed) =>
        await carryOut(signed, {
          workflowId: laneWorkflowId(start.key),
          state: run.answered,
          checkActor: activities.checkActor,
          nowMs: () => run.now(),
          apply: (by) => run.command(signed, by),
          standing: (command) => run.standing(command),
          record: () => {
            run.touch();
          },
        }),
    },
    ignored,
  );
  const carry = await runLane(run, () => allHandlersFinished() && inbox.isEmpty());
  await continueAsNew<typeof lane>({ version: 1, key: start.key, name: run.state.name, carry });
}
