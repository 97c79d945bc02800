import { fileURLToPath } from 'node:url';

const runsFromSource = import.meta.url.endsWith('.ts');

/**
 * Loaded into the programs that `superviseProcess` starts: kill -9 of the parent must not leave a gateway that holds the port, or a
 * worker that goes on for a product that is gone. It is a kill for them too: nothing is finished first. Text rather than a file,
 * because the threads of a worker load it again, without the TypeScript loader.
 */
const END_WITH_PARENT = `data:text/javascript,${encodeURIComponent(
  "process.on('disconnect', () => process.exit(1)); process.channel?.unref();",
)}`;

const root = fileURLToPath(new URL(runsFromSource ? '../../' : '../../../', import.meta.url));

/** Top folder of the checkout, or of the installed package. */
export function packageRoot(): string {
  return root;
}

/**
 * Command and arguments that run one of our own programs, from source or from the build as we do ourselves; `entry` is its file
 * without ending, from the top of the sources: `src/gateway/main`.
 */
export function ourProgram(
  entry: string,
  options: {
    readonly args?: readonly string[];
    readonly watch?: boolean;
    /** Of Node; not while it watches files. */
    readonly flags?: readonly string[];
  } = {},
): { readonly command: string; readonly args: readonly string[] } {
  const fileOf = (name: string): string =>
    fileURLToPath(new URL(`../../${name}.${runsFromSource ? 'ts' : 'js'}`, import.meta.url));
  const args = [fileOf(entry), ...(options.args ?? [])];
  const command = process.execPath;
  if (options.watch === true) {
    const tsx = fileURLToPath(import.meta.resolve('tsx/cli'));
    return { command, args: [tsx, 'watch', '--clear-screen=false', ...args] };
  }
  const loader = runsFromSource ? ['--import', 'tsx'] : [];
  return { command, args: [...(options.flags ?? []), ...loader, '--import', END_WITH_PARENT, ...args] };
}
