import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isSeq, LineCounter, parseDocument } from 'yaml';

const PROCESSES = 'config/processes';

/** What the form of the Workflow Integrator asks for at one point, and the words of its row in the page for those who move. */
const FORM: Readonly<Record<string, string>> = {
  workflow: 'workflow',
  'step or trigger': 'step trigger',
  enabled: 'enable switch',
  server: 'default server',
  method: 'method and path',
  path: 'several paths',
  'accepted codes': 'accepted codes',
  body: 'body',
  'before actions': 'before and after actions',
  'after actions': 'before and after actions',
  'response mapping': 'response mapping',
};

function rowsOfPage(): readonly string[] {
  const page = readFileSync('docs/workflow-integrator.md', 'utf8');
  const section = page.split('\n## Settings of an integration point\n')[1]?.split('\n## ')[0] ?? '';
  return section.split('\n').flatMap((line) => /^\| ([^|]+?) *\|/.exec(line)?.[1] ?? []);
}

/** Every shipped integration point with the lines that it takes. */
function points(): readonly { readonly name: string; readonly lines: number }[] {
  return readdirSync(PROCESSES).flatMap((file) => {
    const counter = new LineCounter();
    const text = readFileSync(join(PROCESSES, file), 'utf8');
    const list = parseDocument(text, { lineCounter: counter }).get('integrationPoints');
    return !isSeq(list)
      ? []
      : list.items.filter(isMap).map((point) => {
          const [start = 0, end = 0] = point.range ?? [];
          const written = text.slice(start, end).trimEnd().split('\n');
          return { name: `${file}: ${String(point.get('name'))}`, lines: written.length };
        });
  });
}

it.each(Object.entries(FORM))('the page for those who move has the setting %s', (_, words) => {
  expect(rowsOfPage().filter((row) => row.includes(words))).not.toEqual([]);
});

it('an integration point takes no more lines than its form in the Workflow Integrator has fields', () => {
  const shipped = points();
  expect(shipped.length).toBeGreaterThan(5);
  expect(shipped.filter(({ lines }) => lines > Object.keys(FORM).length)).toEqual([]);
});
