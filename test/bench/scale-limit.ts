/** Who uses the cores while tickets go through the cluster. */
export const USERS = {
  workers: 'workers',
  temporal: 'Temporal server',
  postgresql: 'PostgreSQL',
  gateways: 'gateways',
  simulator: 'SecureChange with its mediator scripts and ITSM (simulator)',
  bench: 'bench',
} as const;
export type User = keyof typeof USERS;

/** What so many tickets took. */
export interface Round {
  readonly tickets: number;
  readonly tookMs: number;
  readonly cpuMs: Readonly<Record<User, number>>;
  /** Of all cores, by everything on the machine; 1 is all of them all the time. */
  readonly busy: number;
}

/** From here on a core more would have been used. */
const FULL = 0.9;
/** Cores that others may use without saying so. */
const QUIET = 0.2;

/** Which part was the limit, by the figures: sentences for people. */
export function limitOf(
  one: Round,
  two: Round,
  { cores, goal }: { readonly cores: number; readonly goal: number },
): readonly string[] {
  const speedUp = perSecond(two) / perSecond(one);
  const goalText = `${goal} times the tickets of one worker`;
  const says = [`With two workers ${usageText(two, cores)}.`];
  const others = othersOf(one, cores) + othersOf(two, cores);
  if (others > 2 * QUIET)
    says.push('Other programs used much of this machine: repeat it on a quiet one before you use the ratio.');
  if (two.busy >= FULL) {
    says.push(
      `The ${cores} cores of this machine were the limit with two workers, not one part of the cluster.`,
    );
    if (one.busy >= FULL)
      says.push(
        `They were with one worker already: ${usageText(one, cores)}. A second worker found no core left.`,
      );
    const needed = (cpuOf(two) / two.tickets) * (goal * perSecond(one)) * 0.001;
    says.push(
      `By the CPU time of a ticket, ${goalText} need ${needed.toFixed(1)} cores; this machine has ${cores}.`,
    );
    return says;
  }
  if (one.cpuMs.workers / one.tookMs >= FULL)
    says.push(
      'With one worker, that worker was the limit: it used a whole core, and one thread of it runs workflows.',
    );
  if (speedUp >= goal) return [...says, 'With two workers no limit was reached.'];
  says.push(
    `No processor was the limit with two workers, so what tickets waited for was not CPU: answers of server, database, disk and SecureChange. More tickets in flight (--in-flight) show whether that changes.`,
  );
  return says;
}

export function perSecond({ tickets, tookMs }: Round): number {
  return (tickets * 1_000) / tookMs;
}

/** Rounds of the same number of workers as one. */
export function together(rounds: readonly Round[]): Round {
  const sum = (of: (round: Round) => number): number => rounds.reduce((all, round) => all + of(round), 0);
  const tookMs = sum((round) => round.tookMs);
  return {
    tickets: sum((round) => round.tickets),
    tookMs,
    cpuMs: Object.fromEntries(
      (Object.keys(USERS) as User[]).map((user) => [user, sum((round) => round.cpuMs[user])]),
    ) as Record<User, number>,
    busy: sum((round) => round.busy * round.tookMs) / tookMs,
  };
}

function cpuOf({ cpuMs }: Round): number {
  return Object.values(cpuMs).reduce((all, each) => all + each, 0);
}

/** Cores used by what is none of ours. */
function othersOf(round: Round, cores: number): number {
  return Math.max(0, round.busy * cores - cpuOf(round) / round.tookMs);
}

function usageText(round: Round, cores: number): string {
  const of = (ms: number): string => (ms / round.tookMs).toFixed(2);
  const shares = (Object.keys(USERS) as User[]).map((user) => `${USERS[user]} ${of(round.cpuMs[user])}`);
  return (
    `${Math.round(round.busy * 100)} % of ${cores} cores were in use, in cores: ` +
    `${shares.join(', ')}, everything else on the machine ${othersOf(round, cores).toFixed(2)}`
  );
}
