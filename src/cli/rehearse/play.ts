import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { OperatorConfig } from '../../config/operator-config.js';
import { calendarsOf, scopeSourceOf } from '../../config/windows-basis.js';
import { CallFailure } from '../../domain/failure.js';
import type { ProcessDefinition } from '../../domain/process.js';
import { createHttp, type Http } from '../../http/http.js';
import { createItsm } from '../../integrations/create-itsm.js';
import { needsMails } from '../../integrations/message-placeholders.js';
import { openHttp } from '../../securechange/open-http.js';
import { createSecureChange } from '../../securechange/rest-client.js';
import type { SecureChange } from '../../securechange/secure-change.js';
import type { Asked } from '../act.js';
import { usableConfig } from '../config-folder.js';
import { loginOf } from '../doctor/open-secure-change.js';
import { UsageError } from '../exit-codes.js';
import {
  recordingHttp,
  recordingSchema,
  replayingHttp,
  type Reads,
  type Recording,
} from './recorded-reads.js';
import { rehearse, type Rehearsed } from './rehearse.js';

/** Plays the ticket of the first argument, live or from a recording. */
export async function play(asked: Asked): Promise<Rehearsed> {
  const config = usableConfig(asked);
  const typed = asked.arg(0);
  const recording = existsSync(typed) ? readRecording(typed) : null;
  const reads: Reads = recording === null ? {} : { ...recording.reads };
  const ticketId = recording?.ticketId ?? typed;
  const nowMs = recording?.recordedAtMs ?? asked.context.now();
  const [http, secureTrackHttp] = recording === null ? live(asked, reads) : replayed(reads);
  const itsm = createItsm({
    server: (name) => {
      throw new Error(`a rehearsal calls no server: ${name}`);
    },
    http: createHttp,
    tokens: {
      tokenFor: () => Promise.reject(new Error('a rehearsal needs no token')),
      refused: () => false,
      alarm: () => null,
      login: () => Promise.reject(new Error('a rehearsal needs no token')),
    },
    functionModules: () => config.functionModules,
  });
  const secureChange = createSecureChange({
    http,
    secureTrackHttp,
    login: '-',
    clock: { now: () => nowMs },
    capabilities: () => config.capabilities,
  });
  try {
    const { facts, process } = await readTicket(asked, secureChange, config, ticketId);
    const content = await secureChange.readContent(ticketId, undefined, {
      withMails: process.integrationPoints.some(({ body }) => needsMails(body)),
    });
    const design =
      facts.step?.request == null
        ? null
        : await secureChange.readDesign({
            ticketId,
            stepId: facts.step.id,
            taskId: facts.step.request.taskId,
            fieldId: facts.step.request.id,
          });
    const hasRun = design !== null && design.devices.length > 0;
    const save = asked.text('save');
    if (save !== undefined) {
      const kept: Recording = { version: 1, ticketId, recordedAtMs: nowMs, reads };
      writeFileSync(save, JSON.stringify(kept, null, 2), { mode: 0o600 });
    }
    return await rehearse({
      process,
      facts,
      content,
      design: hasRun ? design : null,
      itsm,
      calendars: calendarsOf(config),
      scope: scopeSourceOf(config),
      nowMs,
    });
  } catch (error) {
    if (error instanceof CallFailure) throw new UsageError(`ticket ${ticketId}: ${error.facts.message}`);
    throw error;
  } finally {
    await Promise.all([http.close(), secureTrackHttp.close(), itsm.close()]);
  }
}

async function readTicket(
  asked: Asked,
  secureChange: SecureChange,
  config: OperatorConfig,
  ticketId: string,
) {
  const name = asked.text('process');
  const found = (workflow: string): ProcessDefinition | undefined =>
    config.processes.find((process) =>
      name === undefined ? process.workflow === workflow : process.name === name,
    );
  const facts = await secureChange.readTicket(ticketId, {
    requestField: (workflow) => found(workflow)?.requestField ?? null,
  });
  const process = found(facts.workflow);
  if (process !== undefined) return { facts, process };
  const names = config.processes.map((one) => one.name).join(', ') || 'none';
  throw new UsageError(
    `there is no process ${name ?? `for workflow ${facts.workflow}`} that can be used (there are: ${names}); see sco config check`,
  );
}

function live({ context }: Asked, reads: Reads): readonly [Http, Http] {
  const settings = context.settings();
  const login = loginOf(settings);
  if (login === null)
    throw new UsageError(
      'set SECURECHANGE_URL, SECURECHANGE_USER and SECURECHANGE_PASSWORD (or _FILE), or name the file of an earlier --save',
    );
  return [
    recordingHttp(openHttp(login, 'securechange', login.secureChangeUrl), reads),
    recordingHttp(openHttp(login, 'securetrack', settings.secureTrackUrl), reads),
  ];
}

function replayed(reads: Reads): readonly [Http, Http] {
  return [replayingHttp('securechange', reads), replayingHttp('securetrack', reads)];
}

function readRecording(file: string): Recording {
  try {
    return recordingSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new UsageError(`${file} is not a file of sco rehearse --save`);
  }
}
