import type { Command } from 'commander';
import type { Cli } from './act.js';

/** A command with its subcommands, in the order of the help; its modules are loaded when it is wanted. */
interface CommandRow {
  readonly names: readonly string[];
  readonly add: (program: Command, cli: Cli) => Promise<void>;
}

const COMMANDS: readonly CommandRow[] = [
  {
    names: ['ticket'],
    async add(program, cli) {
      const ticket = program.command('ticket').description('show tickets and give them commands');
      (await import('./commands/ticket-list.js')).addTicketList(ticket, cli);
      (await import('./commands/ticket-show.js')).addTicketShow(ticket, cli);
      (await import('./commands/ticket-watch.js')).addTicketWatch(ticket, cli);
      (await import('./commands/ticket-history.js')).addTicketHistory(ticket, cli);
      (await import('./commands/ticket-operate.js')).addTicketOperate(ticket, cli);
      (await import('./commands/ticket-decide.js')).addTicketDecide(ticket, cli);
      (await import('./commands/ticket-complete.js')).addTicketComplete(ticket, cli);
      (await import('./commands/ticket-override.js')).addTicketOverride(ticket, cli);
      (await import('./commands/ticket-back-out.js')).addTicketBackOut(ticket, cli);
    },
  },
  {
    names: ['lane'],
    async add(program, cli) {
      const about = 'show the queues of the managers and give them commands';
      const lane = program.command('lane').description(about);
      (await import('./commands/lane-list.js')).addLaneList(lane, cli);
      (await import('./commands/lane-show.js')).addLaneShow(lane, cli);
      (await import('./commands/lane-operate.js')).addLaneOperate(lane, cli);
    },
  },
  {
    names: ['outbox'],
    async add(program, cli) {
      const about = 'messages to external systems: what is delivered, and what waits';
      const outbox = program.command('outbox').description(about);
      (await import('./commands/outbox.js')).addOutbox(outbox, cli);
    },
  },
  {
    names: ['status'],
    add: async (program, cli) => {
      (await import('./commands/status.js')).addStatus(program, cli);
    },
  },
  {
    names: ['release'],
    async add(program, cli) {
      const about = 'give running tickets to the workers of another release';
      (await import('./commands/release.js')).addRelease(program.command('release').description(about), cli);
    },
  },
  {
    names: ['survey'],
    add: async (program, cli) => {
      (await import('./commands/survey.js')).addSurvey(program, cli);
    },
  },
  {
    names: ['push'],
    async add(program, cli) {
      const push = program.command('push').description('answer a push whose outcome is unknown');
      (await import('./commands/push-decide.js')).addPushDecide(push, cli);
    },
  },
  {
    names: ['config'],
    async add(program, cli) {
      const about = 'check and compare the configuration files (SCO_CONFIG_DIR)';
      const config = program.command('config').description(about);
      (await import('./commands/config-check.js')).addConfigCheck(config, cli);
      (await import('./commands/config-diff.js')).addConfigDiff(config, cli);
    },
  },
  {
    names: ['rehearse'],
    add: async (program, cli) => {
      (await import('./commands/rehearse.js')).addRehearse(program, cli);
    },
  },
  {
    names: ['try'],
    async add(program, cli) {
      const about =
        'test a template or mediator script of the Workflow Integrator against a ticket; sends nothing';
      (await import('./commands/try.js')).addTry(program.command('try').description(about), cli);
    },
  },
  {
    names: ['server'],
    async add(program, cli) {
      const about = 'test the servers of servers.yaml and sign in to them';
      const server = program.command('server').description(about);
      (await import('./commands/server-test.js')).addServerTest(server, cli);
      (await import('./commands/server-login.js')).addServerLogin(server, cli);
    },
  },
  {
    names: ['itsm'],
    async add(program, cli) {
      const itsm = program
        .command('itsm')
        .description('compare tickets with their changes in an ITSM, and read its schedules');
      (await import('./commands/itsm-reconcile.js')).addItsmReconcile(itsm, cli);
      (await import('./commands/itsm-schedule.js')).addItsmSchedule(itsm, cli);
    },
  },
  {
    names: ['window'],
    add: async (program, cli) => {
      (await import('./commands/window.js')).addWindow(program, cli);
    },
  },
  {
    names: ['report'],
    async add(program, cli) {
      const report = program.command('report').description('what happened, for auditors and managers');
      (await import('./commands/report-windows.js')).addReportWindows(report, cli);
    },
  },
  {
    names: ['evidence'],
    add: async (program, cli) => {
      (await import('./commands/evidence.js')).addEvidence(program, cli);
    },
  },
  {
    names: ['stop', 'start'],
    add: async (program, cli) => {
      (await import('./commands/stop-start.js')).addStopStart(program, cli);
    },
  },
  {
    names: ['doctor'],
    add: async (program, cli) => {
      (await import('./commands/doctor.js')).addDoctor(program, cli);
    },
  },
  {
    names: ['mediator'],
    async add(program, cli) {
      const about = 'the script that SecureChange runs for each event';
      const mediator = program.command('mediator').description(about);
      (await import('./commands/mediator-build.js')).addMediatorBuild(mediator, cli);
      (await import('./commands/mediator-install.js')).addMediatorInstall(mediator, cli);
    },
  },
  {
    names: ['completion'],
    add: async (program, cli) => {
      (await import('./commands/completion.js')).addCompletion(program, cli);
    },
  },
];

/** The modules of the command that is asked for; for help, completion and a mistake those of all. */
export function commandsFor(argv: readonly string[]): readonly CommandRow[] {
  const word = argv.find((each) => !each.startsWith('-'));
  const [command] = COMMANDS.filter(({ names }) => word !== undefined && names.includes(word));
  if (command !== undefined && word !== 'completion') return [command];
  return argv.includes('--version') || argv.includes('-V') ? [] : COMMANDS;
}
