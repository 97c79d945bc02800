import { execFileSync } from 'node:child_process';

/** Which scripts a run of jest has had: each of its projects asks again. */
const had = new WeakMap();

/**
 * A global set-up of jest that runs these scripts, once a run, and hands the NAME=PATH lines they print to every test
 * process as environment.
 */
export function setUpWith(...scripts) {
  return (globalConfig) => {
    const done = had.get(globalConfig) ?? new Set();
    had.set(globalConfig, done);
    for (const script of scripts) {
      if (done.has(script)) continue;
      done.add(script);
      for (const line of run(script).split('\n')) {
        const [name, path] = line.split('=');
        if (path !== undefined) process.env[name] = path;
      }
    }
  };
}

/** In a process of its own, because jest loads a global set-up without its module mapper. */
function run(script) {
  return execFileSync(process.execPath, ['--import', 'tsx', `scripts/${script}`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
