import type { Environment } from './program-paths.js';

const NEEDED = /^(PATH|HOME|USER|LOGNAME|LANG|LC_\w+|TZ|TMPDIR|XDG_\w+|NODE_\w+|SIMULATOR_\w+)$/;

/** The environment of a program that signs in nowhere: without our settings, of which some are secrets that any tool shows. */
export function plainEnvironment(own: Environment): Environment {
  return Object.fromEntries(Object.entries(own).filter(([name]) => NEEDED.test(name)));
}
