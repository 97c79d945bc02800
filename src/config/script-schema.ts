/** What may stand in `config/scripts.yaml`. */
import { z } from 'zod';
import { MOST_SCRIPT_ARGUMENTS } from '../domain/event.js';
import { FAILURE_ANSWERS, QUESTION_KINDS } from '../domain/script-question.js';
import { duration } from './duration.js';
import { event, name, slug } from './schema-parts.js';

const environment = z
  .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string())
  .default({})
  .describe(
    'Variables of its environment, by name. A value may be setting:NAME, secret:NAME (the path of a file with it) or secretValue:NAME (the secret itself).',
  );

const absolutePath = z.string().refine((path) => path.startsWith('/'), { error: 'must be an absolute path' });

const interpreter = z.strictObject({
  command: z
    .tuple([absolutePath], z.string().min(1))
    .describe('The program by its absolute path, and its arguments before the script.'),
  path: z.array(absolutePath).default([]).describe('Folders that stand before the others in PATH.'),
  env: environment,
});

const argument = z.strictObject({
  name: slug.describe('For people and messages.'),
  pattern: z
    .string()
    .min(1)
    .max(500)
    .refine(isPattern, { error: 'is not a regular expression' })
    .optional()
    .describe(
      'Regular expression that the whole argument matches. Without one it may be anything that does not begin with a dash.',
    ),
  optional: z.boolean().default(false).describe('May be left out, with all that follow it.'),
  many: z.boolean().default(false).describe('Stands for any number of arguments. The last one only.'),
  masked: z.boolean().default(false).describe('Shown to people as ***.'),
});

const script = z
  .strictObject({
    name: slug.describe('Name that mediators send, and that logs show.'),
    description: z.string().optional().describe('For people.'),
    owner: z.string().optional().describe('Who answers for it, for people.'),
    kind: z
      .enum(['event', ...QUESTION_KINDS, 'pendingChanges', 'token'])
      .default('event')
      .describe(
        'When it is called: by SecureChange for an event of a ticket (event) or for a question whose answer it waits for; by us before each Commit, to name what is saved on a manager (pendingChanges, see managers.yaml), or for a token of a server (token, see servers.yaml).',
      ),
    executable: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Its file, below the configuration folder or absolute. Without one the event only reaches the ticket.',
      ),
    interpreter: slug.optional().describe('Entry of interpreters that runs it, in the place of its #! line.'),
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
    runs: z
      .enum(['always', 'driven'])
      .default('driven')
      .describe(
        'always: for tickets that are only observed as well. The script decides itself what it changes then.',
      ),
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

      .describe(
        'What the mediator is answered: accepted once the event is stored, or the output and exit code of the script when it ends in time.',
      ),
    replyWithin: duration('1s', '14s')
      .optional()
      .describe(
        'How long the mediator waits: for a question (5s when left out; then onFailure is answered), and with reply: result (10s; then accepted is answered). Our mediator waits 15s for one call.',
      ),
    onFailure: z
      .enum(FAILURE_ANSWERS)
      .optional()
      .describe(
        'What a question is answered when the script did not answer in time: false, true or fail (condition), fail or default (assignment), fail or accept (preAssignment), reject or accept (validation), risk or fail (riskAnalysis); the first one when left out.',
      ),
    arguments: z
      .array(argument)
      .max(MOST_SCRIPT_ARGUMENTS)
      .optional()
      .describe('Its arguments in their order; others are refused. Any will do when left out.'),
    concurrency: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe(
        'Most runs at the same time, over all workers with one SCO_DATA_DIR. No limit when left out.',
      ),
    retry: z
      .strictObject({
        attempts: z.int().min(2).max(10).describe('Runs in all.'),
        wait: duration('1s', '1h').prefault('30s').describe('Between two runs.'),
      })
      .optional()
      .describe(
        'Run again by itself after a failure: only for a script that may run twice for one event. Else an operator decides.',
      ),
    env: environment,
  })
  .refine((one) => (one.executable === undefined) === (one.sha256 === undefined), {
    error:
      'executable and sha256 go together: a script runs only as the file it was when a person approved it',
  });

export const scriptsSchema = z.strictObject({
  interpreters: z
    .record(slug, interpreter)
    .default({})
    .describe(
      'What runs scripts of one kind, such as the Python of a virtual environment; each described once.',
    ),
  scripts: z.array(script).describe('Every script that a mediator may name.'),
});

function isPattern(text: string): boolean {
  try {
    RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}
