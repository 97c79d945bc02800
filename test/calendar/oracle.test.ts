import { compareRandom } from './oracle/compare.js';
import { SPANS } from './oracle/random-rules.js';

describe('the evaluator', () => {
  it.each(SPANS)('agrees with a minute-by-minute evaluator: %s from %s', (...span) => {
    compareRandom(span, 40, 20261122);
  });
});
