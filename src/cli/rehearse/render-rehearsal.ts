import { formatBoth } from '../instants.js';
import { safe } from '../output.js';
import type { Style } from '../style.js';
import { wrapLine } from '../text-width.js';
import type { Rehearsed, RehearsedMessage, RehearsedPush } from './rehearse.js';

/** The steps in their order, with what would happen in each; bodies are in `--json`. */
export function renderRehearsal({ ticketId, process, steps, events }: Rehearsed, style: Style): string {
  const { colours, width } = style;
  const indented = (text: string): string => wrapLine(`    ${text}`, width, 6);
  const lines = [
    colours.bold(`Ticket ${safe(ticketId)} in process ${safe(process)}; nothing is sent or written`),
  ];
  for (const step of steps) {
    lines.push(`  ${colours.cyan(safe(step.step, 80))}${step.isCurrent ? '  (the ticket is here)' : ''}`);
    lines.push(...step.entering.map((message) => indented(messageText('on entering', message, style))));
    lines.push(...step.phases.map(({ phase, says }) => indented(`${phase}: ${safe(says, 300)}`)));
    lines.push(...step.pushes.map((push) => indented(pushText(push, style))));
    lines.push(...step.leaving.map((message) => indented(messageText('on leaving', message, style))));
  }
  if (events.length > 0) lines.push(`  ${colours.cyan('Events')}`);
  lines.push(...events.map((message) => indented(messageText(message.event, message, style))));
  return lines.join('\n');
}

function messageText(
  when: string,
  { point, server, what, body, notSent }: RehearsedMessage,
  { colours }: Style,
): string {
  if (notSent !== null)
    return `${colours.yellow('–')} ${when}: ${safe(point)} sends nothing: ${safe(notSent, 300)}`;
  const size = body === null ? 'no body' : `${JSON.stringify(body).length} B`;
  return `${colours.green('→')} ${when}: ${safe(point)} sends ${safe(what, 200)} to ${safe(server)}, ${size}`;
}

function pushText({ call, target, manager, window, by }: RehearsedPush, style: Style): string {
  const on = manager === target ? '' : ` on ${safe(manager)}`;
  const who = by === null ? '' : `, by ${safe(by)}`;
  return `${style.colours.green('⇒')} ${call} of ${safe(target)}${on}${who}${windowText(window, style)}`;
}

function windowText(window: RehearsedPush['window'], style: Style): string {
  if (window === null) return ', saved before its window';
  const { calendar, opensAtMs, closesAtMs, noneReason } = window;
  if (opensAtMs === null || closesAtMs === null)
    return `: ${safe(calendar)} has no opening (${safe(noneReason, 200)})`;
  return ` in ${safe(calendar)}: ${formatBoth(opensAtMs, style)} to ${formatBoth(closesAtMs, style)}`;
}
