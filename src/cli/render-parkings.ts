import { toWords } from '../domain/words.js';
import type { ParkingView } from '../domain/view.js';
import { formatBoth } from './instants.js';
import { sentence, type Style } from './style.js';
import { safe } from './output.js';
import { wrapLine } from './text-width.js';

/** Everything a ticket is parked for, each with its ways out; what is typed stays on one line, to be copied. */
export function renderParkings(
  { parkings, moreParkings }: { readonly parkings: readonly ParkingView[]; readonly moreParkings: number },
  style: Style,
): string[] {
  const count = parkings.length + moreParkings;
  const lines = parkings.flatMap((parked, index) => [
    ...(index === 0 ? [] : ['']),
    ...parkingLines(parked, style, count === 1 ? '' : ` ${index + 1} of ${count}`),
  ]);
  return moreParkings === 0
    ? lines
    : [...lines, '', `… and ${moreParkings} more; shown after you answer these`];
}

function parkingLines(parked: ParkingView, style: Style, place: string): string[] {
  const { colours, width } = style;
  const where = [parked.phase && toWords(parked.phase), parked.targetName]
    .filter((part) => part !== null)
    .map((part) => safe(part));
  const wrapped = (line: string): string => wrapLine(line, width, 4);
  return [
    wrapped(`${colours.red(`NEEDS ATTENTION${place}`)} ${sentence(parked.reason, style, 300)}`),
    wrapped(
      `  ${safe(parked.code)}${where.length === 0 ? '' : ` in ${where.join(', ')}`}, since ${formatBoth(parked.sinceMs, style)}`,
    ),
    ...(parked.advice === undefined ? [] : [wrapped(`  to do: ${sentence(parked.advice, style, 300)}`)]),
    ...(parked.evidence === null ? [] : [wrapped(`  evidence: ${sentence(parked.evidence, style, 300)}`)]),
    ...(parked.waysOut.length === 0 ? [] : ['  commands:']),
    ...parked.waysOut.map(({ hint }) => `    ${colours.cyan(safe(hint, 300))}`),
  ];
}
