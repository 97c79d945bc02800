/** What must hold of integration points that send mail. */
import { z } from 'zod';
import type { Mistake } from './mistakes.js';
import type { ProcessFile } from './process-schema.js';
import { mailAddress } from './schema-parts.js';
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

type Point = ProcessFile['integrationPoints'][number];

/** Action mail and a server of kind mail belong together; the body is a mail. */
export function checkMailPoints(
  yaml: YamlFile,
  points: readonly Point[],
  bodies: ReadonlyMap<Point, Readonly<Record<string, unknown>>>,
  mailServers: readonly string[],
): Mistake[] {
  return points.flatMap((point, index) => {
    const wrong = (key: string, message: string): Mistake[] => [
      yaml.mistake(['integrationPoints', index, key], `integration point ${point.name}: ${message}`),
    ];
    const { server } = point;
    if (server === undefined) return [];
    const isMail = mailServers.includes(server);
    if (point.action !== 'mail')
      return isMail ? wrong('action', `server ${server} takes mail only; use action mail`) : [];
    const body = bodies.get(point);
    const read = body === undefined ? null : template.safeParse(body);
    return [
      ...(isMail ? [] : wrong('server', `server ${server} is not of kind mail`)),
      ...(point.response === undefined ? [] : wrong('response', 'a mail has no answer')),
      ...(read?.error?.issues ?? []).flatMap((issue) =>
        wrong('body', `${['body', ...issue.path].join('.')}: ${issue.message}`),
      ),
    ];
  });
}
