import type { ComponentChild, VNode } from 'preact';

/** A label and what it says; null or empty is left out. */
export type Fact = readonly [label: string, value: ComponentChild];

export function Facts({ facts }: { facts: readonly Fact[] }): VNode {
  return (
    <dl>
      {facts
        .filter(([, value]) => value !== null && value !== '')
        .map(([label, value]) => (
          <div>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
