import { Command, CommanderError } from 'commander';
import type { Cli } from './act.js';
import { addConfigCheck } from './commands/config-check.js';
import { addConfigDiff } from './commands/config-diff.js';
import { addDoctor } from './commands/doctor.js';
import { addItsmReconcile } from './commands/itsm-reconcile.js';
import { addLaneList } from './commands/lane-list.js';
import { addLaneOperate } from './commands/lane-operate.js';
import { addLaneShow } from './commands/lane-show.js';
import { addOutbox } from './commands/outbox.js';
import { addMediatorInstall } from './commands/mediator-install.js';
import { addMediatorBuild } from './commands/mediator-build.js';
import { addRehearse } from './commands/rehearse.js';
import { addServerLogin } from './commands/server-login.js';
import { addServerTest } from './commands/server-test.js';
import { addStatus } from './commands/status.js';
import { addPushDecide } from './commands/push-decide.js';
import { addReportWindows } from './commands/report-windows.js';
import { addStopStart } from './commands/stop-start.js';
import { addSurvey } from './commands/survey.js';
import { addTicketComplete } from './commands/ticket-complete.js';
import { addTicketBackOut } from './commands/ticket-back-out.js';
import { addTicketOverride } from './commands/ticket-override.js';
import { addTicketDecide } from './commands/ticket-decide.js';
import { addTicketHistory } from './commands/ticket-history.js';
import { addTicketList } from './commands/ticket-list.js';
import { addTicketOperate } from './commands/ticket-operate.js';
import { addTicketShow } from './commands/ticket-show.js';
import { addTicketWatch } from './commands/ticket-watch.js';
import { addTry } from './commands/try.js';
import { addWindow } from './commands/window.js';
import { EXIT, exitCodeTable, type ExitCode } from './exit-codes.js';
import { releaseVersion } from '../config/release.js';
import { cleanJson, cleanPage } from '../domain/clean-text.js';
import type { CliContext } from './context.js';

/** Runs one command line (without node and script) and returns the exit code; writes only to the streams of the context. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<ExitCode> {
  const cli: Cli = { context, exitCode: EXIT.ok };
  try {
    await createProgram(cli).parseAsync([...argv], { from: 'user' });
    return cli.exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.ok;
    // Commander has printed its advice for people already.
    if (argv.includes('--json')) {
      const message = error.message.replace(/^error: /, '');
      context.stdout.write(`${cleanJson({ error: { code: 'usage', message } }, 2)}\n`);
    }
    return EXIT.usage;
  }
}

function createProgram(cli: Cli): Command {
  const { stdout, stderr } = cli.context;
  const program = new Command('sco')
    .description('SecureChange tickets on Temporal: what they do, why they wait, and what to do about it')
    .version(releaseVersion(), '-V, --version', 'print the version of this release')
    .option('--json', 'print one JSON document for programs')
    .option('--no-color', 'print without colours; so does the variable NO_COLOR')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      // It repeats what was typed, which may have been copied.
      writeErr: (text) => stderr.write(cleanPage(text)),
      getOutHelpWidth: () => stdout.columns ?? 100,
      getErrHelpWidth: () => stderr.columns ?? 100,
    })
    .exitOverride()
    .showHelpAfterError('(sco --help shows all commands)')
    .addHelpText('after', `\nExit codes:\n${exitCodeTable()}\n`);

  const ticket = program.command('ticket').description('show tickets and give them commands');
  addTicketList(ticket, cli);
  addTicketShow(ticket, cli);
  addTicketWatch(ticket, cli);
  addTicketHistory(ticket, cli);
  addTicketOperate(ticket, cli);
  addTicketDecide(ticket, cli);
  addTicketComplete(ticket, cli);
  addTicketOverride(ticket, cli);
  addTicketBackOut(ticket, cli);

  const lane = program.command('lane').description('show the queues of the managers and give them commands');
  addLaneList(lane, cli);
  addLaneShow(lane, cli);
  addLaneOperate(lane, cli);

  addOutbox(
    program.command('outbox').description('messages to external systems: what is delivered, and what waits'),
    cli,
  );

  addStatus(program, cli);
  addSurvey(program, cli);
  const push = program.command('push').description('answer a push whose outcome is unknown');
  addPushDecide(push, cli);

  const config = program
    .command('config')
    .description('check and compare the configuration files (SCO_CONFIG_DIR)');
  addConfigCheck(config, cli);
  addConfigDiff(config, cli);
  addRehearse(program, cli);
  addTry(
    program
      .command('try')
      .description(
        'test a template or mediator script of the Workflow Integrator against a ticket; sends nothing',
      ),
    cli,
  );
  const server = program
    .command('server')
    .description('test the servers of servers.yaml and sign in to them');
  addServerTest(server, cli);
  addServerLogin(server, cli);
  addItsmReconcile(program.command('itsm').description('compare tickets with their changes in an ITSM'), cli);
  addWindow(program, cli);
  addReportWindows(program.command('report').description('what happened, for auditors and managers'), cli);
  addStopStart(program, cli);
  addDoctor(program, cli);
  const mediator = program
    .command('mediator')
    .description('the script that SecureChange runs for each event');
  addMediatorBuild(mediator, cli);
  addMediatorInstall(mediator, cli);
  return program;
}
