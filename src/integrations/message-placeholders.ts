/** The names templates may use: those of the Workflow Integrator as far as our facts go, and our own. */
import { cleanLines } from '../domain/clean-text.js';
import type { Target } from '../domain/provisioning.js';
import type { ApprovalFacts, RequestField } from '../domain/ticket.js';
import type { MessageContext } from './itsm.js';
import { placeholderNames } from './placeholders.js';
import type { Json, Resolved, Resolver } from './placeholders.js';

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

const NAMES = new Map<string, Row>([
  ['ticket_id', value(({ facts }) => facts.id)],
  ['ticket_subject', value(({ facts }) => facts.subject)],
  ['ticket_status', value(({ facts }) => facts.status)],
  ['ticket_priority', value(({ facts }) => facts.priority)],
  ['ticket_requester', value(({ facts }) => facts.requester)],
  ['ticket_start_time', value(({ facts }) => (facts.createdAtMs === null ? '' : isoText(facts.createdAtMs)))],
  ['latest_comment_content', value(({ facts }) => facts.latestComment ?? '')],
  ['workflow_name', value(({ facts }) => facts.workflow)],
  [
    'assignee',
    value(({ facts }) => facts.step?.tasks.find((task) => task.assignee !== null)?.assignee ?? ''),
  ],
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
  ['approve_reject_reason', value(({ facts }) => lastAnswer(facts.approvals)?.reason ?? '')],
  ['approve_reject_status', value(({ facts }) => answerText(lastAnswer(facts.approvals)))],
  ['firewall_list', value(({ targets }) => targets.map((target) => target.name))],
  ['risk_status', value(({ facts }) => riskStatus(facts.step?.request ?? null))],
  ['risk_results', value(({ facts }) => riskResults(facts.step?.request ?? null))],
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
  ['window', value(({ windowText }) => windowText ?? 'not planned')],
  ['device_states', value(({ targets }) => deviceText(targets))],
  ['devices_json', value(({ targets }) => targets.map(deviceRow))],
  ['outcome', value(({ outcome }) => outcome ?? 'in progress')],
  ['event', value(({ event }) => event ?? '')],
  ['workflow_id', value(({ workflowId }) => workflowId)],
  ['run_id', value(({ runId }) => runId)],
  ['idempotency_key', value(({ key }) => key)],
]);

/** Names the Workflow Integrator knows and we have no facts for; as they stand in old templates, they get an answer of their own. */
const NOT_YET: ReadonlySet<string> = new Set([
  'ticket_comments',
  'ticket_requester_full_name',
  'ticket_end_time',
  'domain_name',
  'ticket_task_url',
  'ticket_link',
  'selected_plus_options',
  'ar_as_string',
  'gm_as_string',
  'designer_commands',
]);

export function messageResolver(context: MessageContext): Resolver {
  return (name) => {
    const found = NAMES.get(name)?.(context) ?? { absent: whyUnknown(name) };
    return 'value' in found ? { value: clean(found.value) } : found;
  };
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

/** What is wrong with a template before it is ever used: names that nothing can resolve. */
export function lintTemplate(template: unknown): readonly string[] {
  return placeholderNames(template)
    .filter((name) => !NAMES.has(name))
    .map((name) => `#${name}# ${whyUnknown(name)}`);
}

function whyUnknown(name: string): string {
  return NOT_YET.has(name)
    ? 'is not available in this release; remove it from the template'
    : 'is not known (ticket fields are not available in this release); correct it, or write ## for a plain #';
}

function onlyWith(event: string, of: (context: MessageContext) => Json): Row {
  return only(`has a value only with the event ${event}`, (context) =>
    context.event === event ? of(context) : undefined,
  );
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

function lastAnswer(approvals: readonly ApprovalFacts[]): ApprovalFacts | undefined {
  return approvals
    .filter((field) => field.inEpoch && !field.redone && !field.skipped && field.approved !== null)
    .at(-1);
}

function answerText(answer: ApprovalFacts | undefined): string {
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

function riskResults(request: RequestField | null): Json {
  return (request?.risks ?? []).map(({ order, status, severity }) => ({ request: order, status, severity }));
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
