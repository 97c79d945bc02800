// Gets both servers the test suites need, before anything else starts: a build inside a test would only time out.
import { locateTemporalCli } from '../src/embedded/temporal-cli.js';
import { locateTestServer } from '../src/embedded/time-skipping.js';

const log = (line: string): void => {
  console.error(line);
};

try {
  log(`Temporal server: ${await locateTemporalCli({ log })}`);
  log(`time-skipping test server: ${await locateTestServer({ log })}`);
} catch (error) {
  log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
