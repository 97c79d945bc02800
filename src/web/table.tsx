import type { ComponentChildren, VNode } from 'preact';

/** A table that scrolls by itself on a narrow screen, also by keyboard. */
export function Table(props: {
  /** Says what it lists, to who does not see it. */
  label: string;
  head: readonly string[];
  children: ComponentChildren;
}): VNode {
  const { label, head, children } = props;
  return (
    <div class="wide" tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>
            {head.map((title) => (
              <th scope="col">{title}</th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
