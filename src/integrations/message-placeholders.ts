/** The names templates may use: those of the Workflow Integrator, our own, and every field of the ticket by its name. */
import { cleanLines } from '../domain/clean-text.js';
import { NEEDS_ATTENTION } from '../domain/event.js';
import type { Target } from '../domain/provisioning.js';
import type { ApprovalFacts, RequestField } from '../domain/ticket.js';
import type { Json } from '../domain/ticket-content.js';
import { CONTENT_NAMES, fieldNamed, MAIL_NAMES } from './content-placeholders.js';
import { usesFunctions } from './custom-functions.js';
import type { MessageContext } from './itsm.js';
import { placeholderNames } from './placeholders.js';
import type { Resolved, Resolver } from './placeholders.js';

type Row = (context: MessageContext) => Resolved;

const value = (of: (context: MessageContext) => Json): Row => {
  return (context) => ({ value: of(context) });
};

/** Only where it means something: elsewhere the template is wrong, and says so before anything is sent. */
const only = (why: string, of: (context: MessageContext) => Json | undefined): Row => {
  return (context) => {
    const found = of(context);
    return found === undefined ? { absent: why } : { value: found };
  };
};

const NOT_ASKED = 'has a value only once the ITSM is asked for an approval';
const NOT_PLANNED = 'has no value: no window is planned yet';

const NAMES = new Map<string, Row>([
  ['ticket_id', value(({ facts }) => facts.id)],
  ['ticket_subject', value(({ facts }) => facts.subject)],
  ['ticket_status', value(({ facts }) => facts.status)],
  ['ticket_priority', value(({ facts }) => facts.priority)],
  ['ticket_requester', value(({ facts }) => facts.requester)],
  ['ticket_start_time', value(({ facts }) => (facts.createdAtMs === null ? '' : isoText(facts.createdAtMs)))],
  ['latest_comment_content', value(({ facts }) => facts.latestComment ?? '')],
  ['workflow_name', value(({ facts }) => facts.workflow)],
  ['step_handler', value(handlers)],
  ['step_name', value(({ stepName, facts }) => stepName ?? facts.step?.name ?? '')],
  ['current_time', value(({ nowMs }) => isoText(nowMs))],
  ['date_only', value(({ nowMs }) => isoText(nowMs).slice(0, 10))],
  [
    'current_step_id',
    only('has a value only while the ticket is in progress', ({ facts }) => facts.step?.id),
  ],
  [
    'current_task_id',
    only('has a value only while the ticket is in progress', ({ facts }) => facts.step?.tasks[0]?.id),
  ],
  ['redo_reason', onlyWith('REDO', ({ facts }) => facts.latestComment ?? '')],
  ['reject_reason', onlyWith('REJECT', ({ facts }) => facts.latestComment ?? '')],
  [
    'automatic_step_failure_reason',
    onlyWith('AUTOMATION_FAILED', ({ facts }) => facts.automationFailure?.reason ?? ''),
  ],
  ['approve_reject_reason', value((context) => lastAnswer(context)?.reason ?? '')],
  ['approve_reject_status', value((context) => answerText(lastAnswer(context)))],
  ['risk_status', value(({ facts }) => riskStatus(facts.step?.request ?? null))],
  ['verifier_status', value(({ facts }) => verifierStatus(facts.step?.request ?? null))],
  [
    'designer_status',
    value(({ facts }) =>
      facts.step?.request?.designerStatus === 'designer cannot compute' ? 'Error: Problem with Designer' : '',
    ),
  ],
  ['designer_results_json', only('has no value: the Designer has not run', designerResults)],

  ['itsm_number', only('has no value before the change was created', ({ itsm }) => itsm?.number)],
  ['itsm_id', only('has no value before the change was created', ({ itsm }) => itsm?.id)],
  ['itsm_approval', only(NOT_ASKED, ({ question }) => question?.name)],
  ['itsm_question', only(NOT_ASKED, ({ question }) => question?.question)],
  ['attention_reason', onlyWith(NEEDS_ATTENTION, ({ attention }) => attention?.reason ?? '')],
  ['attention_advice', onlyWith(NEEDS_ATTENTION, ({ attention }) => attention?.advice ?? '')],
  ['attention_commands', onlyWith(NEEDS_ATTENTION, ({ attention }) => attention?.commands.join('\n') ?? '')],
  ['window', value(({ windowText }) => windowText ?? 'not planned')],
  ['planned_start', only(NOT_PLANNED, ({ window }) => instant(window?.opensAtMs))],
  [
    'planned_end',
    only('has no value: no window with an end is planned yet', ({ window }) => instant(window?.closesAtMs)),
  ],
  ['devices', value(({ targets }) => targets.map((target) => target.name))],
  ['device_states', value(({ targets }) => deviceText(targets))],
  ['devices_json', value(({ targets }) => targets.map(deviceRow))],
  ['outcome', value(({ outcome }) => outcome ?? 'in progress')],
  ['event', value(({ event }) => event ?? '')],
  ['workflow_id', value(({ workflowId }) => workflowId)],
  ['run_id', value(({ runId }) => runId)],
  ['idempotency_key', value(({ key }) => key)],
]);

