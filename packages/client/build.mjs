// Writes dist: the client with what it runs of the orchestrator in one file, for `import` and for `require`, and its declarations.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';
import ts from 'typescript';

const root = join(import.meta.dirname, '../..');
const dist = join(import.meta.dirname, 'dist');
const entry = join(import.meta.dirname, 'src/index.ts');
const { name, dependencies } = JSON.parse(readFileSync(join(import.meta.dirname, 'package.json'), 'utf8'));
const kinds = [
  { folder: 'esm', format: 'esm', type: 'module' },
  { folder: 'cjs', format: 'cjs', type: 'commonjs' },
];

/** Packages that the code loads. */
const needed = new Set();

rmSync(dist, { recursive: true, force: true });
const declarations = declarationsOf(entry);
for (const { folder, format, type } of kinds) {
  const { metafile } = await build({
    entryPoints: [entry],
    outfile: join(dist, folder, 'index.js'),
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format,
    metafile: true,
    logLevel: 'warning',
  });
  for (const { imports } of Object.values(metafile.outputs)) imports.forEach(({ path }) => mustBeNamed(path));
  writeFileSync(join(dist, folder, 'package.json'), `${JSON.stringify({ type })}\n`);
  for (const [path, text] of declarations) write(join(dist, folder, 'types', path), text);
}
const unused = Object.keys(dependencies).filter((one) => !needed.has(one));
if (unused.length > 0) throw new Error(`${name} does not need ${unused.join(', ')}: package.json names it`);
copyFileSync(join(root, 'LICENSE'), join(import.meta.dirname, 'LICENSE'));
console.log(`${name}: ${String(declarations.size)} declarations`);

/** The declarations that the entry needs, by path; those of files that only its code needs are left out. */
function declarationsOf(file) {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.build.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [file], include: [] }, ts.sys, root);
  const program = ts.createProgram([file], { ...options, sourceMap: false });
  const found = new Map();
  const waiting = [file];
  for (const source of waiting) {
    const path = relative(root, source).replace(/\.ts$/, '.d.ts');
    if (found.has(path)) continue;
    const { diagnostics } = program.emit(
      program.getSourceFile(source),
      (_name, text) => found.set(path, text),
      undefined,
      true,
    );
    if (diagnostics.length > 0)
      throw new Error(ts.formatDiagnostics(diagnostics, ts.createCompilerHost(options)));
    for (const { fileName } of ts.preProcessFile(found.get(path), true, true).importedFiles) {
      if (!fileName.startsWith('.')) {
        throw new Error(
          `${path} needs ${fileName}, whose own declarations do not compile with skipLibCheck: false: keep it out of what index.ts exports`,
        );
      }
      waiting.push(join(dirname(source), fileName.replace(/\.js$/, '.ts')));
    }
  }
  return found;
}

/** A package that only the orchestrator depends on is missing where the client is installed alone. */
function mustBeNamed(specifier) {
  if (specifier.startsWith('node:')) return;
  const parts = specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1);
  needed.add(parts.join('/'));
  if (parts.join('/') in dependencies) return;
  throw new Error(`${name} needs ${specifier}: package.json does not name it`);
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
