/** Loads what operators wrote: all mistakes at once, each with file, line and column; nothing half-loaded but process files. */
import { resolve } from 'node:path';
import type { z } from 'zod';
import { toAlertRoutes } from './alert-routes.js';
import { calendarsSchema } from './calendar-schema.js';
import { openConfigFolder } from './config-folder.js';
import type { ConfigFolder } from './config-folder.js';
import { importWindows } from '../calendar/ical-import.js';
import type { ImportedWindows } from '../calendar/ical-import.js';
import { NO_CAPABILITIES } from '../domain/capabilities.js';
import { capabilitiesSchema, checkCapabilities, toCapabilities } from './capability-schema.js';
import { functionsSchema } from './functions-schema.js';
import { managersSchema } from './manager-schema.js';
import { loadPeople, PEOPLE_FILE } from './load-people.js';
import { recipientsOf } from './mail-points.js';
import { loadProcesses } from './load-processes.js';
import { loadServers } from './load-servers.js';
import { ConfigError } from './mistakes.js';
import type { Mistake } from './mistakes.js';
import type { AlertRoute } from '../domain/alerts.js';
import type { ManagerRules } from '../domain/lane.js';
import type { ManagerFile } from './manager-schema.js';
import type { ConfiguredManager, ConfiguredServer, OperatorConfig } from './operator-config.js';
import type { ScriptEntry } from '../domain/script-entry.js';
import { scriptsSchema } from './script-schema.js';
import { serversSchema } from './server-schema.js';
import { checkCalendar, toCalendar } from './to-calendar.js';
import { checkScripts, toScripts } from './to-scripts.js';
import { checkYaml, parseYaml } from './yaml-file.js';
import type { YamlFile } from './yaml-file.js';

/**
 * Throws `ConfigError`. A file that is not there counts as empty; a folder that is not there is a mistake. A faulty process file is in
 * `faultyProcesses`: it stops its process and nothing else.
 */
export function loadConfig(path: string): OperatorConfig {
  return loadFolder(openConfigFolder(resolve(path)));
}

