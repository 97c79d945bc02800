import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';

const DEPLOY = join(__dirname, '../../deploy');

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly command: string };
}

export function alertRules(): readonly AlertRule[] {
  const file = readFileSync(join(DEPLOY, 'prometheus/alerts.yaml'), 'utf8');
  const { groups } = parse(file) as { groups: readonly { rules: readonly AlertRule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

export interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number };
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
}

export function panels(): readonly Panel[] {
  const file = readFileSync(join(DEPLOY, 'grafana/dashboard.json'), 'utf8');
  return (JSON.parse(file) as { panels: readonly Panel[] }).panels;
}

/** What a PromQL expression reads, by the grammar that Prometheus' own page uses. Throws at a mistake. */
export function readBy(expr: string): { metrics: string[]; labels: string[] } {
  const metrics: string[] = [];
  const labels: string[] = [];
  parser.parse(expr).iterate({
    enter({ type, from, to, node }) {
      if (type.isError) throw new Error(`no PromQL at "${expr.slice(from, from + 20)}": ${expr}`);
      const text = expr.slice(from, to);
      if (type.name === 'Identifier' && node.parent?.name === 'VectorSelector') metrics.push(text);
      if (type.name === 'LabelName') labels.push(text);
    },
  });
  return { metrics, labels };
}
