import type { Request, RequestHandler, Response, Router } from 'express';
import type { z } from 'zod';

import type { Actor } from '../domain/commands.js';
import { CONTROL_WORKFLOW_ID, laneWorkflowId, ticketWorkflowId } from '../domain/ids.js';
import { carryOut, mustBeAllowed, OUTCOME_UNKNOWN } from './carry-out.js';
import type { CommandDeps } from './carry-out.js';
import { asked } from './client-problems.js';
import type { CommandInBody } from './command-schema.js';
import { commandKey, controlCommandBody, laneCommandBody, ticketCommandBody } from './command-schema.js';
import { laneKeyOf, ticketIdOf } from './path-parts.js';
import { onlyMethods, Problem } from './problem.js';

interface Forms {
  readonly before: readonly RequestHandler[];
  actorOf(request: Request): Actor;
  membersOf(request: Request): Readonly<Record<string, string>>;
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
        const { key = '', reason, ...command } = forms.membersOf(request);
        const parsed = schema.safeParse({ command, reason });
        if (!parsed.success || !commandKey.safeParse(key).success) {
          throw new Problem('bad_request', { note: 'A reason has 3 to 500 characters, evidence 3 to 2000.' });
        }
        mustBeAllowed(deps, actor, parsed.data.command);
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
  route('/control/commands', controlCommandBody, async () => ({
    workflowId: CONTROL_WORKFLOW_ID,
    back: { href: '/', name: 'Attention' },
  }));
}