export function loadFolder(folder: ConfigFolder): OperatorConfig {
  const mistakes: Mistake[] = [];
  if (!folder.exists()) {
    const message = 'there is no such folder; set SCO_CONFIG_DIR';
    throw new ConfigError(folder.path, [{ file: '.', line: null, column: null, message }]);
  }
  const read = <S extends z.ZodType>(
    file: string,
    schema: S,
    use: (value: z.output<S>, yaml: YamlFile) => void,
  ): void => {
    const text = folder.read(file);
    if (text === undefined) return;
    const { yaml, mistakes: unreadable } = parseYaml(file, text);
    mistakes.push(...unreadable);
    if (yaml === null) return;
    const { value, mistakes: wrong } = checkYaml(yaml, schema);
    mistakes.push(...wrong);
    if (value !== null) use(value, yaml);
  };

  const calendars: OperatorConfig['calendars'][number][] = [];
  read('calendars.yaml', calendarsSchema, (value, yaml) => {
    for (const [name, calendar] of Object.entries(value.calendars)) {
      const imported = {
        windows: importedInto(folder, calendar.ical),
        denials: importedInto(folder, calendar.denyIcal),
      };
      mistakes.push(...checkCalendar(yaml, name, calendar, imported));
      calendars.push(toCalendar(name, calendar, imported));
    }
  });

  const scripts: ScriptEntry[] = [];
  read('scripts.yaml', scriptsSchema, (value, yaml) => {
    mistakes.push(...checkScripts(yaml, value));
    scripts.push(...toScripts(folder.path, value));
  });

  const servers: ConfiguredServer[] = [];
  const warnings: string[] = [];
  const routeFiles: { readonly yaml: YamlFile; readonly files: Parameters<typeof toAlertRoutes>[1] }[] = [];
  read('servers.yaml', serversSchema, (value, yaml) => {
    const loaded = loadServers(folder, yaml, value, scripts);
    servers.push(...loaded.servers);
    warnings.push(...loaded.warnings);
    mistakes.push(...loaded.mistakes);
    routeFiles.push({ yaml, files: value.alerts });
  });

  const functionModules: string[] = [];
  read('functions.yaml', functionsSchema, ({ modules }, yaml) => {
    modules.forEach((file, index) => {
      if (folder.read(file) === undefined)
        mistakes.push(yaml.mistake(['modules', index], `the module ${file} does not exist`));
      else functionModules.push(resolve(folder.path, file));
    });
  });

  let capabilities: OperatorConfig['capabilities'] = NO_CAPABILITIES;
  read('capabilities.yaml', capabilitiesSchema, (value, yaml) => {
    mistakes.push(...checkCapabilities(yaml, value));
    capabilities = toCapabilities(value);
  });

  const managers: ConfiguredManager[] = [];
  let tags: OperatorConfig['tags'] = {};
  read('managers.yaml', managersSchema, (value, yaml) => {
    tags = value.tags;
    for (const [name, file] of Object.entries(value.managers)) {
      mistakes.push(...checkProbe(yaml, name, file, scripts));
      managers.push({ name, policy: toManager(file) });
      if (file.calendar !== undefined && !calendars.some((one) => one.name === file.calendar))
        mistakes.push(
          yaml.mistake(
            ['managers', name, 'calendar'],
            `there is no calendar ${file.calendar} in calendars.yaml (it has: ${calendars.map((one) => one.name).join(', ') || 'none'})`,
          ),
        );
      mistakes.push(...checkAlerts(yaml, name, file, servers));
      if (file.partialFailure === 'waves') warnings.push(`manager ${name}: ${ASKS_BETWEEN_WAVES}`);
      if (file.secureTrackWindows !== undefined)
        warnings.push(
          `manager ${name}: change windows of SecureTrack may commit it too, as ${file.secureTrackWindows.acknowledgedBy} acknowledged (secureTrackWindows)`,
        );
      const { known, accounts } = file.foreignChanges;
      if (known !== 'block')
        warnings.push(
          `manager ${name}: what others saved goes live with a Commit (foreignChanges.known: ${known})`,
        );
      else if (accounts.length === 0)
        warnings.push(
          `manager ${name}: changes of others are not visible (foreignChanges.accounts is empty)`,
        );
    }
  });

  const {
    people,
    serviceAccounts,
    startAlone,
    approvers,
    pushRights,
    mistakes: inPeople,
  } = loadPeople(folder.read(PEOPLE_FILE));
  mistakes.push(...inPeople);
  for (const { name, calendar } of startAlone) {
    if (calendar === null) warnings.push(`startAlone ${name}: it has no calendar, so it holds at any time`);
    else if (!calendars.some((one) => one.name === calendar))
      mistakes.push({
        file: PEOPLE_FILE,
        line: null,
        column: null,
        message: `startAlone ${name}: there is no calendar ${calendar} in calendars.yaml`,
      });
  }

  const known = {
    calendars: calendars.map(({ name }) => name),
    copies: calendars.flatMap(({ name, secureTrackWindow }) =>
      secureTrackWindow === undefined ? [] : [name],
    ),
    servers: servers.map(({ name }) => name),
    callsOnly: servers
      .filter(({ kind, records }) => kind === 'http' && records === null)
      .map(({ name }) => name),
    shared: servers.filter(({ file }) => file.ticketsField !== undefined).map(({ name }) => name),
    mail: new Map(
      servers.filter(({ kind }) => kind === 'mail').map(({ name, file }) => [name, recipientsOf(file)]),
    ),
    approverRoles: Object.keys(approvers),
  };
  const alertRoutes: AlertRoute[] = [];
  for (const { yaml, files } of routeFiles) {
    const loaded = toAlertRoutes(yaml, files, { servers, calendars: known.calendars, people });
    alertRoutes.push(...loaded.routes);
    mistakes.push(...loaded.mistakes);
  }
  const { processes, faulty: faultyProcesses } = loadProcesses(folder, known);
  if (capabilities.version === null && processes.some(({ mode }) => mode === 'drive'))
    warnings.push('there is no capabilities.yaml: a person does every Update and Commit by hand');
  for (const { name, partialFailure } of processes)
    if (partialFailure === 'waves') warnings.push(`process ${name}: ${ASKS_BETWEEN_WAVES}`);
  if (mistakes.length > 0)
    throw new ConfigError(folder.path, [...mistakes, ...faultyProcesses.flatMap((one) => one.mistakes)]);
  return {
    processes,
    faultyProcesses,
    calendars,
    managers,
    capabilities,
    tags,
    servers,
    alertRoutes,
    scripts,
    functionModules,
    people,
    serviceAccounts,
    startAlone,
    approvers,
    pushRights,
    warnings,
  };
}

