import { locateTemporalCli } from '../src/embedded/temporal-cli.js';
import { locateTestServer } from '../src/embedded/time-skipping.js';

/** Jest's global set-up for suites on a server: finds or builds both, and hands their paths to every test process. */
export default async function setUpServers(): Promise<void> {
  const log = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  process.env['TEMPORAL_CLI_PATH'] = await locateTemporalCli({ log });
  process.env['TEMPORAL_TEST_SERVER'] = await locateTestServer({ log });
}
