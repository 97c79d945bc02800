import { digestOfXml } from '../packages/client/src/sign.js';
import { CallFailure } from '../src/domain/failure.js';
import type { ScriptEntry } from '../src/domain/script-entry.js';
import { shownArgs } from '../src/scripts/script-arguments.js';
import type { ScriptResult } from '../src/scripts/scripts.js';
import type { ActivityDeps } from './contract.js';
import { withHeartbeat } from './with-heartbeat.js';

export interface RunScriptInput {
  readonly script: string;
  /** Key of the run, the same for each try: while an earlier try may be running, no second one is started. */
  readonly key: string;
  /** The `earlierRun` of which an operator recorded that it ended. */
  readonly endedRun: string | null;
  readonly event: string;
  /** SecureChange workflow of the ticket: the registry entry may be limited to some. */
  readonly workflow: string;
  readonly stepName: string | null;
  /** The ticket is driven: others run only what is registered with `runs: always`. */
  readonly driven: boolean;
  readonly failedTries: number;
  readonly busyTries: number;
  readonly args: readonly string[];
  readonly ticketInfoXml: string;
  /** Digest of the XML, from the signed report. */
  readonly ticketInfoSha256: string;
}

export type RunScriptResult =
  | { readonly ran: false; readonly why: string }
  | ({ readonly ran: true } & ScriptResult & {
        /** Of the file that ran. */
        readonly sha256: string | null;
        /** As people may see them. */
        readonly shownArgs: readonly string[];
        readonly owner: string | null;
        /** When it is run again by itself; null when an operator decides. Absent in results of before. */
        readonly againInMs?: number | null;
      });

const BUSY_WAIT_MS = 5_000;
const LONGEST_BUSY_WAIT_MS = 120_000;

export interface RunScriptActivities {
  /** Runs one registered script once. Output and exit code are the result, so that the history contains them. */
  runScript: (input: RunScriptInput) => Promise<RunScriptResult>;
}

export function createRunScriptActivities({ scripts }: Pick<ActivityDeps, 'scripts'>): RunScriptActivities {
  return {
    async runScript(input) {
      const { script, key, endedRun, event, workflow, stepName, args, ticketInfoXml } = input;
      return await withHeartbeat(async ({ signal }) => {
        const entry = scripts.registry.find(script);
        if (entry === undefined) {
          throw new CallFailure({
            kind: 'rejected',
            system: `script/${script}`,
            operation: 'run',
            code: 'script.unknown',
            message: 'it is no longer registered in config/scripts.yaml',
          });
        }
        if (digestOfXml(ticketInfoXml) !== input.ticketInfoSha256) {
          return { ran: false, why: 'its XML differs from the one that the gateway signed' };
        }
        if (entry.kind !== 'event') return { ran: false, why: `it is registered as ${entry.kind}` };
        if (entry.workflows.length > 0 && !entry.workflows.includes(workflow)) {
          return { ran: false, why: `it is not registered for workflow "${workflow}"` };
        }
        if (!scripts.registry.applies(entry, event, stepName)) {
          return {
            ran: false,
            why: `it is not registered for event ${event} of step ${stepName ?? '-'}`,
          };
        }
        if (entry.runs === 'driven' && !input.driven) return { ran: false, why: 'the ticket is not driven' };
        const result = await scripts.runner.run(
          entry,
          { event, args, stdin: ticketInfoXml, key, endedRun },
          signal,
        );
        const { sha256, owner } = entry;
        const againInMs = againAfter(entry, result, input);
        return { ran: true, ...result, sha256, shownArgs: shownArgs(entry, args), owner, againInMs };
      });
    },
  };
}

function againAfter(
  { retry }: ScriptEntry,
  { outcome, exitCode }: ScriptResult,
  { failedTries, busyTries }: Pick<RunScriptInput, 'failedTries' | 'busyTries'>,
): number | null {
  switch (outcome) {
    case 'busy':
      return Math.min(LONGEST_BUSY_WAIT_MS, BUSY_WAIT_MS * 2 ** Math.min(busyTries, 10));
    case 'exited':
      return exitCode === 0 || failedTries + 1 >= retry.attempts ? null : retry.waitMs;
    case 'timedOut':
    case 'outputTooLarge':
      return failedTries + 1 >= retry.attempts ? null : retry.waitMs;
    // An operator has to change something first.
    case 'refused':
    case 'earlierMayRun':
      return null;
  }
}