const ASKS_BETWEEN_WAVES =
  'between waves a person runs the verifier in SecureChange, which has no call for it (partialFailure: waves)';

const NOTHING: ImportedWindows = { weekly: [], oneOff: [], mistakes: [] };

/** null when the named file is not there. */
function importedInto(folder: ConfigFolder, file: string | undefined): ImportedWindows | null {
  if (file === undefined) return NOTHING;
  const text = folder.read(file);
  return text === undefined ? null : importWindows(text);
}

/** The probe must be there, and whose changes are ours must be known: it names those as well. */
function checkProbe(
  yaml: YamlFile,
  name: string,
  { foreignChanges: { probe, accounts } }: ManagerFile,
  scripts: readonly ScriptEntry[],
): readonly Mistake[] {
  if (probe === undefined) return [];
  const here = ['managers', name, 'foreignChanges', 'probe'] as const;
  if (!scripts.some((script) => script.name === probe && script.kind === 'pendingChanges'))
    return [yaml.mistake(here, `config/scripts.yaml has no script ${probe} of kind pendingChanges`)];
  return accounts.length > 0
    ? []
    : [yaml.mistake(here, 'a probe needs accounts: without them our own changes count as foreign')];
}

function checkAlerts(
  yaml: YamlFile,
  name: string,
  { alertServer, alertBody }: ManagerFile,
  servers: readonly ConfiguredServer[],
): readonly Mistake[] {
  if (alertServer === undefined) return [];
  const here = ['managers', name, 'alertServer'] as const;
  const server = servers.find((one) => one.name === alertServer);
  if (server === undefined)
    return [
      yaml.mistake(
        here,
        `there is no server ${alertServer} in servers.yaml (it has: ${servers.map((one) => one.name).join(', ') || 'none'})`,
      ),
    ];
  if (server.kind === 'mail') return [yaml.mistake(here, `server ${alertServer} takes mail only`)];
  return server.kind === 'servicenow' || alertBody !== undefined
    ? []
    : [yaml.mistake(here, 'a server of kind http needs alertBody: the members of its records are its own')];
}

function toManager({
  owner,
  calendar,
  exclusive,
  maxMembers,
  commit,
  partialFailure,
  tolerate,
  foreignChanges,
  maintenance,
  secureTrackWindows,
  expectedPush,
  expectedSave,
  watchForRevert,
  lockAlarmAfter,
  alertBefore,
  alertServer,
  alertBody,
}: ManagerFile): ManagerRules {
  return {
    owner: owner ?? null,
    calendar: calendar ?? null,
    exclusive,
    maxMembers,
    commit,
    partialFailure,
    tolerate,
    foreignChanges: { ...foreignChanges, probe: foreignChanges.probe ?? null },
    maintenance: maintenance.map(({ from, until, reason }) => ({ fromMs: from, untilMs: until, reason })),
    secureTrackWindows:
      secureTrackWindows === undefined
        ? null
        : { by: secureTrackWindows.acknowledgedBy, reason: secureTrackWindows.reason },
    expectedPushMs: expectedPush,
    expectedSaveMs: expectedSave,
    watchRevertMs: watchForRevert,
    lockAlarmMs: lockAlarmAfter,
    alertBeforeMs: alertBefore,
    alertServer: alertServer ?? null,
    alertBody: alertBody ?? null,
  };
}
