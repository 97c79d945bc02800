import type { CommitEvidence, CommitReport } from '../domain/provisioning.js';
import { createChangeWindows } from './change-windows.js';
import { createGroupUses } from './group-uses.js';
import { evidenceIn, reportSubject, toCommitReport } from './commit-evidence.js';
import type { DeviceTree } from './device-tree.js';
import { managersInRuns } from './managers-in-runs.js';
import { clip, NAME_LENGTH, toObject, toText } from './normalise.js';
import { fieldPath, taskPath } from './paths.js';
import { requestsOf, toRequestField } from './request-field.js';
import type { RestConnection, SecureChangeOptions } from './rest-connection.js';
import { expectSameDeviceName, expectSameId } from './same-object.js';
import type { FieldRef, SecureChange } from './secure-change.js';
import { toDesign } from './to-design.js';
import { readVerifierResults } from './verifier-results.js';
import {
  anySchema,
  designerSchema,
  revisionListSchema,
  revisionSchema,
  type WireSuggestion,
} from './wire.js';

const MOST_REVISIONS = 100;

/** SecureChange limits what one client may ask at the same time; five is the one limit it documents. */
const REPORTS_AT_ONCE = 4;

type ProvisioningReads = Pick<
  SecureChange,
  | 'readDesign'
  | 'readCommitReport'
  | 'readVerifier'
  | 'readRevision'
  | 'readRevisions'
  | 'windowCommits'
  | 'readWindowRuns'
  | 'readManagersInRuns'
  | 'readGroupUses'
>;

/** Reads what Designer, Commit, verifier and SecureTrack say of the devices of a ticket. */
export function createProvisioningReads(
  connection: RestConnection,
  options: SecureChangeOptions,
  devices: DeviceTree,
): ProvisioningReads {
  const { system, securechange, securetrack, readField } = connection;
  const groupUses = createGroupUses(securetrack, devices);
  const changeWindows = createChangeWindows(connection.secureTrackHttp);

  async function readSuggestions(
    ref: FieldRef,
    signal: AbortSignal | undefined,
  ): Promise<readonly WireSuggestion[]> {
    const operation = `read the Designer results of ticket ${ref.ticketId}`;
    const path = `${fieldPath(ref)}/designer`;
    const answer = await securechange.get(designerSchema, { path, operation, signal });
    return answer.designer_results.suggestions_per_device;
  }

  /** Without commit results there is no report to ask for. */
  async function readEvidence(
    ref: FieldRef,
    suggestion: WireSuggestion,
    signal: AbortSignal | undefined,
  ): Promise<CommitReport> {
    if (suggestion.commit_results === null) return toCommitReport(null, null);
    const operation = `read the commit report of ${suggestion.management_name ?? suggestion.management_id}`;
    const report = await securechange.find(anySchema, {
      path: `${fieldPath(ref)}/designer/commit_report/${encodeURIComponent(suggestion.management_id)}`,
      operation,
      signal,
    });
    const says = reportSubject(report);
    expectSameId({ system, operation, what: 'ticket' }, ref.ticketId, says.ticketId);
    const asked = { system, operation, what: 'device' };
    expectSameDeviceName(asked, suggestion.management_name, says.managementName);
    return toCommitReport(suggestion.commit_results, report);
  }

  return {
    async readDesign(ref, signal) {
      const field = await readField(ref, signal);
      const { designerStatus } = toRequestField(field);
      const hasResults = designerStatus !== 'not run' && designerStatus !== 'designer running';
      const suggestions = hasResults ? await readSuggestions(ref, signal) : [];
      const ids = suggestions.flatMap((one) => [one.management_id, one.ancestor_management_id ?? []].flat());
      const known = ids.length === 0 ? new Map() : await devices.read(ids, signal);
      const commits = new Map<string, CommitEvidence>();
      for (let at = 0; at < suggestions.length; at += REPORTS_AT_ONCE) {
        const some = suggestions.slice(at, at + REPORTS_AT_ONCE);
        const evidences = await Promise.all(some.map((one) => readEvidence(ref, one, signal)));
        evidences.forEach((report, index) =>
          commits.set(some[index]?.management_id ?? '', evidenceIn(report)),
        );
      }
      return toDesign({ field, suggestions, devices: known, capabilities: options.capabilities(), commits });
    },

    async readGroupUses(ref, signal) {
      return await groupUses(await readField(ref, signal), signal);
    },

    async readCommitReport(ref, managementId, signal) {
      const suggestions = await readSuggestions(ref, signal);
      const suggestion = suggestions.find((one) => one.management_id === managementId);
      return suggestion === undefined ? toCommitReport(null, null) : readEvidence(ref, suggestion, signal);
    },

    async readVerifier(ref, signal) {
      const field = await readField(ref, signal);
      const requests = requestsOf(field).map((request) => ({
        id: toText(request['id']),
        order: toText(request['order']) ?? '?',
        status: toText(toObject(request['verifier_result'])?.['status']),
      }));
      const path = (requestId: string): string =>
        `${taskPath(ref)}/multi_access_request/${encodeURIComponent(requestId)}/verifier`;
      return readVerifierResults(securechange, requests, path, signal);
    },

    async readRevision(managementId, signal) {
      const found = await securetrack.find(revisionSchema, {
        path: `/securetrack/api/devices/${encodeURIComponent(managementId)}/latest_revision/`,
        operation: `read the newest revision of device ${managementId}`,
        signal,
      });
      return found?.revision?.revisionId ?? null;
    },

    async readRevisions(managementId, signal) {
      const { revision } = await securetrack.get(revisionListSchema, {
        path: `/securetrack/api/devices/${encodeURIComponent(managementId)}/revisions/`,
        operation: `read the revisions of device ${managementId}`,
        signal,
      });
      const rows = (revision ?? []).map(({ revisionId, admin, date, time }) => {
        const administrator = admin === null || /^-*$/.test(admin) ? null : clip(admin, NAME_LENGTH);
        const printedAt = date === null ? null : clip(`${date} ${time ?? ''}`.trim(), NAME_LENGTH);
        return { number: revisionId, administrator, printedAt };
      });
      return rows.sort((a, b) => b.number - a.number).slice(0, MOST_REVISIONS);
    },

    async windowCommits(managementId, sinceMs, signal) {
      return await changeWindows.commitsOf(managementId, sinceMs, signal);
    },

    async readWindowRuns(sinceMs, signal) {
      return await changeWindows.runsSince(sinceMs, signal);
    },

    async readManagersInRuns(sinceMs, signal) {
      const { windows, runs } = await changeWindows.runsSince(sinceMs, signal);
      const enabled = new Set(windows.flatMap((window) => (window.enabled ? [window.uuid] : [])));
      const counted = runs.filter(({ uuid, startMs }) => enabled.has(uuid) && startMs >= sinceMs);
      const ids = [...new Set(counted.flatMap((run) => run.devices.map(({ managementId }) => managementId)))];
      if (ids.length === 0) return [];
      return managersInRuns(counted, await devices.read(ids, signal));
    },
  };
}
