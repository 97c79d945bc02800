// Types and lint in one process, because the typed rules ask the very checker that the compiler's errors come from: what
// took both their time is done once. The same as `npm run types` and `npm run lint`, for the files these could say
// something new about: a file that was clean is clean while it, all it imports, and everything below stand as they did.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { ESLint } from 'eslint';
import ts from 'typescript';

const memoryFile = 'node_modules/.cache/checked-files.json';
/** With the compiler's options and the declarations of others, all that decides besides our own modules. */
const tools = [import.meta.filename, 'eslint.config.mjs', 'package-lock.json'];

const root = process.cwd();
const host = {
  getCurrentDirectory: () => root,
  getCanonicalFileName: (file) => file,
  getNewLine: () => '\n',
};

const startedAt = Date.now();
const tell = (name, passed, output) => {
  process.send({ name, passed, output, seconds: (Date.now() - startedAt) / 1000 });
};

function createProgram() {
  const { options, fileNames, errors } = ts.getParsedCommandLineOfConfigFile('tsconfig.json', undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (error) => {
      throw new Error(ts.formatDiagnostic(error, host));
    },
  });
  // A host for builders, because only those tell what a file depends on.
  const compilerHost = ts.createIncrementalCompilerHost(options);
  // As the compiler's own command line does: other people's doc comments are the larger half of what it would read.
  compilerHost.jsDocParsingMode = ts.JSDocParsingMode.ParseForTypeErrors;
  return ts.createSemanticDiagnosticsBuilderProgram(fileNames, options, compilerHost, undefined, errors);
}

const hash = (...texts) =>
  texts.reduce((sum, text) => sum.update(`${text}\0`), createHash('sha1')).digest('hex');

/** What says whether a file's verdict still counts: a hash of all that it depends on, for each of our modules. */
function standings(builder) {
  const program = builder.getProgram();
  const texts = new Map(program.getSourceFiles().map((file) => [file.fileName, hash(file.text)]));
  const ours = program
    .getSourceFiles()
    .filter((file) => ts.isExternalModule(file) && !program.isSourceFileFromExternalLibrary(file))
    // What a module declares for others counts for those who do not import it.
    .filter((file) => !file.statements.some(ts.isModuleDeclaration));
  const names = new Set(ours.map((file) => file.fileName));
  const around = hash(
    process.version,
    JSON.stringify(program.getCompilerOptions()),
    ...tools.map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : '')),
    ...[...texts].filter(([name]) => !names.has(name)).flat(),
  );
  const standing = (file) =>
    hash(
      around,
      ...builder
        .getAllDependencies(file)
        .toSorted()
        .flatMap((name) => [name, texts.get(name)]),
    );
  return new Map(ours.map((file) => [file.fileName, standing(file)]));
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
  // Under another name first: two checks at a time may not mix what they found.
  writeFileSync(`${memoryFile}.${process.pid}`, JSON.stringify(Object.fromEntries(clean)));
  renameSync(`${memoryFile}.${process.pid}`, memoryFile);
}

const builder = createProgram();
const program = builder.getProgram();
const remembered = recall();
const now = standings(builder);
const isKnown = (name) => now.has(name) && remembered.get(name) === now.get(name);

const errors = [
  ...program.getConfigFileParsingDiagnostics(),
  ...program.getOptionsDiagnostics(),
  ...program.getSyntacticDiagnostics(),
  ...program.getGlobalDiagnostics(),
  ...program
    .getSourceFiles()
    .filter((file) => !isKnown(file.fileName))
    .flatMap((file) => program.getSemanticDiagnostics(file)),
];
tell('types', errors.length === 0, ts.formatDiagnostics(ts.sortAndDeduplicateDiagnostics(errors), host));

const eslint = new ESLint({
  overrideConfig: [
    { ignores: [...now.keys()].filter(isKnown).map((name) => relative(root, name)) },
    {
      files: ['**/*.ts'],
      languageOptions: { parserOptions: { projectService: false, programs: [program] } },
    },
  ],
});
const results = await eslint.lintFiles(['.']);
const formatter = await eslint.loadFormatter('stylish');
tell(
  'lint',
  results.every((result) => result.errorCount === 0),
  await formatter.format(results),
);

const wrong = new Set([
  ...errors.map((error) => error.file?.fileName),
  ...results.filter((result) => result.messages.length > 0).map((result) => result.filePath),
]);
remember([...now].filter(([name]) => !wrong.has(name)));
process.disconnect();
