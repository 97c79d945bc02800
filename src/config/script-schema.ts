/** What may stand in `config/scripts.yaml`. */
import { z } from 'zod';
import { duration } from './duration.js';
import { event, name, slug } from './schema-parts.js';

const script = z
  .strictObject({
    name: slug,
    description: z.string().optional(),
    owner: z.string().optional(),
    kind: z
      .enum(['event', 'preAssignment', 'riskAnalysis', 'targetSelection', 'customCondition'])
      .default('event'),
    /** Below the configuration folder, or absolute. Without one the event only reaches the ticket. */
    executable: z.string().min(1).optional(),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, { error: 'must be 64 lower-case hex digits; npm run scripts:hash writes it' })
      .optional(),
    /** Paths that old mediators send in its place. Aliases, never executed. */
    legacyPaths: z.array(z.string().min(1)).default([]),
    events: z.array(event).default([]),
    workflows: z.array(name).default([]),
    steps: z.array(name).default([]),
    timeout: duration('1s', '1h').prefault('1m'),
    reply: z.enum(['accepted', 'result']).default('accepted'),
    /** The answer given when a synchronous script does not make its deadline. */
    onTimeout: z.string().optional(),
    arguments: z.array(z.string()).optional(),
    env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
  })
  .refine((one) => (one.executable === undefined) === (one.sha256 === undefined), {
    error:
      'executable and sha256 go together: a script runs only as the file it was when somebody approved it',
  });

export const scriptsSchema = z.strictObject({ scripts: z.array(script) });
