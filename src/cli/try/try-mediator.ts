/** What a mediator script would post for a real ticket, and what we would do with it; the script is read, never run. */
import type { OperatorConfig } from '../../config/operator-config.js';
import { createScriptRegistry } from '../../scripts/script-registry.js';
import type { RealTicket } from './real-ticket.js';

export interface TriedMediator {
  /** Where it posts to, as it is written there; null when that is not found. */
  readonly address: string | null;
  /** The script that it names. */
  readonly script: string | null;
  readonly checks: readonly { readonly ok: boolean; readonly text: string; readonly advice: string | null }[];
}

type Check = TriedMediator['checks'][number];

/** Assignments and addresses of shell and Python mediators. */
const ASSIGNED =
  /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(["']?)([^"'\n]*?)\2[ \t]*(?:#.*)?$/gm;

export function tryMediator(
  text: string,
  { facts }: RealTicket,
  config: OperatorConfig,
  { event }: { readonly event: string },
): TriedMediator {
  const variables = new Map<string, string>();
  // Comments name addresses of documents.
  const code = text.replace(/^[ \t]*#.*$/gm, '');
  for (const [, name = '', , value = ''] of code.matchAll(ASSIGNED)) variables.set(name, value.trim());
  const script = namedScript(code, variables);
  const address = addressIn(code, variables);
  const checks: Check[] = [
    address === null
      ? bad('no address was found', 'look where it posts to, and put the address of the gateway there')
      : good(
          `posts to ${address}`,
          address.startsWith('https://') ? null : 'the gateway serves https: write the address with https://',
        ),
    ...scriptChecks(script, facts, config, event),
    processCheck(facts, config),
  ];
  return { address, script, checks };
}

/** `EXEC_SCRIPT=…`, or whatever its JSON calls `script`. */
function namedScript(text: string, variables: ReadonlyMap<string, string>): string | null {
  const inJson = /["'\\]*script["'\\]*\s*:\s*\\?["']?([^"'\\,}\n]+)/.exec(text)?.[1]?.trim() ?? null;
  const expanded = inJson === null ? null : expand(inJson, variables);
  // As in the example of the vendor, and in what `sco mediator build` writes.
  return expanded ?? variables.get('EXEC_SCRIPT') ?? variables.get('SCRIPT') ?? null;
}

function addressIn(text: string, variables: ReadonlyMap<string, string>): string | null {
  const endpointOf = (base: string): string => {
    const endpoint = variables.get('ENDPOINT');
    return endpoint === undefined ? base : `${base.replace(/\/$/, '')}/${endpoint.replace(/^\//, '')}`;
  };
  const gateway = variables.get('GATEWAY_URL');
  if (gateway !== undefined) return endpointOf(gateway);
  const written = /https?:\/\/[^\s"'\\]+/.exec(text)?.[0];
  if (written !== undefined) return expand(written, variables);
  const host = variables.get('HOST');
  return host === undefined ? null : endpointOf(host);
}

/** null where a variable is not assigned in the file. */
function expand(text: string, variables: ReadonlyMap<string, string>): string | null {
  const VARIABLE = /\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?/g;
  const isKnown = [...text.matchAll(VARIABLE)].every(([, name = '']) => variables.has(name));
  const expanded = text.replace(VARIABLE, (_whole, name: string) => variables.get(name) ?? '');
  return isKnown && expanded !== '' ? expanded : null;
}

function scriptChecks(
  script: string | null,
  facts: RealTicket['facts'],
  config: OperatorConfig,
  event: string,
): readonly Check[] {
  if (script === null) return [good('names no script: the event is delivered, and no script is run', null)];
  const registry = createScriptRegistry(config.scripts);
  const entry = registry.find(script);
  if (entry === undefined)
    return [
      bad(
        `scripts.yaml has no entry for ${script}: the call would be refused`,
        `add an entry, with legacyPaths: [${script}]; config/README.md, A custom script`,
      ),
    ];
  if (entry.executable === null)
    return [good(`${script} is entry ${entry.name}, which delivers events and runs nothing`, null)];
  const step = facts.step?.name ?? null;
  const applies =
    registry.applies(entry, event, step) &&
    (entry.workflows.length === 0 || entry.workflows.includes(facts.workflow));
  return [
    good(`${script} is entry ${entry.name}: ${entry.executable}`, null),
    good(
      applies
        ? `for ${event} in step ${step ?? '-'} of ${facts.workflow} it is run${entry.runs === 'always' ? '' : ' where the ticket is driven'}`
        : `for ${event} in step ${step ?? '-'} of ${facts.workflow} it is not run: its entry has other events, steps or workflows`,
      null,
    ),
  ];
}

function processCheck(facts: RealTicket['facts'], { processes }: OperatorConfig): Check {
  const process = processes.find(({ workflow }) => workflow === facts.workflow);
  if (process === undefined)
    return good(
      `ticket ${facts.id} is of ${facts.workflow}, which has no process: it is followed and recorded`,
      null,
    );
  const { mode, name, driveSinceMs } = process;
  const isEarlier = facts.createdAtMs !== null && facts.createdAtMs < driveSinceMs;
  const since =
    mode !== 'observe' && isEarlier ? ', and it was created before driveSince: it is only observed' : '';
  return good(`ticket ${facts.id} is of process ${name}, mode ${mode}${since}`, null);
}

function good(text: string, advice: string | null): Check {
  return { ok: true, text, advice };
}

function bad(text: string, advice: string): Check {
  return { ok: false, text, advice };
}
