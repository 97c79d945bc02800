import { execFileSync } from 'node:child_process';

/** Jest's global set-up for suites on a server: finds or builds both, and hands their paths to every test process. */
export default function setUpServers() {
  // In a process of its own, because jest loads a global set-up without its module mapper.
  const printed = execFileSync(process.execPath, ['--import', 'tsx', 'scripts/setup-servers.ts'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for (const line of printed.split('\n')) {
    const [name, path] = line.split('=');
    if (path !== undefined) process.env[name] = path;
  }
}
