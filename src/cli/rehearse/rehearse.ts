/** A ticket played through a process definition without a write: what would be sent, to whom, when, and what would be pushed. */
import type { ExplainedCalendars } from '../../calendar/create-calendars.js';
import { scopeOf, type ScopeSource } from '../../calendar/scope.js';
import { CallFailure } from '../../domain/failure.js';
import { ticketWorkflowId } from '../../domain/ids.js';
import type { ItsmChange } from '../../domain/outbox.js';
import { isTicketAction, type PointAction } from '../../domain/point-action.js';
import type { IntegrationPoint, ProcessDefinition } from '../../domain/process.js';
import type { DesignFacts, DeviceDesign } from '../../domain/provisioning.js';
import { judgeRisk, type RiskVerdict } from '../../domain/risk.js';
import type { TicketContent } from '../../domain/ticket-content.js';
import type { TicketFacts } from '../../domain/ticket.js';
import { judgeWindow } from '../../domain/window.js';
import type { Itsm, MessageContext } from '../../integrations/itsm.js';
import { suppressedBy } from '../../integrations/point-actions.js';
import { conditionThatFails } from '../../integrations/point-conditions.js';

export interface Rehearsed {
  readonly ticketId: string;
  readonly process: string;
  readonly steps: readonly RehearsedStep[];
  /** Messages of points for events, whatever the step. */
  readonly events: readonly RehearsedMessage[];
}

export interface RehearsedStep {
  readonly step: string;
  readonly isCurrent: boolean;
  readonly entering: readonly RehearsedMessage[];
  readonly phases: readonly { readonly phase: string; readonly says: string }[];
  readonly pushes: readonly RehearsedPush[];
  readonly leaving: readonly RehearsedMessage[];
}

export interface RehearsedMessage {
  readonly point: string;
  readonly event: string;
  readonly server: string;
  /** `create`, or `POST /api/risk/1201`. */
  readonly what: string;
  /** The body as it would be sent; null where nothing would be. */
  readonly body: unknown;
  /** Why nothing would be sent; null when it would be. */
  readonly notSent: string | null;
}

export interface RehearsedPush {
  readonly target: string;
  readonly manager: string;
  readonly call: 'Update' | 'Commit';
  /** null: it does not wait for a window. */
  readonly window: {
    readonly calendar: string;
    readonly opensAtMs: number | null;
    readonly closesAtMs: number | null;
    readonly noneReason: string | null;
  } | null;
  /** Who does it, when not we. */
  readonly by: string | null;
}

export interface RehearsalInput {
  readonly process: ProcessDefinition;
  readonly facts: TicketFacts;
  readonly content: TicketContent;
  /** null: the Designer has not run. */
  readonly design: DesignFacts | null;
  readonly itsm: Itsm;
  readonly calendars: ExplainedCalendars;
  readonly scope: ScopeSource;
  readonly nowMs: number;
}

/** Stands for what only the ITSM gives. */
const NEW_CHANGE = { number: '(number of the change)', id: '(id of the change)' };

export async function rehearse(input: RehearsalInput): Promise<Rehearsed> {
  const { process, facts } = input;
  let change: ItsmChange | null = null;
  const messages = async (
    points: readonly IntegrationPoint[],
    event: string,
    step: string | null,
  ): Promise<RehearsedMessage[]> => {
    const made: RehearsedMessage[] = [];
    for (const point of points) {
      made.push(...(await render(input, point, { event, step, change })));
      if (point.action === 'create' && made.at(-1)?.notSent === null)
        change = { server: point.server, ...NEW_CHANGE };
    }
    return made;
  };
  const enabled = process.integrationPoints.filter((point) => point.enabled);
  const steps: RehearsedStep[] = [];
  for (const [step, { phases }] of Object.entries(process.steps)) {
    const of = (kind: 'inbound' | 'outbound'): IntegrationPoint[] =>
      enabled.filter(({ when }) => when.kind === kind && when.step === step);
    steps.push({
      step,
      isCurrent: facts.step?.name === step,
      entering: await messages(of('inbound'), 'INBOUND', step),
      phases: phases.map(({ phase, by }) => ({ phase, says: phaseText(input, { step, phase, by }) })),
      pushes: phases.flatMap(({ phase, by }) =>
        phase === 'update' || phase === 'commit' ? pushesOf(input, phase, by) : [],
      ),
      leaving: await messages(of('outbound'), 'OUTBOUND', step),
    });
  }
  const events: RehearsedMessage[] = [];
  for (const point of enabled)
    if (point.when.kind === 'event')
      events.push(...(await messages([point], point.when.event, point.when.step)));
  return { ticketId: facts.id, process: process.name, steps, events };
}

