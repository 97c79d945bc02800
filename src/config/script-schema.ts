/** What may stand in `config/scripts.yaml`. */
import { z } from 'zod';
import { duration } from './duration.js';
import { event, name, slug } from './schema-parts.js';

const script = z
  .strictObject({
    name: slug.describe('Name that mediators send, and that logs show.'),
    description: z.string().optional().describe('For people.'),
    owner: z.string().optional().describe('Who answers for it, for people.'),
    kind: z
      .enum([
        'event',
        'preAssignment',
        'riskAnalysis',
        'targetSelection',
        'customCondition',
        'pendingChanges',
      ])
      .default('event')
      .describe(
        'event: when SecureChange calls it. pendingChanges: it names what is saved on a manager, before each Commit; config/managers.yaml says for which. The other kinds are not available in this release.',
      ),
    executable: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Its file, below the configuration folder or absolute. Without one the event only reaches the ticket.',
      ),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, { error: 'must be 64 lower-case hex digits; npm run scripts:hash writes it' })
      .optional()
      .describe(
        'SHA-256 of the file as it was approved; another content is not run. npm run scripts:hash writes it.',
      ),
    legacyPaths: z
      .array(z.string().min(1))
      .default([])
      .describe('Paths that old mediators send in its place. Aliases, never executed.'),
    events: z.array(event).default([]).describe('Events it runs for; all of them when empty.'),
    workflows: z
      .array(name)
      .default([])
      .describe('SecureChange workflows it runs for; all of them when empty.'),
    steps: z.array(name).default([]).describe('Steps it runs for; all of them when empty.'),
    timeout: duration('1s', '1h').prefault('1m').describe('How long it may run.'),
    reply: z
      .enum(['accepted', 'result'])
      .default('accepted')
      .describe('What the mediator is answered. This release knows accepted: once the event is stored.'),
    onTimeout: z
      .string()
      .optional()
      .describe('Answer of a synchronous script that misses its deadline. Not available in this release.'),
    arguments: z
      .array(z.string())
      .optional()
      .describe('Patterns that its arguments must match. Not available in this release.'),
    env: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string())
      .default({})
      .describe('Variables of its environment, by name; a value may be setting:NAME or secret:NAME.'),
  })
  .refine((one) => (one.executable === undefined) === (one.sha256 === undefined), {
    error:
      'executable and sha256 go together: a script runs only as the file it was when a person approved it',
  });

export const scriptsSchema = z.strictObject({
  scripts: z.array(script).describe('Every script that a mediator may name.'),
});
