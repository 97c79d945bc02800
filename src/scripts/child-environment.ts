import { dirname } from 'node:path';

/** Where scripts and `env` look for programs: our own Node first. */
export const SCRIPT_PATH: readonly string[] = [
  dirname(process.execPath),
  '/usr/local/bin',
  '/usr/bin',
  '/bin',
];

/** What entries may refer to: values of settings, and secrets. */
export interface ScriptReferences {
  setting(name: string): string | undefined;
  secret(name: string): string | undefined;
}

/** A reference that leads nowhere; the message names it, never a value. */
export class UnknownReference extends Error {
  constructor(kind: string, variable: string, name: string) {
    const what = kind === 'setting' ? 'setting' : 'secret';
    super(`its environment variable ${variable} refers to the ${what} ${name}, which is not set`);
    this.name = 'UnknownReference';
  }
}

export interface ChildSurroundings {
  readonly event: string;
  /** The registered path of what runs; the copy that runs lies elsewhere. */
  readonly executable: string;
  /** The working folder of the run. */
  readonly folder: string;
  readonly runId: string;
  /** Searched before the other folders. */
  readonly path: readonly string[];
  /** Makes a secret readable to the child under the path that is returned. */
  readonly secretPath: (variable: string, content: string) => string;
}

export interface ChildEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  /** Every secret that the child is handed, as a file or as a variable. */
  readonly secrets: readonly string[];
}

/** Built from nothing, so that no secret of ours leaks into foreign code. config/README.md says what is in it. */
export function childEnvironment(
  declared: Readonly<Record<string, string>>,
  references: ScriptReferences,
  { event, executable, folder, runId, path, secretPath }: ChildSurroundings,
): ChildEnvironment {
  const secrets: string[] = [];
  const environment: Record<string, string> = {};
  for (const [variable, value] of Object.entries(declared)) {
    const [, kind, name] = /^(setting|secret|secretValue):(.+)$/s.exec(value) ?? [];
    if (kind === undefined || name === undefined) {
      environment[variable] = value;
      continue;
    }
    const found = kind === 'setting' ? references.setting(name) : references.secret(name);
    if (found === undefined) throw new UnknownReference(kind, variable, name);
    if (kind !== 'setting') secrets.push(found);
    environment[variable] = kind === 'secret' ? secretPath(variable, found) : found;
  }
  const variables = {
    ...environment,
    PATH: [...path, ...SCRIPT_PATH].join(':'),
    LANG: 'C.UTF-8',
    TMPDIR: folder,
    SCW_EVENT: event,
    SCRIPT_PATH: executable,
    SCRIPT_RUN: runId,
  };
  return { variables, secrets };
}
