import type { Phase } from '../../src/domain/phase.js';
import type { PhaseRule } from '../../src/domain/process.js';
import type { TicketRun } from '../ticket-run.js';
import { advancePhase } from './advance.js';
import { approvalPhase } from './approval.js';
import { changeWindowPhase } from './change-window.js';
import { commitPhase } from './commit.js';
import { designPhase } from './design.js';
import { itsmSyncPhase } from './itsm-sync.js';
import { riskCheckPhase } from './risk-check.js';
import { updatePhase } from './update.js';
import { verifyPhase } from './verify.js';

export const phases: Readonly<Record<Phase, (run: TicketRun, rule: PhaseRule) => Promise<void>>> = {
  design: designPhase,
  riskCheck: riskCheckPhase,
  approval: approvalPhase,
  changeWindow: changeWindowPhase,
  update: updatePhase,
  commit: commitPhase,
  verify: verifyPhase,
  advance: advancePhase,
  itsmSync: itsmSyncPhase,
};
