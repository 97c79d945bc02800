// Fails when a document names a path of this repository that no longer exists.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';

/** Listed rather than read from disk, so that a folder removed whole is noticed too. */
const roots = new Set([
  '.ci',
  'activities',
  'bin',
  'config',
  'deploy',
  'docs',
  'packages',
  'scripts',
  'src',
  'test',
  'types',
  'workers',
  'workflows',
]);

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(path));
const names = new Set(tracked.map((path) => basename(path)));

const documents = tracked.filter((path) =>
  /^(README|CONTRIBUTING|SECURITY)\.md$|^docs\/.*\.md$|\.decision\.md$|\/README\.md$/.test(path),
);

function exists(path) {
  const bare = normalize(path).replace(/\/$/, '');
  if (!bare.includes('*')) return existsSync(bare);
  const pattern = new RegExp(
    `^${bare
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*\*/g, '\u0000')
      .replace(/\*/g, '[^/]*')
      .replace(/\u0000/g, '.*')}(/|$)`,
  );
  return tracked.some((candidate) => pattern.test(candidate));
}

function mistakesOf(document) {
  const mistakes = [];
  const inCodeBlock = { now: false };
  readFileSync(document, 'utf8')
    .split('\n')
    .forEach((line, index) => {
      const complain = (path) =>
        mistakes.push(`${document}:${String(index + 1)} names ${path}, which does not exist`);
      if (line.trimStart().startsWith('```')) inCodeBlock.now = !inCodeBlock.now;
      if (inCodeBlock.now) return;

      for (const [, target] of line.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)) {
        if (!/^[a-z]+:/.test(target) && !exists(join(dirname(document), target))) complain(target);
      }
      for (const [, token] of line.matchAll(/`([^`\s]+)`/g)) {
        const path = token.replace(/^\.\//, '').replace(/:\d+(-\d+)?$/, '');
        if (/[<>{}$|,()=]|[A-Z]{4,}$/.test(path)) continue;
        const named = /^[\w.@*-]+(\/[\w.@*-]+)*\/?$/.test(path);
        if (!named) continue;
        if (path.includes('/')) {
          const known = roots.has(path.split('/')[0]);
          if (known && !exists(path) && !exists(join(dirname(document), path))) complain(path);
        } else if (/\.(ts|mjs|cjs|sh|sql)$/.test(path) && !path.includes('*') && !names.has(path)) {
          complain(path);
        }
      }
    });
  return mistakes;
}

const mistakes = documents.flatMap(mistakesOf);
for (const mistake of mistakes) console.error(mistake);
process.exitCode = mistakes.length === 0 ? 0 : 1;
