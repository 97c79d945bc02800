/** `npm run calendar-oracle -- --seed N --runs N`: random calendars against the minute-by-minute evaluator. */
import { parseArgs } from 'node:util';
import { compareRandom } from './compare.js';
import { SPANS } from './random-rules.js';

const { values } = parseArgs({ options: { seed: { type: 'string' }, runs: { type: 'string' } } });
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const runs = Number(values.runs ?? 10_000);
if (!Number.isInteger(seed) || !Number.isInteger(runs) || runs < 1) {
  process.stderr.write('usage: npm run calendar-oracle -- [--seed N] [--runs N]\n');
  process.exit(2);
}
const zone = process.env['TZ'] ?? 'as the machine has it';
console.log(`calendar oracle: ${runs} random calendars, seed ${seed}, TZ ${zone}`);
try {
  SPANS.forEach((span, index) => {
    const share = Math.floor(runs / SPANS.length) + (index < runs % SPANS.length ? 1 : 0);
    if (share > 0) compareRandom(span, share, seed + index);
    console.log(`  ${span[0]} from ${span[1]}: ${share} agree`);
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof Error && error.cause instanceof Error) console.error(error.cause.message);
  console.error(`Repeat it with: npm run calendar-oracle -- --seed ${seed} --runs ${runs}`);
  process.exitCode = 1;
}
