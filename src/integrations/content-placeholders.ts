/** Placeholders that need the ticket's content: comments, people, requests, and its fields by name. */
import type { FieldContent, Json, TicketContent } from '../domain/ticket-content.js';
import type { MessageContext } from './itsm.js';
import type { Resolved } from './placeholders.js';

type Row = (content: TicketContent, context: MessageContext) => Resolved;

const some = (why: string, found: Json | null | undefined): Resolved =>
  found === null || found === undefined ? { absent: why } : { value: found };

/** They need the mail addresses of people. */
export const MAIL_NAMES: ReadonlySet<string> = new Set(['requester_mail', 'handler_mail']);

const link: Row = ({ link: page }) => some('has no value: the address of SecureChange is not known', page);

export const CONTENT_NAMES: ReadonlyMap<string, Row> = new Map<string, Row>([
  ['ticket_comments', ({ comments }) => ({ value: comments.map(({ by, at, text }) => ({ by, at, text })) })],
  [
    'ticket_requester_full_name',
    ({ requesterName }, { facts }) => ({ value: requesterName ?? facts.requester }),
  ],
  [
    'ticket_end_time',
    ({ lastChangeMs }) =>
      some(
        'has no value: the last line of the history has no readable date',
        lastChangeMs === null ? null : new Date(lastChangeMs).toISOString().replace(/\.\d{3}Z$/, 'Z'),
      ),
  ],
  ['domain_name', ({ domain }) => some('has no value: the ticket belongs to no domain', domain)],
  [
    'requester_mail',
    ({ mails }, { facts }) =>
      some(
        `has no value: SecureChange shows no mail address of ${facts.requester}`,
        mails?.get(facts.requester),
      ),
  ],
  ['handler_mail', handlerMail],
  ['ticket_task_url', link],
  ['ticket_link', link],
  ['assignee', (content) => ({ value: newestAssignee(content) })],
  [
    'selected_plus_options',
    (content) => ({ value: newest(content, isChoice).flatMap(({ value }) => value) }),
  ],
  ['firewall_list', (content) => ({ value: requests(content)?.targets ?? {} })],
  ['risk_results', (content) => ({ value: requests(content)?.risks ?? [] })],
  ['ar_as_string', (content) => ({ value: textsOf(content, 'multi_access_request') })],
  ['gm_as_string', (content) => ({ value: textsOf(content, 'multi_group_change') })],
]);

/** A step without an assignee has no handler: the mail goes to its other recipients. */
function handlerMail({ mails }: TicketContent, { facts }: MessageContext): Resolved {
  const handlers = [...new Set((facts.step?.tasks ?? []).flatMap(({ assignee }) => assignee ?? []))];
  const without = handlers.find((login) => mails?.has(login) !== true);
  if (without !== undefined)
    return { absent: `has no value: SecureChange shows no mail address of ${without}` };
  return { value: handlers.flatMap((login) => mails?.get(login) ?? []) };
}

/**
 * A field by its name, in any letter case: in the step of the event first, then from the newest step back. The tasks of
 * one step are joined; a single one keeps its type.
 */
export function fieldNamed(name: string, content: TicketContent, stepName: string | null): Resolved | null {
  const newestFirst = content.steps.toReversed();
  const ofEvent = newestFirst.filter((step) => step.name === stepName);
  for (const step of [...ofEvent, ...newestFirst]) {
    const found = step.tasks
      .flatMap(({ fields }) => fields)
      .filter((field) => field.name.toLowerCase() === name);
    const [first] = found;
    if (first === undefined) continue;
    if (found.length === 1) return { value: first.value, text: first.text };
    return { value: found.map(({ text }) => text).join(', ') };
  }
  return null;
}

/** The fields of a kind in the newest step that has any. */
function newest(content: TicketContent, is: (field: FieldContent) => boolean): readonly FieldContent[] {
  const perStep = content.steps.map(({ tasks }) => tasks.flatMap(({ fields }) => fields).filter(is));
  return perStep.findLast((fields) => fields.length > 0) ?? [];
}

function isChoice({ type }: FieldContent): boolean {
  return type === 'drop_down_list' || type === 'multiple_selection';
}

function requests(content: TicketContent): FieldContent['requests'] {
  return newest(content, (field) => field.requests !== undefined).at(-1)?.requests;
}

function textsOf(content: TicketContent, type: string): string {
  return newest(content, (field) => field.type === type)
    .map(({ text }) => text)
    .join('\n');
}

function newestAssignee({ steps }: TicketContent): string {
  const assignees = steps.flatMap(({ tasks }) =>
    tasks.flatMap(({ assignee }) => (assignee === null ? [] : [assignee])).slice(0, 1),
  );
  return assignees.at(-1) ?? '';
}
