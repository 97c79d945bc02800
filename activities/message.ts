import { activityInfo } from '@temporalio/activity';

import { correlationId, effectKey } from '../src/domain/ids.js';
import type { ItsmQuestion } from '../src/domain/itsm-commands.js';
import type { ItsmChange, QueuedMessage, RenderedMessage } from '../src/domain/outbox.js';
import { isTicketAction, type PointAction } from '../src/domain/point-action.js';
import type { IntegrationPoint } from '../src/domain/process.js';
import type { Target } from '../src/domain/provisioning.js';
import type { MessageContext } from '../src/integrations/itsm.js';
import type { CallAnswer } from '../src/integrations/point-call.js';
import { suppressedBy, suppressionNeedsContent } from '../src/integrations/point-actions.js';
import { needsContent, needsDesign, needsMails } from '../src/integrations/message-placeholders.js';
import { conditionsNeedContent, conditionThatFails } from '../src/integrations/point-conditions.js';
import type { ActivityDeps } from './contract.js';
import { leftByTicket } from './shared-change.js';
import { withHeartbeat } from './with-heartbeat.js';

export interface RenderInput {
  readonly ticketId: string;
  readonly epoch: number;
  readonly requestField: string | null;
  readonly points: readonly IntegrationPoint[];
  /** Values for placeholders that are not in the ticket: the event and the state of the run. */
  readonly event: string | null;
  readonly stepName: string | null;
  readonly targets: readonly Target[];
  readonly itsm: ItsmChange | null;
  readonly windowText: string | null;
  /** Absent in inputs of an older release. */
  readonly window?: { readonly opensAtMs: number; readonly closesAtMs: number | null } | null;
  readonly outcome: string | null;
  /** What the ITSM is asked to approve; absent in inputs of an older release. */
  readonly question?: Pick<ItsmQuestion, 'name' | 'question'> | null;
  /** What the ticket needs of a person: of the event NEEDS_ATTENTION. */
  readonly attention?: MessageContext['attention'];
  /** Names of the steps of the process, in their order; absent in inputs of an older release. */
  readonly steps?: readonly string[];
  /** Number of the rendering: differs for two renderings of one point in one epoch and step. */
  readonly rendering: number;
}

/** A condition of the point does not hold: nothing is sent. */
export interface NotDue {
  readonly point: string;
  readonly notDue: string;
}

/** The change that it was for. */
export interface SentMessage extends ItsmChange {
  /** Why nothing was written: other tickets of the change have not ended. */
  readonly leftOpen?: string;
}

type Queued = RenderedMessage & Pick<QueuedMessage, 'queuedAtMs'>;

export interface MessageActivities {
  /** Renders the messages of the points whose conditions hold; an unresolved placeholder parks the ticket and is never sent. */
  renderMessages: (input: RenderInput) => Promise<readonly (RenderedMessage | NotDue)[]>;
  /**
   * Sends one message; looks it up by correlation id or marker first, so that repeating adds nothing. A change that owns many
   * tickets is closed by the last of them.
   */
  sendMessage: (input: { message: Queued; change: ItsmChange | null }) => Promise<SentMessage>;
  /** Makes the call of a message, once. */
  callPoint: (input: { message: Queued }) => Promise<CallAnswer>;
}

export function createMessageActivities(
  deps: Pick<ActivityDeps, 'secureChange' | 'itsm' | 'clock' | 'measure' | 'outboxAges'>,
): MessageActivities {
  const { secureChange, itsm, clock, measure, outboxAges } = deps;
  async function attempt<T>(message: Queued, send: () => Promise<T>): Promise<T> {
    const { server, queuedAtMs } = message;
    const ended = (result: 'acknowledged' | 'failed'): void => {
      outboxAges.ended(message, result);
      measure('sco_message_age_seconds', (clock.now() - queuedAtMs) / 1_000, { server, result });
    };
    outboxAges.begun(message);
    try {
      const answer = await send();
      ended('acknowledged');
      return answer;
    } catch (error) {
      ended('failed');
      throw error;
    }
  }

  return {
    async renderMessages(input) {
      const { workflowExecution } = activityInfo();
      return await withHeartbeat(async ({ signal }) => {
        const { ticketId, requestField } = input;
        const facts = await secureChange.readTicket(ticketId, { requestField, signal });
        const firstTask = facts.step?.tasks[0];
        const bodies = input.points.map((point) => [point.body, ...(point.call?.paths ?? [])]);
        const isContentNeeded =
          bodies.some(needsContent) ||
          input.points.some(
            (point) => conditionsNeedContent(point.conditions) || suppressionNeedsContent(point),
          );
        const content = isContentNeeded
          ? await secureChange.readContent(ticketId, signal, { withMails: bodies.some(needsMails) })
          : null;
        const design =
          bodies.some(needsDesign) && facts.step?.request && firstTask
            ? await secureChange.readDesign(
                {
                  ticketId,
                  stepId: facts.step.id,
                  taskId: facts.step.request.taskId,
                  fieldId: facts.step.request.id,
                },
                signal,
              )
            : null;
        const { event, stepName, targets } = input;
        const messages: (RenderedMessage | NotDue)[] = [];
        for (const point of input.points) {
          const why = conditionThatFails(point.conditions, { facts, content, event, stepName, targets });
          if (why !== null) {
            messages.push({ point: point.name, notDue: why });
            continue;
          }
          const contextOf = (part: string): MessageContext => ({
            facts,
            design,
            content,
            targets: input.targets,
            itsm: input.itsm,
            event: input.event,
            stepName: input.stepName,
            windowText: input.windowText,
            window: input.window ?? null,
            workflowId: workflowExecution?.workflowId ?? '',
            runId: workflowExecution?.runId ?? '',
            key: effectKey({
              ticketId,
              epoch: input.epoch,
              stepName: input.stepName ?? '-',
              phase: 'itsmSync',
              target: `${point.name}/${input.rendering}${part}`,
            }),
            nowMs: clock.now(),
            outcome: input.outcome,
            question: input.question ?? null,
            ...(input.attention !== undefined && { attention: input.attention }),
          });
          const act = (actions: readonly PointAction[] = [], part: string): RenderedMessage[] =>
            actions.filter(isTicketAction).map((action, index) => ({
              key: contextOf(`/${part}${index + 1}`).key,
              point: point.name,
              server: 'securechange',
              action: 'ticket',
              ticket: { kind: 'action', action },
              correlationId: correlationId(ticketId, 'securechange'),
              body: '',
              blocking: point.blocking,
            }));
          messages.push(...act(point.before, 'before'));
          const kept = suppressedBy(point, { facts, content, steps: input.steps ?? [] });
          if (kept !== null) messages.push({ point: point.name, notDue: kept });
          else if (point.action !== 'none') {
            const custom = await itsm.customValues(point, contextOf(''));
            if (point.call === undefined) messages.push(itsm.render(point, { ...contextOf(''), custom }));
            else
              messages.push(
                ...point.call.paths.map((path, index) =>
                  itsm.render(point, { ...contextOf(`/${index + 1}`), custom }, path),
                ),
              );
          }
          messages.push(...act(point.after, 'after'));
        }
        return messages;
      });
    },

    async sendMessage({ message, change }) {
      return await withHeartbeat(async ({ signal }) => {
        const left = message.action === 'close' ? await leftByTicket(deps, message, signal) : null;
        return left ?? (await attempt(message, async () => itsm.send(message, change, signal)));
      });
    },

    async callPoint({ message }) {
      return await withHeartbeat(
        async ({ signal }) => await attempt(message, async () => itsm.call(message, signal)),
      );
    },
  };
}
