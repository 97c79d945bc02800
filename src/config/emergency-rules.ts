/** What must hold in the definition of an emergency process. */
import type { Mistake } from './mistakes.js';
import type { ProcessFile } from './process-schema.js';
import type { YamlFile } from './yaml-file.js';

interface Placed {
  readonly phase: string;
  readonly by: string;
  readonly step: string;
  readonly index: number;
}

export function checkEmergency(yaml: YamlFile, process: ProcessFile, phases: readonly Placed[]): Mistake[] {
  const { kind, emergency, approval, approvals, window, saveUpdates } = process;
  if (kind === 'normal') {
    if (emergency === undefined) return [];
    return [yaml.mistake(['emergency'], 'the section emergency needs kind: emergency')];
  }
  const mistakes: Mistake[] = [];
  const add = (path: readonly (string | number)[], message: string): void => {
    mistakes.push(yaml.mistake(path, message));
  };
  if (emergency === undefined)
    add(['kind'], 'kind: emergency needs the section emergency: which approval is owed, and until when');
  if (window !== undefined && window.override === undefined)
    add(['window'], 'kind: emergency needs window.override: whose role may let a ticket go ahead');
  if (approval !== undefined || approvals !== undefined)
    add(
      [approval === undefined ? 'approvals' : 'approval'],
      'kind: emergency has no approval before the push: two persons take its place, and the ITSM approves afterwards; remove it',
    );
  if (saveUpdates !== 'inWindow')
    add(['saveUpdates'], 'kind: emergency saves nothing before two persons let it go ahead; remove it');
  for (const { phase, by, step, index } of phases) {
    const at = ['steps', step, 'phases', index];
    if (phase === 'approval') add(at, `step ${step}: kind: emergency has no phase approval; remove it`);
    // SecureChange would push it before two persons said so.
    if ((phase === 'update' || phase === 'commit') && by === 'securechange')
      add(at, `step ${step}: ${phase} by securechange cannot wait for two persons; use by: orchestrator`);
  }
  return mistakes;
}
