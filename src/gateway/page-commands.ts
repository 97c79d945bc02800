import type { Request, RequestHandler, Response, Router } from 'express';
import type { z } from 'zod';

import type { Actor } from '../domain/commands.js';
import { CONTROL_WORKFLOW_ID, laneWorkflowId, pushWorkflowId, ticketWorkflowId } from '../domain/ids.js';
import { CONSEQUENCES } from '../web/command.js';
import { carryOut, mustBeAllowed, OUTCOME_UNKNOWN } from './carry-out.js';
import type { CommandDeps } from './carry-out.js';
import { asked } from './client-problems.js';
import type { CommandInBody } from './command-schema.js';
import {
  commandKey,
  controlCommandBody,
  laneCommandBody,
  pushCommandBody,
  ticketCommandBody,
} from './command-schema.js';
import { laneKeyOf, pushOf, ticketIdOf } from './path-parts.js';
import { onlyMethods, Problem } from './problem.js';

interface Forms {
  readonly before: readonly RequestHandler[];
  actorOf(request: Request): Actor;
  membersOf(request: Request): Readonly<Record<string, string>>;
  /** Members that a form has several times. */
  listsOf(request: Request): Readonly<Record<string, readonly string[]>>;
  answer(
    request: Request,
    response: Response,
    actor: Actor,
    says: { title: string; text: string; back: { href: string; name: string } },
  ): void;
}

/** The same commands as `/v1` takes, from the forms of the pages: signed for the person who has signed in. */
export function pageCommands(router: Router, deps: CommandDeps, forms: Forms): void {
  const route = (
    path: string,
    schema: z.ZodType<{ command: CommandInBody; reason: string }>,
    about: (request: Request) => Promise<{ workflowId: string; back: { href: string; name: string } }>,
  ): void => {
    router
      .route(path)
      .post(...forms.before, async (request: Request, response: Response) => {
        const actor = forms.actorOf(request);
        const { key = '', reason, sure, ...members } = forms.membersOf(request);
        const command = toCommand(members, forms.listsOf(request));
        const parsed = schema.safeParse({ command, reason });
        if (!parsed.success || !commandKey.safeParse(key).success) {
          throw new Problem('bad_request', { note: 'A reason has 3 to 500 characters, evidence 3 to 2000.' });
        }
        mustBeAllowed(deps, actor, parsed.data.command);
        const consequence = CONSEQUENCES[parsed.data.command.kind];
        if (consequence !== undefined && sure !== 'yes')
          throw new Problem('bad_request', { note: `Not ticked: ${consequence}` });
        const { workflowId, back } = await about(request);
        const result = await carryOut(deps, actor, { ...parsed.data, key }, workflowId);
        if (result === 'unknown') {
          forms.answer(request, response, actor, { title: 'Not known yet', text: OUTCOME_UNKNOWN, back });
          return;
        }
        const title = result.accepted ? 'Done' : 'Refused';
        forms.answer(request, response, actor, { title, text: result.message, back });
      })
      .all(onlyMethods('POST'));
  };

  route('/tickets/:id/commands', ticketCommandBody, async (request) => {
    const id = ticketIdOf(request);
    return { workflowId: ticketWorkflowId(id), back: { href: `/tickets/${id}`, name: `Ticket ${id}` } };
  });
  route('/managers/:key/commands', laneCommandBody, async (request) => {
    const named = laneKeyOf(request);
    const lane = await asked(deps.limits.readDeadlineMs, () => deps.client.lanes.get(named));
    return {
      workflowId: laneWorkflowId(lane.key),
      back: { href: `/managers/${encodeURIComponent(lane.key)}`, name: `Manager ${lane.name}` },
    };
  });
  route('/managers/:key/pushes/:n/commands', pushCommandBody, async (request) => {
    const { laneKey, n } = pushOf(request);
    return {
      workflowId: pushWorkflowId(laneKey, n),
      back: { href: `/managers/${encodeURIComponent(laneKey)}`, name: `Manager ${laneKey}` },
    };
  });
  route('/control/commands', controlCommandBody, async () => ({
    workflowId: CONTROL_WORKFLOW_ID,
    back: { href: '/', name: 'Attention' },
  }));
}

const NUMBERS: ReadonlySet<string> = new Set(['message', 'hours']);
const LISTS: ReadonlySet<string> = new Set(['devices']);

/** A form has texts only; the schema of the command says whether they are right. */
function toCommand(
  members: Readonly<Record<string, string>>,
  lists: Readonly<Record<string, readonly string[]>>,
): Readonly<Record<string, unknown>> {
  const single = Object.entries(members).map(([name, text]) => {
    if (NUMBERS.has(name)) return [name, Number(text)];
    return [name, LISTS.has(name) ? [text] : text];
  });
  return { ...Object.fromEntries(single), ...lists } as Readonly<Record<string, unknown>>;
}
