import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What entries may refer to: values of settings, and secrets that are handed over as files. */
export interface ScriptReferences {
  setting(name: string): string | undefined;
  secret(name: string): string | undefined;
}

/** A reference that leads nowhere; the message names it, never a value. */
export class UnknownReference extends Error {
  constructor(kind: string, variable: string, name: string) {
    super(`its environment variable ${variable} refers to the ${kind} ${name}, which is not set`);
    this.name = 'UnknownReference';
  }
}

/** Built from nothing, so that no secret of ours leaks into foreign code. Files go into `folder`, mode 0600. */
export async function childEnvironment(
  declared: Readonly<Record<string, string>>,
  event: string,
  folder: string,
  references: ScriptReferences,
): Promise<Record<string, string>> {
  const environment: Record<string, string> = {};
  for (const [variable, value] of Object.entries(declared)) {
    const [, kind, name] = /^(setting|secret):(.+)$/s.exec(value) ?? [];
    if (kind === undefined || name === undefined) {
      environment[variable] = value;
      continue;
    }
    const found = kind === 'setting' ? references.setting(name) : references.secret(name);
    if (found === undefined) throw new UnknownReference(kind, variable, name);
    environment[variable] = kind === 'setting' ? found : await secretFile(folder, variable, found);
  }
  return {
    ...environment,
    PATH: [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(':'),
    LANG: 'C.UTF-8',
    TMPDIR: folder,
    SCW_EVENT: event,
  };
}

async function secretFile(folder: string, variable: string, content: string): Promise<string> {
  const path = join(folder, `.${variable}`);
  await writeFile(path, content, { mode: 0o600, flag: 'wx' });
  return path;
}
