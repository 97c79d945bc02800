import { digestOfXml } from '../src/client/sign.js';
import { CallFailure } from '../src/domain/failure.js';
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
  readonly args: readonly string[];
  readonly ticketInfoXml: string;
  /** Digest of the XML, from the signed report. */
  readonly ticketInfoSha256: string;
}

export type RunScriptResult =
  { readonly ran: false; readonly why: string } | ({ readonly ran: true } & ScriptResult);

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
        if (entry.workflows.length > 0 && !entry.workflows.includes(workflow)) {
          return { ran: false, why: `it is not registered for workflow "${workflow}"` };
        }
        if (!scripts.registry.applies(entry, event, stepName)) {
          return {
            ran: false,
            why: `it is not registered for event ${event} of step ${stepName ?? '-'}`,
          };
        }
        const result = await scripts.runner.run(
          entry,
          { event, args, stdin: ticketInfoXml, key, endedRun },
          signal,
        );
        return { ran: true, ...result };
      });
    },
  };
}
