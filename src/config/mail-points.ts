/** What must hold of integration points that send mail. */
import { z } from 'zod';
import { isAllowedRecipient } from '../domain/recipients.js';
import type { Mistake } from './mistakes.js';
import type { ProcessFile } from './process-schema.js';
import { mailAddress } from './schema-parts.js';
import type { ServerFile } from './server-schema.js';
import type { YamlFile } from './yaml-file.js';

const recipient = z
  .string()
  .min(1)
  .refine((text) => text.includes('#') || mailAddress.safeParse(text).success, {
    error: 'must be a mail address, or a placeholder such as #requester_mail#',
  });
const template = z.strictObject({
  to: z.union([recipient, z.array(recipient).min(1).max(50)]),
  subject: z.string().min(1).max(1_000),
  text: z.string(),
});

/** Who may get mail of a server of kind mail. */
export function recipientsOf({
  from = '',
  recipients,
}: Pick<ServerFile, 'from' | 'recipients'>): readonly string[] {
  return recipients ?? [from.slice(from.lastIndexOf('@') + 1)];
}

type Point = ProcessFile['integrationPoints'][number];

/** Action mail and a server of kind mail belong together; the body is a mail, to those who may get one. */
export function checkMailPoints(
  yaml: YamlFile,
  points: readonly Point[],
  bodies: ReadonlyMap<Point, Readonly<Record<string, unknown>>>,
  mailServers: ReadonlyMap<string, readonly string[]>,
): Mistake[] {
  return points.flatMap((point, index) => {
    const wrong = (key: string, message: string): Mistake[] => [
      yaml.mistake(['integrationPoints', index, key], `integration point ${point.name}: ${message}`),
    ];
    const { server } = point;
    if (server === undefined) return [];
    const allowed = mailServers.get(server);
    const isMail = allowed !== undefined;
    if (point.action !== 'mail')
      return isMail ? wrong('action', `server ${server} takes mail only; use action mail`) : [];
    const body = bodies.get(point);
    const read = body === undefined ? null : template.safeParse(body);
    // What a placeholder stands for is checked before it is sent.
    const outside = [read?.data?.to ?? []]
      .flat()
      .filter((to) => !to.includes('#') && !isAllowedRecipient(to, allowed ?? ['*']));
    return [
      ...(isMail ? [] : wrong('server', `server ${server} is not of kind mail`)),
      ...(point.response === undefined ? [] : wrong('response', 'a mail has no answer')),
      ...outside
        .map((to) => wrong('body', `body.to: ${to} is not among recipients of server ${server}`))
        .flat(),
      ...(read?.error?.issues ?? []).flatMap((issue) =>
        wrong('body', `${['body', ...issue.path].join('.')}: ${issue.message}`),
      ),
    ];
  });
}
