import { digestOfXml } from '../src/client/sign.js';
import { CallFailure } from '../src/domain/failure.js';
import type { ScriptResult } from '../src/scripts/scripts.js';
import type { ActivityDeps } from './contract.js';
import { patiently } from './patience.js';

export interface RunScriptInput {
  readonly script: string;
  /** The same for each try of one run, and for no other: while one may live, no second is started. */
  readonly key: string;
  /** Of an earlier try, by `earlierRun`: a person says that it ended. */
  readonly endedRun: string | null;
  readonly event: string;
  /** Of the ticket, as read: the registry entry may be limited to some. */
  readonly workflow: string;
  readonly stepName: string | null;
  readonly args: readonly string[];
  readonly ticketInfoXml: string;
  /** Of the XML, from the signed report. */
  readonly ticketInfoSha256: string;
}

export type RunScriptResult =
  { readonly ran: false; readonly why: string } | ({ readonly ran: true } & ScriptResult);

export interface RunScriptActivities {
  /** Runs one registered script, once; output and exit code are the result and so stand in the history. */
  runScript: (input: RunScriptInput) => Promise<RunScriptResult>;
}

export function createRunScriptActivities({ scripts }: Pick<ActivityDeps, 'scripts'>): RunScriptActivities {
  return {
    async runScript(input) {
      const { script, key, endedRun, event, workflow, stepName, args, ticketInfoXml } = input;
      return await patiently(async ({ signal }) => {
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
          return { ran: false, why: 'the XML is not the one that the gateway signed' };
        }
        if (entry.workflows.length > 0 && !entry.workflows.includes(workflow)) {
          return { ran: false, why: `registered for other workflows than "${workflow}"` };
        }
        if (!scripts.registry.applies(entry, event, stepName)) {
          return {
            ran: false,
            why: `registered for other events or steps than ${event} of ${stepName ?? '-'}`,
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
