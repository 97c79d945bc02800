import type { Step, Task, Ticket, TriggerEvent } from './model.js';
import { escapeXml } from './wire-xml.js';
import type { Site } from './site.js';

const PRIORITY_IDS: Record<string, number> = { Critical: 1, High: 2, Normal: 3, Low: 4 };

/** What the Test button of a trigger puts on stdin. */
export const TEST_INFO = '<ticket_info/>';

function tag(name: string, value: string | number): string {
  const text = escapeXml(String(value));
  return text === '' ? `<${name}/>` : `<${name}>${text}</${name}>`;
}

function person(site: Site, name: string, login: string | null): string {
  const user = login === null ? undefined : site.user(login);
  if (!user) return `<${name}/>`;
  return `<${name}>${tag('id', user.id)}${tag('login', user.login)}${tag('display_name', user.displayName ?? user.login)}</${name}>`;
}

function stage(site: Site, name: string, step: Step | undefined, handlers: boolean): string {
  const task: Task | undefined = step?.tasks[0];
  if (!step || !task) return `<${name}/>`;
  const handler = person(site, 'handler', handlers ? task.assignee : null);
  const inside = `<ticket_task>${tag('id', task.id)}${tag('name', task.name)}${handler}</ticket_task>`;
  return `<${name}>${tag('id', step.id)}${tag('name', step.name)}${inside}</${name}>`;
}

/**
 * The XML a trigger script gets on stdin: one line, `id` first, elements only.
 * `step` is the step of the event; on ADVANCE the one being left.
 */
export function ticketInfo(
  site: Site,
  ticket: Ticket,
  event: TriggerEvent,
  step: Step | undefined,
  comment: string,
  handlers = true,
): string {
  const place = site.switches.completionEvents.includes(event)
    ? `<completion_data>${stage(site, 'stage', step, handlers)}</completion_data>`
    : stage(site, 'current_stage', step, true);
  const date = (ms: number): number => (site.switches.ticketInfoDates === 'ms' ? ms : Math.floor(ms / 1000));
  const open = [...ticket.steps, ...ticket.retiredSteps].find((one) => one.index === 0);
  return [
    '<ticket_info>',
    tag('id', ticket.id),
    tag('subject', ticket.subject),
    `<priority>${tag('id', PRIORITY_IDS[ticket.priority] ?? 3)}${tag('name', ticket.priority)}</priority>`,
    tag('createDate', date(ticket.createMs)),
    tag('updateDate', date(ticket.updateMs)),
    person(site, 'requester', ticket.requester),
    place,
    stage(site, 'open_request_stage', open, true),
    tag('comment', site.switches.commentInTicketInfo ? comment : ''),
    '</ticket_info>',
  ].join('');
}
