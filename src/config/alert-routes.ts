/** Routes of alerts, under `alerts` in `servers.yaml`. */
import { z } from 'zod';

import { ALERT_KINDS, type AlertRoute } from '../domain/alerts.js';
import { duration } from './duration.js';
import { isAllowedRecipient } from '../domain/recipients.js';
import { recipientsOf } from './mail-points.js';
import type { Mistake } from './mistakes.js';
import type { ConfiguredServer } from './operator-config.js';
import type { LoadedPeople } from './load-people.js';
import { mailAddress, role, slug } from './schema-parts.js';
import type { YamlFile } from './yaml-file.js';

export const alertRoute = z.strictObject({
  name: slug.describe('Name of the route. With another name it sends again what it has sent.'),
  kinds: z
    .array(z.enum(ALERT_KINDS))
    .min(1)
    .describe(
      'parked: a ticket or a failed push waits for an operator. windowMissed: a window ended without a push. windowOutside: a change window of SecureTrack ran outside the calendar that copies it. stopped: the stop switch is on, or a lane is paused. unknownPush: an operator has to say whether a push was made. credential: one is refused, or a refresh token ends soon. workerGone: one worker asks Temporal for no work any more while others do.',
    ),
  after: duration('0s', '30d')
    .prefault('0s')
    .describe('Only what has lasted so long: a second route with it is an escalation.'),
  while: slug
    .optional()
    .describe(
      'Sends only while this calendar is open; what comes at other times is sent when it opens, if it still holds.',
    ),
  server: slug.describe('Server of this file: of kind mail, or of kind http such as a chat.'),
  to: z.array(mailAddress).max(50).default([]).describe('Of a mail server: who gets the mail.'),
  roles: z
    .array(role)
    .default([])
    .describe('Of a mail server: everyone in people.yaml who has one of these roles and a mail address.'),
  path: z
    .string()
    .regex(/^\/[^\s#]*$/, { error: 'must be a path that starts with /' })
    .optional()
    .describe('Of an http server: path of the webhook, which gets a POST.'),
  body: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Of an http server: JSON with #subject# and #text#; { "text": "#text#" } when left out.'),
  answer: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('Of an http server: the plain text with which it accepts, such as ok of a chat.'),
});

type RouteFile = z.output<typeof alertRoute>;

/** The routes with their recipients, and what is wrong in them. */
export function toAlertRoutes(
  yaml: YamlFile,
  files: readonly RouteFile[],
  known: {
    readonly servers: readonly ConfiguredServer[];
    readonly calendars: readonly string[];
    readonly people: LoadedPeople['people'];
  },
): { readonly routes: readonly AlertRoute[]; readonly mistakes: readonly Mistake[] } {
  const mistakes: Mistake[] = [];
  const routes = files.map((file, index): AlertRoute => {
    const { name, kinds, after, server, path, answer, body } = file;
    const wrong = (key: keyof RouteFile, message: string): void => {
      mistakes.push(yaml.mistake(['alerts', index, key], `alert route ${name}: ${message}`));
    };
    if (files.findIndex((other) => other.name === name) < index) wrong('name', 'two routes have this name');
    if (file.while !== undefined && !known.calendars.includes(file.while))
      wrong('while', `there is no calendar ${file.while} in calendars.yaml`);
    const to = recipients(file, known.people);
    const found = known.servers.find((one) => one.name === server);
    if (found === undefined) wrong('server', `there is no server ${server} in servers.yaml`);
    else if (found.kind === 'servicenow')
      wrong(
        'server',
        'alerts go to a server of kind mail or http; for records see alertServer in managers.yaml',
      );
    else if (found.kind === 'mail') {
      if (to.length === 0)
        wrong('server', 'a mail needs to, or roles that a person with a mail address in people.yaml has');
      for (const address of to.filter((one) => !isAllowedRecipient(one, recipientsOf(found.file))))
        wrong(
          file.to.includes(address) ? 'to' : 'roles',
          `${address} is not among recipients of server ${server}`,
        );
      for (const key of ['path', 'body', 'answer'] as const)
        if (file[key] !== undefined) wrong(key, 'this is for servers of kind http');
    } else {
      if (path === undefined) wrong('server', 'a server of kind http needs path');
      for (const key of ['to', 'roles'] as const)
        if (file[key].length > 0) wrong(key, 'this is for servers of kind mail');
    }
    return {
      name,
      kinds,
      afterMs: after,
      calendar: file.while ?? null,
      server,
      to,
      path: path ?? null,
      answer: answer ?? null,
      body: body ?? null,
    };
  });
  return { routes, mistakes };
}

function recipients({ to, roles }: RouteFile, people: LoadedPeople['people']): readonly string[] {
  const byRole = people.flatMap(({ mail, roles: has }) =>
    mail !== undefined && has.some((one) => roles.includes(one)) ? [mail] : [],
  );
  return [...new Set([...to, ...byRole])].slice(0, 50);
}
