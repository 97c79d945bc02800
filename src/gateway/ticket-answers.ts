/** What reading a ticket or the list answers, for docs/openapi.json. */
import { z } from 'zod';

import type { HistoryFact, TicketSummary } from '../../packages/client/src/contract.js';
import type { ApprovalStanding } from '../domain/approvals.js';
import type { BackOut } from '../domain/back-out.js';
import type { Code } from '../domain/codes.js';
import type { CommandRecord, CommandResult, WayOut } from '../domain/commands.js';
import type { Ignored, IgnoredMessage } from '../domain/ignored.js';
import type { Delivery, DeliveryState, ItsmChange } from '../domain/outbox.js';
import { PHASES, WAITS } from '../domain/phase.js';
import type { Mode } from '../domain/process.js';
import type { Target } from '../domain/provisioning.js';
import type { Severity } from '../domain/ticket.js';
import {
  OUTCOMES,
  type EventView,
  type OverrideView,
  type ParkingView,
  type TargetView,
  type TicketView,
  type TimelineEntry,
  type Waiting,
} from '../domain/view.js';
import type { Interval } from '../domain/window.js';
import {
  answer,
  flag,
  ms,
  msOrNull,
  number,
  oneOf,
  text,
  textOrNull,
  texts,
  wordOf,
} from './answer-shape.js';

type Member<K extends keyof TicketView> = NonNullable<TicketView[K]>;

const phase = z.enum(PHASES);
const outcome = z.enum(OUTCOMES);
const by = oneOf<Target['updateBy']>({ automatic: true, manual: true });
const work = oneOf<Target['update']>({
  todo: true,
  running: true,
  done: true,
  notNeeded: true,
  failed: true,
  unknown: true,
});

export const ignored = answer<Ignored>({
  count: number,
  last: z.array(answer<IgnoredMessage>({ atMs: ms, message: text, why: text })),
});

const target = answer<TargetView>({
  managementId: text,
  name: text,
  vendor: text,
  laneKey: text,
  laneName: text,
  path: texts,
  domain: text.optional(),
  enforcedBy: oneOf<Target['enforcedBy']>({ update: true, commit: true, unknown: true }),
  updateBy: by,
  commitBy: oneOf<Target['commitBy']>({ automatic: true, manual: true, none: true }),
  byHand: answer<NonNullable<Target['byHand']>>({ reason: text, person: text.optional() }).optional(),
  instructionDigest: text,
  touches: texts.optional(),
  update: work,
  commit: work,
  savedAtMs: ms.optional(),
  notSavedBeforeMs: ms.optional(),
  commitBaseline: textOrNull,
  revisionBefore: number.nullable().optional(),
  committedUntil: textOrNull.optional(),
  push: number.nullable(),
  manualEvidence: textOrNull,
  message: textOrNull,
  reverted: flag.optional(),
  wave: number.optional(),
  verified: z.literal(true).optional(),
  failure: oneOf<NonNullable<Target['failure']>>({ holds: true, skipped: true }).optional(),
  done: flag,
  waiting: textOrNull,
});

const parking = answer<ParkingView>({
  code: wordOf<Code>('See docs/codes.md.'),
  phase: phase.nullable(),
  target: textOrNull,
  targetName: textOrNull,
  reason: text,
  advice: text.optional(),
  evidence: textOrNull,
  sinceMs: ms,
  waysOut: z.array(
    answer<WayOut>({ command: wordOf<WayOut['command']>('Kind of the command.'), hint: text }),
  ),
});

const approval = answer<ApprovalStanding>({
  name: text,
  step: text,
  state: oneOf<ApprovalStanding['state']>({ given: true, missing: true, void: true, notNeeded: true }),
  by: texts,
  why: textOrNull,
  question: text.optional(),
});

const delivery = answer<Delivery>({
  number,
  point: text,
  server: text,
  action: text,
  state: oneOf<DeliveryState>({ queued: true, sent: true, acknowledged: true, held: true, dropped: true }),
  sinceMs: ms,
  sizeBytes: number,
  message: textOrNull,
});

const override = answer<OverrideView>({
  key: text,
  devices: texts,
  by: text,
  reason: text,
  atMs: ms,
  untilMs: ms,
  confirmedBy: textOrNull,
  spent: flag,
});

const backOut = answer<BackOut>({
  by: text,
  reason: text,
  atMs: ms,
  devices: z.array(z.object({ id: text, name: text })),
  all: flag,
  ticket: textOrNull,
  refused: textOrNull,
});

