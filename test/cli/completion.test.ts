import { execFileSync } from 'node:child_process';

import { runSco } from '../support/cli-context.js';

async function script(shell: string): Promise<string> {
  const { code, out } = await runSco(['completion', shell]);
  expect(code).toBe(0);
  return out;
}

/** What bash offers behind these words; the last one is being typed. */
async function offered(...words: string[]): Promise<string[]> {
  const typed = ['sco', ...words].map((word) => `'${word}'`).join(' ');
  const program = `${await script('bash')}\nCOMP_WORDS=(${typed}); COMP_CWORD=${words.length}; _sco; printf '%s\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-uc', program], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '');
}

/** Names under `Commands:` of a help text. */
async function inHelp(...words: string[]): Promise<string[]> {
  const { out } = await runSco([...words, '--help']);
  const [, commands = ''] = /\nCommands:\n([\s\S]*?)(\n\n|$)/.exec(out) ?? [];
  return [...commands.matchAll(/^ {2}([a-z-]+)/gm)].flatMap(([, name]) =>
    name === 'help' ? [] : [name ?? ''],
  );
}

describe('bash completes', () => {
  it('every command, and every subcommand of each, that the help has', async () => {
    const commands = await inHelp();
    expect((await offered('')).filter((word) => !word.startsWith('-'))).toEqual(commands);
    for (const command of commands)
      expect((await offered(command, '')).filter((word) => !word.startsWith('-'))).toEqual(
        await inHelp(command),
      );
  });

  it('what begins as it was typed', async () => {
    expect(await offered('ti')).toEqual(['ticket']);
    expect(await offered('ticket', 'sh')).toEqual(['show']);
  });

  it('options of the command, behind an argument too, and those of every command', async () => {
    expect(await offered('ticket', 'list', '--ne')).toEqual(['--needs-attention']);
    expect(await offered('--json', 'ticket', 'override', '4711', '--rea')).toEqual(['--reason']);
    expect(await offered('lane', 'list', '--js')).toEqual(['--json']);
  });

  it('nothing where nothing fits', async () => {
    expect(await offered('unheard', 'of', 'xyz')).toEqual([]);
  });
});

it('zsh and fish get the same commands', async () => {
  const [zsh, fish] = [await script('zsh'), await script('fish')];
  expect(zsh).toMatch(/^#compdef sco\n/);
  for (const command of await inHelp('ticket')) {
    expect(zsh).toContain(` ${command} `.trim());
    expect(fish).toContain(`complete -c sco -n "__sco_at 'ticket'" -f -a ${command} -d '`);
  }
  expect(fish).toContain(`complete -c sco -n "__sco_at 'ticket list'" -l needs-attention -d '`);
});

it('another shell is refused, with those there are', async () => {
  const { code, err } = await runSco(['completion', 'tcsh']);
  expect(code).toBe(2);
  expect(err).toContain('bash, zsh, fish');
});

it('each command finds its modules by its name alone', async () => {
  for (const command of await inHelp()) {
    const { code, out } = await runSco([command, '--help']);
    expect([code, out.split('\n', 1)[0]]).toEqual([0, expect.stringMatching(`^Usage: sco ${command}\\b`)]);
  }
});
