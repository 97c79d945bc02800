import { summaryOf } from '../../src/embedded/summary.js';

const summary = (address: string, gatewayUrl: string): string =>
  summaryOf({
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
