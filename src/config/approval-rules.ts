/** What must hold between the approvals of a process and its steps. */
import type { Mistake } from './mistakes.js';
import type { ProcessFile } from './process-schema.js';
import type { YamlFile } from './yaml-file.js';

interface Placed {
  readonly phase: string;
  readonly step: string;
}

type Path = readonly (string | number)[];

export function checkApprovals(yaml: YamlFile, process: ProcessFile, phases: readonly Placed[]): Mistake[] {
  const { approval, approvals = [] } = process;
  const mistakes = approvals.flatMap((one, index) => {
    const path = ['approvals', index];
    return [
      ...(approvals.findIndex(({ name }) => name === one.name) < index
        ? [yaml.mistake([...path, 'name'], `two approvals have the name ${one.name}`)]
        : []),
      ...checkField(yaml, path, one),
      ...checkPlace(yaml, path, one, phases),
      ...checkRedo(yaml, path, one),
      ...checkCovers(yaml, path, one, phases),
    ];
  });
  if (approval !== undefined)
    mistakes.push(
      ...checkPlace(yaml, ['approval'], approval, phases),
      ...checkRedo(yaml, ['approval'], approval),
    );
  if (approval !== undefined && process.approvals !== undefined) {
    mistakes.push(yaml.mistake(['approvals'], 'write either approval or approvals, not both'));
  }
  const judgesRisk = approval !== undefined || approvals.some(({ covers }) => covers !== 'request');
  if (
    approvals.length > 0 &&
    !judgesRisk &&
    process.risk !== undefined &&
    process.risk.approvalFrom !== 'never'
  ) {
    mistakes.push(
      yaml.mistake(
        ['risk', 'approvalFrom'],
        `approvalFrom ${process.risk.approvalFrom} needs an approval that covers risk or requestAndDesign; the approvals cover the request alone`,
      ),
    );
  }
  return mistakes;
}

type One = NonNullable<ProcessFile['approvals']>[number];

function checkField(yaml: YamlFile, path: Path, { name, by, field, poll }: One): Mistake[] {
  if (by === 'person' && poll !== undefined)
    return [
      yaml.mistake([...path, 'poll'], `approval ${name} is given in SecureChange; poll needs by: itsm`),
    ];
  if (by === 'person' && field === undefined) {
    return [
      yaml.mistake(path, `approval ${name} by person needs field: the approve/reject field of its step`),
    ];
  }
  if (by === 'itsm' && field !== undefined) {
    return [
      yaml.mistake([...path, 'field'], `approval ${name} is given in the ITSM and has no field; remove it`),
    ];
  }
  return [];
}

/** Its step is there, and a phase approval waits for it there or later. */
function checkPlace(
  yaml: YamlFile,
  path: Path,
  { step }: Pick<One, 'step'>,
  phases: readonly Placed[],
): Mistake[] {
  const steps = yaml.keysAt(['steps']);
  const at = steps.indexOf(step);
  const where = [...path, 'step'];
  const named = where.join('.');
  if (at === -1) return [yaml.mistake(where, `${named}: there is no step ${step} under steps`)];
  const waits = phases.filter(({ phase }) => phase === 'approval').map((one) => steps.indexOf(one.step));
  if (waits.length === 0 || Math.max(...waits) >= at) return [];
  return [
    yaml.mistake(
      where,
      `${named}: no phase approval stands in step ${step} or after it, so approval is looked at before its step ${step} is reached`,
    ),
  ];
}

/** A rejected ticket is sent back to a step before the approval. */
function checkRedo(
  yaml: YamlFile,
  path: Path,
  { step, onReject, redoTo }: Pick<One, 'step' | 'onReject' | 'redoTo'>,
): Mistake[] {
  const named = path.join('.');
  if (onReject !== 'redo')
    return redoTo === undefined
      ? []
      : [yaml.mistake([...path, 'redoTo'], `${named}: redoTo is for onReject: redo`)];
  if (redoTo === undefined)
    return [yaml.mistake([...path, 'onReject'], `${named}: onReject: redo needs redoTo, an earlier step`)];
  const steps = yaml.keysAt(['steps']);
  const at = steps.indexOf(redoTo);
  if (at >= 0 && at < steps.indexOf(step)) return [];
  const message =
    at < 0 ? `there is no step ${redoTo} under steps` : `step ${redoTo} does not come before step ${step}`;
  return [yaml.mistake([...path, 'redoTo'], `${named}: ${message}`)];
}

/** What is approved must be there when it is approved. */
function checkCovers(
  yaml: YamlFile,
  path: Path,
  { name, step, covers }: One,
  phases: readonly Placed[],
): Mistake[] {
  const steps = yaml.keysAt(['steps']);
  const design = phases.find(({ phase }) => phase === 'design');
  if (design === undefined || covers !== 'requestAndDesign') return [];
  if (steps.indexOf(step) >= steps.indexOf(design.step)) return [];
  return [
    yaml.mistake(
      [...path, 'covers'],
      `approval ${name} covers the design, and its step ${step} comes before the design (step ${design.step}); use covers: request, or approve later`,
    ),
  ];
}
