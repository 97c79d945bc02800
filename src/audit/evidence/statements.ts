import { canonicalJson } from '../../domain/canonical-json.js';
import type { HistoryFact } from '../../domain/history-fact.js';

/** What an auditor asks for first, with the event that it was read from. `what` is as the event has it. */
export interface Statement {
  readonly eventId: number;
  readonly atMs: number;
  readonly what: unknown;
}

/** Drawn from the events of one run. Everything in them stands in the events too. */
export interface Statements {
  /** Who approved which request, risk and design (digests), as a push or a step relied on it. */
  readonly approvals: readonly Statement[];
  /** Commands of people: overrides, confirmations, acceptances, with reason and result. */
  readonly decisions: readonly Statement[];
  /** Verdicts of the gate before each call that pushes. */
  readonly gates: readonly Statement[];
  /** What was pushed for whom, with every ticket that rode, and how it ended. */
  readonly pushes: readonly Statement[];
  /** The windows that changes waited for and were pushed in. */
  readonly windows: readonly Statement[];
  /** What was sent to ITSM and people. */
  readonly messages: readonly Statement[];
  /** Scripts that ran: digest, arguments, how they ended. */
  readonly scripts: readonly Statement[];
}

type Topic = keyof Statements;
type Members = Readonly<Record<string, unknown>>;

/** Of one fact, by its kind and name. What is not here is in the events only. */
const READ: Readonly<Record<string, (fact: HistoryFact, origin: Members) => readonly [Topic, unknown][]>> = {
  'started push': ({ input }) => {
    const { members, laneKey, laneName, n, kind, target, targetName } = firstOf(input);
    const riders = listOf(members);
    return [
      [
        'pushes',
        {
          laneKey,
          laneName,
          n,
          kind,
          target,
          targetName,
          members: riders.map(({ ticketId, epoch, target: at }) => ({ ticketId, epoch, target: at })),
        },
      ],
      ...riders.flatMap(({ ticketId, claim }): [Topic, unknown][] =>
        approvalsIn(claim).map((approval) => ['approvals', { ticketId, approval }]),
      ),
      ...riders.map(({ ticketId, target: at, window }): [Topic, unknown] => [
        'windows',
        { ticketId, target: at, window },
      ]),
    ];
  },
  'completed ': ({ result }) =>
    'members' in membersOf(result) ? [['pushes', { ended: membersOf(result)['members'] }]] : [],
  'activityScheduled enrol': ({ input }) =>
    approvalsIn(firstOf(input)['claim']).map((approval) => ['approvals', { approval }]),
  'activityScheduled advance': ({ input }) =>
    approvalsIn(firstOf(input)).map((approval) => ['approvals', { approval }]),
  'activityCompleted enrol': ({ result }) => [['windows', membersOf(result)['outlooks']]],
  'activityCompleted judgeMembers': ({ result }) => [['gates', result]],
  'activityCompleted send': ({ result }, { call, targetName, n, members }) => [
    ['gates', { call, targetName, n, members, verdict: result }],
  ],
  'activityCompleted readPush': ({ result }, { n, targetName }) => [
    ['pushes', { n, targetName, ...membersOf(result) }],
  ],
  ...both('sendMessage', (outcome, { message }) => ['messages', { message, outcome }]),
  ...both('callPoint', (outcome, { message }) => ['messages', { message, outcome }]),
  ...both('runScript', (outcome, { script, event, stepName, args }) => [
    'scripts',
    { script, event, stepName, args, outcome },
  ]),
  ...both('answerQuestion', (outcome, { question }) => ['scripts', { question, outcome }]),
  ...Object.fromEntries(
    ['operateTicket', 'operateLane', 'operatePush', 'operateControl'].flatMap((name) => [
      [`update ${name}`, ({ input, identity }: HistoryFact) => decision({ asked: firstOf(input), identity })],
      [
        `updateResult ${name}`,
        ({ result, failure, refersTo }: HistoryFact) => decision({ answered: result, failure, refersTo }),
      ],
    ]),
  ),
};

export function statementsOf(facts: readonly HistoryFact[]): Statements {
  const found: Record<Topic, Statement[]> = {
    approvals: [],
    decisions: [],
    gates: [],
    pushes: [],
    windows: [],
    messages: [],
    scripts: [],
  };
  const scheduled = new Map(facts.map(({ eventId, input }) => [eventId, input]));
  const said = new Set<string>();
  for (const fact of facts) {
    const { eventId, atMs } = fact;
    const origin = firstOf(scheduled.get(fact.refersTo ?? 0));
    for (const [topic, what] of READ[`${fact.kind} ${fact.name}`]?.(fact, origin) ?? []) {
      // An approval counts for several devices and steps, a window for several looks.
      const repeats = topic === 'approvals' || topic === 'windows';
      const key = repeats ? `${topic} ${canonicalJson(what)}` : `${topic} ${eventId}`;
      if (repeats && said.has(key)) continue;
      said.add(key);
      found[topic].push({ eventId, atMs, what });
    }
  }
  return found;
}

/** An activity as it ended: with its result, or with its failure. */
function both(
  name: string,
  read: (outcome: unknown, origin: Members) => [Topic, unknown],
): Readonly<Record<string, (fact: HistoryFact, origin: Members) => readonly [Topic, unknown][]>> {
  return {
    [`activityCompleted ${name}`]: ({ result }, origin) => [read(result, origin)],
    [`activityFailed ${name}`]: ({ failure }, origin) => [read({ failure }, origin)],
  };
}

function decision(what: unknown): readonly [Topic, unknown][] {
  return [['decisions', what]];
}

function approvalsIn(claim: unknown): readonly unknown[] {
  const { approvals } = membersOf(claim);
  return Array.isArray(approvals) ? approvals : [];
}

function firstOf(input: unknown): Members {
  return Array.isArray(input) ? membersOf(input[0]) : {};
}

function listOf(value: unknown): readonly Members[] {
  return Array.isArray(value) ? value.map(membersOf) : [];
}

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {};
}
