/** What a scenario changes in the demo's copy of `config/` before everything starts. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registersScript } from './demo-script.js';
import type { DemoCalendar } from './scenario.js';

/** Updates of managed devices are saved as soon as the window is known, days before it. */
export function savesAhead(configDir: string): void {
  edit(configDir, 'firewall-change.yaml', (text) => `${text}\nsaveUpdates: { ahead: 2d }\n`);
}

/** SecureTrack's own change window commits; we save before it and watch its runs. */
export function secureTrackCommits(configDir: string): void {
  savesAhead(configDir);
  edit(configDir, 'firewall-change.yaml', (text) => `${text}\ncommitBy: securetrack\n`);
}

/** A person knows that windows of SecureTrack commit the device groups too. */
export function acknowledgesSecureTrack(configDir: string): void {
  savesAhead(configDir);
  const file = join(configDir, 'managers.yaml');
  const reason = 'the demo shows what happens when both commit';
  const managers = [
    'managers:',
    "  '20':",
    `    secureTrackWindows: { acknowledgedBy: o.brandt, reason: ${reason} }`,
  ];
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^managers: \{\}$/m, managers.join('\n')));
}

/** A ticket waits for those before it on its device. */
export function letsOthersGoFirst(configDir: string): void {
  edit(configDir, 'firewall-change.yaml', (text) => `${text}\nconflicts: { policy: wait, on: device }\n`);
}

/** The targets of a ticket on one manager go live in waves. */
export function goesInWaves(configDir: string): void {
  edit(configDir, 'firewall-change.yaml', (text) => `${text}\npartialFailure: waves\n`);
}

/** The number of the change is written into the field "ITSM change" of step Implementation. */
export function answersIntoField(configDir: string): void {
  edit(configDir, 'firewall-change.yaml', (text) =>
    text.replace(
      'on: { inbound: Implementation }',
      "on: { inbound: Implementation }\n    response: { number: '#ITSM change#' }",
    ),
  );
}

/** Requests of `Firewall change` with medium risk or more are blocked. */
export function blocksMediumRisk(configDir: string): void {
  edit(configDir, 'firewall-change.yaml', (text) => text.replace('blockFrom: critical', 'blockFrom: medium'));
}

/** Tickets of workflow `Firewall change (auto)` wait for a calendar of their own. */
export function autoWaitsForLater(configDir: string): void {
  edit(configDir, 'firewall-change-auto.yaml', (text) =>
    text.replace('calendar: nightly', 'calendar: later'),
  );
}

/** Changes lines of the window of `Firewall change`. */
export function editsWindow(configDir: string, from: string | RegExp, to: string): void {
  edit(configDir, 'firewall-change.yaml', (text) => text.replace(from, to));
}

/** The approval of an emergency is due a moment after it. */
export function owesApprovalSoon(configDir: string): void {
  edit(configDir, 'emergency-change.yaml', (text) => text.replace(/^ {2}dueIn: .*$/m, '  dueIn: 8s'));
}

/** Mails at the end of a ticket, and when it needs a person, to the people on duty and whom SecureChange has an address of. */
export function sendsMail(configDir: string, url: string): void {
  const servers = join(configDir, 'servers.yaml');
  const server = [
    '  mail:',
    '    kind: mail',
    `    url: ${url}`,
    '    from: changes@example.org',
    '    recipients: [example.org, example.com]',
    '    auth: { kind: none }',
  ];
  writeFileSync(servers, `${readFileSync(servers, 'utf8').trimEnd()}\n${server.join('\n')}\n`);
  const point = (name: string, event: string): string =>
    `  - { name: ${name}, enabled: true, on: { event: ${event} }, server: mail, action: mail, body: integrations/mail/${name}.json }`;
  const points = [point('ticket-ended', 'CLOSE'), point('needs-attention', 'NEEDS_ATTENTION')];
  edit(configDir, 'firewall-change.yaml', (text) =>
    text.replace(
      /^integrationPoints:\n/m,
      `integrationPoints:\n${points.join('\n').replaceAll('name: ', 'name: mail-')}\n`,
    ),
  );
}

/** A device of this model is done by a named person. */
export function doneByHand(configDir: string, model: string, person: string, source: string): void {
  const file = join(configDir, 'capabilities.yaml');
  const text = readFileSync(file, 'utf8').replace(new RegExp(`\\[${model}, `), '[');
  const family = [
    '  - name: done by hand in the demo',
    `    models: [${model}]`,
    '    enforcedBy: update',
    `    source: ${source}`,
    `    person: ${person}`,
    '    actions: { addAccess: manual }',
  ];
  writeFileSync(file, `${text.trimEnd()}\n${family.join('\n')}\n`);
}

/** A process for the workflow in which three people approve beside each other. */
export function approvesInParallel(configDir: string): void {
  const folder = join(configDir, 'processes');
  const text = readFileSync(join(folder, 'firewall-change.yaml'), 'utf8')
    .replace(/^name: .*$/m, 'name: parallel-approval')
    .replace(/^workflow: .*$/m, 'workflow: Firewall change (parallel approval)');
  writeFileSync(join(folder, 'parallel-approval.yaml'), text);
}

/** A custom script, and a process for the workflow that it is for. */
export function runsDemoScript(configDir: string): void {
  registersScript(configDir, readFileSync(join(configDir, 'processes', 'firewall-change.yaml'), 'utf8'));
}

const AUTOMATIC = 'Firewall change (automatic push)';

/** A process for the workflow in which SecureChange runs Update and Commit by itself. */
export function pushesAutomatically(configDir: string, calendar: DemoCalendar): void {
  const file = join(configDir, 'processes', 'firewall-change.yaml');
  const text = readFileSync(file, 'utf8')
    .replace(/^name: .*$/m, 'name: automatic-push')
    .replace(/^workflow: .*$/m, `workflow: ${AUTOMATIC}`)
    .replace('calendar: nightly', `calendar: ${calendar}`)
    .replace(/^saveUpdates: .*$/m, '');
  const head = text.slice(0, text.indexOf('\n  Implementation:'));
  const tail = text
    .slice(text.indexOf('\nintegrationPoints:'))
    .replace('inbound: Implementation', 'inbound: Release');
  const steps = [
    '  Release: { phases: [advance] }',
    '  Provisioning: { phases: [{ phase: update, by: securechange }, { phase: commit, by: securechange }] }',
  ];
  writeFileSync(join(configDir, 'processes', 'automatic-push.yaml'), [head, ...steps, tail].join('\n'));
}

function edit(configDir: string, process: string, change: (text: string) => string): void {
  const file = join(configDir, 'processes', process);
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}