/** Names of the Workflow Integrator without a source in any API we know; as they stand in old templates, they get an answer. */
const NOT_YET: ReadonlySet<string> = new Set(['designer_commands']);

/** Custom functions first, then predefined names, then the fields of the ticket. */
export function messageResolver(context: MessageContext): Resolver {
  return (name) => {
    const found = resolve(name, context);
    if ('absent' in found) return found;
    const { value: known, text } = found;
    return { value: clean(known), ...(text !== undefined && { text: cleanLines(text) }) };
  };
}

function resolve(name: string, context: MessageContext): Resolved {
  const custom = context.custom?.get(name);
  if (custom !== undefined) return custom;
  if (name.includes('|')) return { absent: 'names a custom function; name its module in functions.yaml' };
  const predefined = NAMES.get(name)?.(context);
  if (predefined !== undefined) return predefined;
  if (NOT_YET.has(name)) return { absent: 'is not available in this release; remove it from the template' };
  const { content } = context;
  if (content === null) return { absent: 'needs the fields of the ticket, which were not read' };
  const ofContent = CONTENT_NAMES.get(name)?.(content, context);
  return ofContent ?? fieldNamed(name, content, context.stepName) ?? { absent: whyUnknown(content) };
}

/** Whether a template speaks of fields or comments, which are read for it only then. */
export function needsContent(template: unknown): boolean {
  if (usesFunctions(template)) return true;
  return placeholderNames(template).some((name) => !NAMES.has(name) && !NOT_YET.has(name));
}

/** Whether a template speaks of results of the Designer. */
export function needsDesign(template: unknown): boolean {
  return placeholderNames(template).includes('designer_results_json');
}

/** Whether a template speaks of mail addresses of people, which are read for it only then. */
export function needsMails(template: unknown): boolean {
  return placeholderNames(template).some((name) => MAIL_NAMES.has(name));
}

/** What people wrote in a ticket is shown to others in the receiver's pages and mails. */
function clean(value: Json): Json {
  if (typeof value === 'string') return cleanLines(value);
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map(clean);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, clean(inner)]));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function whyUnknown(content: NonNullable<MessageContext['content']>): string {
  const names = [...new Set(content.steps.flatMap(({ tasks }) => tasks).flatMap(({ fields }) => fields))]
    .map(({ name }) => cleanLines(name, 60))
    .slice(0, 10);
  return `is neither a known name nor a field of the ticket (it has: ${[...new Set(names)].join(', ') || 'none'}); correct it, or write ## for a plain #`;
}

function onlyWith(event: string, of: (context: MessageContext) => Json): Row {
  return only(`has a value only with the event ${event}`, (context) =>
    context.event === event ? of(context) : undefined,
  );
}

function instant(atMs: number | null | undefined): string | undefined {
  return atMs === undefined || atMs === null ? undefined : isoText(atMs);
}

/** Always with its zone: `2026-11-23T21:00:00Z`. */
function isoText(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

function handlers({ facts }: MessageContext): string {
  return (facts.step?.tasks ?? [])
    .flatMap(({ assignee }) => (assignee === null ? [] : [assignee]))
    .join(', ');
}

type Answer = Pick<ApprovalFacts, 'approved' | 'reason'>;

/** The last answer that counts; a ticket that was rejected as a whole has its last comment as reason. */
function lastAnswer({ facts, event }: MessageContext): Answer | undefined {
  const answers = facts.approvals.filter(
    (field) => field.inEpoch && !field.redone && !field.skipped && field.approved !== null,
  );
  const isRejected = event === 'REJECT' && answers.at(-1)?.approved !== false;
  return isRejected ? { approved: false, reason: facts.latestComment } : answers.at(-1);
}

function answerText(answer: Answer | undefined): string {
  if (answer === undefined) return '';
  return answer.approved === true ? 'Approved' : 'Rejected';
}

/** Missing results are UNKNOWN, never NO. */
function riskStatus(request: RequestField | null): string {
  const risks = request?.risks ?? [];
  if (risks.some((risk) => risk.status === 'hasRisk')) return 'YES';
  const known =
    risks.length > 0 && risks.every(({ status }) => status === 'noRisk' || status === 'disregarded');
  return known ? 'NO' : 'UNKNOWN';
}

function verifierStatus(request: RequestField | null): string {
  if (request?.verifier === 'implemented') return 'Fully implemented';
  return request?.verifier === 'notImplemented' ? 'Not implemented' : 'Unknown';
}

function designerResults({ design }: MessageContext): Json | undefined {
  return design?.devices.map(({ name, vendor, design: result, designMessage, instructions }) => ({
    device: name,
    vendor,
    result,
    message: designMessage,
    instructions,
  }));
}

function deviceRow({ name, vendor, update, commit, message }: Target): Json {
  return { device: name, vendor, update, commit, message };
}

function deviceText(targets: readonly Target[]): string {
  if (targets.length === 0) return 'No devices.';
  return targets
    .map(({ name, vendor, update, commit, message }) => {
      const why = message === null ? '' : ` (${message})`;
      return `${name} [${vendor}]: update ${update}, commit ${commit}${why}`;
    })
    .join('\n');
}
