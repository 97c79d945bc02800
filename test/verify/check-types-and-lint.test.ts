import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface Verdict {
  readonly name: 'types' | 'lint';
  readonly passed: boolean;
  readonly output: string;
  readonly note: string;
}

const script = pathToFileURL('scripts/check-types-and-lint.mjs').href;
const typedRules = pathToFileURL('node_modules/typescript-eslint/dist/index.js').href;

/** One process for all runs, because loading compiler and linter takes longer than asking them. */
const PROGRAM = `
import { checkTypesAndLint } from '${script}';
process.on('message', async () => {
  const verdicts = [];
  await checkTypesAndLint((verdict) => verdicts.push(verdict)).catch(({ stack }) => verdicts.push({ output: stack }));
  process.send(verdicts);
});
process.send('ready');`;

const eslintConfig = (rule: string): string => `import tseslint from '${typedRules}';
export default [{
  files: ['**/*.ts'],
  plugins: { '@typescript-eslint': tseslint.plugin },
  languageOptions: { parser: tseslint.parser },
  rules: { '@typescript-eslint/${rule}': 'error' },
}];`;

const tsconfig = (strict: boolean): string =>
  JSON.stringify({
    compilerOptions: {
      ...{ target: 'es2023', lib: ['es2023'], types: [], module: 'nodenext', noEmit: true },
      strict,
    },
    include: ['*.ts'],
  });

describe('types and lint of a project that was clean', () => {
  let folder: string;
  let child: ChildProcess;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sco-check-'));
    child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await once(child, 'message');
  });

  beforeEach(async () => {
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
    write('package.json', '{ "type": "module" }');
    write('tsconfig.json', tsconfig(true));
    write('eslint.config.mjs', eslintConfig('no-floating-promises'));
    write('callee.ts', 'export function work(): void {}');
    write('between.ts', "export { work } from './callee.js';");
    write('caller.ts', "import { work } from './between.js';\nwork();");
    write('alone.ts', "export const made: Error = { name: '', message: '' };");
    await expect(check()).resolves.toEqual({ passed: true, said: '', asked: '4 of 4' });
  });

  afterAll(() => {
    child.kill();
    rmSync(folder, { recursive: true });
  });

  function write(name: string, text: string): void {
    writeFileSync(join(folder, name), text);
  }

  async function check(): Promise<{ passed: boolean; said: string; asked: string }> {
    child.send('check');
    const [verdicts] = (await once(child, 'message')) as [Verdict[]];
    return {
      passed: verdicts.every(({ passed }) => passed),
      said: verdicts.map(({ output }) => output).join(''),
      asked: verdicts.find(({ name }) => name === 'types')?.note.replace(/ modules.*/, '') ?? '',
    };
  }

  it('asks nothing again while nothing changes', async () => {
    await expect(check()).resolves.toEqual({ passed: true, said: '', asked: '0 of 4' });
  });

  it('asks what changed, and goes on telling what is wrong with it', async () => {
    write('alone.ts', 'Promise.resolve(1);\nexport {};');

    for (const run of ['first', 'second'])
      await expect(check().then((told) => ({ run, ...told }))).resolves.toMatchObject({
        run,
        passed: false,
        said: expect.stringContaining('no-floating-promises') as string,
        asked: '1 of 4',
      });
  });

  it('lints again what imports the change, however indirectly', async () => {
    write('callee.ts', 'export async function work(): Promise<void> {}');

    await expect(check()).resolves.toMatchObject({
      passed: false,
      said: expect.stringMatching(/caller\.ts[^]*no-floating-promises/) as string,
      asked: '3 of 4',
    });
  });

  it('checks the types again of what imports the change, and goes on telling of the error', async () => {
    write('callee.ts', 'export function work(hours: number): void {\n  void hours;\n}');

    for (const asked of ['3 of 4', '1 of 4'])
      await expect(check()).resolves.toMatchObject({
        passed: false,
        said: expect.stringMatching(/caller\.ts\(2,1\): error TS2554/) as string,
        asked,
      });
  });

  it.each([
    ['rules', 'eslint.config.mjs', eslintConfig('no-inferrable-types'), 'no error'],
    ["the compiler's options", 'tsconfig.json', tsconfig(false), 'no error'],
    ['the versions installed', 'package-lock.json', '{}', 'no error'],
    ['what is declared for everybody', 'all.d.ts', 'declare const everybody: number;', 'no error'],
    [
      'what a module declares for everybody',
      'global.ts',
      'declare global {\n  interface Error {\n    hours: number;\n  }\n}\nexport {};',
      'alone.ts',
    ],
  ])('asks everything again after a change of %s', async (_what, file, text, wrong) => {
    write(file, text);

    const { passed, said, asked } = await check();
    expect(asked).toBe('4 of 4');
    expect(passed).toBe(wrong === 'no error');
    expect(said).toContain(passed ? '' : wrong);
  });

  it('checks types that are wrong without a file', async () => {
    write('tsconfig.json', tsconfig(true).replace('es2023', 'es1789'));

    await expect(check()).resolves.toMatchObject({
      passed: false,
      said: expect.stringContaining('TS6046') as string,
    });
  });
});
