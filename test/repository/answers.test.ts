import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

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

/** Names of the members that a file reads of an answer: its roots, those of its zod objects, and those taken by name. */
function membersIn(path: string): string[] {
  const file = ts.createSourceFile(
    path,
    readFileSync(join(ROOT, path), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node) && isSchema(node, file)) {
      for (const { name } of node.properties) {
        if (name !== undefined && (ts.isIdentifier(name) || ts.isStringLiteral(name))) names.push(name.text);
      }
    }
    if (ts.isElementAccessExpression(node) && ts.isStringLiteral(node.argumentExpression)) {
      names.push(node.argumentExpression.text);
    }
    if (ts.isCallExpression(node) && node.expression.getText(file) === 'wireAnswer') {
      const [root] = node.arguments;
      if (root !== undefined && ts.isStringLiteral(root)) names.push(root.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return names;
}

/** `z.object({…})`, or an object of members that is put into one. */
function isSchema(node: ts.ObjectLiteralExpression, file: ts.SourceFile): boolean {
  const { parent } = node;
  if (ts.isCallExpression(parent)) {
    return /^z\.(loose|strict)?o?O?bject$/.test(parent.expression.getText(file));
  }
  return ts.isVariableDeclaration(parent) && /: wire[A-Z]/.test(node.getText(file));
}

describe('docs/securechange-answers.md', () => {
  const page = readFileSync(join(ROOT, 'docs/securechange-answers.md'), 'utf8');
  const section = /## Needed, or optional\n([\s\S]*?)\n## /.exec(page)![1]!;
  const written = new Set(
    [...section.matchAll(/`([^`]+)`/g)].flatMap(([, code]) => [code!, ...code!.split(/[./ ]/)]),
  );

  it.each([
    'src/securechange/wire.ts',
    'src/securechange/change-windows.ts',
    'src/securechange/commit-evidence.ts',
    'src/securechange/group-uses.ts',
    'src/securechange/request-field.ts',
    'src/securechange/to-facts.ts',
    'src/securechange/field-values.ts',
    'src/cli/doctor/triggers.ts',
  ])('says of every member that %s reads which decision needs it, or what happens without it', (path) => {
    const members = membersIn(path);
    expect(members.length).toBeGreaterThan(0);
    expect([...new Set(members)].filter((name) => !written.has(name))).toEqual([]);
  });
});
