import { relative } from 'node:path';
import type { Product } from './product.js';

/** What a person wants to know once everything runs. */
export function summaryOf(
  product: Pick<Product, 'gatewayUrl' | 'simulatorUrl' | 'operatorTokenFile' | 'env'> & {
    readonly temporal: Pick<Product['temporal'], 'address' | 'namespace' | 'uiUrl'>;
  },
): string {
  return [
    '',
    `Gateway          ${product.gatewayUrl}  (mediators post to /trigger_file)`,
    `Web page         ${product.gatewayUrl}/  (sign in with ${tokenPlace(product.operatorTokenFile)})`,
    `Temporal Web UI  ${product.temporal.uiUrl ?? 'none'}`,
    ...needsAttentionLink(product.temporal),
    `Temporal         ${product.temporal.address}`,
    ...(product.simulatorUrl === undefined
      ? []
      : [`Simulator        ${product.simulatorUrl}  (stands in for SecureChange)`]),
    '',
    `Try:             ${commandLineEnvironment(product).join(' ')} npx sco status`,
    '                 (then: npx sco ticket list, npx sco ticket show ID, npx sco --help)',
    ...filesOf(product.env),
    'Ctrl-C stops it. The next start finds the same tickets.',
    '',
  ].join('\n');
}

/** For `sco config`, `window` and `evidence`, which else read the folders `config` and `data`. */
function filesOf({ SCO_CONFIG_DIR: config, SCO_DATA_DIR: data }: Product['env']): readonly string[] {
  const named = [
    ...(config === undefined || shortest(config) === 'config' ? [] : [`SCO_CONFIG_DIR=${shortest(config)}`]),
    ...(data === undefined || shortest(data) === 'data' ? [] : [`SCO_DATA_DIR=${shortest(data)}`]),
  ];
  return named.length === 0
    ? []
    : [`Its files:       ${named.join(' ')}  (for sco config, window and evidence)`];
}

function tokenPlace(file: string | undefined): string {
  return file === undefined ? 'a token of people.yaml' : `the token in ${shortest(file)}`;
}

/** The list in the Web UI shows no column of ours by itself; its filters work at once. */
function needsAttentionLink({
  uiUrl,
  namespace,
}: Pick<Product['temporal'], 'uiUrl' | 'namespace'>): readonly string[] {
  if (uiUrl === undefined) return [];
  return [`  attention      ${uiUrl}/namespaces/${namespace}/workflows?query=ScoNeedsAttention%3Dtrue`];
}

/** What a command line in another terminal needs to reach the same product: the credential, and what is not as by default. */
function commandLineEnvironment({
  operatorTokenFile,
  temporal,
  gatewayUrl,
}: Parameters<typeof summaryOf>[0]): readonly string[] {
  const byDefault = ['127.0.0.1:7233', 'localhost:7233'];
  return [
    operatorTokenFile === undefined ? 'SCO_TOKEN=…' : `SCO_TOKEN_FILE=${shortest(operatorTokenFile)}`,
    ...(byDefault.includes(temporal.address) ? [] : [`TEMPORAL_ADDRESS=${temporal.address}`]),
    ...(temporal.namespace === 'default' ? [] : [`TEMPORAL_NAMESPACE=${temporal.namespace}`]),
    ...(gatewayUrl === 'http://127.0.0.1:8000' ? [] : [`SCO_GATEWAY_URL=${gatewayUrl}`]),
  ];
}

/** The SDK's own remarks about pollers and states are for log files, not for a person in front of a terminal. */
export function isWorthShowing(line: string): boolean {
  return !line.includes('"sdkComponent"') || line.includes('"level":"error"');
}

function shortest(path: string): string {
  const short = relative('', path);
  return short.startsWith('..') ? path : short;
}
