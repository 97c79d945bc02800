import type { Ending } from './judge.js';
import { TARGETS, type SoakOptions, type SoakReport } from './soak.js';

/** What is printed at the end: what was done, what came of it, how to repeat it. */
export function soakText(
  { seed, kills, tickets, atOnce }: SoakOptions,
  report: SoakReport,
  command = 'npm run soak',
): string {
  const count = (kind: Ending['kind']): number =>
    report.tickets.filter(({ ending }) => ending.kind === kind).length;
  const killed = Object.entries(report.kills)
    .map(([victim, kills]) => `${victim} ${kills}`)
    .join(', ');
  const seconds = Math.round(report.durationMs / 1_000);
  return [
    `seed       ${seed}`,
    `kills      ${killed}; ${report.idleKills} of them with no ticket under way`,
    `tickets    ${count('closed')} closed, ${count('parked')} parked, ${count('stuck')} stuck, of ${tickets} on ${TARGETS.length} managers`,
    `Commits    ${report.commits}`,
    `questions  ${report.questions} unknown pushes were answered by an operator`,
    `duration   ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`,
    `repeat     ${command} -- --seed ${seed} --kills ${kills} --tickets ${tickets} --at-once ${atOnce}`,
    ...report.wrong.map((sentence) => `WRONG      ${sentence}`),
    `result     ${report.wrong.length === 0 ? 'exactly once, nothing stuck' : `${report.wrong.length} things are wrong`}`,
  ].join('\n');
}
