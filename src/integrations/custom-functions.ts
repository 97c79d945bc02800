/** Custom functions of templates: `#name|function#`, and `#function#`, as the Workflow Integrator has them. */
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { cleanLine } from '../domain/clean-text.js';
import type { Json } from '../domain/ticket-content.js';
import type { MessageContext } from './itsm.js';
import { keyOf, placeholdersOf } from './placeholders.js';
import type { Resolved, Resolver } from './placeholders.js';

/** What the placeholders of one template with a custom function stand for: `name|function` or `function`, in lower case. */
export type CustomValues = ReadonlyMap<string, Resolved>;

export interface CustomFunctionsOptions {
  /** Absolute paths; read each time, so that an edited module counts from the next message on. */
  readonly modules: readonly string[];
  /** For loading the modules and all calls of one template together. */
  readonly timeoutMs?: number;
}

const NONE: CustomValues = new Map();
const TIMEOUT_MS = 5_000;

/** One use in a template; `value` is absent where a function must make it. */
interface Use {
  readonly key: string;
  readonly name: string;
  readonly function: string | null;
  readonly value?: Json;
}

type Answer =
  | { readonly kind: 'value'; readonly json: string }
  | { readonly kind: 'noFunction' }
  /** The name before the bar stands for nothing. */
  | { readonly kind: 'noValue' }
  | { readonly kind: 'threw'; readonly message: string };

/**
 * Runs in a thread of its own, without our environment. It asks nothing of us but its input, and its results are text: nothing
 * of the module's objects comes back.
 */
const HOST = `
const { parentPort, workerData } = require('node:worker_threads');
const textOf = (error) => String(error instanceof Error ? error.message : error).slice(0, 500);
(async () => {
  const known = new Map();
  for (const address of workerData.modules) {
    for (const [name, value] of Object.entries(await import(address)))
      if (typeof value === 'function') known.set(name.toLowerCase(), value);
  }
  const answers = [];
  for (const use of workerData.uses) {
    try {
      const own = known.get(use.name);
      const next = use.function === null ? null : known.get(use.function);
      const missing = own === undefined && use.function === null;
      if (missing || (use.function !== null && next === undefined)) {
        answers.push({ kind: 'noFunction' });
        continue;
      }
      if (own === undefined && !('value' in use)) {
        answers.push({ kind: 'noValue' });
        continue;
      }
      const value = own === undefined ? use.value : await own(undefined, workerData.ticket);
      const result = next === null ? value : await next(value, workerData.ticket);
      const json = JSON.stringify(result);
      answers.push(json === undefined ? { kind: 'threw', message: 'it gave no value' } : { kind: 'value', json });
    } catch (error) {
      answers.push({ kind: 'threw', message: textOf(error) });
    }
  }
  parentPort.postMessage({ answers, names: [...known.keys()] });
})().catch((error) => parentPort.postMessage({ failed: textOf(error) }));
`;

type Said =
  { readonly answers: readonly Answer[]; readonly names: readonly string[] } | { readonly failed: string };

/** Whether a template calls a custom function by a bar: the function may ask for any field of the ticket. */
export function usesFunctions(template: unknown): boolean {
  return placeholdersOf(template).some((one) => one.function !== null);
}

/**
 * Calls the custom functions that templates name, with the value before the bar and the ticket. A function that throws, hangs or
 * gives nothing leaves its placeholder without a value, and the reason.
 */
export async function customValues(
  templates: readonly unknown[],
  context: MessageContext,
  resolve: Resolver,
  { modules, timeoutMs = TIMEOUT_MS }: CustomFunctionsOptions,
): Promise<CustomValues> {
  if (modules.length === 0) return NONE;
  const found = new Map<string, Resolved>();
  const uses: Use[] = [];
  for (const { name, function: called } of placeholdersOf(templates)) {
    const key = keyOf(name, called);
    if (uses.some((use) => use.key === key)) continue;
    const base = called === null ? null : resolve(name);
    uses.push({
      key,
      name,
      function: called,
      ...(base !== null && 'value' in base && { value: base.value }),
    });
  }
  if (uses.length === 0) return NONE;
  const said = await run({
    modules: modules.map((file) => pathToFileURL(file).href),
    uses,
    ticket: ticketOf(context),
    timeoutMs,
  });
  uses.forEach((use, index) => {
    const resolved = 'failed' in said ? failedFor(use, said.failed) : resolvedOf(use, said, index, resolve);
    if (resolved !== null) found.set(use.key, resolved);
  });
  return found;
}

/** Modules that cannot be loaded are no reason to refuse a placeholder that names no function. */
function failedFor(use: Use, why: string): Resolved | null {
  if (use.function === null) return null;
  return { absent: `needs the function ${cleanLine(use.function, 60)}: ${cleanLine(why, 200)}` };
}

function resolvedOf(
  use: Use,
  { answers, names }: Extract<Said, { answers: unknown }>,
  index: number,
  resolve: Resolver,
): Resolved | null {
  const answer = answers[index] ?? { kind: 'threw', message: 'it gave no answer' };
  const called = cleanLine(use.function ?? use.name, 60);
  switch (answer.kind) {
    case 'noFunction': {
      if (use.function === null) return null;
      const known = names.map((name) => cleanLine(name, 60)).join(', ');
      return {
        absent: `names the function ${called}, which no module of functions.yaml has (they have: ${known})`,
      };
    }
    case 'noValue':
      return resolve(use.name);
    case 'threw':
      return { absent: `has no value: its function ${called} failed: ${cleanLine(answer.message, 200)}` };
    case 'value':
      return { value: JSON.parse(answer.json) as Json };
  }
}

interface Task {
  readonly modules: readonly string[];
  readonly uses: readonly Use[];
  readonly ticket: unknown;
  readonly timeoutMs: number;
}

async function run({ timeoutMs, ...workerData }: Task): Promise<Said> {
  const worker = new Worker(HOST, {
    eval: true,
    workerData,
    env: {},
    argv: [],
    execArgv: [],
    stdin: false,
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 64 },
  });
  try {
    return await new Promise<Said>((resolve) => {
      const timer = setTimeout(
        () => resolve({ failed: `the functions did not end within ${timeoutMs / 1_000} s` }),
        timeoutMs,
      );
      const end = (said: Said): void => {
        clearTimeout(timer);
        resolve(said);
      };
      worker.once('message', end);
      worker.once('error', (error) => end({ failed: error.message }));
      worker.once('exit', () => end({ failed: 'the functions ended their thread' }));
    });
  } finally {
    await worker.terminate();
  }
}

/** What a function may ask of the ticket: plain data, without anything that changes it. */
function ticketOf({ facts, content, event, stepName, itsm }: MessageContext): unknown {
  const fields = (content?.steps ?? []).flatMap(({ tasks }) => tasks.flatMap((task) => task.fields));
  return {
    id: facts.id,
    subject: facts.subject,
    workflow: facts.workflow,
    requester: facts.requester,
    status: facts.status,
    priority: facts.priority,
    step: stepName,
    event,
    itsm: itsm === null ? null : { number: itsm.number, id: itsm.id },
    // The newest of a name comes last, and counts.
    fields: Object.fromEntries(fields.map(({ name, value }) => [name, value])),
  };
}
