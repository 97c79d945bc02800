import { signatureMatches } from '../packages/client/src/sign.js';
import { canonicalCommand } from '../src/domain/commands.js';
import { judgeOverride, type OverrideGrant, type OverrideSpan } from '../src/domain/override.js';
import type { ActivityDeps } from './contract.js';

/** What counts of an override for one target now; null when there is none or it does not count. Its age is bounded by its end. */
export function overrideInUse(
  { definitions, settings, clock }: Pick<ActivityDeps, 'definitions' | 'settings' | 'clock'>,
  grant: OverrideGrant | undefined,
  about: {
    readonly workflow: string;
    readonly ticketId: string;
    readonly requester: string | null;
    readonly target: string;
    readonly targetName: string;
    readonly sharesName?: boolean;
  },
): OverrideSpan | null {
  if (grant === undefined) return null;
  const signed = [grant.ask, grant.confirm].every(
    (command) =>
      command.signature !== null &&
      signatureMatches(command.signature, canonicalCommand(command), settings.actorKeys),
  );
  if (!signed) return null;
  const mayOverride = definitions.processFor(about.workflow)?.window.overrideRoles ?? [];
  const judged = judgeOverride(grant, {
    ...about,
    mayOverride,
    identities: definitions.identities(),
    nowMs: clock.now(),
  });
  return typeof judged === 'string' ? null : judged;
}
