import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { createConfigSource } from '../../config/config-source.js';
import { ConfigError } from '../../config/mistakes.js';
import type { OperatorConfig } from '../../config/operator-config.js';
import { calendarsOf, scopeSourceOf } from '../../config/windows-basis.js';
import { NO_CAPABILITIES } from '../../domain/capabilities.js';
import { CallFailure } from '../../domain/failure.js';
import type { Survey } from '../../domain/survey.js';
import { createHttp, type Http } from '../../http/http.js';
import { readOnly } from '../../http/read-only.js';
import { createChangeStates } from '../../integrations/change-states.js';
import { createChangeWindows } from '../../securechange/change-windows.js';
import { openHttp } from '../../securechange/open-http.js';
import { createSecureChange } from '../../securechange/rest-client.js';
import { createSurveyReads } from '../../securechange/survey-reads.js';
import { onAction, type Asked, type Cli } from '../act.js';
import { readFolder } from '../config-folder.js';
import { loginOf } from '../doctor/open-secure-change.js';
import { EXIT, UsageError } from '../exit-codes.js';
import { safe } from '../output.js';
import { styleOf } from '../style.js';
import { renderSurvey } from '../survey/render-survey.js';
import type { SurveyItsm } from '../survey/itsm.js';
import { takeSurvey } from '../survey/survey.js';
import { numberOf } from '../window/ask.js';

const PAGE_FILE = 'sco-survey.html';

export function addSurvey(program: Command, cli: Cli): void {
  const command = program
    .command('survey')

    .option('--html <file>', `the page (${PAGE_FILE}; with --json none, unless it is named)`)
    .option('--days <n>', 'how many days back (30)')
    .option('--tickets <n>', 'how many open and how many ended tickets are read in depth (500)')
    .option('--calendar <name>', 'the windows of workflows without a process definition')
    .option('--itsm <server>', 'a ServiceNow of servers.yaml, to compare tickets with their changes');
  onAction(
    command,
    cli,
    async (asked) => {
      const survey = await take(asked);
      const file = asked.text('html') ?? (asked.output.json ? null : PAGE_FILE);
      if (file !== null) writeFileSync(file, await pageOf(survey, asked), { mode: 0o600 });
      asked.output.answer(survey, () => renderSurvey(survey, file, styleOf(asked)));
      return EXIT.ok;
    },
    { quiet: true },
  );
}

async function take(asked: Asked): Promise<Survey> {
  const { context } = asked;
  const settings = context.settings();
  const login = loginOf(settings);
  if (login === null)
    throw new UsageError('set SECURECHANGE_URL, SECURECHANGE_USER and SECURECHANGE_PASSWORD_FILE');
  let calls = 0;
  const counted = (http: Http): Http =>
    readOnly({
      name: http.name,
      read: async (request) => {
        calls += 1;
        return await http.read(request);
      },
      close: () => http.close(),
    });
  const http = counted(openHttp(login, 'securechange', login.secureChangeUrl));
  const secureTrackHttp = counted(openHttp(login, 'securetrack', settings.secureTrackUrl));
  const { config, problem } = configOf(asked);
  const itsm = itsmOf(asked, counted);
  const clock = { now: context.now };
  try {
    return await takeSurvey({
      reads: createSurveyReads(http),
      secureChange: createSecureChange({
        http,
        secureTrackHttp,
        login: login.secureChangeUser,
        clock,
        capabilities: () => config?.capabilities ?? NO_CAPABILITIES,
      }),
      windows: createChangeWindows(secureTrackHttp),
      sleep: (ms) => sleep(ms),
      progress: (text) => void context.stderr.write(`${asked.output.colours.dim(`… ${safe(text, 200)}`)}\n`),
      signal: context.interrupted,
      nowMs: context.now(),
      days: numberOf(asked, 'days', 30, 366),
      most: numberOf(asked, 'tickets', 500, 10_000),
      system: login.secureChangeUrl,
      user: login.secureChangeUser,
      basis: basisOf(asked, config, problem),
      modeOf: (workflow) => config?.processes.find((one) => one.workflow === workflow)?.mode ?? null,
      itsm,
      calls: () => calls,
    });
  } catch (error) {
    if (error instanceof CallFailure) throw new UsageError(`${error.message}; nothing was surveyed`);
    throw error;
  } finally {
    await Promise.all([
      http.close(),
      secureTrackHttp.close(),
      ...('changes' in itsm ? [itsm.changes.close()] : []),
    ]);
  }
}

/** Calendars, processes and the capability matrix are optional: without them their parts are not visible. */
function configOf(asked: Asked): { readonly config: OperatorConfig | null; readonly problem: string | null } {
  try {
    const { config, mistakes } = readFolder(asked, '');
    return { config, problem: config === null ? (mistakes[0]?.message ?? null) : null };
  } catch (error) {
    if (error instanceof UsageError) return { config: null, problem: error.message };
    throw error;
  }
}

function basisOf(asked: Asked, config: OperatorConfig | null, problem: string | null) {
  const calendar = asked.text('calendar') ?? null;
  if (config === null) {
    if (calendar !== null)
      throw new UsageError(`--calendar ${calendar}: ${problem ?? 'there is no configuration'}`);
    return null;
  }
  const source = scopeSourceOf(config);
  if (calendar !== null && !source.calendarNames.includes(calendar))
    throw new UsageError(
      `--calendar: there is no calendar ${calendar} (there are: ${source.calendarNames.join(', ') || 'none'})`,
    );
  return { calendars: calendarsOf(config), source, calendar };
}

function itsmOf(asked: Asked, counted: (http: Http) => Http): SurveyItsm {
  const name = asked.text('itsm');
  if (name === undefined)
    return { notVisible: 'whether tickets and ITSM agree: name a ServiceNow of servers.yaml with --itsm' };
  const { configDir } = asked.context.settings();
  try {
    const server = createConfigSource(configDir, { env: asked.context.environment }).server(name);
    const changes = createChangeStates(server, (options) => counted(createHttp(options)));
    return 'notVisible' in changes ? changes : { server: name, changes };
  } catch (error) {
    if (error instanceof ConfigError || error instanceof CallFailure)
      throw new UsageError(`--itsm: ${error.message}`);
    throw error;
  }
}

async function pageOf(survey: Survey, { context }: Asked): Promise<string> {
  // Loaded only here: no other command makes a page.
  const { surveyDocument } = await import('../../web/survey.js');
  const style = readFileSync(new URL('../../web/assets/style.css', import.meta.url), 'utf8');
  const zone = context.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  return surveyDocument(survey, { nowMs: survey.atMs, zone }, style);
}
