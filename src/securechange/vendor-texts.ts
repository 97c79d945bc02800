import type { TufinReason } from '../domain/codes.js';
import type { FailureKind } from '../domain/failure.js';

/** What one text of SecureChange, SecureTrack or a device means for what happens next. */
export interface VendorText {
  /** Second half of the failure code, `<system>.<reason>`; stable. */
  readonly reason: TufinReason;
  /** Matches the message; a group `holder` names who holds what we wanted. */
  readonly text: RegExp;
  /** `noOp`: nothing to do, a result rather than a failure. */
  readonly kind: FailureKind | 'noOp';
  /** What to do next, for a person. */
  readonly advice: string;
  /** Where the text was read: `documented`, `verbatim` (seen in vendor code or a peer's classifier) or `assumed`. */
  readonly source: string;
  /** The text as it was recorded: what the tests feed. */
  readonly recorded: string;
}

/**
 * Every text we understand, first match wins. To add one: add a line here, with its source and the recorded
 * text; the test reads this table.
 */
export const VENDOR_TEXTS: readonly VendorText[] = [
  {
    reason: 'redesign_not_needed',
    text: /redesign will not be run because it is not needed/i,
    kind: 'noOp',
    advice: 'nothing to design',
    source: 'documented: R25-2 API, PUT …/designer/redesign, 400',
    recorded: 'Redesign will not be run because it is not needed.',
  },
  {
    reason: 'commit_not_needed',
    text: /\bcommit (is )?not needed\b|\bno changes to commit\b/i,
    kind: 'noOp',
    advice: 'nothing to commit',
    source: 'verbatim: pan-os-python',
    recorded: 'Commit not needed',
  },
  {
    reason: 'commit_not_supported',
    text: /commit is not supported for device id/i,
    kind: 'rejected',
    advice:
      'this device needs no Commit, or a person commits on its manager; correct config/capabilities.yaml',
    source: 'documented: R25-2 API, PUT …/designer/device/{id}/commit, 400',
    recorded: 'Commit is not supported for device ID 40',
  },
  {
    reason: 'provisioning_not_supported',
    text: /provisioning is not supported for device id/i,
    kind: 'rejected',
    advice:
      'a person makes the change on the device, then: sco ticket complete; correct config/capabilities.yaml',
    source: 'documented: R25-2 API, PUT …/designer/device/{id}/update, 400',
    recorded: 'Provisioning is not supported for device ID 40',
  },
  {
    reason: 'max_concurrent',
    text: /max(imum)? concurrent/i,
    kind: 'busy',
    advice: 'SecureChange runs its maximum of calls of this kind; the orchestrator tries again by itself',
    source: 'documented: R25-2 API, GET /tickets/lifecycle_events, 500',
    recorded: 'Reached max concurrent attempts',
  },
  {
    reason: 'database',
    text: /unable to rollback against jdbc connection/i,
    kind: 'transient',
    advice: 'the database of SecureChange did not answer; the orchestrator tries again by itself',
    source: 'verbatim: firewall-orchestrator, on ticket creation',
    recorded: 'Unable to rollback against JDBC Connection',
  },
  {
    reason: 'commit_in_progress',
    text: /another commit\b.*\bin progress|\bcommit is in progress|\b(install|installation|ha sync)\b.*\bin progress/i,
    kind: 'locked',
    advice: 'the manager is busy with another commit; the orchestrator tries again by itself',
    source: 'verbatim: pan-os-python panos/base.py',
    recorded: 'Another commit/validate is in progress. Please try again later',
  },
  {
    reason: 'locked',
    text: /\b(?:is |currently )?locked by (?:the )?(?:other )?(?:user |administrator |admin )?(?<holder>.+?)(?=[;,]|\.(?:\s|$)|\s*$)/i,
    kind: 'locked',
    advice: 'ask the holder to release it; the orchestrator tries again by itself',
    source: 'verbatim: pan-os-python, FortiManager collections; sample of a failed Update',
    recorded: 'Configuration is locked by admin-eu',
  },
  {
    reason: 'commit_lock',
    text: /\bcommit lock\b.{0,80}? (?:is )?(?:already )?held by (?<holder>.+?)(?=[;,]|\.(?:\s|$)|\s*$)|\bholding device[- ]wide commit locks?\b/i,
    kind: 'locked',
    advice:
      'a commit lock stops every Commit of the manager; ask the holder to release it on the manager; the orchestrator tries again by itself',
    source: 'verbatim: PAN-OS, text of its XML API',
    recorded: 'Commit lock is already held by admin-eu',
  },
  {
    reason: 'configuration_lock',
    text: /\bconfig(?:uration)? lock\b.{0,80}? (?:is )?(?:already )?held by (?<holder>.+?)(?=[;,]|\.(?:\s|$)|\s*$)/i,
    kind: 'locked',
    advice:
      'a configuration lock stops every change of its scope (shared, a device group or a virtual system); ask the holder to release it on the manager; the orchestrator tries again by itself',
    source: 'verbatim: PAN-OS, text of its XML API',
    recorded: 'Config lock is already held by admin-eu',
  },
  {
    reason: 'update_running',
    text: /one (standard )?(device )?update at a time|another (device )?update is (currently |already )?running|device is (currently )?being updated|update is already in progress/i,
    kind: 'busy',
    advice: 'one standard device is updated at a time; the orchestrator tries again by itself',
    source: 'assumed: the rule is documented (KC Updating and Committing Policy Changes), its text is not',
    recorded: 'Another device update is currently running',
  },
  {
    reason: 'task_pending',
    text: /\btask\b.*\bpending\b|\bpending status\b/i,
    kind: 'busy',
    advice: 'SecureChange works on the task itself; the orchestrator tries again by itself',
    source: 'documented: the lock, and 400 while a task is pending on change_requester; exact text assumed',
    recorded: 'Task 7304 is in pending status',
  },
  {
    reason: 'design_outdated',
    text: /\b(policy|device)\b.*\bchanged since the design/i,
    kind: 'rejected',
    advice: 'run the Designer again, have it approved again',
    source: 'assumed: from new_revision_arrived',
    recorded: 'The policy of device ID 21 has changed since the design',
  },
  {
    reason: 'ticket_moved_on',
    text: /not part of the current step|\bis already (done|invalid|ticket \w+)\b|\bis not (open|in progress)\b/i,
    kind: 'rejected',
    advice: 'the ticket went on meanwhile; it is read again',
    source: 'assumed',
    recorded: 'Task 7303 is not part of the current step of ticket 1201',
  },
  {
    reason: 'task_not_assigned',
    text: /\btask\b.*\bnot assigned\b/i,
    kind: 'rejected',
    advice: 'assign the task to our user, or let the process definition accept or reassign tasks',
    source: 'documented: 403 without permission on PUT task; exact text assumed',
    recorded: 'Task 7304 is not assigned to wf-api',
  },
  {
    reason: 'unlicensed',
    text: /\bunlicensed\b|\bno license\b|\blicense (is )?(missing|expired)\b/i,
    kind: 'rejected',
    advice: 'license the device for automation',
    source: 'documented: R25-2 API, PUT task, 403 on unlicensed devices; exact text assumed',
    recorded: 'The ticket holds unlicensed devices',
  },
  {
    reason: 'device_login',
    text: /\blogin error\b/i,
    kind: 'rejected',
    advice: "check SecureTrack's credential for this device",
    source: 'verbatim: SecureTrack R19-2 collection, device error of a change window run',
    recorded: 'Login error',
  },
  {
    reason: 'reverted',
    text: /\b(auto[- _]?)?reverted\b/i,
    kind: 'rejected',
    advice:
      'the firewall took the change and went back to what it had; find out why before it is pushed again',
    source:
      'assumed: that it happens is documented (PAN-OS 9.1, automatic Panorama connection recovery), its text is not',
    recorded:
      'Connectivity check to Panorama failed, configuration reverted to the last running configuration',
  },
  {
    reason: 'not_performed',
    text: /\b(commit|update)\b.*\b(not performed|did not run|was skipped)\b/i,
    kind: 'rejected',
    advice: 'nothing was pushed to this device; see the text for why',
    source:
      'verbatim: SecureTrack R19-2 collection and pytos2, change window runs; history line of an Update',
    recorded: 'Commit not performed as the Device Group monitoring is stopped',
  },
];

