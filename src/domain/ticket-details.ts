/** A ticket's page in the Temporal Web UI, as Markdown: what happens, why it waits, and what a person can do about it. */
import { cleanCode, cleanMarkdown, detailsPage } from './clean-text.js';
import { backOutText } from './back-out.js';
import { emergencyText } from './emergency.js';
import { standingText } from './approvals.js';
import type { Parking, WayOut } from './commands.js';
import { ignoredText } from './ignored.js';
import { instantText } from './instant-text.js';
import type { TargetView, TicketView, Waiting } from './view.js';
import { toWords } from './words.js';

const PARKINGS_SHOWN = 20;
const TARGETS_SHOWN = 50;
const PROPOSALS_SHOWN = 30;

/** Counts all `parkings` and shows the first ones. */
export function ticketDetails(view: TicketView, parkings: readonly Parking[]): string {
  const blocks = [
    `**Ticket ${cleanMarkdown(view.ticketId)}**: ${cleanMarkdown(view.subject)}`,
    factsLine(view),
    judgedLine(view),
    view.waiting === null ? '' : waitingLine(view.waiting),
    ...parkings.slice(0, PARKINGS_SHOWN).map((parked, index) => attention(parked, index, parkings.length)),
    more(parkings.length - PARKINGS_SHOWN, 'reasons'),
    windowLine(view),
    view.emergency === undefined ? '' : `Emergency: ${cleanMarkdown(emergencyText(view.emergency))}`,
    list('Back-out:', (view.backOuts ?? []).map(backOutText)),
    devices(view.targets),
    more(view.targets.length + view.moreTargets - TARGETS_SHOWN, 'devices'),
    list('Would do:', view.proposals.slice(0, PROPOSALS_SHOWN)),
    more(view.proposals.length - PROPOSALS_SHOWN, 'actions'),
    outboxLine(view),
    view.ignored === undefined ? '' : cleanMarkdown(ignoredText(view.ignored) ?? ''),
  ];
  return detailsPage(blocks);
}

function factsLine({
  requester,
  workflow,
  step,
  phase,
  epoch,
  mode,
  modeReason,
  outcome,
}: TicketView): string {
  const facts = [
    outcome === null ? null : `ended: **${toWords(outcome)}**`,
    requester === '' ? null : `requested by **${cleanMarkdown(requester)}**`,
    workflow === '' ? null : `workflow ${cleanMarkdown(workflow)}`,
    step === null ? null : `step **${cleanMarkdown(step)}**`,
    phase === null ? null : `phase **${toWords(phase)}**`,
    `epoch ${epoch}`,
    `mode **${mode}**${modeReason === null ? '' : ` (${cleanMarkdown(modeReason)})`}`,
  ];
  return sentence(facts);
}

function judgedLine({ risk, approval, approvals, itsm }: TicketView): string {
  const facts = [
    risk === null
      ? null
      : `risk **${risk.severity ?? 'none'}** (${toWords(risk.verdict)}${risk.reason === null ? '' : `: ${cleanMarkdown(risk.reason)}`})`,
    approvals.length > 1
      ? approvals.map((one) => `approval ${cleanMarkdown(standingText(one))}`).join(' · ')
      : approval === null
        ? null
        : `approved by **${approval.by.map((login) => cleanMarkdown(login)).join(', ')}** in epoch ${approval.epoch}`,
    itsm === null ? null : `ITSM change **${cleanMarkdown(itsm.number)}**`,
  ];
  return sentence(facts);
}

