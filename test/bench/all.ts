import { goalText, isMet } from './goal.js';
import { LEFT_OUT, type PartOfAll } from './parts.js';
import { tableOf, valueText, type Report } from './report.js';
import { seconds } from './seen-in-histories.js';

export interface AllOptions {
  readonly parts: readonly PartOfAll[];
  readonly run: (part: PartOfAll) => Promise<Report>;
  /** Called with each part as soon as it has ended. */
  readonly onReport: (report: Report) => void;
  readonly log: (line: string) => void;
}

export interface Measured {
  readonly reports: readonly (Report & { readonly name: string })[];
  readonly notMeasured: readonly { readonly name: string; readonly reason: string }[];
}

/** All parts, one after the other. One that cannot be measured does not stop the others. */
export async function all({ parts, run, onReport, log }: AllOptions): Promise<Measured> {
  const reports: (Report & { name: string })[] = [];
  const notMeasured: { name: string; reason: string }[] = [];
  for (const [index, part] of parts.entries()) {
    log(`part ${index + 1} of ${parts.length}: ${[part.name, ...part.args].join(' ')}`);
    const beganMs = performance.now();
    try {
      const report = await run(part);
      onReport(report);
      reports.push({ name: part.name, ...report });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log(`${part.name} could not be measured: ${reason}`);
      notMeasured.push({ name: part.name, reason });
    }
    log(`${part.name} took ${seconds(performance.now() - beganMs)} s`);
  }
  return { reports, notMeasured };
}

/** Which goals were met and missed, and what was not measured. */
export function goalsText({ reports, notMeasured }: Measured): string {
  const rows = reports.flatMap(({ name: part, figures }) =>
    figures.flatMap(({ name, value, unit, goal }) =>
      goal === undefined
        ? []
        : [[part, name, valueText(value, unit), goalText(goal), isMet(goal, value) ? 'met' : 'missed']],
    ),
  );
  const missed = rows.filter((row) => row.at(-1) === 'missed').length;
  return [
    tableOf(['Part', 'Figure', 'Value', 'Goal', 'Result'], rows),
    '',
    `${rows.length - missed} goals met, ${missed} missed.`,
    ...notMeasured.map(({ name, reason }) => `${name} could not be measured: ${reason}`),
    'Not measured by this command, for each takes longer:',
    ...LEFT_OUT.map((command) => `  npm run bench -- ${command}`),
  ].join('\n');
}
