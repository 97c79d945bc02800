import type { ProcessDefinition } from '../domain/process.js';
import type { ConfigFolder } from './config-folder.js';
import type { Mistake } from './mistakes.js';
import { checkProcess } from './process-rules.js';
import { processSchema } from './process-schema.js';
import type { PointFile, ProcessFile } from './process-schema.js';
import { definitionVersion, MOST_DEFINITION_BYTES, toProcess } from './to-process.js';
import { checkYaml, parseYaml } from './yaml-file.js';
import type { YamlFile } from './yaml-file.js';

/** What definitions may refer to by name. */
export interface KnownNames {
  readonly calendars: readonly string[];
  readonly servers: readonly string[];
}

export function loadProcesses(
  folder: ConfigFolder,
  known: KnownNames,
): { processes: ProcessDefinition[]; mistakes: Mistake[] } {
  const mistakes: Mistake[] = [];
  const loaded: { yaml: YamlFile; process: ProcessDefinition }[] = [];
  for (const file of folder.yamlFiles('processes')) {
    const text = folder.read(file) ?? '';
    const { yaml, mistakes: unreadable } = parseYaml(file, text);
    mistakes.push(...unreadable);
    if (yaml === null) continue;
    const { value, mistakes: wrong } = checkYaml(yaml, processSchema);
    mistakes.push(...wrong);
    if (value === null) continue;
    const templates = readTemplates(folder, yaml, value);
    mistakes.push(
      ...checkProcess(yaml, value),
      ...checkReferences(yaml, value, known),
      ...templates.mistakes,
    );
    const version = definitionVersion([text, ...templates.texts]);
    const process = toProcess(value, version, (point) => templates.bodies.get(point) ?? {});
    const bytes = Buffer.byteLength(JSON.stringify(process));
    if (bytes > MOST_DEFINITION_BYTES) {
      mistakes.push(
        yaml.mistake(
          [],
          `with its templates the definition has ${bytes} bytes; at most ${MOST_DEFINITION_BYTES} travel with each step`,
        ),
      );
    }
    loaded.push({ yaml, process });
  }
  for (const [index, { yaml, process }] of loaded.entries()) {
    for (const key of ['workflow', 'name'] as const) {
      const other = loaded.slice(0, index).find((one) => one.process[key] === process[key]);
      if (other === undefined) continue;
      mistakes.push(
        yaml.mistake([key], `${key} ${process[key]} is already defined in ${other.yaml.file}; keep one`),
      );
    }
  }
  return { processes: loaded.map(({ process }) => process), mistakes };
}

function checkReferences(yaml: YamlFile, process: ProcessFile, known: KnownNames): Mistake[] {
  const mistakes: Mistake[] = [];
  const check = (path: (string | number)[], kind: string, name: string, names: readonly string[]): void => {
    if (names.includes(name)) return;
    mistakes.push(
      yaml.mistake(
        path,
        `there is no ${kind} ${name} in ${kind}s.yaml (it has: ${names.join(', ') || 'none'})`,
      ),
    );
  };
  if (process.window !== undefined) {
    check(['window', 'calendar'], 'calendar', process.window.calendar, known.calendars);
    for (const [target, calendar] of Object.entries(process.window.perTarget)) {
      check(['window', 'perTarget', target], 'calendar', calendar, known.calendars);
    }
  }
  process.integrationPoints.forEach((point, index) => {
    check(['integrationPoints', index, 'server'], 'server', point.server, known.servers);
  });
  return mistakes;
}

interface Templates {
  readonly texts: readonly string[];
  readonly bodies: ReadonlyMap<PointFile, Readonly<Record<string, unknown>>>;
  readonly mistakes: readonly Mistake[];
}

function readTemplates(folder: ConfigFolder, yaml: YamlFile, process: ProcessFile): Templates {
  const texts: string[] = [];
  const bodies = new Map<PointFile, Readonly<Record<string, unknown>>>();
  const mistakes: Mistake[] = [];
  process.integrationPoints.forEach((point, index) => {
    if (typeof point.body !== 'string') {
      bodies.set(point, point.body);
      return;
    }
    const here = ['integrationPoints', index, 'body'];
    const text = folder.read(point.body);
    if (text === undefined) {
      mistakes.push(yaml.mistake(here, `the template ${point.body} does not exist`));
      return;
    }
    texts.push(text);
    const { body, mistake } = parseTemplate(point.body, text);
    if (mistake !== null) mistakes.push(mistake);
    else bodies.set(point, body);
  });
  return { texts, bodies, mistakes };
}

type Template =
  | { readonly body: Readonly<Record<string, unknown>>; readonly mistake: null }
  | { readonly body: null; readonly mistake: Mistake };

function parseTemplate(file: string, text: string): Template {
  try {
    const body: unknown = JSON.parse(text);
    if (isRecord(body)) return { body, mistake: null };
    return { body: null, mistake: { file, line: 1, column: 1, message: 'must be a JSON object' } };
  } catch (error) {
    const message = error instanceof Error ? error.message : 'is no JSON';
    const offset = Number(/at position (\d+)/.exec(message)?.[1] ?? 0);
    const before = text.slice(0, offset).split('\n');
    const place = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
    return { body: null, mistake: { file, ...place, message: `is no JSON: ${message.split(',')[0] ?? ''}` } };
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