function sentence(facts: readonly (string | null)[]): string {
  const text = facts.filter((fact) => fact !== null).join(' · ');
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

/** Only a window and the next try have a fixed instant; other instants are the next check. */
function waitingLine(waiting: Waiting): string {
  const { untilMs } = waiting;
  const at =
    untilMs === null ? '' : `${waiting.for === 'handler' ? '; next try' : ''} at ${instantText(untilMs)}`;
  return `**Waits** until ${cleanMarkdown(waiting.what)}${at}`;
}

const WAYS: Readonly<Record<WayOut['command'], string>> = {
  retry: 'Try again',
  skip: 'Go on without it',
  hold: 'Hold the ticket',
  resume: 'Resume the ticket',
  abort: 'Stop driving the ticket',
  adopt: 'Adopt the ticket',
  decideUnknownPush: 'Answer whether it was sent',
  retryPush: 'Repeat the shared Commit',
  resumeLane: 'Resume the lane',
  decidePartial: 'Accept it as it is, or repeat it',
  completeManual: 'Record that it was done by hand',
  recordApproval: 'Record the approval that was given',
  retryMessage: 'Send the message again',
  dropMessage: 'Drop the message',
  acceptLedger: 'Accept that the next Commit makes the saved Updates live',
  acceptForeign: 'Accept that the next Commit makes these changes of others live, once',
  start: 'Turn the stop switch off',
};

function attention({ reason, advice, waysOut }: Parking, index: number, count: number): string {
  const number = count > 1 ? ` (${index + 1} of ${count})` : '';
  const what = `**Needs attention**${number}: ${cleanMarkdown(reason)}`;
  const helps = advice === undefined ? [] : [`To do: ${cleanMarkdown(advice)}`];
  const ways = waysOut.map(({ command, hint }) => `* ${WAYS[command]}: ${cleanCode(hint)}`);
  // Without a blank line before it, a list is part of the paragraph.
  return [what, ...helps, ways.join('\n')].filter((block) => block !== '').join('\n\n');
}

function windowLine({ window }: TicketView): string {
  if (window === null) return '';
  const calendar = `Change window of calendar **${cleanMarkdown(window.calendar)}** (${cleanMarkdown(window.zone)})`;
  const { next, openEnded, overriddenBy } = window;
  if (next === null) return `${calendar}: no opening within the horizon`;
  // Published when something changes, not when time passes: true before, in and after the window.
  const from = `from ${instantText(next.opensAtMs)}`;
  const span = openEnded === true ? `${from} on` : `${from} to ${instantText(next.closesAtMs)}`;
  return overriddenBy === undefined
    ? `${calendar}: ${span}`
    : `${calendar}: outside it, under the override of ${cleanMarkdown(overriddenBy)}, ${span}`;
}

const PROGRESS: Readonly<Record<TargetView['update'], string>> = {
  todo: 'to do',
  running: 'running',
  done: 'done',
  notNeeded: 'not needed',
  failed: 'failed',
  unknown: 'outcome unknown',
};

function devices(targets: readonly TargetView[]): string {
  if (targets.length === 0) return '';
  const rows = targets.slice(0, TARGETS_SHOWN).map((target) => {
    const waits = cleanMarkdown(target.waiting ?? target.message ?? '', 100);
    const commit = target.commitBy === 'none' ? 'none' : PROGRESS[target.commit];
    return `| ${cleanMarkdown(target.name, 100)} | ${cleanMarkdown(target.vendor, 40)} | ${PROGRESS[target.update]} | ${commit} | ${waits} |`;
  });
  return ['| Device | Vendor | Update | Commit | Note |', '| --- | --- | --- | --- | --- |', ...rows].join(
    '\n',
  );
}

function outboxLine({ outbox }: TicketView): string {
  const [first] = outbox;
  if (first === undefined) return '';
  const blocked = first.message === null ? '' : `: ${cleanMarkdown(first.message)}`;
  return `${outbox.length} ${outbox.length === 1 ? 'message' : 'messages'} to the ITSM waiting${blocked}`;
}

function list(title: string, texts: readonly string[]): string {
  if (texts.length === 0) return '';
  return [title, '', ...texts.map((text) => `* ${cleanMarkdown(text)}`)].join('\n');
}

function more(count: number, of: string): string {
  return count > 0 ? `…and ${count} more ${of}` : '';
}
