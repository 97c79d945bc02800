import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { createConfigSource } from '../../src/config/config-source.js';
import { createScriptReferences } from '../../src/config/script-references.js';
import { simulatedConfig } from '../../src/embedded/simulated-config.js';
import { createScriptRunner } from '../../src/scripts/script-runner.js';
import { temporaryFolder, writeExecutable } from '../support/run-script.js';

const folder = temporaryFolder();
afterAll(() => folder.remove());

/** One program in each language: reads XML, event, arguments and a secret, writes to both outputs, ends with 3. */
const LANGUAGES: readonly {
  readonly language: string;
  readonly program: readonly string[];
  readonly file: string;
  readonly text: string;
}[] = [
  {
    language: 'bash',
    program: ['/bin/bash', '/usr/bin/bash'],
    file: 'report.sh',
    text: `xml=$(cat); [[ $xml =~ id.([0-9]+) ]]; echo "$SCW_EVENT \${BASH_REMATCH[1]} $1 \${#TOKEN} $GREETING"
echo failed >&2; exit 3`,
  },
  {
    language: 'python',
    program: ['/usr/bin/python3', '/usr/local/bin/python3'],
    file: 'report.py',
    text: `import os, re, sys
id = re.search("<id>([0-9]+)", sys.stdin.read()).group(1)
print(os.environ["SCW_EVENT"], id, sys.argv[1], len(os.environ["TOKEN"]), os.environ["GREETING"])
print("failed", file=sys.stderr)
sys.exit(3)`,
  },
  {
    language: 'perl',
    program: ['/usr/bin/perl', '/usr/local/bin/perl'],
    file: 'report.pl',
    text: `local $/; my ($id) = <STDIN> =~ /<id>(\\d+)/;
print "$ENV{SCW_EVENT} $id $ARGV[0] ", length($ENV{TOKEN}), " $ENV{GREETING}\\n";
print STDERR "failed\\n"; exit 3;`,
  },
  {
    language: 'java',
    program: ['/usr/bin/java', '/usr/local/bin/java'],
    file: 'Report.java',
    text: `import java.util.regex.*;
class Report {
  public static void main(String[] args) throws Exception {
    var id = Pattern.compile("<id>([0-9]+)").matcher(new String(System.in.readAllBytes()));
    id.find();
    System.out.println(System.getenv("SCW_EVENT") + " " + id.group(1) + " " + args[0] + " "
      + System.getenv("TOKEN").length() + " " + System.getenv("GREETING"));
    System.err.println("failed");
    System.exit(3);
  }
}`,
  },
];

it.each(LANGUAGES)(
  'a script in $language runs as one in another language',
  async ({ language, program, file, text }) => {
    const found = program.find((path) => existsSync(path));
    if (found === undefined) throw new Error(`${language} is not on this machine: install ${program[0]}`);
    // Neither executable nor with a #! line: the entry says what runs it.
    const executable = writeExecutable(folder.path, file, text, 0o600);
    const configDir = join(folder.path, `config-${language}`);
    simulatedConfig(join(__dirname, '../../config'), configDir);
    writeFileSync(
      join(configDir, 'scripts.yaml'),
      `interpreters:
  ${language}: { command: ['${found}'], env: { GREETING: hello } }
scripts:
  - name: report
    executable: ${executable}
    sha256: '${createHash('sha256').update(text).digest('hex')}'
    interpreter: ${language}
    arguments: [{ name: kind, pattern: 'a b' }]
    env: { TOKEN: 'secretValue:CMDB_TOKEN' }
`,
    );
    const config = createConfigSource(configDir, { env: { CMDB_TOKEN: 'canary' } });
    const runner = createScriptRunner({
      clock: { now: () => 0 },
      references: createScriptReferences(config.references),
      dataDir: join(folder.path, 'data'),
    });
    const result = await runner.run(config.scripts()[0]!, {
      event: 'ADVANCE',
      args: ['a b'],
      stdin: '<ticket_info><id>4711</id></ticket_info>',
      key: language,
    });
    expect(result).toMatchObject({
      outcome: 'exited',
      exitCode: 3,
      stdout: 'ADVANCE 4711 a b 6 hello\n',
      stderr: 'failed\n',
    });
  },
);
