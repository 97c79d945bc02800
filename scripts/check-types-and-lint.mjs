// Types and lint in one process, because the typed rules ask the very checker that the compiler's errors come from: what
// took both their time is done once. The same as `npm run types` and `npm run lint`; nothing is remembered between runs.
import { ESLint } from 'eslint';
import ts from 'typescript';

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
  const compilerHost = ts.createCompilerHost(options);
  // As the compiler's own command line does: other people's doc comments are the larger half of what it would read.
  compilerHost.jsDocParsingMode = ts.JSDocParsingMode.ParseForTypeErrors;
  return ts.createProgram({
    rootNames: fileNames,
    options,
    host: compilerHost,
    configFileParsingDiagnostics: errors,
  });
}

const program = createProgram();
const errors = ts.getPreEmitDiagnostics(program);
tell('types', errors.length === 0, ts.formatDiagnostics(errors, host));

const eslint = new ESLint({
  overrideConfig: {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: false, programs: [program] } },
  },
});
const results = await eslint.lintFiles(['.']);
const formatter = await eslint.loadFormatter('stylish');
tell(
  'lint',
  results.every((result) => result.errorCount === 0),
  await formatter.format(results),
);
process.disconnect();
