import { isMap, parseDocument } from 'yaml';
import type { ProcessDefinition } from '../domain/process.js';
import type { ConfigFolder } from './config-folder.js';
import { checkMailPoints } from './mail-points.js';
import type { Mistake } from './mistakes.js';
import type { FaultyProcess } from './operator-config.js';
import { checkProcess } from './process-rules.js';
import { processSchema } from './process-schema.js';
import type { PointFile } from './point-schema.js';
import type { ProcessFile } from './process-schema.js';
import { definitionVersion, MOST_DEFINITION_BYTES, toProcess } from './to-process.js';
import { checkYaml, parseYaml } from './yaml-file.js';
import type { YamlFile } from './yaml-file.js';

/** What definitions may refer to by name. */
export interface KnownNames {
  readonly calendars: readonly string[];
  /** Those that are copies of a change window of SecureTrack. */
  readonly copies: readonly string[];
  readonly servers: readonly string[];
  /** Those without a description of their records. */
  readonly callsOnly: readonly string[];
  /** Those with `ticketsField`: the ITSM opens their changes. */
  readonly shared: readonly string[];
  /** Servers of kind mail, and who may get their mails. */
  readonly mail: ReadonlyMap<string, readonly string[]>;
  /** Under approvers in people.yaml. */
  readonly approverRoles: readonly string[];
}

/** A mistake in one file, or in a template of it, makes this file faulty and no other; of two files for one workflow, or of one name, both. */
export function loadProcesses(
  folder: ConfigFolder,
  known: KnownNames,
): { processes: ProcessDefinition[]; faulty: FaultyProcess[] } {
  const files = folder.yamlFiles('processes').map((file) => loadProcess(folder, file, known));
  for (const one of files) {
    for (const other of files) {
      if (one === other) continue;
      if (one.workflow !== null && one.workflow === other.workflow)
        one.mistakes.push(twice(one, 'workflow', one.workflow, other));
      if (one.process !== null && one.process.name === other.process?.name)
        one.mistakes.push(twice(one, 'name', one.process.name, other));
    }
  }
  return {
    processes: files.flatMap(({ process, mistakes }) =>
      process === null || mistakes.length > 0 ? [] : [process],
    ),
    faulty: files.filter(({ mistakes }) => mistakes.length > 0),
  };
}

interface LoadedFile {
  readonly file: string;
  readonly workflow: string | null;
  readonly yaml: YamlFile | null;
  readonly process: ProcessDefinition | null;
  readonly mistakes: Mistake[];
}

function twice({ file, yaml }: LoadedFile, key: string, value: string, other: LoadedFile): Mistake {
  const message = `${key} ${value} is also defined in ${other.file}; keep one`;
  return yaml?.mistake([key], message) ?? { file, line: null, column: null, message };
}

function loadProcess(folder: ConfigFolder, file: string, known: KnownNames): LoadedFile {
  const text = folder.read(file) ?? '';
  const workflow = workflowIn(text);
  const { yaml, mistakes } = parseYaml(file, text);
  if (yaml === null) return { file, workflow, yaml, process: null, mistakes };
  const { value, mistakes: wrong } = checkYaml(yaml, processSchema);
  if (value === null) return { file, workflow, yaml, process: null, mistakes: wrong };
  const templates = readTemplates(folder, yaml, value);
  const found = [
    ...checkProcess(yaml, value, known.shared),
    ...checkReferences(yaml, value, known),
    ...templates.mistakes,
    ...checkMailPoints(yaml, value.integrationPoints, templates.bodies, known.mail),
  ];
  const version = definitionVersion([text, ...templates.texts]);
  const process = toProcess(value, version, {
    bodyOf: (point) => templates.bodies.get(point) ?? {},
    shared: known.shared,
  });
  const bytes = Buffer.byteLength(JSON.stringify(process));
  if (bytes > MOST_DEFINITION_BYTES) {
    found.push(
      yaml.mistake(
        [],
        `with its templates the definition has ${bytes} bytes; at most ${MOST_DEFINITION_BYTES} travel with each step`,
      ),
    );
  }
  return { file, workflow: process.workflow, yaml, process, mistakes: found };
}

