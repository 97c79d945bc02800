import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { note, ok, problem, type DoctorRow } from './row.js';

const TOOLS: readonly (readonly [name: string, use: string, needed: boolean])[] = [
  ['bash', 'runs the mediator script', true],
  ['curl', 'the mediator sends events with it', true],
  ['base64', 'the mediator encodes events with it', true],
  ['openssl', 'the mediator signs events with it when a signing secret is set', false],
];

/** Node and the mediator's tools; the latter matter on the machine where SecureChange runs its scripts. */
export function checkMachine(nodeVersion: string, searchPath: string): readonly DoctorRow[] {
  return [checkNode(nodeVersion), ...TOOLS.map((tool) => checkTool(tool, searchPath))];
}

function checkNode(version: string): DoctorRow {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return ok('machine', 'Node.js', version);
  return problem('machine', 'Node.js', version, 'install Node.js 20.19 or newer');
}

function checkTool(
  [name, use, needed]: readonly [name: string, use: string, needed: boolean],
  searchPath: string,
): DoctorRow {
  const path = findOnPath(name, searchPath);
  if (path !== null) return ok('machine', name, path);
  const advice = `install ${name}: ${use}`;
  return needed
    ? problem('machine', name, 'not on PATH', advice)
    : note('machine', name, 'not on PATH', advice);
}

function findOnPath(name: string, searchPath: string): string | null {
  for (const folder of searchPath.split(delimiter)) {
    if (folder === '') continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here.
    }
  }
  return null;
}
