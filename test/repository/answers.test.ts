import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

function answers(folder: string): string {
  return execFileSync(process.execPath, ['--import', 'tsx', 'scripts/answers.ts', folder], {
    cwd: ROOT,
    encoding: 'utf8',
  });
}

it('`npm run answers` says how many recorded answers become facts, and why the others do not', () => {
  const printed = answers('test/fixtures/securechange');
  expect(printed).toMatch(/^designer_results: 6 of 6$/m);
  expect(printed).toMatch(/^ticket_history_activities: 4 of 4$/m);
  expect(printed).toMatch(/^ticket: 13 of 14$/m);
  expect(printed).toContain('1 × a row is left out: workflow (tickets.one-odd-row.json)');
});