export const commandCode = oneOf<CommandResult['code']>({
  done: true,
  wrongState: true,
  notAllowed: true,
  notFound: true,
  unverified: true,
  keyReused: true,
  tooOld: true,
  undone: true,
  secondPerson: true,
  tooMany: true,
});

export const commandResult = answer<CommandResult>({
  accepted: flag,
  code: commandCode,
  message: text,
  queued: number.optional(),
});

const command = answer<CommandRecord>({
  atMs: ms,
  key: text,
  by: text,
  kind: text,
  reason: text,
  result: commandResult,
  fingerprint: text.optional(),
});

const emergency = answer<Member<'emergency'>>({
  owed: answer<NonNullable<Member<'emergency'>['owed']>>({
    text,
    dueMs: ms,
    state: oneOf<NonNullable<Member<'emergency'>['owed']>['state']>({
      due: true,
      overdue: true,
      rejected: true,
      answered: true,
    }),
  }).nullable(),
});

export const status = oneOf<TicketView['status']>({
  inProgress: true,
  resolved: true,
  closed: true,
  rejected: true,
  cancelled: true,
  unread: true,
});

export const ticketAnswer = answer<TicketView>({
  ticketId: text,
  subject: text,
  requester: text,
  workflow: text,
  process: z.object({ name: text, version: text }).nullable(),
  mode: oneOf<Mode>({ observe: true, propose: true, drive: true }),
  modeReason: textOrNull,
  status,
  step: textOrNull,
  epoch: number,
  phase: phase.nullable(),
  donePhases: z.array(phase),
  waiting: answer<Waiting>({
    for: z.enum(WAITS),
    what: text,
    untilMs: msOrNull,
    sinceMs: ms,
  }).nullable(),
  held: answer<Member<'held'>>({ by: text, reason: text, sinceMs: ms }).nullable(),
  targets: z.array(target),
  moreTargets: number,
  risk: answer<Member<'risk'>>({
    verdict: text,
    severity: oneOf<Severity>({ low: true, medium: true, high: true, critical: true }).nullable(),
    reason: textOrNull,
  }).nullable(),
  approval: answer<Member<'approval'>>({ by: texts, epoch: number }).nullable(),
  approvals: z.array(approval),
  window: answer<Member<'window'>>({
    calendar: text,
    zone: text,
    next: answer<Interval>({ opensAtMs: ms, closesAtMs: ms }).nullable(),
    openEnded: z.literal(true).optional(),
    overriddenBy: text.optional(),
  }).nullable(),
  overrides: z.array(override),
  emergency: emergency.optional(),
  backOuts: z.array(backOut).optional(),
  savedNotPushed: texts,
  itsm: answer<ItsmChange>({ server: text, number: text, id: text }).nullable(),
  outbox: z.array(delivery),
  delivered: z.array(delivery),
  parkings: z.array(parking),
  moreParkings: number,
  needsAttention: parking.nullable(),
  proposals: texts,
  outcome: outcome.nullable(),
  lastEvents: z.array(
    answer<EventView>({
      key: text,
      name: text,
      source: text,
      atMs: ms,
      stage: textOrNull,
      duplicate: flag,
    }),
  ),
  timeline: z.array(answer<TimelineEntry>({ atMs: ms, what: text })),
  commands: z.array(command),
  ignored: ignored.optional(),
});

const ticketRow = answer<TicketSummary>({
  ticketId: text,
  runId: text,
  running: flag,
  startedAtMs: ms,
  closedAtMs: msOrNull,
  subject: textOrNull,
  workflow: textOrNull,
  step: textOrNull,
  phase: textOrNull,
  waitingFor: textOrNull,
  requester: textOrNull,
  risk: textOrNull,
  itsmId: textOrNull,
  devices: texts,
  windowOpensAtMs: msOrNull,
  needsAttention: flag,
  outcome: outcome.nullable(),
  undecodable: texts.optional(),
});

export const ticketListAnswer = z.object({
  tickets: z.array(ticketRow),
  next: textOrNull.describe('For `after` of the next call; null: these are the last.'),
});

const historyFact = answer<HistoryFact>({
  runId: text,
  eventId: number,
  atMs: ms,
  kind: wordOf<HistoryFact['kind']>('Kind of the event.'),
  name: text,
  summary: textOrNull,
  identity: textOrNull,
  attempt: number.nullable(),
  input: z.unknown(),
  result: z.unknown(),
  failure: textOrNull,
  refersTo: number.optional(),
});

export const historyAnswer = z.object({ history: z.array(historyFact) });
