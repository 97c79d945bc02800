// Fails when a document, a message, a comment or a name in code uses a word that scripts/replaced-words.json replaces.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const CODE_FOLDERS = ['src', 'workflows', 'activities', 'workers', 'packages', 'test'];

const replaced = JSON.parse(readFileSync(join(import.meta.dirname, 'replaced-words.json'), 'utf8')).map(
  ({ word, write }) => ({ pattern: new RegExp(word, 'gi'), write }),
);

const tracked = (...patterns) =>
  execFileSync(
    'git',
    ['ls-files', '--deduplicate', '--cached', '--others', '--exclude-standard', ...patterns],
    {
      encoding: 'utf8',
    },
  )
    .split('\n')
    .filter((path) => path !== '' && existsSync(path));

/** What is not prose becomes blanks, so that lines and columns stay. */
const blank = (text) => text.replace(/[^\n]/g, ' ');

/** Prose of a document: without code, addresses and the list of replaced words of the glossary. */
function proseOfDocument(text) {
  return text
    .replace(/^( *)```[\s\S]*?^\1```/gm, blank)
    .replace(/`[^`\n]*`/g, blank)
    .replace(/\]\([^)\n]*\)/g, blank)
    .replace(/_Not:_[^|\n]*/g, blank);
}

/** Prose of a source file: texts in quotes and comments. */
function proseOfSource(path, text) {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const kept = [...blank(text)];
  const keep = (from, to) => {
    for (let at = from; at < to; at += 1) kept[at] = text[at];
  };
  const visit = (node) => {
    if (ts.isJSDoc(node)) return;
    const children = node.getChildren(file);
    if (children.length === 0) {
      keep(node.pos, node.getStart(file, false));
      if (ts.isStringLiteralLike(node) && !ts.isImportDeclaration(node.parent))
        keep(node.getStart(file), node.end);
      if (ts.isJsxText(node)) keep(node.pos, node.end);
      if (ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
        keep(node.getStart(file), node.end);
    }
    children.forEach(visit);
  };
  visit(file);
  return kept.join('');
}

/** What a source file declares, one name a line and each as words: `assessAgain` is `assess again`. */
function namesOfSource(path, text) {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const lines = text.split('\n').map(() => '');
  const visit = (node) => {
    if (ts.isIdentifier(node) && node.parent.name === node) {
      const words = node.text.replaceAll('_', ' ').replace(/([a-z0-9])([A-Z])/g, '$1 $2');
      lines[file.getLineAndCharacterOfPosition(node.getStart(file)).line] += ` ${words};`;
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return lines.join('\n');
}

function mistakesOf(path, prose, words) {
  return words.flatMap(({ pattern, write }) =>
    [...prose.matchAll(pattern)].map((match) => {
      const line = prose.slice(0, match.index).split('\n').length;
      return { path, line, text: `"${match[0]}": write ${write}` };
    }),
  );
}

const mistakes = [
  ...tracked('*.md', '*.yaml', '*.yml', '*.sh', '*.template').flatMap((path) =>
    mistakesOf(path, proseOfDocument(readFileSync(path, 'utf8')), replaced),
  ),
  ...tracked(...CODE_FOLDERS.flatMap((folder) => [`${folder}/*.ts`, `${folder}/*.tsx`]), '*.mjs').flatMap(
    (path) => {
      const text = readFileSync(path, 'utf8');
      return [
        ...mistakesOf(path, proseOfSource(path, text), replaced),
        ...mistakesOf(path, namesOfSource(path, text), replaced),
      ];
    },
  ),
];
for (const { path, line, text } of mistakes) console.error(`${path}:${line} ${text}`);
process.exitCode = mistakes.length === 0 ? 0 : 1;