/** Codes of `{"result":{"code","message"}}` when no text is known. */
export const VENDOR_CODES: ReadonlyMap<string, { readonly reason: TufinReason; readonly advice: string }> =
  new Map<string, { readonly reason: TufinReason; readonly advice: string }>([
    ['NOT_FOUND_ERROR', { reason: 'not_found', advice: 'it does not exist, or is not visible to our user' }],
    [
      'BAD_REQUEST_ERROR',
      { reason: 'bad_request', advice: 'the request does not fit the state of the ticket' },
    ],
    ['ILLEGAL_ARGUMENT_ERROR', { reason: 'illegal_argument', advice: 'a value is refused' }],
    ['FIELD_VALIDATION_ERROR', { reason: 'field_validation', advice: 'a field is missing or wrong' }],
    ['WEB_APPLICATION_ERROR', { reason: 'web_application', advice: 'SecureChange refuses' }],
    ['GENERAL_ERROR', { reason: 'general', advice: 'SecureChange failed; see its logs' }],
  ]);

/** The line of the table that understands this text. */
export function findVendorText(
  text: string,
): { readonly row: VendorText; readonly holder: string | null } | null {
  for (const row of VENDOR_TEXTS) {
    const match = row.text.exec(text);
    if (match) return { row, holder: match.groups?.['holder']?.trim().slice(0, 60) ?? null };
  }
  return null;
}

/** A lock of another user, or another Commit that runs: nothing was done, and it ends without us. */
export function saysLocked(text: string): boolean {
  return findVendorText(text)?.row.kind === 'locked';
}

/** A firewall that took the change and went back to what it had, also under a success. */
export function saysReverted(text: string): boolean {
  return findVendorText(text)?.row.reason === 'reverted';
}

/** A push that says of itself that it did nothing, also under a success, or that nothing was left for it to do. */
export function saysNotPerformed(text: string): boolean {
  const reason = findVendorText(text)?.row.reason;
  return reason === 'not_performed' || reason === 'commit_not_needed';
}
