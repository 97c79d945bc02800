import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { SIGNATURE_VALID_MS } from '../../src/domain/command-memory.js';
import { createUsedKeys } from '../../src/scripts/used-keys.js';
import { temporaryFolder } from '../support/run-script.js';

const folder = temporaryFolder();
const questions = join(folder.path, 'questions');
afterAll(() => folder.remove());

describe('a question to a script', () => {
  it('is put once by all workers that share the data folder, also by one that starts later', () => {
    const workers = [1, 2, 3].map(() => createUsedKeys(questions, () => Date.now()));
    const taken = workers.map((worker) => worker.take('question/condition/q-1'));
    expect(taken).toEqual([true, false, false]);
    expect(createUsedKeys(questions, () => Date.now()).take('question/condition/q-1')).toBe(false);
    expect(workers[1]!.take('question/riskAnalysis/q-1')).toBe(true);
  });

  it('is remembered for longer than its signature is accepted, and then forgotten', () => {
    let nowMs = Date.now();
    const worker = createUsedKeys(join(folder.path, 'other/questions'), () => nowMs);
    expect(worker.take('q')).toBe(true);
    nowMs += 3 * SIGNATURE_VALID_MS;
    expect(worker.take('q')).toBe(false);
    nowMs += 2 * 3_600_000;
    expect(worker.take('another')).toBe(true);
    expect(readdirSync(join(folder.path, 'other/questions'))).toHaveLength(1);
  });

  it('is put although the folder was removed meanwhile', () => {
    const other = join(folder.path, 'removed');
    const worker = createUsedKeys(other, () => Date.now());
    expect(worker.take('q')).toBe(true);
    rmSync(other, { recursive: true });
    expect(worker.take('q-2')).toBe(true);
  });

  it('can be taken again when what it was taken for did not happen', () => {
    const worker = createUsedKeys(join(folder.path, 'refused'), () => Date.now());
    worker.giveBack('q');
    expect([worker.take('q'), worker.take('q')]).toEqual([true, false]);
    worker.giveBack('q');
    expect([worker.take('q'), worker.take('q')]).toEqual([true, false]);
  });

  it('leaves files that only our user reads', () => {
    expect(statSync(questions).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(questions)) {
      expect(statSync(join(questions, name)).mode & 0o777).toBe(0o600);
      expect(name).toMatch(/^[0-9a-f]{40}$/);
    }
  });
});
