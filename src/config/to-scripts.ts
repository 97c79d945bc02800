import { isAbsolute, resolve } from 'node:path';
import type { z } from 'zod';
import type { ScriptEntry } from '../domain/script-entry.js';
import type { Mistake } from './mistakes.js';
import type { scriptsSchema } from './script-schema.js';
import { refuseKeys, unavailable } from './unavailable.js';
import type { YamlFile } from './yaml-file.js';

type ScriptsFile = z.output<typeof scriptsSchema>;

export function checkScripts(yaml: YamlFile, { scripts, interpreters }: ScriptsFile): Mistake[] {
  const mistakes: Mistake[] = [];
  const taken = new Set<string>();
  scripts.forEach((script, index) => {
    const here = ['scripts', index] as const;
    if (script.kind === 'pendingChanges' && script.executable === undefined)
      mistakes.push(yaml.mistake(here, 'a script of kind pendingChanges needs an executable'));
    if (script.kind !== 'event' && script.kind !== 'pendingChanges') {
      const advice = 'use kind event or remove the entry';
      mistakes.push(unavailable(yaml, [...here, 'kind'], 'synchronous scripts', advice));
    }
    mistakes.push(
      ...refuseKeys(yaml, here, script, { onTimeout: 'answers of synchronous scripts' }),
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
      replyWithinMs: script.replyWithin,
      arguments: script.arguments?.map((each) => ({ ...each, pattern: each.pattern ?? null })) ?? null,
      concurrency: script.concurrency ?? null,
      retry:
        retry === undefined ? { attempts: 1, waitMs: 0 } : { attempts: retry.attempts, waitMs: retry.wait },
      env: script.env,
      ...(script.kind === 'pendingChanges' && { probe: true as const }),
    };
  });
}
