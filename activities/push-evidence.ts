import type { PushCall } from '../src/domain/push.js';
import { evidenceKey, type DeviceDesign } from '../src/domain/provisioning.js';

/** The effect is there; `joined`: found, not sent by this attempt. `commitEvidence` is the baseline for a Commit. */
export interface DoneEvidence {
  readonly kind: 'done';
  readonly joined: boolean;
  readonly message: string;
  readonly commitEvidence: string;
  /** Newest revision of the target just before the call; absent when unknown. */
  readonly revisionBefore?: number;
  /** When the Commit ended, as the vendor printed it. */
  readonly committedUntil?: string;
  /** When others made it live, where that is known exactly. */
  readonly liveSinceMs?: number;
}

/** The members of a Commit that failed elsewhere whose firewalls all have their change. */
export interface Finished {
  /** `ticket/target` */
  readonly members: readonly string[];
  readonly evidence: DoneEvidence;
}

/** What a target shows of a push. */
export type PushEvidence =
  | DoneEvidence
  /** `nothingToInstall`: the vendor performed no Commit, which proves neither that the change is live nor that it is not. */
  | {
      readonly kind: 'failed';
      readonly message: string;
      readonly nothingToInstall?: true;
      /** The manager was locked: the report proves that nothing was installed. */
      readonly locked?: true;
      readonly finished?: Finished;
    }
  | { readonly kind: 'partial' | 'reverted'; readonly message: string; readonly finished?: Finished };

/** What decides which evidence counts. */
interface Sought {
  readonly call: PushCall;
  /** Key of the Commit evidence when the Update ended; other evidence means that a Commit was made since. */
  readonly commitBaseline: string | null;
}

/** The effect is there although this attempt sent nothing; null when it is not, or when it is unknown. */
export function alreadyThere(input: Sought, device: DeviceDesign | undefined): DoneEvidence | null {
  if (device === undefined) return null;
  const commitEvidence = evidenceKey(device.commit);
  if (input.call !== 'commit') {
    if (device.update !== 'updated') return null;
    return { kind: 'done', joined: true, message: device.updateMessage ?? 'already updated', commitEvidence };
  }
  if (device.commit.state !== 'committed') return null;
  // Without a baseline it is unknown whether the Commit came after the Update.
  if (input.commitBaseline === null || commitEvidence === input.commitBaseline) return null;
  const message = 'committed already by another user';
  return { kind: 'done', joined: true, message, commitEvidence, ...endedAt(device) };
}

export function endedAt({ commit }: Pick<DeviceDesign, 'commit'>): { committedUntil?: string } {
  return commit.reportEnd === undefined ? {} : { committedUntil: commit.reportEnd };
}

/** What a target shows when there is no such target. */
export const NOTHING_SEEN = 'none|-';

/** What the target shows now. It is recorded with the intent as the baseline; later evidence must differ from it. */
export function seenOf(input: Sought, device: DeviceDesign | undefined): string {
  if (device === undefined) return NOTHING_SEEN;
  return input.call === 'commit' ? evidenceKey(device.commit) : device.update;
}

/**
 * What the target shows that it did not show before; null while it shows nothing. Once a run has `ended`, the same state
 * counts as new evidence, but the same report does not: it belongs to the Commit before.
 */
export function evidenceOf(
  input: Sought,
  device: DeviceDesign | undefined,
  seen: string,
  ended = false,
): PushEvidence | null {
  if (device === undefined) return null;
  const commitEvidence = evidenceKey(device.commit);
  if (input.call !== 'commit') {
    if (device.update === 'updated')
      return { kind: 'done', joined: false, message: device.updateMessage ?? 'updated', commitEvidence };
    if (device.update === 'failed' && (ended || seen !== 'failed'))
      return { kind: 'failed', message: device.updateMessage ?? 'the Update failed' };
    return null;
  }
  if (commitEvidence === seen && (!ended || device.commit.reportStart !== null)) return null;
  const message = device.commit.message ?? device.commit.state;
  switch (device.commit.state) {
    case 'committed':
      return { kind: 'done', joined: false, message, commitEvidence, ...endedAt(device) };
    case 'partial':
    case 'reverted':
      return { kind: device.commit.state, message };
    case 'failed':
      return { kind: 'failed', message, ...(device.commit.locked === true && { locked: true }) };
    case 'skipped':
      return {
        kind: 'failed',
        message: `the Commit was not performed: ${message}`,
        nothingToInstall: true,
      };
    case 'unknown':
    case 'none':
      return null;
  }
}
