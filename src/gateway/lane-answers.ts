/** What reading lanes and the stop switch answers, for docs/openapi.json. */
import { z } from 'zod';

import type { UnreadableLane } from '../../packages/client/src/contract.js';
import type { ForeignVerdict } from '../domain/foreign.js';
import type { Preflight } from '../domain/preflight.js';
import type { ControlView, LaneView } from '../domain/view.js';
import type { WindowAlert } from '../domain/window-alerts.js';
import { answer, flag, ms, msOrNull, number, oneOf, text, textOrNull, texts } from './answer-shape.js';
import { ignored } from './ticket-answers.js';

type Row<K extends keyof LaneView> = LaneView[K] extends readonly (infer R extends object)[] ? R : never;

const preflight = answer<Preflight>({
  isOpen: flag,
  opensAtMs: ms,
  closesAtMs: ms,
  tickets: texts,
  saves: number,
  pushes: number,
  needsMs: ms,
  availableMs: ms,
  doNotFit: texts,
  hindrances: texts,
});

const override = answer<Row<'overrides'>>({
  key: text,
  ticketId: text,
  by: text,
  confirmedBy: text,
  reason: text,
  atMs: ms,
  used: flag,
  review: z.object({ by: text, reason: text, atMs: ms }).nullable(),
});

const foreign = answer<Row<'foreign'>>({
  targetId: text,
  target: text,
  state: oneOf<ForeignVerdict['kind']>({
    none: true,
    allowed: true,
    warned: true,
    accepted: true,
    blocked: true,
  }),
  text,
  atMs: ms,
  seen: text,
  acceptedUntilMs: msOrNull,
});

export const laneAnswer = answer<LaneView>({
  key: text,
  name: text,
  owner: textOrNull,
  paused: answer<NonNullable<LaneView['paused']>>({ by: text, reason: text, sinceMs: ms }).nullable(),
  push: answer<NonNullable<LaneView['push']>>({
    n: number,
    kind: text,
    target: text,
    tickets: texts,
    sinceMs: ms,
    begun: flag,
  }).nullable(),
  failures: z.array(
    answer<Row<'failures'>>({ n: number, target: text, tickets: texts, message: text, atMs: ms }),
  ),
  rests: z.array(answer<Row<'rests'>>({ target: textOrNull, untilMs: ms, why: text })),
  expectedPushMs: ms,
  preflight: preflight.nullable(),
  alerts: z.array(
    answer<WindowAlert>({
      atMs: ms,
      opensAtMs: ms,
      beforeMs: ms,
      owner: textOrNull,
      lines: texts,
      sent: textOrNull,
    }),
  ),
  overrides: z.array(override),
  foreign: z.array(foreign),
  queue: z.array(
    answer<Row<'queue'>>({
      position: number,
      ticketId: text,
      target: text,
      saved: flag,
      opensAtMs: msOrNull,
      hinderedBy: texts,
    }),
  ),
  ledger: z.array(
    answer<Row<'ledger'>>({
      ticketId: text,
      target: text,
      savedAtMs: ms,
      state: text,
      left: textOrNull,
      acceptedBy: textOrNull,
      path: texts,
    }),
  ),
  ignored: ignored.optional(),
  past: z.array(
    answer<Row<'past'>>({
      n: number,
      kind: text,
      target: text,
      tickets: texts,
      result: text,
      startedAtMs: ms,
      endedAtMs: ms,
    }),
  ),
});

const unreadable = answer<UnreadableLane>({ key: text, unreadable: text });

export const laneListAnswer = z.object({ lanes: z.array(z.union([laneAnswer, unreadable])) });

export const controlAnswer = answer<ControlView>({
  by: textOrNull,
  stoppedByPerson: flag.optional(),
  firstToStart: textOrNull.optional(),
  ignored: ignored.optional(),
  stopped: flag,
  reason: textOrNull,
  sinceMs: msOrNull,
});
