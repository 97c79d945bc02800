import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { headOf, makeBundle, NoEvidence } from '../../audit/evidence/bundle.js';
import { checkLog } from '../../audit/evidence/check-log.js';
import { evidenceFiles, evidenceFolder } from '../../audit/evidence/log-files.js';
import { readLog } from '../../audit/evidence/read-log.js';
import { readPublicKey } from '../../audit/evidence/tree-head.js';
import { verifyBundle } from '../../audit/evidence/verify-bundle.js';
import { isTicketId } from '../../domain/canonical-id.js';
import { ticketWorkflowId } from '../../domain/ids.js';
import { onAction, type Asked, type Cli } from '../act.js';
import { EXIT, UsageError, type ExitCode } from '../exit-codes.js';
import { formatInstant } from '../instants.js';
import { safe } from '../output.js';
import { numberOf } from '../window/ask.js';

const MOST_RECORDS = 2_000_000_000;

export function addEvidence(program: Command, cli: Cli): void {
  const evidence = program
    .command('evidence')

    .argument('[subject]', 'a ticket, or a workflow such as lane/20: write its bundle')
    .option('--head <size>', 'under an older head, by its number of records')
    .option('--out <file>', 'where to write it; `-` prints it (<subject>.evidence.json)');
  onAction(evidence, cli, writeBundle, { quiet: true });
  addExport(evidence, cli);
  addHead(evidence, cli);
  addVerify(evidence, cli);
}

async function writeBundle(asked: Asked): Promise<ExitCode> {
  const { context, output } = asked;
  const subject = isTicketId(asked.arg(0)) ? ticketWorkflowId(asked.arg(0)) : asked.arg(0);
  if (subject === '')
    throw new UsageError('evidence: name a ticket: sco evidence 4711 (sco evidence --help)');
  const size = asked.text('head') === undefined ? undefined : numberOf(asked, 'head', 0, MOST_RECORDS);
  return await orNotFound(asked, async () => {
    const log = await readLog(folderOf(asked));
    const bundle = await makeBundle(log, subject, size);
    const { root, size: records } = headOf(log, size);
    const file = asked.text('out') ?? `${subject.replace(/[^A-Za-z0-9.-]/g, '-')}.evidence.json`;
    if (file === '-') {
      if (context.stdout.isTTY === true)
        throw new UsageError('--out - writes texts of other systems as they are: into a file or a pipe only');
      context.stdout.write(bundle);
      return EXIT.ok;
    }
    await writeFile(file, bundle, { mode: 0o600 });
    const bytes = Buffer.byteLength(bundle);
    output.answer(
      { file, subject, bytes, head: { size: records, root } },
      () => `${safe(file, 200)}: ${bytes} bytes about ${safe(subject)}, under the head of ${records} records`,
    );
    return EXIT.ok;
  });
}

function addExport(parent: Command, cli: Cli): void {
  const command = parent
    .command('export')
    .description('add closed and open runs to the evidence log now, instead of at the next hour');
  onAction(command, cli, async ({ context, output }) => {
    const client = await context.openClient();
    try {
      const result = await client.evidence.export();
      output.answer(result, () =>
        [
          `${result.runs} runs exported; ${result.head === null ? 'the log is empty' : `the head signs ${result.head.size} records`}`,
          ...(result.cut === null ? [] : [result.cut]),
          ...(result.goneCount === 0
            ? []
            : [
                `${result.goneCount} runs were gone before they were exported: ${safe(result.gone.join(', '), 500)}`,
              ]),
        ].join('\n'),
      );
      return result.goneCount === 0 ? EXIT.ok : EXIT.problem;
    } finally {
      await client.close();
    }
  });
}

function addHead(parent: Command, cli: Cli): void {
  const command = parent
    .command('head')
    .description('the newest signed head and its public key: keep both where this machine cannot change them')
    .option('--check', 'read every record and every head, and say whether they belong together');
  onAction(
    command,
    cli,
    async (asked) =>
      await orNotFound(asked, async () => {
        const folder = folderOf(asked);
        if (asked.flag('check')) {
          const checked = await checkLog(folder);
          asked.output.answer(checked, () =>
            checked.ok ? `${checked.records} records, all heads are right` : `not right: ${checked.why}`,
          );
          return checked.ok ? EXIT.ok : EXIT.problem;
        }
        const head = headOf(await readLog(folder));
        const publicKey = evidenceFiles(folder).publicKey(head.key);
        asked.output.answer({ ...head, publicKey }, () =>
          [
            `records     ${head.size}`,
            `root        ${head.root}`,
            `signed      ${formatInstant(head.atMs, asked.context.zone)}`,
            `key         ${head.key}`,
            `signature   ${head.signature}`,
            `public key  ${publicKey}`,
          ].join('\n'),
        );
        return EXIT.ok;
      }),
    { quiet: true },
  );
}

function addVerify(parent: Command, cli: Cli): void {
  const command = parent
    .command('verify <bundle>')
    .description('whether a bundle is whole and unchanged; needs only the bundle and the public key')
    .requiredOption('--key <file>', 'PEM file of the public key, from whom you trust');
  onAction(
    command,
    cli,
    async (asked) => {
      const key = await readKey(asked.text('key') ?? '');
      const verdict = verifyBundle(await readGiven(asked.arg(0)), key);
      asked.output.answer(verdict, () =>
        verdict.ok
          ? `proven: ${verdict.records} records with ${verdict.events} events about ${safe(verdict.subject)}, under the head of ${verdict.head.size} records, root ${verdict.head.root}`
          : `not proven: ${safe(verdict.why, 300)}`,
      );
      return verdict.ok ? EXIT.ok : EXIT.problem;
    },
    { quiet: true },
  );
}

function folderOf({ context }: Asked): string {
  return evidenceFolder(context.settings().dataDir);
}

/** What the log does not hold is an answer of its own, with where it was looked for. */
async function orNotFound(asked: Asked, work: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof NoEvidence)) throw error;
    const message = `${error.message} (looked in ${folderOf(asked)}: SCO_DATA_DIR is that of the workers)`;
    if (asked.output.json) asked.output.answer({ error: { code: 'notFound', message } }, () => '');
    else asked.context.stderr.write(`${asked.output.colours.red('sco:')} ${safe(message, 1_000)}\n`);
    return EXIT.notFound;
  }
}

async function readKey(file: string): Promise<ReturnType<typeof readPublicKey>> {
  const pem = await readGiven(file);
  try {
    return readPublicKey(pem.toString('utf8'));
  } catch {
    throw new UsageError(`--key: ${safe(file, 200)} holds no Ed25519 public key in PEM`);
  }
}

async function readGiven(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new UsageError(`${safe(file, 200)} cannot be read (${code})`);
  }
}
