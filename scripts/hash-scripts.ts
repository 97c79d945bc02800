// Puts the SHA-256 of each registered executable into config/scripts.yaml; with --check only compares.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { isMap, isScalar, isSeq, parseDocument } from 'yaml';

const folder = join(import.meta.dirname, '..', 'config');
const path = join(folder, 'scripts.yaml');
const before = readFileSync(path, 'utf8');
const scripts = parseDocument(before).get('scripts');

let text = before;
let wrong = 0;
// From the end, so that the places of the earlier ones stay right.
for (const entry of isSeq(scripts) ? [...scripts.items].reverse() : []) {
  if (!isMap(entry)) continue;
  const executable = entry.get('executable');
  const written = entry.get('sha256', true);
  if (typeof executable !== 'string' || !isScalar(written) || !written.range) continue;
  const file = isAbsolute(executable) ? executable : join(folder, executable);
  const found = createHash('sha256').update(readFileSync(file)).digest('hex');
  console.log(`${String(entry.get('name'))}  ${found}${found === written.value ? '' : '  (differs)'}`);
  if (found === written.value) continue;
  wrong += 1;
  text = `${text.slice(0, written.range[0])}'${found}'${text.slice(written.range[1])}`;
}

if (process.argv.includes('--check')) process.exitCode = wrong === 0 ? 0 : 1;
else if (text !== before) writeFileSync(path, text);
