import { CallFailure } from '../src/domain/failure.js';
import { fewAtOnce } from '../src/domain/few-at-once.js';
import {
  foreignScope,
  type ForeignChange,
  type ForeignCheck,
  type ForeignPolicy,
  type Revisions,
} from '../src/domain/foreign.js';
import type { DevicePath } from '../src/domain/scope.js';
import type { Revision } from '../src/securechange/secure-change.js';
import type { ActivityDeps } from './contract.js';
import { probePending, type Probed } from './pending-changes.js';

/** A Commit does not wait longer for what others saved: it is then not visible. */
const READ_WITHIN_MS = 8_000;
const MOST_CHANGES = 200;

interface Place {
  readonly target: string;
  readonly path: DevicePath;
}

/**
 * What others have saved in the scope of a Commit, as far as SecureTrack and the probe of the manager show it. Never fails:
 * what fails is not visible.
 */
export async function checkForeign(
  deps: Pick<ActivityDeps, 'secureChange' | 'managers' | 'scripts'>,
  lane: { readonly key: string; readonly name: string },
  { target, path, since }: Place & { readonly since: Revisions | null },
  signal: AbortSignal,
): Promise<ForeignCheck> {
  const policy = deps.managers.policyFor(lane).foreignChanges;
  const { known, notVisible, accounts, probe } = policy;
  const answer = (seen: ForeignCheck['seen'], newest: Revisions = {}): ForeignCheck => ({
    policy: { known, notVisible },
    seen,
    newest,
  });
  const hidden = (why: string): ForeignCheck => answer({ changes: [], notVisible: why, revision: null });
  if (accounts.length === 0) return hidden('config/managers.yaml names no accounts of this manager');
  const [tracked, probed] = await Promise.all([
    revisionsOf(deps.secureChange, { target, path }, signal),
    probe === null ? null : probePending(deps, { probe, lane, target }, signal),
  ]);
  const read = tracked.kind === 'read' ? tracked.devices : [];
  const shown = read.flatMap(({ device, rows }) =>
    foreignRows(device, rows, policy, since?.[device] ?? null),
  );
  const pending = probed?.kind === 'answered' ? probed.changes.filter(isForeign(accounts)) : [];
  const changes = [...pending, ...shown.map(({ change }) => change)].slice(0, MOST_CHANGES);
  return answer(
    { changes, notVisible: unseen(probed, tracked, since), revision: shown[0]?.id ?? null },
    newestOf(read),
  );
}

/** Why some may not be visible: a probe that answered has named all; null then. */
function unseen(probed: Probed | null, tracked: Tracked, since: Revisions | null): string | null {
  if (probed !== null) return probed.kind === 'answered' ? null : probed.why.slice(0, 500);
  if (tracked.kind === 'hidden') return tracked.why;
  return since === null
    ? 'nothing was noted when the tickets enrolled'
    : 'what is saved and not a revision in SecureTrack';
}

function isForeign(accounts: readonly string[]): (change: ForeignChange) => boolean {
  const ours = new Set(accounts.map((account) => account.toLowerCase()));
  return ({ administrator }) => !ours.has(administrator.toLowerCase());
}

/** The newest revisions of the devices that a Commit of the target carries; undefined when they are not to be had. */
export async function revisionsNow(
  { secureChange, managers }: Pick<ActivityDeps, 'secureChange' | 'managers'>,
  lane: { readonly key: string; readonly name: string },
  place: Place,
  signal: AbortSignal,
): Promise<Revisions | undefined> {
  if (managers.policyFor(lane).foreignChanges.accounts.length === 0) return undefined;
  const tracked = await revisionsOf(secureChange, place, signal);
  return tracked.kind === 'hidden' ? undefined : newestOf(tracked.devices);
}

interface DeviceRevisions {
  readonly device: string;
  readonly rows: readonly Revision[];
}

type Tracked =
  | { readonly kind: 'read'; readonly devices: readonly DeviceRevisions[] }
  | { readonly kind: 'hidden'; readonly why: string };

async function revisionsOf(
  secureChange: ActivityDeps['secureChange'],
  { target, path }: Place,
  signal: AbortSignal,
): Promise<Tracked> {
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(READ_WITHIN_MS)]);
  try {
    const devices = await fewAtOnce(foreignScope(path, target), async (device) => ({
      device,
      rows: await secureChange.readRevisions(device, inTime),
    }));
    return { kind: 'read', devices };
  } catch (error) {
    signal.throwIfAborted();
    const odd = error instanceof CallFailure && error.facts.kind === 'bug';
    if (odd) return { kind: 'hidden', why: 'a revision that SecureTrack shows cannot be read' };
    if (error instanceof CallFailure || inTime.aborted)
      return { kind: 'hidden', why: 'SecureTrack did not answer' };
    throw error;
  }
}

function newestOf(read: readonly DeviceRevisions[]): Revisions {
  return Object.fromEntries(
    read.flatMap(({ device, rows: [newest] }) => (newest === undefined ? [] : [[device, newest.number]])),
  );
}

/** Revisions of others that came since; without a beginning nothing is known to be foreign. */
function foreignRows(
  device: string,
  rows: readonly Revision[],
  { accounts }: Pick<ForeignPolicy, 'accounts'>,
  since: number | null,
): readonly { readonly id: string; readonly change: ForeignChange }[] {
  const ours = new Set(accounts.map((account) => account.toLowerCase()));
  return rows.flatMap(({ number, administrator, printedAt }) => {
    if (since === null || number <= since || administrator === null || ours.has(administrator.toLowerCase()))
      return [];
    const when = printedAt === null ? '' : ` of ${printedAt}`;
    const change = { administrator, location: `device ${device}, revision ${number}${when}` };
    return [{ id: `${device}:${number}`, change }];
  });
}
