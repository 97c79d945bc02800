import { isAbsolute, resolve } from 'node:path';
import type { z } from 'zod';
import { isOwnCall, type ScriptEntry } from '../domain/script-entry.js';
import { mayAnswer, QUESTIONS } from '../domain/script-question.js';
import type { Mistake } from './mistakes.js';
import type { scriptsSchema } from './script-schema.js';
import type { YamlFile } from './yaml-file.js';

type ScriptsFile = z.output<typeof scriptsSchema>;

export function checkScripts(yaml: YamlFile, { scripts, interpreters }: ScriptsFile): Mistake[] {
  const mistakes: Mistake[] = [];
  const taken = new Set<string>();
  scripts.forEach((script, index) => {
    const here = ['scripts', index] as const;
    mistakes.push(
      ...checkQuestion(yaml, here, script),
      ...checkArguments(yaml, here, script.arguments ?? []),
    );
    if (script.interpreter !== undefined && !Object.hasOwn(interpreters, script.interpreter)) {
      const known = Object.keys(interpreters).join(', ') || 'none';
      mistakes.push(
        yaml.mistake(
          [...here, 'interpreter'],
          `no interpreter has the name ${script.interpreter}; interpreters: ${known}`,
        ),
      );
    }
    for (const alias of [script.name, ...script.legacyPaths]) {
      if (taken.has(alias)) mistakes.push(yaml.mistake(here, `${alias} already names another script`));
      taken.add(alias);
    }
  });
  return mistakes;
}

const OWN_FAILURE = {
  pendingChanges:
    'onFailure is for questions; notVisible in managers.yaml says what counts without an answer',
  token: 'onFailure is for questions; without a token the messages of its server wait',
} as const;

const FOR_EVENTS = ['events', 'workflows', 'steps'] as const;

/** What an entry of this kind would be ignored for: an operator must never think that it holds. */
function checkQuestion(
  yaml: YamlFile,
  here: readonly (string | number)[],
  script: ScriptsFile['scripts'][number],
): Mistake[] {
  const { kind, onFailure } = script;
  if (kind === 'event') {
    return onFailure === undefined
      ? []
      : [yaml.mistake([...here, 'onFailure'], 'onFailure is for questions; an event has no answer')];
  }
  const mistake = (key: string, text: string): Mistake => yaml.mistake([...here, key], text);
  return [
    ...(onFailure === undefined || (!isOwnCall(kind) && mayAnswer(kind, onFailure))
      ? []
      : [
          mistake(
            'onFailure',
            isOwnCall(kind)
              ? OWN_FAILURE[kind]
              : `${onFailure} is no answer to ${kind}; use ${QUESTIONS[kind].onFailure.join(' or ')}`,
          ),
        ]),
    ...FOR_EVENTS.filter((key) => script[key].length > 0).map((key) =>
      mistake(key, `${key} is for kind event`),
    ),
    ...(script.runs === 'always' ? [mistake('runs', 'runs is for kind event')] : []),
    ...(script.retry === undefined ? [] : [mistake('retry', 'retry is for kind event')]),
    ...(script.executable === undefined
      ? [mistake('kind', `a script of kind ${kind} needs an executable`)]
      : []),
  ];
}

type Arguments = NonNullable<ScriptsFile['scripts'][number]['arguments']>;

function checkArguments(yaml: YamlFile, here: readonly (string | number)[], declared: Arguments): Mistake[] {
  return declared.flatMap(({ name, many, optional }, at) => {
    const mistake = (text: string): Mistake =>
      yaml.mistake([...here, 'arguments', at], `argument ${name} ${text}`);
    const next = declared[at + 1];
    return [
      ...(many && next !== undefined ? [mistake('has many: true, and others follow it')] : []),
      ...(optional && next?.optional === false ? [mistake('is optional, and the one after it is not')] : []),
    ];
  });
}

export function toScripts(folder: string, { scripts, interpreters }: ScriptsFile): ScriptEntry[] {
  return scripts.map((script) => {
    const { executable, retry } = script;
    return {
      name: script.name,
      kind: script.kind,
      onFailure:
        script.kind === 'event' || isOwnCall(script.kind)
          ? null
          : (script.onFailure ?? QUESTIONS[script.kind].onFailure[0]),
      owner: script.owner ?? null,
      executable:
        executable === undefined ? null : isAbsolute(executable) ? executable : resolve(folder, executable),
      interpreter: interpreters[script.interpreter ?? ''] ?? null,
      legacyPaths: script.legacyPaths,
      sha256: script.sha256 ?? null,
      runs: script.runs,
      events: script.events,
      workflows: script.workflows,
      steps: script.steps,
      timeoutMs: script.timeout,
      reply: script.reply,
      replyWithinMs: script.replyWithin ?? (script.kind === 'event' ? 10_000 : 5_000),
      arguments: script.arguments?.map((each) => ({ ...each, pattern: each.pattern ?? null })) ?? null,
      concurrency: script.concurrency ?? null,
      retry:
        retry === undefined ? { attempts: 1, waitMs: 0 } : { attempts: retry.attempts, waitMs: retry.wait },
      env: script.env,
    };
  });
}
