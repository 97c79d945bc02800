/** A template of messages, filled in for a real ticket; nothing is sent. */
import type { Json } from '../../domain/ticket-content.js';
import { ticketWorkflowId } from '../../domain/ids.js';
import { customValues } from '../../integrations/custom-functions.js';
import type { MessageContext } from '../../integrations/itsm.js';
import { messageResolver, needsDesign } from '../../integrations/message-placeholders.js';
import { fillIn } from '../../integrations/placeholders.js';
import type { RealTicket } from './real-ticket.js';

export interface TriedTemplate {
  readonly body: Json;
  /** Placeholders without a value, each with its reason: with one of them nothing would be sent. */
  readonly unresolved: readonly { readonly placeholder: string; readonly why: string }[];
  readonly notes: readonly string[];
}

export interface TryOptions {
  readonly event: string | null;
  readonly step: string | null;
  readonly nowMs: number;
  readonly functionModules: readonly string[];
}

export async function tryTemplate(
  template: unknown,
  { facts, content, view }: RealTicket,
  { event, step, nowMs, functionModules }: TryOptions,
): Promise<TriedTemplate> {
  const next = view?.window?.next ?? null;
  const plain: MessageContext = {
    facts,
    design: null,
    content,
    targets: view?.targets ?? [],
    itsm: view?.itsm ?? null,
    event,
    stepName: step ?? facts.step?.name ?? null,
    windowText: next === null ? null : new Date(next.opensAtMs).toISOString(),
    window: next,
    workflowId: ticketWorkflowId(facts.id),
    runId: 'tried',
    key: `${facts.id}/tried`,
    nowMs,
    outcome: view?.outcome ?? null,
  };
  const custom = await customValues([template], plain, messageResolver(plain), { modules: functionModules });
  const resolve = messageResolver({ ...plain, custom });
  const unresolved = new Map<string, string>();
  const body = fillIn(
    template,
    (name) => {
      const found = resolve(name);
      if ('absent' in found) unresolved.set(name, found.absent);
      return found;
    },
    'literal',
  );
  return {
    body,
    unresolved: [...unresolved].map(([placeholder, why]) => ({ placeholder, why })),
    notes: [
      ...(view === null
        ? ['no workflow of this ticket was found: devices, window and ITSM change have no value here']
        : []),
      ...(needsDesign(template) ? ['results of the Designer are not read here'] : []),
    ],
  };
}
