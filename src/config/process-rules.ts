/** What must hold between the parts of one process definition, beyond the form of each. */
import type { Phase } from '../domain/phase.js';
import type { PhaseRule } from '../domain/process.js';
import { checkApprovals } from './approval-rules.js';
import { checkEmergency } from './emergency-rules.js';
import type { Mistake } from './mistakes.js';
import { WORKFLOW_TYPES, type WorkflowType } from '../domain/workflow-types.js';
import { checkPoints } from './point-rules.js';
import type { ProcessFile } from './process-schema.js';
import { checkSecureTrack } from './securetrack-rules.js';
import { refuseKeys } from './unavailable.js';
import type { YamlFile } from './yaml-file.js';

interface Placed {
  readonly phase: Phase;
  readonly by: PhaseRule['by'];
  readonly step: string;
  readonly index: number;
}

/** Who does a phase that is written by its name alone. */
export function toPhaseRule(written: ProcessFile['steps'][string]['phases'][number]): PhaseRule {
  if (typeof written !== 'string') return written;
  return { phase: written, by: written === 'approval' ? 'person' : 'orchestrator' };
}

/** `shared`: servers whose changes the ITSM opens. */
export function checkProcess(yaml: YamlFile, process: ProcessFile, shared: readonly string[]): Mistake[] {
  // In the order they were written: keys of an object lose it when they look like numbers.
  const phases = yaml
    .keysAt(['steps'])
    .flatMap((step) =>
      (process.steps[step]?.phases ?? []).map((written, index) => ({ ...toPhaseRule(written), step, index })),
    );
  return [
    ...notInThisRelease(yaml, process),
    ...checkDoers(yaml, phases),
    ...checkOrder(yaml, phases),
    ...checkType(yaml, process, phases),
    ...checkNeeds(yaml, process, phases),
    ...checkApprovals(yaml, process, phases),
    ...checkEmergency(yaml, process, phases),
    ...checkPoints(yaml, process, shared),
    ...checkSecureTrack(yaml, process, phases),
  ];
}

function notInThisRelease(yaml: YamlFile, process: ProcessFile): Mistake[] {
  return [
    ...refuseKeys(yaml, [], process, {
      ridingAlong: 'policies for changes riding along',
    }),
    ...refuseKeys(yaml, ['risk'], process.risk ?? {}, { external: 'external risk analysis' }),
    ...refuseKeys(yaml, ['approval'], process.approval ?? {}, { itsm: 'approval in the ITSM' }),
  ];
}

const DOERS: Readonly<Record<Phase, readonly PhaseRule['by'][]>> = {
  design: ['orchestrator', 'securechange', 'person'],
  riskCheck: ['orchestrator'],
  approval: ['person'],
  changeWindow: ['orchestrator'],
  update: ['orchestrator', 'securechange', 'person'],
  commit: ['orchestrator', 'securechange', 'person'],
  verify: ['orchestrator', 'securechange'],
  advance: ['orchestrator', 'person'],
  itsmSync: ['orchestrator'],
};

function checkDoers(yaml: YamlFile, phases: readonly Placed[]): Mistake[] {
  return phases
    .filter(({ phase, by }) => !DOERS[phase].includes(by))
    .map((placed) =>
      at(
        yaml,
        placed,
        `${placed.phase} cannot be done by ${placed.by}; by ${DOERS[placed.phase].join(' or ')}`,
      ),
    );
}

/** What may be done once in the life of a step sequence only. */
const ONCE: readonly Phase[] = ['riskCheck', 'changeWindow', 'update', 'commit'];

/** Each earlier than the next ones, wherever both appear. Update may stand before or after changeWindow. */
const BEFORE: readonly (readonly [Phase, Phase])[] = [
  ['design', 'update'],
  ['riskCheck', 'changeWindow'],
  ['riskCheck', 'update'],
  ['riskCheck', 'commit'],
  ['approval', 'changeWindow'],
  ['approval', 'update'],
  ['approval', 'commit'],
  ['changeWindow', 'commit'],
  ['update', 'commit'],
];

