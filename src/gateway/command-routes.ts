import { randomUUID } from 'node:crypto';

import type { Request, Response } from 'express';
import { Router } from 'express';
import type { z } from 'zod';

import type { CommandResult } from '../domain/commands.js';
import { CONTROL_WORKFLOW_ID, laneWorkflowId, pushWorkflowId, ticketWorkflowId } from '../domain/ids.js';
import { actorOf, rawBody } from './authenticate.js';
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
import { parseJson } from './json-body.js';
import { laneKeyOf, pushOf, ticketIdOf } from './path-parts.js';
import { onlyMethods, Problem } from './problem.js';

/** Commands to tickets, lanes and the control workflow; each is signed for exactly one workflow. */
export function commandRoutes(deps: CommandDeps): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router
    .route('/tickets/:id/commands')
    .post(async (request, response) => {
      const body = read(ticketCommandBody, request);
      await operate(deps, request, response, body, ticketWorkflowId(ticketIdOf(request)));
    })
    .all(onlyMethods('POST'));
  router
    .route('/lanes/:key/commands')
    .post(async (request, response) => {
      const body = read(laneCommandBody, request);
      mustBeAllowed(deps, actorOf(request), body.command);
      const keyOrName = laneKeyOf(request);
      // People type names; workflows are known by key.
      const lane = await asked(deps.limits.readDeadlineMs, () => deps.client.lanes.get(keyOrName));
      await operate(deps, request, response, body, laneWorkflowId(lane.key));
    })
    .all(onlyMethods('POST'));
  router
    .route('/pushes/:key/:n/commands')
    .post(async (request, response) => {
      const body = read(pushCommandBody, request);
      const { laneKey, n } = pushOf(request);
      await operate(deps, request, response, body, pushWorkflowId(laneKey, n));
    })
    .all(onlyMethods('POST'));
  router
    .route('/control/commands')
    .post(async (request, response) => {
      await operate(deps, request, response, read(controlCommandBody, request), CONTROL_WORKFLOW_ID);
    })
    .all(onlyMethods('POST'));
  return router;
}

interface CommandBody {
  readonly command: CommandInBody;
  readonly reason: string;
  readonly key?: string | undefined;
}

function read<T extends CommandBody>(schema: z.ZodType<T>, request: Request): T {
  const parsed = schema.safeParse(parseJson(rawBody(request)));
  if (!parsed.success) {
    const members = ['command', 'reason', 'key'].filter((name) =>
      parsed.error.issues.some((issue) => issue.path[0] === name),
    );
    const wrong = members.length > 0 ? `Not as documented: ${members.join(', ')}. ` : '';
    throw new Problem('bad_json', {
      note: `${wrong}Expected {"command":{"kind":...},"reason":"at least 3 characters","key":"8 to 128 of A-Za-z0-9._:-, optional"}.`,
    });
  }
  return parsed.data;
}

/** The key of the header or of the body; a new one when the caller left it to us. */
function keyOf(request: Request, body: CommandBody): string {
  const header = request.get('idempotency-key');
  if (header !== undefined && !commandKey.safeParse(header).success) {
    throw new Problem('bad_request', { note: 'Idempotency-Key has 8 to 128 characters of A-Za-z0-9._:-.' });
  }
  if (header !== undefined && body.key !== undefined && header !== body.key) {
    throw new Problem('bad_request', { note: 'Idempotency-Key and the key of the body differ.' });
  }
  return header ?? body.key ?? randomUUID();
}

async function operate(
  deps: CommandDeps,
  request: Request,
  response: Response,
  body: CommandBody,
  workflowId: string,
): Promise<void> {
  mustBeAllowed(deps, actorOf(request), body.command);
  const key = keyOf(request, body);
  const answer = await carryOut(deps, actorOf(request), { ...body, key }, workflowId);
  response.set('Idempotency-Key', key);
  if (answer === 'unknown') {
    response.status(202).json({ state: 'unknown', key, message: OUTCOME_UNKNOWN });
    return;
  }
  response.status(statusOf(answer)).json(answer);
}

/** Status of the answer to a command. */
export function statusOf({ accepted, code }: CommandResult): number {
  if (accepted) return 200;
  switch (code) {
    case 'notAllowed':
    case 'unverified':
      return 403;
    case 'notFound':
      return 404;
    case 'wrongState':
    case 'done':
    case 'keyReused':
    case 'tooOld':
    case 'undone':
    case 'secondPerson':
      return 409;
    case 'tooMany':
      return 429;
  }
}
