import type { ProcessDefinition } from './process.js';

/**
 * The first step after this one in which SecureChange runs Update or Commit by itself; null when there is none. Steps in
 * between may be skipped, so that they protect nothing, except `barriers`: the approval steps of a ticket that needs them.
 */
export function selfPushingStepAfter(
  { steps }: Pick<ProcessDefinition, 'steps'>,
  stepName: string,
  barriers: readonly string[],
): string | null {
  const names = Object.keys(steps);
  const at = names.indexOf(stepName);
  // A step that the definition does not name may stand before any of them.
  const after = at === -1 ? names : names.slice(at + 1);
  const barrierAt = after.findIndex((name) => barriers.includes(name));
  const later = barrierAt === -1 ? after : after.slice(0, barrierAt);
  const pushes = (name: string): boolean =>
    steps[name]?.phases.some(
      ({ phase, by }) => (phase === 'update' || phase === 'commit') && by === 'securechange',
    ) ?? false;
  return later.find(pushes) ?? null;
}
