/** Whether the conditions of an integration point hold for a ticket. */
import type { PointCondition, PointConditions } from '../domain/process.js';
import { worstSeverity } from '../domain/risk.js';
import type { Severity, TicketFacts } from '../domain/ticket.js';
import type { Target } from '../domain/provisioning.js';
import type { TicketContent } from '../domain/ticket-content.js';
import { fieldNamed } from './content-placeholders.js';

export interface ConditionContext {
  readonly facts: Pick<TicketFacts, 'step' | 'priority'>;
  /** Needed for fields, see `conditionsNeedContent`. */
  readonly content: TicketContent | null;
  readonly targets: readonly Pick<Target, 'name'>[];
  readonly event: string | null;
  readonly stepName: string | null;
}

export function conditionsNeedContent(conditions: PointConditions | undefined): boolean {
  const needing: readonly PointCondition['kind'][] = ['field', 'device', 'skipped'];
  return conditions !== undefined && conditions.of.some(({ kind }) => needing.includes(kind));
}

/** null: they hold. Else the first that does not, for a person. */
export function conditionThatFails(
  conditions: PointConditions | undefined,
  context: ConditionContext,
): string | null {
  if (conditions === undefined) return null;
  const failing = conditions.of.filter((condition) => holds(condition, context) === condition.not);
  const enough = conditions.join === 'all' ? failing.length === 0 : failing.length < conditions.of.length;
  const [first] = failing;
  return enough || first === undefined ? null : textOf(first);
}

function holds(condition: PointCondition, context: ConditionContext): boolean {
  const isOne = (text: string | null): boolean =>
    text !== null && condition.is.some((wanted) => same(wanted, text));
  switch (condition.kind) {
    case 'field':
      return fieldTexts(condition.name, context).some(isOne);
    case 'risk':
      return condition.is.some((least) => isAtLeast(context.facts, least as Severity));
    case 'device':
      return devicesOf(context).some(isOne);
    case 'step':
      return isOne(context.stepName);
    case 'event':
      return isOne(context.event);
    case 'skipped':
      return (context.content?.skippedSteps ?? []).some(isOne);
    case 'priority':
      return isOne(context.facts.priority);
  }
}

function fieldTexts(name: string, { content, stepName }: ConditionContext): readonly string[] {
  const found = content === null ? null : fieldNamed(name.toLowerCase(), content, stepName);
  if (found === null || 'absent' in found) return [];
  const { value, text } = found;
  if (Array.isArray(value))
    return value.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
  if (typeof value === 'object' && value !== null) return Object.values(value).map(String);
  return [value === null ? '' : String(value), ...(text === undefined ? [] : [text])];
}

/** Those that the Designer computed, and those that the request names. */
function devicesOf({ targets, content }: ConditionContext): readonly string[] {
  const named = (content?.steps ?? [])
    .flatMap(({ tasks }) => tasks.flatMap(({ fields }) => fields))
    .flatMap(({ requests }) => Object.values(requests?.targets ?? {}).flat())
    .filter((name) => typeof name === 'string')
    // `manager/device`: either counts.
    .flatMap((name) => [name, ...name.split('/')]);
  return [...targets.map(({ name }) => name), ...named];
}

/** A risk that is not known counts as critical, as everywhere. */
function isAtLeast({ step }: ConditionContext['facts'], least: Severity): boolean {
  const risks = step?.request?.risks ?? [];
  const severities = risks.map(({ status, severity }): Severity | null => {
    if (status === 'noRisk' || status === 'disregarded') return null;
    return status === 'hasRisk' ? (severity ?? 'critical') : 'critical';
  });
  const worst = risks.length === 0 ? 'critical' : worstSeverity(severities);
  return worst !== null && worstSeverity([worst, least]) === worst;
}

function same(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.trim().toLowerCase();
}

function textOf(condition: PointCondition): string {
  const { kind, is, not } = condition;
  if (kind === 'skipped') return `step ${is.join(' or ')} was ${not ? 'not ' : ''}skipped`;
  const what = kind === 'field' ? `field ${condition.name}` : kind;
  const verb = kind === 'risk' ? 'at least' : 'one of';
  return `${what} is ${not ? 'not ' : ''}${verb} ${is.join(', ')}`;
}
