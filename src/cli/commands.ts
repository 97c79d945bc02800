import type { Command } from 'commander';
import type { Cli } from './act.js';

/** A command with its subcommands, in the order of the help; its modules are loaded when it is wanted. */
interface CommandRow {
  /** Name and description of each command that it adds. */
  readonly about: Readonly<Record<string, string>>;
  readonly add: (program: Command, cli: Cli) => Promise<void>;
}

const COMMANDS: readonly CommandRow[] = [
  {
    about: {
      ticket: 'show tickets and give them commands',
    },
    async add(program, cli) {
      const ticket = program.command('ticket');
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
    about: {
      lane: 'show the queues of the managers and give them commands',
    },
    async add(program, cli) {
      const lane = program.command('lane');
      (await import('./commands/lane-list.js')).addLaneList(lane, cli);
      (await import('./commands/lane-show.js')).addLaneShow(lane, cli);
      (await import('./commands/lane-operate.js')).addLaneOperate(lane, cli);
    },
  },
  {
    about: {
      outbox: 'messages to external systems: what is delivered, and what waits',
    },
    async add(program, cli) {
      const outbox = program.command('outbox');
      (await import('./commands/outbox.js')).addOutbox(outbox, cli);
    },
  },
  {
    about: {
      status:
        'whether a stop is on, tickets that need attention, what opens next, workers and the configuration they use; ends with 1 when an operator should act',
    },
    add: async (program, cli) => {
      (await import('./commands/status.js')).addStatus(program, cli);
    },
  },
  {
    about: {
      release: 'give running tickets to the workers of another release',
    },
    async add(program, cli) {
      const release = program.command('release');
      (await import('./commands/release.js')).addRelease(release, cli);
    },
  },
  {
    about: {
      survey:
        'what a SecureChange shows to an account that only reads: saved and not live, pushes outside windows, stuck steps; GETs only, no Temporal',
    },
    add: async (program, cli) => {
      (await import('./commands/survey.js')).addSurvey(program, cli);
    },
  },
  {
    about: {
      push: 'answer a push whose outcome is unknown',
    },
    async add(program, cli) {
      const push = program.command('push');
      (await import('./commands/push-decide.js')).addPushDecide(push, cli);
    },
  },
  {
    about: {
      config: 'check and compare the configuration files (SCO_CONFIG_DIR)',
    },
    async add(program, cli) {
      const config = program.command('config');
      (await import('./commands/config-check.js')).addConfigCheck(config, cli);
      (await import('./commands/config-diff.js')).addConfigDiff(config, cli);
    },
  },
  {
    about: {
      rehearse:
        'play a ticket through a process without any write: what would be sent, to whom, and what would be pushed in which window',
    },
    add: async (program, cli) => {
      (await import('./commands/rehearse.js')).addRehearse(program, cli);
    },
  },
  {
    about: {
      try: 'test a template or mediator script of the Workflow Integrator against a ticket; sends nothing',
    },
    async add(program, cli) {
      (await import('./commands/try.js')).addTry(program.command('try'), cli);
    },
  },
  {
    about: {
      server: 'test the servers of servers.yaml and sign in to them',
    },
    async add(program, cli) {
      const server = program.command('server');
      (await import('./commands/server-test.js')).addServerTest(server, cli);
      (await import('./commands/server-login.js')).addServerLogin(server, cli);
    },
  },
  {
    about: {
      itsm: 'compare tickets with their changes in an ITSM, and read its schedules',
    },
    async add(program, cli) {
      const itsm = program.command('itsm');
      (await import('./commands/itsm-reconcile.js')).addItsmReconcile(itsm, cli);
      (await import('./commands/itsm-schedule.js')).addItsmSchedule(itsm, cli);
    },
  },
  {
    about: {
      window: 'when calendars open, why, and what is suspicious in them; reads the files of this machine',
    },
    add: async (program, cli) => {
      (await import('./commands/window.js')).addWindow(program, cli);
    },
  },
  {
    about: {
      report: 'what happened, for auditors and managers',
    },
    async add(program, cli) {
      const report = program.command('report');
      (await import('./commands/report-windows.js')).addReportWindows(report, cli);
    },
  },
  {
    about: {
      evidence: 'what happened, provable without this product: export, bundles, signed heads',
    },
    add: async (program, cli) => {
      (await import('./commands/evidence.js')).addEvidence(program, cli);
    },
  },
  {
    about: {
      stop: 'stop all pushes: from 5 s after this no Update or Commit is sent',
      start: 'end a stop: needs another person than the one who stopped',
    },
    add: async (program, cli) => {
      (await import('./commands/stop-start.js')).addStopStart(program, cli);
    },
  },
  {
    about: {
      doctor:
        'what is missing on this machine, in this SecureChange or in the ITSM, and what to type; changes nothing',
    },
    add: async (program, cli) => {
      (await import('./commands/doctor.js')).addDoctor(program, cli);
    },
  },
  {
    about: {
      mediator: 'the script that SecureChange runs for each event',
    },
    async add(program, cli) {
      const mediator = program.command('mediator');
      (await import('./commands/mediator-build.js')).addMediatorBuild(mediator, cli);
      (await import('./commands/mediator-install.js')).addMediatorInstall(mediator, cli);
    },
  },
  {
    about: {
      completion: 'print what makes a shell complete commands and options of sco',
    },
    add: async (program, cli) => {
      (await import('./commands/completion.js')).addCompletion(program, cli);
    },
  },
];

/**
 * Adds the command that is asked for. For the help of all of them and for a mistake names and descriptions are enough: their modules
 * are those of every package. Completion takes each command apart, and needs them all.
 */
export async function addCommands(program: Command, cli: Cli, argv: readonly string[]): Promise<void> {
  const words = argv.filter((each) => !each.startsWith('-'));
  const word = words[0] === 'help' ? words[1] : words[0];
  const asksHelp = words[0] === 'help' || argv.includes('--help') || argv.includes('-h');
  const found = COMMANDS.filter(({ about }) => word !== undefined && Object.hasOwn(about, word));
  if (found.length === 0) {
    for (const { about } of COMMANDS)
      for (const [name, description] of Object.entries(about)) program.command(name).description(description);
    // Without their modules it is not known which arguments they have.
    program.configureHelp({ showGlobalOptions: true, subcommandTerm: (command) => command.name() });
    return;
  }
  for (const { about, add } of word === 'completion' && !asksHelp ? COMMANDS : found) {
    await add(program, cli);
    for (const [name, description] of Object.entries(about))
      program.commands.find((command) => command.name() === name)?.description(description);
  }
}
