import type { Scenario } from '../scenario.js';
import { cancelledInWindowWait } from './cancelled-in-window-wait.js';
import { autoStepWouldPush } from './auto-step-would-push.js';
import { backOut } from './back-out.js';
import { autoclose } from './autoclose.js';
import { collateral } from './collateral.js';
import { customScript } from './custom-script.js';
import { manualDevice } from './manual-device.js';
import { parallelTasks } from './parallel-tasks.js';
import { partialCommit } from './partial-commit.js';
import { emergency } from './emergency.js';
import { securetrackCommits } from './securetrack-commits.js';
import { securetrackWindow } from './securetrack-window.js';
import { dstNight } from './dst-night.js';
import { freezeLifted } from './freeze-lifted.js';
import { happy } from './happy.js';
import { itsmApproval } from './itsm-approval.js';
import { itsmDown } from './itsm-down.js';
import { itsmLeads } from './itsm-leads.js';
import { lostEvents } from './lost-events.js';
import { mail } from './mail.js';
import { mediatorTest } from './mediator-test.js';
import { conflicts } from './conflicts.js';
import { differentWindows } from './different-windows.js';
import { override } from './override.js';
import { redo } from './redo.js';
import { rehearsal } from './rehearsal.js';
import { riskBlock } from './risk-block.js';
import { sentBackAfterSave } from './sent-back-after-save.js';
import { sharedManager } from './shared-manager.js';
import { survey } from './survey.js';
import { twoApprovals } from './two-approvals.js';
import { waves } from './waves.js';
import { windowTooShort } from './window-too-short.js';
import { workerKilledInCommit } from './worker-killed-in-commit.js';

/** In the order of `--list`; the first is played when none is named. */
export const scenarios: readonly [Scenario, ...Scenario[]] = [
  happy,
  cancelledInWindowWait,
  redo,
  lostEvents,
  workerKilledInCommit,
  sharedManager,
  sentBackAfterSave,
  differentWindows,
  collateral,
  partialCommit,
  waves,
  conflicts,
  manualDevice,
  securetrackWindow,
  securetrackCommits,
  autoStepWouldPush,
  itsmDown,
  itsmLeads,
  itsmApproval,
  mail,
  riskBlock,
  autoclose,
  freezeLifted,
  windowTooShort,
  dstNight,
  twoApprovals,
  customScript,
  parallelTasks,
  rehearsal,
  survey,
  override,
  emergency,
  backOut,
  mediatorTest,
];
