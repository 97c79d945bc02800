/** What may stand in `config/managers.yaml`: how each manager is pushed. */
import { z } from 'zod';
import { duration } from './duration.js';
import { name, partialFailure, slug } from './schema-parts.js';

const answer = z.enum(['block', 'warn', 'allow']);

const foreignChanges = z.strictObject({
  known: answer
    .default('block')
    .describe('A Commit would make live what others saved: block it, send it and say so, or send it.'),
  notVisible: answer
    .default('warn')
    .describe(
      'The same for what SecureTrack does not show. With block, each Commit needs a written acceptance.',
    ),
  accounts: z
    .array(name)
    .max(50)
    .default([])
    .describe(
      'Names under which SecureTrack shows our own changes of this manager; without one no change is known to be foreign.',
    ),
  probe: slug
    .optional()
    .describe(
      'Script of kind pendingChanges that names what is saved on this manager. While it answers, nothing counts as not visible.',
    ),
});

const instant = z.iso
  .datetime({ offset: true, error: 'must be an instant with an offset, such as 2026-12-01T22:00:00+01:00' })
  .transform((text) => Date.parse(text));

const maintenance = z
  .strictObject({
    from: instant.describe(
      'Nothing is saved or committed from then on; begin early enough for a push that runs.',
    ),
    until: instant.describe('The end: the next push starts then.'),
    reason: name.describe('Shown while it lasts.'),
  })
  .refine(({ from, until }) => from < until, { error: 'until must be later than from', path: ['until'] });

const secureTrackWindows = z.strictObject({
  acknowledgedBy: name.describe('Login of the person who answers for it.'),
  reason: z
    .string()
    .trim()
    .min(10, { error: 'must have at least 10 characters' })
    .max(500)
    .describe('Why both may commit: what the window is still for.'),
});

const manager = z.strictObject({
  owner: name
    .optional()
    .describe('Login or team that answers for this manager; shown with every question about it.'),
  calendar: slug
    .optional()
    .describe(
      'Name of a calendar in calendars.yaml: nothing goes live on this manager while it is closed, whatever the calendar of the process says.',
    ),
  exclusive: z
    .boolean()
    .default(false)
    .describe('No other administrator works on it, so a change may be saved long before its window.'),
  maxMembers: z
    .number()
    .int()
    .min(1)
    .max(50)
    .default(50)
    .describe('How many tickets with an unsaved change one push takes along.'),
  commit: z
    .enum(['together', 'each'])
    .default('together')
    .describe('One Commit for all tickets that may ride together, or one Commit for each ticket.'),
  partialFailure: partialFailure
    .default('continue')
    .describe(
      'What the failure of one commit target means for the others of the same ticket. The stricter one of manager and process counts. continue: they go on. stop: they are held back until it is live. waves: they go live in waves of one, a tenth and the rest, each after the one before was verified, and stop when one fails.',
    ),
  tolerate: z
    .array(
      z.strictObject({
        firewall: name.describe('Name of the firewall, as it stands in the report of a Commit.'),
        owner: name.describe('Login or team that answers for it not having the change.'),
      }),
    )
    .max(200)
    .default([])
    .describe(
      'Firewalls that are known to be offline: a Commit that fails on them alone counts as live, with a warning that names them.',
    ),
  foreignChanges: foreignChanges
    .prefault({})
    .describe('Saved changes on the manager that are not ours, judged immediately before each Commit.'),
  maintenance: z
    .array(maintenance)
    .max(100)
    .default([])
    .describe('Planned work on the manager or on Tufin: its lane sends nothing meanwhile.'),
  secureTrackWindows: secureTrackWindows
    .optional()
    .describe(
      "A person acknowledges that change windows of SecureTrack commit this manager too. Without it, a push of ours is refused while an enabled window's runs of the last 14 days show the manager.",
    ),
  expectedPush: duration('1s', '1d')
    .prefault('10m')
    .describe('How long a push usually takes, until 20 pushes were seen.'),
  expectedSave: duration('1s', '1d')
    .prefault('2m')
    .describe('How long saving one Update usually takes, until 20 were seen.'),
  alertBefore: z
    .array(duration('10m', '14d'))
    .max(10)
    .prefault(['24h', '2h'])
    .describe(
      'How long before each window the lane says what it will hold: tickets, what hinders, time needed. Shown by sco lane show.',
    ),
  alertServer: slug
    .optional()
    .describe('Name of a server in servers.yaml that gets it as well, as a record of its own for each time.'),
  alertBody: z
    .record(z.string(), z.json())
    .optional()
    .describe(
      'Members of that record; #subject#, #text#, #owner#, #manager# and #opens_at# are replaced. Default: those of ServiceNow.',
    ),
  lockAlarmAfter: duration('1m', '7d')
    .prefault('15m')
    .describe(
      'How long another user may hold the lock of the manager before the tickets whose window is open ask a person; it is tried again all the same.',
    ),
  watchForRevert: duration('0s', '7d')
    .prefault('65m')
    .describe(
      'How long after a Commit its report is read again: firewalls that lost their manager go back to what they had. 0s: not at all.',
    ),
});

export const managersSchema = z.strictObject({
  managers: z
    .record(name, manager)
    .default({})
    .describe('By the name or the management id of the topmost manager.'),
  tags: z
    .record(slug, z.array(name).min(1).max(1_000))
    .default({})
    .describe(
      'Tags for rules of calendars: names or management ids of devices, device groups and managers; what is below them has the tag too.',
    ),
});

export type ManagerFile = z.output<typeof manager>;
