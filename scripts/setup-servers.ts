// Gets both servers the test suites need, before anything else starts: a build inside a test would only time out.
// Prints their paths as NAME=PATH on standard output, progress on standard error.
import { locateTemporalCli } from '../src/embedded/temporal-cli.js';
import { locateTestServer } from '../src/embedded/time-skipping.js';

const log = (line: string): void => {
  console.error(line);
};

try {
  console.log(`TEMPORAL_CLI_PATH=${await locateTemporalCli({ log })}`);
  console.log(`TEMPORAL_TEST_SERVER=${await locateTestServer({ log })}`);
} catch (error) {
  log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