async function render(
  { process, facts, content, design, itsm, nowMs }: RehearsalInput,
  point: IntegrationPoint,
  {
    event,
    step,
    change,
  }: { readonly event: string; readonly step: string | null; readonly change: ItsmChange | null },
): Promise<RehearsedMessage[]> {
  const plain: MessageContext = {
    facts,
    design,
    content,
    targets: [],
    itsm: change,
    event,
    stepName: step,
    windowText: null,
    window: null,
    workflowId: ticketWorkflowId(facts.id),
    runId: 'rehearsed',
    key: `${facts.id}/rehearsed`,
    nowMs,
    outcome: null,
  };
  const base = { point: point.name, event, server: point.server };
  const kept = (what: string, notSent: string): RehearsedMessage[] => [
    { ...base, what, body: null, notSent },
  ];
  const targets = (design?.devices ?? []).map(({ name }) => ({ name }));
  const why = conditionThatFails(point.conditions, { facts, content, event, stepName: step, targets });
  if (why !== null) return kept(point.action, `its condition does not hold: ${why}`);
  if ((point.action === 'update' || point.action === 'close') && change?.server !== point.server)
    return kept(point.action, `there is no change on ${point.server} before it`);
  const does = (actions: readonly PointAction[] = []): RehearsedMessage[] =>
    actions
      .filter(isTicketAction)
      .map((action) => ({ ...base, server: 'securechange', what: action, body: null, notSent: null }));
  const suppressed = suppressedBy(point, { facts, content, steps: Object.keys(process.steps) });
  const request =
    suppressed !== null
      ? kept(point.action, suppressed)
      : point.action === 'none'
        ? []
        : await renderRequest();
  return [...does(point.before), ...request, ...does(point.after)];

  async function renderRequest(): Promise<RehearsedMessage[]> {
    try {
      const context = { ...plain, custom: await itsm.customValues(point, plain) };
      const paths = point.call?.paths ?? [undefined];
      return paths.map((path) => {
        const { call, body } = itsm.render(point, context, path);
        const what = call === undefined ? point.action : `${call.method} ${call.path}`;
        return { ...base, what, body: body === '' ? null : (JSON.parse(body) as unknown), notSent: null };
      });
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      return kept(point.action, error.facts.message);
    }
  }
}

function phaseText(
  { process, facts, design }: RehearsalInput,
  { step, phase, by }: { readonly step: string; readonly phase: string; readonly by: string },
): string {
  const who =
    by === 'person' ? 'a person does it' : by === 'securechange' ? 'an automatic step does it' : 'done by us';
  switch (phase) {
    case 'riskCheck':
      return riskText(judgeRisk(facts.step?.request?.risks ?? [], process.risk, process.workflowType));
    case 'approval':
      return process.approvals
        .filter((one) => process.approvals.length === 1 || one.step === step)
        .map(
          (one) =>
            `waits for the approval${one.name === 'approval' ? '' : ` ${one.name}`} ${one.field === null ? 'in the ITSM' : `in step ${one.step}, field ${one.field}`}`,
        )
        .join('; ');
    case 'design':
      return design === null
        ? `${who}; the Designer has not run yet`
        : `${who}; ${design.devices.length} device(s) have a result`;
    case 'changeWindow':
      return `waits for calendar ${process.window.calendar}`;
    default:
      return who;
  }
}

function riskText(verdict: RiskVerdict): string {
  switch (verdict.kind) {
    case 'allow':
      return 'the policy allows the risk as it is now';
    case 'needsApproval':
      return `needs an approval: ${verdict.reason}`;
    case 'block':
      return `blocks the ticket: ${verdict.reason}`;
    case 'unknown':
      return `is not known yet: ${verdict.reason}`;
  }
}

function pushesOf(input: RehearsalInput, phase: 'update' | 'commit', by: string): RehearsedPush[] {
  return (input.design?.devices ?? [])
    .filter(({ capability }) => phase === 'update' || capability.commit !== 'none')
    .map((device) => {
      const { capability, name, laneName } = device;
      const enforces = phase === 'commit' || capability.enforcedBy !== 'commit';
      const byHand = capability[phase] === 'automatic' ? null : notByUs(capability);
      return {
        target: name,
        manager: laneName,
        call: phase === 'update' ? 'Update' : 'Commit',
        window: enforces || input.process.saveUpdates === 'inWindow' ? windowOf(input, device) : null,
        by: by === 'orchestrator' ? byHand : by === 'person' ? 'a person' : 'an automatic step',
      };
    });
}

/** A person, by name where the matrix has one, and why. */
function notByUs({ update, person, reason }: DeviceDesign['capability']): string {
  const who = update === 'refused' ? 'refused' : `${person ?? 'a person'}, by hand`;
  return reason === undefined ? who : `${who} (${reason})`;
}

function windowOf(
  { process, calendars, scope, nowMs }: RehearsalInput,
  { managementId, laneName, vendor, domain }: DeviceDesign,
): RehearsedPush['window'] {
  const words = { process: process.name, target: managementId, manager: laneName, vendor, domain };
  const found = scopeOf(scope, words);
  if ('wrong' in found)
    return { calendar: process.window.calendar, opensAtMs: null, closesAtMs: null, noneReason: found.wrong };
  const { minimumRemainingMs, horizonDays } = process.window;
  const plan = calendars.plan({ ...found, fromMs: nowMs, horizonDays });
  const verdict = judgeWindow(plan.intervals, nowMs, minimumRemainingMs);
  const { calendar } = plan;
  switch (verdict.kind) {
    case 'open':
      return { calendar, opensAtMs: nowMs, closesAtMs: verdict.closesAtMs, noneReason: null };
    case 'opensLater':
      return { calendar, opensAtMs: verdict.opensAtMs, closesAtMs: verdict.closesAtMs, noneReason: null };
    case 'noneLeft':
      return {
        calendar,
        opensAtMs: null,
        closesAtMs: null,
        noneReason: plan.noneReason ?? 'no opening is long enough',
      };
  }
}