/** Whatever else is wrong with the file: its tickets are those of this workflow. */
function workflowIn(text: string): string | null {
  const document = parseDocument(text, { logLevel: 'silent' });
  const workflow: unknown = isMap(document.contents) ? document.contents.get('workflow') : null;
  return typeof workflow === 'string' && workflow !== '' ? workflow : null;
}

function checkReferences(yaml: YamlFile, process: ProcessFile, known: KnownNames): Mistake[] {
  const mistakes: Mistake[] = [];
  const check = (path: (string | number)[], kind: string, name: string, names: readonly string[]): void => {
    const isMail = kind === 'server' && known.mail.has(name) && path[0] !== 'integrationPoints';
    if (isMail) mistakes.push(yaml.mistake(path, `server ${name} takes mail only; name another`));
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
    const server = process.window.itsmPlannedDates?.server;
    if (server !== undefined)
      check(['window', 'itsmPlannedDates', 'server'], 'server', server, known.servers);
    for (const [target, calendar] of Object.entries(process.window.perTarget)) {
      check(['window', 'perTarget', target], 'calendar', calendar, known.calendars);
    }
    const { calendar, perTarget } = process.window;
    const used = [
      ['calendar', calendar],
      ...Object.entries(perTarget).map(([of, name]) => ['perTarget', of, name]),
    ];
    for (const names of used) {
      const name = names.at(-1) ?? '';
      if (
        process.commitBy !== 'securetrack' ||
        !known.calendars.includes(name) ||
        known.copies.includes(name)
      )
        continue;
      mistakes.push(
        yaml.mistake(
          ['window', ...names.slice(0, -1)],
          `commitBy: securetrack needs secureTrackWindow in calendar ${name}: the window whose schedule it copies`,
        ),
      );
    }
  }
  const records: [path: string[], server: string | undefined][] = [
    [['emergency', 'approval', 'server'], process.emergency?.approval.server],
    [['gate', 'itsmChange', 'server'], process.gate?.itsmChange.server],
  ];
  for (const [here, server] of records) {
    if (server === undefined) continue;
    check(here, 'server', server, known.servers);
    if (known.callsOnly.includes(server))
      mistakes.push(
        yaml.mistake(here, `server ${server} has no description of its records; add record in servers.yaml`),
      );
  }
  process.approvals?.forEach(({ poll }, index) => {
    if (poll !== undefined)
      check(['approvals', index, 'poll', 'server'], 'server', poll.server, known.servers);
  });
  [...(process.approval === undefined ? [] : [process.approval]), ...(process.approvals ?? [])].forEach(
    ({ roles }, index) => {
      const path = process.approval === undefined ? ['approvals', index] : ['approval'];
      for (const role of roles.filter((one) => !known.approverRoles.includes(one)))
        mistakes.push(
          yaml.mistake(
            [...path, 'roles'],
            `there is no role ${role} under approvers in people.yaml (it has: ${known.approverRoles.join(', ') || 'none'})`,
          ),
        );
    },
  );
  process.integrationPoints.forEach((point, index) => {
    if (point.server === undefined) return;
    check(['integrationPoints', index, 'server'], 'server', point.server, known.servers);
    if (point.action !== 'call' && point.action !== 'mail' && known.callsOnly.includes(point.server))
      mistakes.push(
        yaml.mistake(
          ['integrationPoints', index, 'action'],
          `server ${point.server} has no description of its records, so it takes calls only; add record in servers.yaml, or use action call`,
        ),
      );
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
    if (point.body === undefined) return;
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
    const message = error instanceof Error ? error.message : 'is not valid JSON';
    const offset = Number(/at position (\d+)/.exec(message)?.[1] ?? 0);
    const before = text.slice(0, offset).split('\n');
    const place = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
    return {
      body: null,
      mistake: { file, ...place, message: `is not valid JSON: ${message.split(',')[0] ?? ''}` },
    };
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
