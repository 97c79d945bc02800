import fc from 'fast-check';

import {
  emptyMemory,
  recall,
  remember,
  SIGNATURE_VALID_MS,
  type CommandMemory,
} from '../../src/domain/command-memory.js';

const NOW = 1_764_000_000_000;
const result = { accepted: true, code: 'done', message: 'done' } as const;
const answered = (key: string, issuedAtMs: number) => ({
  key,
  fingerprint: `of ${key}`,
  issuedAtMs,
  atMs: issuedAtMs,
  result,
});

function add(memory: CommandMemory, verified: boolean, key: string, issuedAtMs: number): CommandMemory {
  return remember(memory, verified, answered(key, issuedAtMs), issuedAtMs);
}

/** What becomes of a signed command that is sent again now: it is known, or refused as too old. */
function isStopped(memory: CommandMemory, key: string, issuedAtMs: number): boolean {
  return recall(memory, true, key) !== undefined || issuedAtMs < memory.notBeforeMs;
}

it('keeps a verified key whatever comes in unverified', () => {
  let memory = add(emptyMemory(0), true, 'start', NOW);
  for (let n = 0; n < 1_000; n += 1) memory = add(memory, false, `flood ${n}`, NOW + n);
  expect(recall(memory, true, 'start')).toMatchObject({ fingerprint: 'of start' });
  expect(memory.unverified.length).toBe(20);
  expect(recall(memory, false, 'start')).toBeUndefined();
});

it('keeps every key as long as its signature is accepted', () => {
  let memory = emptyMemory(0);
  const every = SIGNATURE_VALID_MS / 299;
  for (let n = 0; n < 300; n += 1) memory = add(memory, true, `k${n}`, NOW + n * every);
  expect(recall(memory, true, 'k0')).toBeDefined();
  memory = add(memory, true, 'later', NOW + 4 * SIGNATURE_VALID_MS);
  expect(memory.verified.length).toBe(100);
});

it('never lets a recorded command pass, in whatever order and number they come', () => {
  // More than are kept: without a size, the lists of fast-check are short whatever their longest.
  const times = fc.array(fc.integer({ min: 0, max: 30 * 60_000 }), { maxLength: 900, size: 'max' });
  fc.assert(
    fc.property(times, (issued) => {
      let memory = emptyMemory(0);
      issued.forEach((offset, n) => {
        memory = add(memory, true, `k${n}`, NOW + offset);
      });
      expect(memory.verified.length).toBeLessThanOrEqual(400);
      issued.forEach((offset, n) => expect(isStopped(memory, `k${n}`, NOW + offset)).toBe(true));
    }),
    { numRuns: 20, endOnFailure: true },
  );
});

it('takes commands that are newer than all it has forgotten', () => {
  let memory = emptyMemory(0);
  for (let n = 0; n < 900; n += 1) memory = add(memory, true, `k${n}`, NOW + n);
  expect(isStopped(memory, 'new', NOW + 900)).toBe(false);
});
