// Types and lint in one process, because the typed rules ask the very checker that the compiler's errors come from: what
// took both their time is done once. The same as `npm run types` and `npm run lint`, for the files these could say
// something new about: a module that was clean is clean while it, all it imports, and everything around stand as they did.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { ESLint } from 'eslint';
import ts from 'typescript';

const memoryFile = 'node_modules/.cache/clean-modules.json';
/** What decides besides the program itself. The lock file stands for the versions of the rules. */
const tools = [import.meta.filename, 'eslint.config.mjs', 'package-lock.json'];

const formatHost = {
  getCurrentDirectory: () => process.cwd(),
  getCanonicalFileName: (file) => file,
  getNewLine: () => '\n',
};

/** For the project in the working directory. Tells of types as soon as they are known. */
export async function checkTypesAndLint(tell) {
  const startedAt = Date.now();
  const builder = createProgram();
  const program = builder.getProgram();
  const remembered = recall();
  const standings = standingsOf(builder);
  const isClean = (name) => standings.has(name) && remembered.get(name) === standings.get(name);
  const clean = [...standings.keys()].filter(isClean);
  const note = `${String(standings.size - clean.length)} of ${String(standings.size)} modules had to be asked`;
  const report = (name, passed, output) => {
    tell({ name, passed, output, note, seconds: (Date.now() - startedAt) / 1000 });
  };

  const errors = ts.sortAndDeduplicateDiagnostics([
    ...program.getConfigFileParsingDiagnostics(),
    ...program.getOptionsDiagnostics(),
    ...program.getSyntacticDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...program
      .getSourceFiles()
      .filter((file) => !isClean(file.fileName))
      .flatMap((file) => program.getSemanticDiagnostics(file)),
  ]);
  report('types', errors.length === 0, ts.formatDiagnostics(errors, formatHost));

  const eslint = new ESLint({
    overrideConfig: [
      { ignores: clean.map((name) => relative(process.cwd(), name)) },
      {
        files: ['**/*.ts'],
        languageOptions: { parserOptions: { projectService: false, programs: [program] } },
      },
    ],
  });
  const results = await eslint.lintFiles(['.']);
  const formatter = await eslint.loadFormatter('stylish');
  report(
    'lint',
    results.every((result) => result.errorCount === 0),
    await formatter.format(results),
  );

  const wrong = new Set([
    ...errors.map((error) => error.file?.fileName),
    ...results.filter((result) => result.messages.length > 0).map((result) => result.filePath),
  ]);
  remember([...standings].filter(([name]) => !wrong.has(name)));
}

function createProgram() {
  const { options, fileNames, errors } = ts.getParsedCommandLineOfConfigFile('tsconfig.json', undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (error) => {
      throw new Error(ts.formatDiagnostic(error, formatHost));
    },
  });
  // A builder, because only builders tell what a file depends on.
  const host = ts.createIncrementalCompilerHost(options);
  // As the compiler's own command line does: other people's doc comments are the larger half of what it would read.
  host.jsDocParsingMode = ts.JSDocParsingMode.ParseForTypeErrors;
  return ts.createSemanticDiagnosticsBuilderProgram(fileNames, options, host, undefined, errors);
}

/** For each of our modules a hash of all that its types and its lint depend on. */
function standingsOf(builder) {
  const program = builder.getProgram();
  const files = program.getSourceFiles();
  const texts = new Map(files.map((file) => [file.fileName, hash(file.text)]));
  const modules = files.filter(
    (file) =>
      ts.isExternalModule(file) &&
      !program.isSourceFileFromExternalLibrary(file) &&
      // What a module declares for others counts for those, too, who do not import it.
      !file.statements.some(ts.isModuleDeclaration),
  );
  const ours = new Set(modules.map((file) => file.fileName));
  const around = hash(
    process.version,
    JSON.stringify(program.getCompilerOptions()),
    ...tools.map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : '')),
    ...[...texts].filter(([name]) => !ours.has(name)).flat(),
  );
  const standing = (file) =>
    hash(around, ...[...builder.getAllDependencies(file)].sort().flatMap((name) => [name, texts.get(name)]));
  return new Map(modules.map((file) => [file.fileName, standing(file)]));
}

function hash(...texts) {
  return texts.reduce((sum, text) => sum.update(`${text}\0`), createHash('sha256')).digest('hex');
}

function recall() {
  try {
    return new Map(Object.entries(JSON.parse(readFileSync(memoryFile, 'utf8'))));
  } catch {
    return new Map();
  }
}

function remember(clean) {
  mkdirSync(dirname(memoryFile), { recursive: true });
  // Under another name first: what two checks write at the same time must not mix.
  writeFileSync(`${memoryFile}.${process.pid}`, JSON.stringify(Object.fromEntries(clean)));
  renameSync(`${memoryFile}.${process.pid}`, memoryFile);
}

if (process.argv[1] === import.meta.filename) {
  await checkTypesAndLint((result) => process.send(result));
  process.disconnect();
}