function checkOrder(yaml: YamlFile, phases: readonly Placed[]): Mistake[] {
  const mistakes: Mistake[] = [];
  const first = (phase: Phase): number => phases.findIndex((placed) => placed.phase === phase);
  const last = (phase: Phase): number => phases.findLastIndex((placed) => placed.phase === phase);
  phases.forEach((placed, index) => {
    const same = phases.findIndex(
      (other) => other.phase === placed.phase && (other.step === placed.step || ONCE.includes(placed.phase)),
    );
    if (same < index) mistakes.push(at(yaml, placed, `${placed.phase} appears twice`));
    const after = phases[index + 1];
    if (placed.phase === 'advance' && after?.step === placed.step) {
      mistakes.push(at(yaml, placed, 'advance leaves the step, so it must be its last phase'));
    }
  });
  for (const [earlier, later] of BEFORE) {
    const placed = phases[first(later)];
    // Several approvals: all of them come before a push.
    const place = earlier === 'approval' ? last(earlier) : first(earlier);
    if (placed !== undefined && place > first(later)) {
      mistakes.push(at(yaml, placed, `${later} comes before ${earlier}; ${earlier} must come first`));
    }
  }
  return mistakes;
}

/** Phases of a change of devices. */
const CHANGES: readonly Phase[] = ['design', 'changeWindow', 'update', 'commit', 'verify'];

/** A ticket that can ask for no change has nothing to design, to save or to make live. */
function checkType(yaml: YamlFile, { workflowType }: ProcessFile, phases: readonly Placed[]): Mistake[] {
  const { actions }: WorkflowType = WORKFLOW_TYPES[workflowType];
  if (actions.length > 0) return [];
  return phases
    .filter(({ phase }) => CHANGES.includes(phase))
    .map((placed) =>
      at(yaml, placed, `${placed.phase}: a ticket of type ${workflowType} changes no device; leave it out`),
    );
}

function checkNeeds(yaml: YamlFile, process: ProcessFile, phases: readonly Placed[]): Mistake[] {
  const mistakes: Mistake[] = [];
  const find = (phase: Phase): Placed | undefined => phases.find((placed) => placed.phase === phase);
  const push = phases.find(
    ({ phase, by }) => (phase === 'update' || phase === 'commit') && by === 'orchestrator',
  );
  if (push !== undefined) {
    for (const phase of ['riskCheck', 'approval', 'changeWindow'] as const) {
      if (find(phase) !== undefined) continue;
      if (phase === 'approval' && process.kind === 'emergency') continue;
      mistakes.push(
        at(yaml, push, `${push.phase} by orchestrator needs the phase ${phase}, in this step or before`),
      );
    }
  }
  const needs = (phase: Phase, section: 'risk' | 'approval' | 'window'): void => {
    const placed = find(phase);
    if (placed === undefined || process[section] !== undefined) return;
    if (section === 'approval' && process.approvals !== undefined) return;
    mistakes.push(at(yaml, placed, `${phase} needs the section ${section}`));
  };
  needs('riskCheck', 'risk');
  needs('approval', 'approval');
  needs('changeWindow', 'window');
  const always = process.integrationPoints.findIndex(({ enabled, runs }) => enabled && runs === 'always');
  if (always >= 0 && process.driveSince === undefined) {
    mistakes.push(
      yaml.mistake(
        ['integrationPoints', always, 'runs'],
        'runs: always needs driveSince: for tickets created before that instant the system before sends',
      ),
    );
  }
  if (process.mode !== 'observe' && process.driveSince === undefined) {
    mistakes.push(
      yaml.mistake(
        ['mode'],
        `mode ${process.mode} needs driveSince: tickets created before that instant are only observed`,
      ),
    );
  }
  return mistakes;
}

function at(yaml: YamlFile, { step, index }: Placed, message: string): Mistake {
  return yaml.mistake(['steps', step, 'phases', index], `step ${step}: ${message}`);
}
