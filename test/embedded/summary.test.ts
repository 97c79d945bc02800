import { resolve } from 'node:path';

import { summaryOf } from '../../src/embedded/summary.js';

const summary = (address: string, gatewayUrl: string, env: Readonly<Record<string, string>> = {}): string =>
  summaryOf({
    env,
    gatewayUrl,
    simulatorUrl: undefined,
    operatorTokenFile: '/srv/sco/operator-token',
    temporal: { address, namespace: 'default', uiUrl: 'http://127.0.0.1:8233' },
  });

it('the hint for another terminal names the ports that are really used, and only where they are not as by default', () => {
  expect(summary('127.0.0.1:17233', 'http://127.0.0.1:18000')).toContain(
    'SCO_TOKEN_FILE=/srv/sco/operator-token TEMPORAL_ADDRESS=127.0.0.1:17233 SCO_GATEWAY_URL=http://127.0.0.1:18000 npx sco status',
  );
  expect(summary('127.0.0.1:7233', 'http://127.0.0.1:8000')).toContain(
    'SCO_TOKEN_FILE=/srv/sco/operator-token npx sco status',
  );
});

it('names the folders of config and data where a command would look elsewhere', () => {
  const said = (env: Readonly<Record<string, string>>): string =>
    summary('127.0.0.1:7233', 'http://127.0.0.1:8000', env);
  expect(said({ SCO_CONFIG_DIR: '/srv/sco/simulated-config', SCO_DATA_DIR: '/srv/sco' })).toContain(
    'SCO_CONFIG_DIR=/srv/sco/simulated-config SCO_DATA_DIR=/srv/sco  (for sco config, window and evidence)',
  );
  expect(said({ SCO_CONFIG_DIR: resolve('config'), SCO_DATA_DIR: resolve('data') })).not.toContain('_DIR');
});

it('has a link to the list in the Web UI, filtered for what needs attention', () => {
  expect(summary('127.0.0.1:7233', 'http://127.0.0.1:8000')).toContain(
    'http://127.0.0.1:8233/namespaces/default/workflows?query=ScoNeedsAttention%3Dtrue',
  );
});

it('names the page for people and the token to sign in with', () => {
  expect(summary('127.0.0.1:7233', 'http://127.0.0.1:8000')).toContain(
    'http://127.0.0.1:8000/  (sign in with the token in /srv/sco/operator-token)',
  );
});
