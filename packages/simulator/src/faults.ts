import { z } from 'zod';
import type { Call } from './calls.js';
import type { JsonObject } from './json.js';
import type { Fault, FaultKind } from './model.js';
import type { Site } from './site.js';

const KINDS = [
  'delay',
  'resetBefore',
  'resetAfter',
  'status',
  'maxConcurrent',
  'wrongSchema',
  'deviceLocked',
  'updateFailed',
  'commitPartiallyFailed',
  'commitReverted',
  'commitSkippedWithWarning',
] as const satisfies readonly FaultKind[];

/** Kinds that change what becomes of an Update or Commit instead of the answer, with the calls each can strike. */
const OUTCOMES: Partial<Record<FaultKind, string[]>> = {
  deviceLocked: ['update', 'commit'],
  updateFailed: ['update'],
  commitPartiallyFailed: ['commit'],
  commitReverted: ['commit'],
  commitSkippedWithWarning: ['commit'],
};

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}

/** Body of `POST /simulator/faults`. */
export const faultSchema = z.strictObject({
  match: z
    .strictObject({
      system: z.enum(['securechange', 'securetrack', 'itsm']).optional(),
      action: z.string().optional(),
      pathRegex: z
        .string()
        .refine(isPattern, 'is no regular expression')
        .optional()
        .describe('of path or path with query'),
      ticketId: z.int().optional(),
      deviceId: z.int().optional(),
    })
    .prefault({}),
  kind: z.enum(KINDS),
  times: z.int().min(1).optional().describe('absent: until deleted'),
  after: z.boolean().default(false).describe('delay and status: only once the effect took place'),
  delayMs: z.int().min(0).default(1000),
  status: z.int().min(400).max(599).default(503),
  retryAfterS: z.int().min(0).optional(),
  body: z.union([z.string(), z.record(z.string(), z.json())]).optional(),
});

/** Stores a fault. Returns its id. */
export function addFault(site: Site, input: z.infer<typeof faultSchema>): number {
  return site.store.change(() => {
    const id = site.nextId('fault');
    site.faults.put(id, {
      id,
      match: input.match,
      kind: input.kind,
      left: input.times ?? null,
      after: input.after,
      delayMs: input.delayMs,
      status: input.status,
      retryAfterS: input.retryAfterS ?? null,
      body: (input.body as JsonObject | string | undefined) ?? null,
    });
    return id;
  });
}

function strikes(fault: Fault, call: Call, ...addresses: string[]): boolean {
  const { match } = fault;
  if (fault.left === 0) return false;
  if (match.system !== undefined && match.system !== call.system) return false;
  if (match.action !== undefined && match.action !== call.action) return false;
  if (match.ticketId !== undefined && match.ticketId !== call.ticketId) return false;
  if (match.deviceId !== undefined && match.deviceId !== call.deviceId) return false;
  const { pathRegex } = match;
  return pathRegex === undefined || addresses.some((address) => new RegExp(pathRegex).test(address));
}

function takeFault(site: Site, call: Call, outcome: boolean, ...addresses: string[]): Fault | undefined {
  const fault = site.faults.all().find((one) => {
    const calls = OUTCOMES[one.kind];
    const fits = outcome ? (calls?.includes(call.action) ?? false) : calls === undefined;
    return fits && strikes(one, call, ...addresses);
  });
  if (!fault) return undefined;
  site.store.change(() => {
    if (fault.left !== null) fault.left -= 1;
    site.faults.put(fault.id, fault);
  });
  return fault;
}

/** The fault that disturbs the answer to this call, if any; counts it as used. */
export function takeAnswerFault(site: Site, call: Call, ...addresses: string[]): Fault | undefined {
  return takeFault(site, call, false, ...addresses);
}

/** The fault that decides the outcome of this Update or Commit, if any; counts it as used. */
export function takeOutcomeFault(site: Site, call: Call, ...addresses: string[]): Fault | undefined {
  return takeFault(site, call, true, ...addresses);
}
