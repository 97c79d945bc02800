import type { VNode } from 'preact';

import { Page } from './document.js';
import type { Visitor } from './document.js';
import type { Reader } from './instant.js';

/** A page of one statement: why there is nothing to show, and what to do next. */
export function Says(props: {
  reader: Reader;
  visitor: Visitor | null;
  title: string;
  text: string;
  /** Where to go on. */
  back?: { readonly href: string; readonly name: string };
}): VNode {
  const { reader, visitor, title, text, back } = props;
  return (
    <Page title={title} section={null} reader={reader} visitor={visitor} stop={null}>
      <p class="notice">{text}</p>
      {back !== undefined && (
        <p>
          <a href={back.href}>{back.name}</a>
        </p>
      )}
    </Page>
  );
}
