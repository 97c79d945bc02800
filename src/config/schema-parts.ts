import { z } from 'zod';

import { isZone } from '../calendar/zone.js';
import { TRIGGER_EVENTS } from '../domain/event.js';
import { PARTIAL_FAILURE, type PartialFailure } from '../domain/partial-failure.js';

/** Names that become parts of ids and of queries of other systems. */
export const slug = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, { error: 'must be letters, digits, - and _ (at most 64)' });

/** Names that SecureChange or people chose. */
export const name = z.string().min(1).max(255);

export const partialFailure = z.enum(Object.keys(PARTIAL_FAILURE) as [PartialFailure, ...PartialFailure[]]);

export const variable = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]*$/, { error: 'must be the name of an environment variable' });

export const role = z.enum(['mediator', 'viewer', 'operator', 'approver', 'itsm', 'auditor']);

/** What a ticket can go through. No trigger reports AUTOCLOSE: we distinguish it from CLOSE by the ticket itself. */
export const event = z.enum([...TRIGGER_EVENTS, 'AUTOCLOSE']);

/** Relative to the configuration folder and inside it. */
export const relativePath = z
  .string()
  .min(1)
  .refine((path) => !path.startsWith('/') && !path.split(/[\\/]/).includes('..'), {
    error: 'must be a path below the configuration folder',
  });

/** A date-time with its offset: the zone is never guessed. */
export const instant = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/, {
    error: 'must be a date-time with offset, such as 2026-11-01T00:00:00Z',
  })
  .refine((text) => !Number.isNaN(Date.parse(text)), { error: 'is no date there is' });

export const httpAddress = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:\/\/[^@?#]+$/.test(text), {
    error: 'must be an address like https://host, without credentials, query or fragment',
  });

export const serverAddress = z
  .string()
  .refine((text) => URL.canParse(text) && /^((https?:\/\/[^@?#]+)|(smtps?:\/\/[^@?#/]+))$/.test(text), {
    error:
      'must be an address like https://host, or for mail smtps://host:465, without credentials, query or fragment',
  });

export const mailAddress = z.email({ error: 'must be a mail address such as changes@example.com' }).max(254);

/** Validated against the zone data of this process: a name it does not know cannot be computed with either. */
export const zone = z.string().refine(isZone, { error: 'must be an IANA time zone such as Europe/Berlin' });
