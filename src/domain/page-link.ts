import { laneKeyOf, ticketIdOf } from './ids.js';

/** Markdown for the Web UI of Temporal that leads to our page of a ticket or lane; nothing where no address of the page is set. */
export function pageLink(pageUrl: string | undefined, workflowId: string): { staticDetails?: string } {
  if (pageUrl === undefined) return {};
  const ticketId = ticketIdOf(workflowId);
  const laneKey = laneKeyOf(workflowId);
  const path =
    ticketId !== undefined
      ? `/tickets/${part(ticketId)}`
      : laneKey !== undefined
        ? `/managers/${part(laneKey)}`
        : '/';
  return { staticDetails: linkTo(`${pageUrl.replace(/\/+$/, '')}${path}`) };
}

/** Of a setting and encoded parts alone. */
function linkTo(address: string): string {
  return `[Its page, with timeline and buttons](${address})`;
}

/** Parentheses would end the link. */
function part(text: string): string {
  return encodeURIComponent(text).replaceAll('(', '%28').replaceAll(')', '%29');
}
