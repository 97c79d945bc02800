import { relative } from 'node:path';
import type { Product } from './product.js';

/** What a person wants to know once everything runs. */
export function summaryOf(product: Product): string {
  const { operatorTokenFile } = product;
  const token =
    operatorTokenFile === undefined ? 'SCO_TOKEN=…' : `SCO_TOKEN_FILE=${shortest(operatorTokenFile)}`;
  return [
    '',
    `Gateway          ${product.gatewayUrl}  (mediators post to /trigger_file)`,
    `Temporal Web UI  ${product.temporal.uiUrl ?? 'none'}`,
    ...needsAttentionLink(product.temporal),
    `Temporal         ${product.temporal.address}`,
    ...(product.simulatorUrl === undefined
      ? []
      : [`Simulator        ${product.simulatorUrl}  (stands in for SecureChange)`]),
    '',
    `Look around:     ${token} npx sco ticket list`,
    'Ctrl-C stops it. The next start finds the same tickets.',
    '',
  ].join('\n');
}

/** The list in the Web UI shows no column of ours by itself; its filters work at once. */
function needsAttentionLink({
  uiUrl,
  namespace,
}: Pick<Product['temporal'], 'uiUrl' | 'namespace'>): readonly string[] {
  if (uiUrl === undefined) return [];
  return [`  needs somebody ${uiUrl}/namespaces/${namespace}/workflows?query=ScoNeedsAttention%3Dtrue`];
}

/** The SDK's own remarks about pollers and states are for log files, not for a person in front of a terminal. */
export function isWorthShowing(line: string): boolean {
  return !line.includes('"sdkComponent"') || line.includes('"level":"error"');
}

function shortest(path: string): string {
  const short = relative('', path);
  return short.startsWith('..') ? path : short;
}
