import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { FAILURE_ANSWERS, QUESTION_KINDS, QUESTIONS } from '../../domain/script-question.js';
import { onAction, type Asked, type Cli } from '../act.js';
import { EXIT, UsageError } from '../exit-codes.js';
import { renderMediator, type MediatorOptions } from '../mediator-script.js';

export function addMediatorBuild(parent: Command, cli: Cli): void {
  const command = parent
    .command('build')
    .description(
      'write the mediator script for SecureChange: one Bash file with address, credential and CA inside',
    )
    .requiredOption('--gateway <url>', 'address of the gateway as SecureChange reaches it')
    .requiredOption('--user <name>', 'the mediator among the people in people.yaml')
    .option('--password-file <file>', 'file with its password; else the variable SCO_MEDIATOR_PASSWORD')
    .option('--ca <file>', 'PEM file of the authority that signed the certificate of the gateway')
    .option('--script <name>', 'entry of scripts.yaml that the events are for', 'ticket-events')
    .addOption(
      new Option(
        '--kind <kind>',
        'build it for a script whose answer SecureChange waits for: which question',
      ).choices(QUESTION_KINDS),
    )
    .addOption(
      new Option(
        '--if-unreachable <answer>',
        'with --kind: the answer when the gateway cannot be reached (as onFailure of the script)',
      ).choices(FAILURE_ANSWERS),
    )
    .option('--signing-secret-file <file>', 'file with the secret that signs every call')
    .option('--out <file>', 'where to write it (mode 700); else standard output');
  onAction(
    command,
    cli,
    async (asked) => {
      const { output, context, text } = asked;
      const caPem = readOption(asked, 'ca');
      const signingSecret = readOption(asked, 'signingSecretFile')?.trim();
      const rendered = renderMediator({
        gatewayUrl: text('gateway') ?? '',
        user: text('user') ?? '',
        password: passwordOf(asked),
        script: text('script') ?? '',
        ...questionOf(asked),
        ...(caPem !== undefined && { caPem }),
        ...(signingSecret !== undefined && { signingSecret }),
      });
      const out = text('out');
      if (out === undefined) {
        if (output.json) output.answer({ script: rendered }, () => '');
        else context.stdout.write(rendered);
        return EXIT.ok;
      }
      // It holds a credential: never readable by others, not even for a moment.
      writeFileSync(out, rendered, { mode: 0o700 });
      chmodSync(out, 0o700);
      output.answer(
        { file: out },
        () =>
          `Written to ${out}. Copy it to the SecureChange server, register it as a trigger script, and try it there with --self-test.`,
      );
      return EXIT.ok;
    },
    { quiet: true },
  );
}

function questionOf({ text }: Asked): Pick<MediatorOptions, 'question'> {
  const kind = QUESTION_KINDS.find((each) => each === text('kind'));
  const chosen = FAILURE_ANSWERS.find((each) => each === text('ifUnreachable'));
  if (kind === undefined) {
    if (chosen !== undefined) throw new UsageError('mediator: --if-unreachable is for --kind');
    return {};
  }
  return { question: { kind, onFailure: chosen ?? QUESTIONS[kind].onFailure[0] } };
}

function passwordOf(asked: Asked): string {
  const password = readOption(asked, 'passwordFile') ?? asked.context.environment['SCO_MEDIATOR_PASSWORD'];
  if (password === undefined || password.trim() === '') {
    throw new UsageError('mediator: give --password-file, or the password in SCO_MEDIATOR_PASSWORD');
  }
  return password.replace(/\r?\n$/, '');
}

function readOption({ text }: Asked, option: string): string | undefined {
  const file = text(option);
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code =
      typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
    throw new UsageError(`mediator: the file ${file} cannot be read (${code})`);
  }
}
