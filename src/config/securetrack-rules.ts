/** What must hold in the definition of a process whose Commits are made by SecureTrack's change windows. */
import type { Mistake } from './mistakes.js';
import type { ProcessFile } from './process-schema.js';
import type { YamlFile } from './yaml-file.js';

interface Placed {
  readonly phase: string;
  readonly by: string;
  readonly step: string;
  readonly index: number;
}

export function checkSecureTrack(
  yaml: YamlFile,
  { commitBy, kind, saveUpdates, partialFailure }: ProcessFile,
  phases: readonly Placed[],
): Mistake[] {
  if (commitBy !== 'securetrack') return [];
  const mistakes: Mistake[] = [];
  const add = (path: readonly (string | number)[], message: string): void => {
    mistakes.push(yaml.mistake(path, `commitBy: securetrack ${message}`));
  };
  const commit = phases.find(({ phase }) => phase === 'commit');
  if (commit?.by !== 'orchestrator')
    add(
      commit === undefined ? ['commitBy'] : ['steps', commit.step, 'phases', commit.index],
      'needs the phase commit by orchestrator: it watches the runs of the window',
    );
  if (!phases.some(({ phase }) => phase === 'update'))
    add(['commitBy'], 'needs the phase update: the window commits what is saved before it');
  if (typeof saveUpdates !== 'object')
    add(
      ['saveUpdates'],
      'needs saveUpdates: { ahead: … }: SecureTrack commits at the beginning of its window, and any window of it carries what is saved',
    );
  if (kind === 'emergency') add(['kind'], 'cannot go ahead of a window: an emergency commits by itself');
  if (partialFailure === 'waves')
    add(['partialFailure'], 'decides itself what it commits together: waves need Commits of our own');
  return mistakes;
}
