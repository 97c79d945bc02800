import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

function tracked(pattern: string): string[] {
  return execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', pattern], {
    encoding: 'utf8',
  })
    .trim()
    .split('\n');
}

it('every fixture is read by a test, by its name or as one of its kind', () => {
  const sources = ['test/*.ts', 'packages/simulator/test/*.ts', 'scripts/*.ts', '*.cjs']
    .flatMap(tracked)
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
  const isRead = (path: string): boolean => {
    const name = basename(path);
    const [kind = ''] = name.split('.');
    const stem = name.replace(/\.[^.]+$/, '');
    return (
      sources.includes(name) ||
      sources.includes(`'${stem}'`) ||
      sources.includes(`${stem}.js`) ||
      // All of a kind, or a name that is put together.
      sources.includes(`startsWith('${kind}.')`) ||
      sources.includes(`\`${kind}.\${`) ||
      (path.includes('/script/') &&
        sources.includes("fixtureNames('script').filter((name) => name.endsWith('.json'))"))
    );
  };
  const fixtures = tracked('test/fixtures/**').filter((path) => !path.endsWith('README.md'));
  expect(fixtures.length).toBeGreaterThan(60);
  expect(fixtures.filter((path) => !isRead(path))).toEqual([]);
});
