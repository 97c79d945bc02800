import { CallFailure } from '../src/domain/failure.js';
import { fewAtOnce } from '../src/domain/few-at-once.js';
import { instantText } from '../src/domain/instant-text.js';
import type { Member } from '../src/domain/push.js';
import type { WindowFindings } from '../src/domain/window-alerts.js';
import { fillIn, UnresolvedPlaceholder } from '../src/integrations/placeholders.js';
import type { JudgeDeps } from './contract.js';
import { createMemberJudge, type ClosedGate } from './judge-member.js';
import { holdingOf } from './task-access.js';
import { withHeartbeat } from './with-heartbeat.js';

export interface InspectWindowInput {
  readonly laneKey: string;
  readonly laneName: string;
  readonly opensAtMs: number;
  readonly members: readonly Member[];
}

export interface AlertOwnerInput {
  readonly laneKey: string;
  readonly laneName: string;
  readonly opensAtMs: number;
  readonly beforeMs: number;
  readonly lines: readonly string[];
}

export interface AlertOwnerActivities {
  /** What SecureChange shows now of the tickets of a window that has not opened yet. Reads only. */
  inspectWindow: (input: InspectWindowInput) => Promise<WindowFindings>;
  /**
   * Sends an alert to the server that the manager names, once: it is looked up before. Returns where it was sent to or why it
   * was not; null where the manager names no server.
   */
  alertOwner: (input: AlertOwnerInput) => Promise<string | null>;
}

/** Of ServiceNow; another server needs `alertBody`. */
const DEFAULT_BODY = { short_description: '#subject#', description: '#text#' };

export function createAlertOwnerActivities(deps: JudgeDeps): AlertOwnerActivities {
  const { secureChange, managers, itsm } = deps;
  const { judge } = createMemberJudge(deps);

  async function inspect({ members }: InspectWindowInput, signal: AbortSignal): Promise<WindowFindings> {
    const found = { staleDesigns: [], missingApprovals: [], locks: [], others: [] } as {
      -readonly [K in keyof WindowFindings]: string[];
    };
    const me = await secureChange.whoAmI(signal);
    await fewAtOnce(members, async (member) => {
      const { ticketId, targetName } = member;
      const where = `ticket ${ticketId} on ${targetName}`;
      // The window is not open yet: a save needs none. What is saved already cannot be outdated any more.
      const kind = member.saved ? 'commit' : 'save';
      const judged = await judge(
        member,
        { kind, call: 'update', begun: false, overrideUsed: false },
        'look before a window',
        signal,
      );
      if (judged.kind === 'later') found.others.push(`${where}: cannot be read now: ${judged.message}`);
      if (judged.kind === 'closed') {
        const list = listOf(judged.closed);
        if (list !== null) found[list].push(`${where}: ${judged.closed.message}`);
      }
      const task = judged.reading?.requestTask.task;
      if (task === undefined || holdingOf(task, me) !== 'anothers') return;
      found.locks.push(`${where}: its task is assigned to ${task.assignee ?? '-'}`);
    });
    for (const list of Object.values(found)) list.sort();
    return found;
  }

  return {
    inspectWindow: async (input) => await withHeartbeat(async ({ signal }) => await inspect(input, signal)),

    async alertOwner({ laneKey: key, laneName: name, opensAtMs, beforeMs, lines }) {
      return await withHeartbeat(async ({ signal }) => {
        const { alertServer: server, alertBody, owner } = managers.policyFor({ key, name });
        if (server === null) return null;
        const values: Readonly<Record<string, string>> = {
          subject: lines[0] ?? `window of ${name}`,
          text: lines.join('\n'),
          owner: owner ?? '',
          manager: name,
          opens_at: instantText(opensAtMs),
        };
        const correlationId = `sco-window-${key}-${opensAtMs}-${beforeMs}`;
        try {
          const body = fillIn(alertBody ?? DEFAULT_BODY, (placeholder) => {
            const value = values[placeholder];
            return value === undefined ? { absent: 'an alert has no such value' } : { value };
          });
          const message = {
            key: correlationId,
            point: 'window-alert',
            server,
            action: 'create',
            correlationId,
            body: JSON.stringify(body),
            blocking: false,
          } as const;
          const { number } = await itsm.send(message, null, signal);
          return `sent to ${server}: ${number}`;
        } catch (error) {
          // The lane shows it, and no push waits for it.
          if (error instanceof CallFailure || error instanceof UnresolvedPlaceholder)
            return `not sent to ${server}: ${error.message}`;
          throw error;
        }
      });
    },
  };
}

function listOf({ reason }: ClosedGate): keyof WindowFindings | null {
  switch (reason) {
    case 'windowClosed':
      return null;
    case 'newRevision':
      return 'staleDesigns';
    case 'notApproved':
    case 'riskNotAllowed':
      return 'missingApprovals';
    default:
      return 'others';
  }
}
